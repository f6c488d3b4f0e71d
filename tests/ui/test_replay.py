"""The board of the past: it plays, steps, says REPLAY, and neither asks nor alarms."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from textual.pilot import Pilot

from relaytui.adapters.unsaved_list import UnsavedList
from relaytui.core.player import Player
from relaytui.core.reach import Reach
from relaytui.core.replay import Replay
from relaytui.core.task import State
from relaytui.core.update import Update
from relaytui.engine import Feed
from relaytui.ui.copy_desk import Outlets
from relaytui.ui.live_keys import live_keys
from relaytui.ui.replay import ReplayBoard, ReplayTui
from relaytui.ui.scrubber import Scrubber
from tests.core.answers import GONE, RUNNING, START_AT, key
from tests.core.test_replay import STEP, recorded
from tests.ui.conftest import DEFAULTS, RecordingClipboard, RecordingExports, frame, until


class Past:
    """A replay of one task that runs, ends and comes back, standing still at its beginning."""

    def __init__(self) -> None:
        recording, _ = recorded([RUNNING, GONE, GONE, GONE, RUNNING, RUNNING])
        self.feed = Feed()
        self.clipboard = RecordingClipboard()
        self.player = Player(Replay(recording), speed=1.0, put=self.feed.put)
        self.player.playing = False
        self.app = ReplayTui(
            self.player,
            feed=self.feed,
            tasks=[item for item in self.player.replay.seek(START_AT) if isinstance(item, Update)],
            watch_list=UnsavedList((), DEFAULTS, unsaved="a test", tell=lambda _: None),
            reach=Reach(bell=False, notification=False),
            outlets=Outlets(self.clipboard, RecordingExports()),
        )
        self.rung = 0

    @property
    def board(self) -> ReplayBoard:
        board = self.app.get_default_screen()
        assert isinstance(board, ReplayBoard)
        return board

    @property
    def state(self) -> State:
        update = self.board.tally.get(key(0))
        assert update is not None
        return update.state.state

    @property
    def line(self) -> str:
        return self.board.query_one(Scrubber).text_frame()

    @asynccontextmanager
    async def open(self, width: int = 120) -> AsyncIterator[Pilot[None]]:
        self.app.bell = self._ring  # type: ignore[method-assign] # to hear it
        async with self.app.run_test(size=(width, 30)) as pilot:
            await self.settle(pilot)
            yield pilot

    async def settle(self, pilot: Pilot[None]) -> None:
        self.board._drain()
        await pilot.pause()

    def _ring(self) -> None:
        self.rung += 1


@pytest.mark.parametrize(
    ("back", "on"), [("left_square_bracket", "right_square_bracket"), ("comma", "full_stop")], ids=["[ ]", ", ."]
)
async def test_brackets_step_from_change_to_change_and_nothing_rings(back: str, on: str) -> None:
    past = Past()
    async with past.open() as pilot:
        assert past.state is State.PENDING
        seen = []
        for press in (on, on, back):
            await pilot.press(press)
            await past.settle(pilot)
            seen.append((past.state, past.player.wall() - START_AT))
        assert seen == [
            (State.ENDED, 4 * STEP),
            (State.RUNNING, 6 * STEP),
            (State.ENDED, 4 * STEP),
        ]
        assert past.rung == 0


async def test_it_says_replay_and_where_it_stands_on_every_width() -> None:
    for width in (30, 80, 200):
        past = Past()
        async with past.open(width) as pilot:
            await pilot.press("right_square_bracket")
            await past.settle(pilot)
            assert past.line.startswith(" REPLAY  2026-01-01 00:01:04 paused")
            if width > 40:
                assert len(past.line) <= width
                assert "●" in past.line
                assert past.line.count("┿") == 1


async def test_its_own_keys_are_offered_first() -> None:
    past = Past()
    async with past.open(80):
        assert past.board.key_line.text_frame().startswith(" ? help  p pause  [ before  ] next change")


async def test_it_plays_until_it_is_told_to_stand_still() -> None:
    past = Past()
    async with past.open() as pilot:
        await pilot.press("p", "greater_than_sign")
        assert past.player.playing
        assert past.player.speed == 2.0
        assert "×2" in past.line
        await pilot.press("p")
        assert not past.player.playing
        past.player.jump(START_AT + 1e6)
        await pilot.press("p")
        assert past.player.wall() < START_AT + 2 * STEP, "from the end it begins again"


async def test_nothing_that_asks_or_tells_is_offered() -> None:
    past = Past()
    async with past.open():
        words = {key.word for key in live_keys(past.board)}
        assert {"before", "next change", "pause", "events", "copy"} <= words
        assert not words & {"refresh", "ack", "snooze", "mute all", "look up", "sign in", "add", "edit", "remove"}


async def test_going_back_forgets_what_has_not_happened_yet() -> None:
    past = Past()
    async with past.open() as pilot:
        await pilot.press("e", "right_square_bracket", "right_square_bracket")
        await past.settle(pilot)
        log = past.board.event_log
        assert "recovered" in log.text_frame()
        await pilot.press("left_square_bracket")
        await past.settle(pilot)
        assert "recovered" not in log.text_frame()
        assert log.text_frame().count("→ ended") == 1


async def test_a_handover_of_the_past_says_so_and_tells_each_thing_once() -> None:
    past = Past()
    async with past.open() as pilot:
        for key_ in ("right_square_bracket", "right_square_bracket", "left_square_bracket"):
            await pilot.press(key_)
            await past.settle(pilot)
        await pilot.press("y")
        await until(pilot, lambda: "copy:" in frame(past.app))
        await pilot.press("h")
        await until(pilot, lambda: bool(past.clipboard.texts))
    text = past.clipboard.texts[0]
    assert text.startswith("# Relay tasks at 2026-01-01T00:01:04Z\n\n**THIS IS A REPLAY")
    assert "recovered" not in text
    assert text.partition("## What happened")[2].count("✖ ended") == 1
