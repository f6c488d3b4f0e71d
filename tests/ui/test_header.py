"""What the top line says at every width, and what the banner says of a lane that cannot see."""

from __future__ import annotations

from dataclasses import replace

import pytest
from rich.cells import cell_len
from textual.app import App, ComposeResult

from relaytui.core.lane_view import LaneView
from relaytui.core.task import LaneKey, State
from relaytui.ui.header import BlindBanner, Header, Pulse
from tests.fakes import FakeClock
from tests.ui.conftest import failure, frame, lane

COUNTS: dict[State | None, int] = {State.ENDED: 2, State.NOT_FOUND: 1, State.RUNNING: 57, State.OVERDUE: 0}
AT = FakeClock().wall()
CALM = Pulse(rate=9.44, budget=20, pace=20, sweep=15, wanted_sweep=15)


class Top(App[None]):
    CSS = "Header, PieceLine { height: 1; } Figures { width: 1fr; } TimeOfDay { width: 10; }"

    def __init__(self, *, title: str = "prod", demo: bool = False) -> None:
        super().__init__()
        self.header = Header(title=title, demo=demo)
        self.banner = BlindBanner()

    def compose(self) -> ComposeResult:
        yield self.header
        yield self.banner


async def line(width: int, pulse: Pulse = CALM, *, fault: str = "", demo: bool = False, title: str = "prod") -> str:
    app = Top(title=title, demo=demo)
    async with app.run_test(size=(width, 5)) as pilot:
        app.header.tell(counts=COUNTS, pulse=pulse, fault=fault, at=AT)
        await pilot.pause()
        shown = frame(app).splitlines()[0]
        assert app.header.text_frame().startswith(shown)
        return shown


async def test_counts_by_state_come_problems_first_and_empty_states_not_at_all() -> None:
    shown = await line(120)
    assert "✖ 2 ENDED   ? 1 NOT FOUND   ● 57 RUNNING" in shown
    assert "OVERDUE" not in shown
    assert shown.startswith(" relaytui   prod ")
    assert shown.endswith("9.4/20 req/s   sweep 15 s   03:04:05")


async def test_others_who_share_the_budget_are_named_where_there_is_room() -> None:
    shared = replace(CALM, rate=4.94, budget=10, pace=10, instances=2)
    assert "4.9/10 req/s   2 instances   sweep" in await line(120, shared)
    assert "instances" not in await line(60, shared)
    assert "instance" not in await line(120)


@pytest.mark.parametrize("width", [200, 120, 100, 80, 72, 60, 50, 40, 30, 20])
async def test_problems_are_never_given_up_and_the_line_always_fits(width: int) -> None:
    shown = await line(width)
    assert "✖ 2" in shown
    assert "? 1" in shown
    assert cell_len(shown) <= width
    assert ("03:04:05" in shown) == (width >= 30)


@pytest.mark.parametrize("width", [1, 2, 3, 8, 9, 10, 11])
async def test_no_width_is_too_small(width: int) -> None:
    assert cell_len(await line(width)) <= width


async def test_paused_polling_is_shouted_at_every_width() -> None:
    pulse = Pulse.of([lane(polling=False)], paused=False)
    assert "POLLING PAUSED" in await line(120, pulse)
    assert "PAUSED" in await line(40, pulse)


async def test_the_seconds_stand_still_while_polling_does() -> None:
    shown = await line(120, Pulse.of([lane(polling=False)], paused=False))
    assert shown.endswith(" 03:04")


async def test_polling_that_is_to_stop_is_shouted_before_the_lanes_say_so() -> None:
    assert "PAUSED" in await line(80, Pulse.of([lane(polling=True)], paused=True))
    assert "PAUSED" not in await line(80, Pulse.of([lane(polling=True)], paused=False))


async def test_a_throttled_lane_shows_its_pace() -> None:
    pulse = Pulse.of([lane(pace=5)], paused=False)
    assert "paced 5/20 req/s" in await line(120, pulse)
    assert "paced 5/20" in await line(40, pulse)


async def test_a_list_that_is_too_long_shows_the_real_sweep() -> None:
    assert "sweep 8m20s" in await line(120, Pulse.of([lane(sweep=500)], paused=False))


def test_lanes_are_added_up_and_the_one_furthest_behind_gives_the_sweep() -> None:
    other = LaneKey("test", "trtc.tencentcloudapi.com")
    pulse = Pulse.of([lane(sweep=30), lane(lane=other, rate=2, budget=10, pace=10, sweep=16)], paused=False)
    assert (pulse.rate, pulse.budget, pulse.sweep) == (11.4, 30, 30)


@pytest.mark.parametrize(("offset", "word"), [(75.0, "OFF BY -75 s"), (-3600.0, "OFF BY +3600 s")])
async def test_a_clock_that_is_off_is_named_with_its_own_error(offset: float, word: str) -> None:
    assert word in await line(120, Pulse.of([lane(clock_offset=offset)], paused=False))


async def test_a_clock_that_is_a_minute_off_is_not_worth_a_word() -> None:
    assert "CLOCK" not in await line(120, Pulse.of([lane(clock_offset=60.0)], paused=False))


async def test_an_internal_fault_lights_a_lamp() -> None:
    assert "INTERNAL FAULT, see log (e)" in await line(120, fault="INTERNAL FAULT, see log (e)")
    assert "FAULT" in await line(40, fault="INTERNAL FAULT, see log (e)")
    assert "FAULT" not in await line(120)
    assert "! DEGRADED, see log (e)" in await line(120, fault="DEGRADED, see log (e)")
    assert "! DEGRADED " in await line(50, fault="DEGRADED, see log (e)")


async def test_a_demo_says_so() -> None:
    assert "DEMO" in await line(120, demo=True)
    assert "DEMO" in await line(40, demo=True)
    assert "DEMO" not in await line(120)


async def test_foreign_text_in_the_title_is_painted_as_it_is() -> None:
    assert "[/b] evil" in await line(120, title="[/b]\x1b evil")


async def banner(width: int, *lanes: LaneView, moment: float = 1041.0) -> tuple[str, bool]:
    app = Top()
    async with app.run_test(size=(width, 12)) as pilot:
        app.banner.tell(lanes, moment=moment, at=AT, key={"board.refresh": "r", "account.sign_in": "c"}.__getitem__)
        await pilot.pause()
        return app.banner.text_frame(), bool(app.banner.display)


BLIND = {"cause": failure("dns", message="not [/known]"), "blind_since": 1000.0, "last_good_at": AT}


async def test_the_banner_names_duration_cause_last_good_answer_and_advice() -> None:
    text, shown = await banner(200, lane(**BLIND))
    assert shown
    assert text == (
        "BLIND 00:41 · network dns: not [/known] · last good 03:04:05 · 3 tasks unseen · "
        "The endpoint's name does not resolve: check DNS, VPN and the endpoint setting. · r asks now"
    )


async def test_where_there_are_several_lanes_each_blind_one_is_named() -> None:
    other = lane(lane=LaneKey("test", "example.org"), **{**BLIND, "last_good_at": None})
    text, _ = await banner(200, lane(), other)
    assert text.startswith("BLIND test@example.org 00:41 · ")
    assert "no good answer since the start" in text
    assert "prod" not in text


async def test_the_banner_wraps_and_loses_no_word_on_a_narrow_screen() -> None:
    wide, _ = await banner(200, lane(**BLIND))
    narrow, _ = await banner(40, lane(**BLIND))
    assert len(narrow.splitlines()) > 2
    assert narrow.split() == wide.split()


async def test_a_lane_that_sees_has_no_banner() -> None:
    assert (await banner(80, lane()))[1] is False


@pytest.mark.parametrize(("width", "said"), [(140, "● 57 RUNNING   ║ 3 PAUSED "), (40, " ║ 3 ")])
async def test_paused_tasks_are_counted_apart(width: int, said: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(COUNTS, None, 3)
    assert said in await line(width)
