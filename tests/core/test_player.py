from __future__ import annotations

from relaytui.core.events import Event
from relaytui.core.lane_view import LaneView
from relaytui.core.player import Player
from relaytui.core.replay import Replay
from relaytui.core.task import State
from relaytui.core.transition import Transition
from relaytui.core.update import Update
from tests.core.answers import GONE, RUNNING, START_AT, key
from tests.core.test_replay import STEP, recorded


class Shown:
    """What a screen has of it."""

    def __init__(self, speed: float = 1.0) -> None:
        recording, _ = recorded([RUNNING, GONE, GONE, GONE, RUNNING, RUNNING])
        self.states: list[State] = []
        self.events: list[Event] = []
        self.player = Player(Replay(recording), speed=speed, put=self.put)
        self.player.jump(START_AT)

    def put(self, item: Update | LaneView | Event) -> None:
        if isinstance(item, Update):
            self.states.append(item.state.state)
            self.events += item.events
        elif not isinstance(item, LaneView):
            self.events.append(item)


def test_it_plays_at_its_speed_and_its_clock_stands_where_it_is() -> None:
    shown = Shown(speed=10.0)
    shown.player.play(1.5)
    assert shown.player.wall() == shown.player.monotonic() == START_AT + 15.0
    shown.player.play(0.2)
    assert shown.states[-1] is State.RUNNING
    assert [type(event) for event in shown.events] == [Transition]


def test_it_stands_still_when_told_to_and_at_the_end() -> None:
    shown = Shown()
    shown.player.set_polling(False)
    shown.player.play(100.0)
    assert shown.player.wall() == START_AT
    shown.player.set_polling(True)
    shown.player.play(1e6)
    assert shown.player.is_at_end
    told = len(shown.states)
    shown.player.play(1.0)
    assert len(shown.states) == told


def test_a_step_stops_at_the_change_and_tells_it() -> None:
    shown = Shown()
    assert shown.player.step(1)
    assert shown.player.wall() == START_AT + 4 * STEP
    assert shown.states[-1] is State.ENDED
    assert not shown.player.playing
    assert [event.after for event in shown.events if isinstance(event, Transition)] == [State.RUNNING, State.ENDED]
    assert shown.player.step(1)
    assert not shown.player.step(1)
    told = len(shown.events)
    assert shown.player.step(-1)
    assert (shown.player.wall(), shown.states[-1]) == (START_AT + 4 * STEP, State.ENDED)
    assert shown.events[told:] == shown.events[:2], "what had happened until then is told anew"
    assert not shown.player.step(-1)


def test_speeds_go_up_and_down_within_bounds() -> None:
    shown = Shown(speed=7.0)
    shown.player.change_speed(1)
    assert shown.player.speed == 10.0
    for _ in range(20):
        shown.player.change_speed(1)
    assert shown.player.speed == 900.0
    for _ in range(20):
        shown.player.change_speed(-1)
    assert shown.player.speed == 1.0


def test_commands_ask_nobody() -> None:
    shown = Shown()
    told = len(shown.states)
    shown.player.refresh()
    shown.player.look_up(key())
    shown.player.acknowledge([key()])
    shown.player.snooze([key()], None)
    shown.player.mute(None)
    assert len(shown.states) == told


def test_it_begins_where_its_replay_stood() -> None:
    replay = Replay(Shown().player.replay.recording)
    replay.seek(START_AT + STEP)
    player = Player(replay, speed=1.0, put=lambda _: None)
    player.jump(START_AT)
    assert player.begin == START_AT + STEP
