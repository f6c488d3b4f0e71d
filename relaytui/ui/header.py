"""The top of the screen: counts by state, requests per second, sweep time, and what makes the board blind."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import ClassVar

from textual.containers import Horizontal

from relaytui.core.expiry import expires_soon, time_left
from relaytui.core.lane_view import LaneView
from relaytui.core.observation import CLOCK_TOLERANCE
from relaytui.core.task import State
from relaytui.core.text import even
from relaytui.ui.cells import PAUSED_GLYPH
from relaytui.ui.failures import describe
from relaytui.ui.looks import STATE_LOOKS, Look, classes
from relaytui.ui.piece_line import Piece, PieceLine, width_of
from relaytui.ui.text_pane import Line, TextPane
from relaytui.ui.times import stopwatch, time_of_day


@dataclass(frozen=True, slots=True)
class Pulse:
    """The lanes taken together: rates are requests per second, times are seconds."""

    rate: float = 0.0
    budget: float = 0.0
    pace: float = 0.0
    sweep: float = 0.0
    wanted_sweep: float = 0.0
    clock_offset: float = 0.0
    """The largest difference between the server's clock and ours."""
    paused: bool = False
    instances: int = 1
    """How many processes share a budget with this one, itself included."""

    @classmethod
    def of(cls, lanes: Iterable[LaneView], *, paused: bool) -> Pulse:
        """What these lanes amount to; `paused` says that polling was stopped whatever the lanes say."""
        lanes = tuple(lanes)
        slowest = max(lanes, key=lambda lane: lane.sweep / max(lane.wanted_sweep, 0.001), default=None)
        return cls(
            rate=sum(lane.rate for lane in lanes),
            budget=sum(lane.budget for lane in lanes),
            pace=sum(lane.pace for lane in lanes),
            sweep=slowest.sweep if slowest else 0.0,
            wanted_sweep=slowest.wanted_sweep if slowest else 0.0,
            clock_offset=max((lane.clock_offset or 0.0 for lane in lanes), key=abs, default=0.0),
            paused=paused or any(not lane.polling for lane in lanes),
            instances=max((lane.instances for lane in lanes), default=1),
        )


class Figures(PieceLine):
    """All of the header but the time."""

    COMPONENT_CLASSES: ClassVar[set[str]] = classes(
        Look.TITLE, Look.GOOD, Look.DONE, Look.DIM, Look.WARNING, Look.PROBLEM, Look.SHOUT
    )


class TimeOfDay(PieceLine):
    """The local time."""

    COMPONENT_CLASSES: ClassVar[set[str]] = classes(Look.DIM)


class Header(Horizontal):
    """The top line. What matters most is given up last when the terminal is narrow.

    The time is a widget of its own, because Textual repaints a widget's line from its beginning: eight cells a second
    cost 0.1 kB, the whole line would be 0.5 kB.
    """

    def __init__(self, *, title: str, demo: bool, id: str | None = None) -> None:  # noqa: A002  Textual's own name
        self._figures = Figures()
        self._time = TimeOfDay()
        super().__init__(self._figures, self._time, id=id)
        self._title = even(title)
        self._demo = demo

    def tell(
        self,
        *,
        counts: Mapping[State | None, int],
        pulse: Pulse,
        fault: str,
        at: float,
        unwritten: bool = False,
        muted_until: float | None = None,
        frozen_at: float | None = None,
    ) -> None:
        """Show the board as it is at `at` (Unix seconds); `counts` holds the paused tasks under None.

        `fault` is what is wrong with relaytui itself and, after a comma, where to read more of it.
        `unwritten` says that the journal is not being written, `muted_until` (Unix seconds) that no alarm reaches
        anybody until then: that is on the screen however narrow it is. `frozen_at` says since when nothing moves.
        """
        # Seconds show that the board is alive; a paused one is to be as quiet as it can.
        told = time_of_day(at)[: len("03:14") if pulse.paused else None]
        time = Piece(f" {told:>8} ", Look.DIM)
        frozen = "" if frozen_at is None else time_of_day(frozen_at)
        muted = None if muted_until is None else _countdown(muted_until - at)
        for title, words, rate, sweep, clock, gap in _SHAPES:
            left = self._left(counts, pulse, fault, unwritten, muted, frozen=frozen, title=title, words=words, gap=gap)
            right = _right(pulse, rate=rate, sweep=sweep, gap=gap)
            taken = (width_of([time]) if clock else 1) + gap - 1
            room = self.size.width - width_of(left) - width_of(right) - taken
            if room >= 1:
                break
        self._time.display = bool(clock)
        self._time.show([time])
        self._figures.show([*left, Piece(" " * max(room, 1)), *right, Piece(" " * (gap - 1))])

    def text_frame(self) -> str:
        """The line as text, for tests."""
        return self._figures.text_frame() + (self._time.text_frame() if self._time.display else "")

    def _left(
        self,
        counts: Mapping[State | None, int],
        pulse: Pulse,
        fault: str,
        unwritten: bool,
        muted: str | None,
        *,
        frozen: str,
        title: int,
        words: int,
        gap: int,
    ) -> list[Piece]:
        parts: list[Piece] = []
        if frozen:
            since = f" SINCE {frozen}" if title > 1 else f" {frozen}" if title else ""
            parts.append(Piece(f" FROZEN{since} ", Look.SHOUT))
        if muted is not None:
            parts.append(Piece(f" ALARMS MUTED {muted} " if title > 1 else f" MUTED {muted} ", Look.SHOUT))
        if title > 1:
            parts.append(Piece("relaytui", Look.TITLE))
        if title > 2 and self._title:
            parts.append(Piece(self._title))
        if self._demo:
            parts.append(Piece("DEMO", Look.TITLE))
        if pulse.paused:
            parts.append(Piece(" POLLING PAUSED " if title > 1 else " PAUSED ", Look.SHOUT))
        if fault:
            brief = fault.partition(",")[0].removeprefix("INTERNAL ")
            parts.append(Piece(f"! {fault if words > 1 else brief}", Look.PROBLEM))
        if unwritten:
            parts.append(Piece("! JOURNAL NOT WRITTEN" if words > 1 else "! JOURNAL", Look.PROBLEM))
        if abs(pulse.clock_offset) > CLOCK_TOLERANCE:
            off = f"{-pulse.clock_offset:+.0f} s"
            parts.append(Piece(f"! CLOCK OFF BY {off}" if words > 1 else f"! CLOCK {off}", Look.WARNING))
        for state, look in STATE_LOOKS.items():
            if counts.get(state):
                worded = words > 1 or (words and state.is_problem)
                word = f" {state.word.upper()}" if worded else ""
                parts.append(Piece(f"{state.glyph} {counts[state]}{word}", look))
        if paused := counts.get(None):
            parts.append(Piece(f"{PAUSED_GLYPH} {paused}{' PAUSED' if words > 1 else ''}", Look.DIM))
        return [Piece(" "), *_spaced(parts, gap)]


# title, words, rate, sweep, clock, gap: the first shape that fits is taken
_SHAPES = (
    (3, 2, 2, 1, 1, 3),
    (3, 2, 2, 1, 1, 2),
    (2, 2, 2, 1, 1, 2),
    (2, 2, 2, 0, 1, 2),
    (1, 2, 2, 0, 1, 2),
    (1, 2, 1, 0, 1, 2),
    (1, 1, 1, 0, 1, 2),
    (1, 1, 1, 0, 1, 1),
    (1, 0, 1, 0, 1, 1),
    (1, 0, 0, 0, 1, 1),
    (1, 0, 0, 0, 0, 1),
    (0, 0, 0, 0, 0, 1),
)


def _right(pulse: Pulse, *, rate: int, sweep: int, gap: int) -> list[Piece]:
    parts: list[Piece] = []
    throttled = pulse.pace < pulse.budget
    if pulse.budget and (rate or throttled):
        unit = " req/s" if rate > 1 else "/s"
        sent = f"paced {pulse.pace:.3g}" if throttled else f"{pulse.rate:.1f}"
        parts.append(Piece(f"{sent}/{pulse.budget:.3g}{unit}", Look.WARNING if throttled else Look.PLAIN))
    if pulse.instances > 1 and rate > 1:
        parts.append(Piece(f"{pulse.instances} instances"))
    slow = pulse.sweep > pulse.wanted_sweep * 1.1
    if pulse.sweep and (sweep or (slow and rate)):
        parts.append(Piece(f"sweep {_span(pulse.sweep)}", Look.WARNING if slow else Look.PLAIN))
    return list(_spaced(parts, gap))


def _countdown(seconds: float) -> str:
    """What is left, in whole minutes and the last two in steps of ten seconds: a header should not flicker."""
    if seconds >= 6000:
        return f"{seconds / 3600:.0f}h"
    return f"{math.ceil(seconds / 60)}m" if seconds > 120 else f"{max(0, math.ceil(seconds / 10) * 10)}s"


def _spaced(parts: Iterable[Piece], gap: int) -> Iterator[Piece]:
    for index, part in enumerate(parts):
        if index:
            yield Piece(" " * gap)
        yield part


def _span(seconds: float) -> str:
    if seconds < 120:
        return f"{seconds:.0f} s"
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes}m{rest:02}s" if minutes < 60 else f"{minutes // 60}h{minutes % 60:02}m"


class TooSmall(TextPane, can_focus=False):
    """Stands in place of a board that has no room."""

    def __init__(self, text: str) -> None:
        super().__init__(label_width=1)
        self.show([Line(text)])


class BlindBanner(TextPane, can_focus=False):
    """Says why nobody can see, since when, and what to do; takes no room while everybody sees."""

    COMPONENT_CLASSES: ClassVar[set[str]] = classes(Look.SHOUT)
    MOST_OF_SCREEN = 8
    """It takes at most one line of so many, and two of a small screen: the rows matter more than the whole advice."""
    LEAST_BESIDE = 5
    """Lines of the smallest screen that are not for it: header, filter, titles, a row and keys."""

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002  Textual's own name for it
        super().__init__(label_width=1, id=id)
        self.display = False

    def tell(
        self,
        lanes: Iterable[LaneView],
        *,
        moment: float,
        at: float,
        key: Callable[[str], str],
        bad_list: str = "",
    ) -> None:
        """Show the blind ones among `lanes`, those whose key soon expires, and what is wrong with the list.

        It is now `moment` (monotonic seconds) and `at` (Unix seconds). `key` gives the key of a command, as written.
        """
        lanes, renew = tuple(lanes), key("account.sign_in")
        blind = [lane for lane in lanes if lane.is_blind]
        lines = [_blindness(lane, moment, key, named=len(lanes) > 1) for lane in blind]
        lines += [
            Line(
                f"{even(lane.lane.profile)}: key expires in {time_left(end - at)} · {renew} renews it", look=Look.SHOUT
            )
            for lane in lanes
            if not lane.is_blind and (end := lane.expires_at) is not None and expires_soon(end, at)
        ]
        if bad_list:
            told = f"LIST NOT TAKEN IN · {even(bad_list)} · the one before is watched"
            lines.append(Line(told, look=Look.SHOUT))
        self.display = bool(lines)
        self.show(lines)

    def _wrap(self, *, at_end: bool) -> None:
        super()._wrap(at_end=at_end)
        height = self.screen.size.height
        most = max(min(2, height - self.LEAST_BESIDE), height // self.MOST_OF_SCREEN)
        self.styles.height = max(1, min(self.virtual_size.height, most))


def _unseen(lane: LaneView) -> str:
    return f"{lane.tasks} task{'' if lane.tasks == 1 else 's'} unseen"


def _blindness(lane: LaneView, moment: float, key: Callable[[str], str], *, named: bool) -> Line:
    since = lane.blind_since if lane.blind_since is not None else moment
    # What an earlier run saw stands in the rows: that there "never" was an answer would be a lie.
    good = (
        "no good answer since the start" if lane.last_good_at is None else f"last good {time_of_day(lane.last_good_at)}"
    )
    words = [
        "BLIND",
        *([f"{even(lane.lane.profile)}@{even(lane.lane.host)}"] if named else []),
        stopwatch(moment - since),
    ]
    cause = lane.cause
    if cause is not None and cause.code == "no credential":
        whose = f" FOR {even(lane.lane.profile)}" if named else ""
        told = [f"NO CREDENTIAL{whose}", f"press {key('account.sign_in')} to sign in", _unseen(lane)]
        told.append(f"{key('account.profiles')} says where it was looked for")
        return Line(" · ".join(told), look=Look.SHOUT)
    told = [" ".join(words)]
    if cause is not None:
        told.append(describe(cause))
    told += [good, _unseen(lane)]
    if cause is not None:
        told.append(cause.advice)
    is_ours = cause is not None and cause.is_about_credentials
    told.append(f"{key('account.sign_in')} signs in" if is_ours else f"{key('board.refresh')} asks now")
    return Line(" · ".join(told), look=Look.SHOUT)
