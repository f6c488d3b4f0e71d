"""A monkey at the keyboard: whatever is pressed in whatever order, the app goes on and still answers."""

from __future__ import annotations

import asyncio
from collections import Counter

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from textual.events import Key, Paste
from textual.keys import key_to_character

from relaytui.core.alarm_view import AlarmView, Attention
from relaytui.ui.keymap import commands
from tests.ui.conftest import GONE, RUNNING, World, failure, frame, lane, running, task, until
from tests.ui.test_account_desk import FakeAccounts

BOUTS, KEYS = 8, 250
BOUND = sorted({key for binding in commands().values() for key in binding.key.split(",")})
OPENING = ["enter", "plus", *"ERDicCywasSo", "slash", "colon", "question_mark"]
PRINTABLE = [*"abefghijklmnopqrstuvwxyz0123456789ABCDEFGZ[]{}<>!-_.,;:+*#'\"\\", "space", "ä", "配", "é"]
NASTY = ["[/red]", "cam1 cam2\ncam3", "state:x", "\x1b]52;c;aGk=\a", '{"TaskId": "-a.."}', "\u202e"]

keys = st.one_of(
    st.sampled_from(BOUND),
    st.sampled_from(OPENING),
    st.sampled_from(["escape", "enter", "tab", "down"]),
    st.sampled_from(PRINTABLE),
    st.sampled_from(NASTY),
)


async def bout(pressed: list[str]) -> Counter[str]:
    """Press these keys while answers come in; the screens that were on top meanwhile."""
    world = World()
    world.watch(*(task(number, f"cam {number}", group=f"g{number % 3}") for number in range(12)))
    app = world.app(accounts=FakeAccounts())
    # q and all that leads to it have tests of their own.
    app.exit = lambda *_, **__: None  # type: ignore[method-assign]  # for this one app
    seen: Counter[str] = Counter()
    async with running(app, (80, 24)) as pilot:
        for index, key in enumerate(pressed):
            if index % 5 == 0:
                answer(world, index // 5)
            if key in NASTY:
                app.post_message(Paste(key))
            else:
                app.post_message(Key(key, key if len(key) == 1 else key_to_character(key)))
            if index % 3 == 0:
                await asyncio.sleep(0)
            if index % 25 == 24:
                await pilot.pause()
                seen[type(app.screen).__name__] += 1
        await pilot.press(*["escape"] * 12)
        assert app.screen is app.get_default_screen(), f"escape does not lead back from {app.screen}"
        before = frame(app)
        await pilot.press("question_mark")
        await until(pilot, lambda: frame(app) != before)
    return seen


def answer(world: World, number: int) -> None:
    """Something comes in: answers, trouble and what people elsewhere say."""
    key = list(world.updates)[number % len(world.updates)]
    match number % 4:
        case 0:
            world.answer(key, RUNNING, after=1)
        case 1:
            world.answer(key, GONE, GONE, GONE, after=1)
        case 2:
            world.answer(key, failure(), after=1)
            world.feed.put(lane(cause=failure(), blind_since=world.clock.monotonic()))
        case _:
            world.feed.put(lane())
            world.feed.put(AlarmView(attention={key: Attention(world.clock.wall(), "seen")}))


def test_a_monkey_at_the_keyboard_breaks_nothing() -> None:
    seen: Counter[str] = Counter()

    @settings(
        max_examples=BOUTS,
        derandomize=True,
        deadline=None,
        phases=(Phase.generate,),
        suppress_health_check=list(HealthCheck),
        database=None,
    )
    @given(st.lists(keys, min_size=KEYS, max_size=KEYS))
    def play(pressed: list[str]) -> None:
        seen.update(asyncio.run(bout(pressed)))

    play()
    assert len(seen) >= 5, f"the monkey has only been on {seen}"
