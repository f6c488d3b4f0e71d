"""What there is to tell: recorded first, then handed on, then heard by the alarms, which may call people."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Collection, Coroutine, Iterable, Mapping

from relaytui.core.alarm_memory import AlarmMemory
from relaytui.core.alarm_view import AlarmView, Subject
from relaytui.core.alarms import Alarms
from relaytui.core.belief import BELIEVED_FOR
from relaytui.core.board import Board
from relaytui.core.entry import Refused
from relaytui.core.events import (
    Acknowledged,
    Alarm,
    Event,
    JournalHealth,
    Muted,
    Notice,
    NoticeKind,
    Resolved,
    Snoozed,
)
from relaytui.core.faults import Faults
from relaytui.core.lane_view import LaneView
from relaytui.core.task import TaskKey
from relaytui.core.transition import Transition
from relaytui.core.update import Update
from relaytui.ports import Clock, Journal, Notifier, Overheard, kept_name

log = logging.getLogger(__name__)

Told = Update | LaneView | AlarmView | Event
Emit = Callable[[Told], None]

RESTART_SECONDS = 1.0
"""Seconds after which a part that ended in a bug is started again."""
RECALL_SECONDS = 3.0
"""Seconds that polling waits for what the journal remembers, which is taken over however late it comes."""
RECALLED_AT_ONCE = 500
"""Tasks after whose recall the loop has a turn."""
KEEP_SECONDS = 5.0
"""Seconds after which a change of the alarms is kept that nobody was told of."""
ALARMS = "alarms"
"""What the names begin with under which the alarms are kept in the journal, those of each list by themselves."""


class News:
    """The one way out of a monitor, and what is kept of it beyond its end, under the name of the list `watched`."""

    def __init__(
        self,
        board: Board,
        *,
        clock: Clock,
        emit: Emit,
        journal: Journal,
        notifier: Notifier,
        repeat_seconds: float | None,
        resolves: bool = False,
        watched: str = "",
    ) -> None:
        self._board = board
        self._watched = watched
        self._clock = clock
        self._emit = emit
        self._journal = journal
        self._notifier = notifier
        self._alarms = Alarms(board, repeat_seconds=repeat_seconds, resolves=resolves, watched=watched)
        self._alarm_view = AlarmView()
        self._kept = 0.0
        self._may_keep = False
        """Whether all is known that was kept before: what is kept takes its place."""
        self._is_on_turn = notifier.is_on_turn()
        self._takes_turn = False
        self._is_heir = False
        self._faults = Faults()

    def tell(self, item: Update | Event) -> None:
        """Record the item, hand it on, and sound the alarms that come of it.

        Of the processes that watch one list only the one that reaches out records what all of them see. The others
        record their answers and changes, what people say to them, and their own trouble.
        """
        if (recorded := item if self._is_on_turn else _own_of(item)) is not None:
            try:
                self._journal.record(recorded)
            except Exception:
                log.exception("internal fault while recording %s", type(item).__name__)
        self.hand_on(item)
        match item:
            case Alarm():
                self._notifier.send(item)
            case Resolved():
                self._notifier.resolve(item)
        try:
            events = self._alarms.hear(item, self._clock.monotonic(), self._clock.wall())
        except Exception:
            # Not told as other faults are, because that would be heard too.
            log.exception("internal fault while hearing %s", type(item).__name__)
        else:
            self._sound(events)

    def hand_on(self, item: Told) -> None:
        """Show the item and nothing else."""
        try:
            self._emit(item)
        except Exception:
            # Whoever listens has a bug; the watching goes on for everybody else.
            log.exception("internal fault while telling %s", type(item).__name__)

    def tell_fault(self, doing: str, fault: Exception) -> None:
        """Log a bug, and say that there is one."""
        log.error("internal fault while %s", doing, exc_info=fault)
        notice = self._faults.note(doing, fault, now=self._clock.monotonic(), at=self._clock.wall())
        if notice is not None:
            self.tell(notice)

    async def keep_doing(self, part: Callable[[], Coroutine[None, None, None]], doing: str) -> None:
        """Run a part for ever: a bug in it is told and the part starts again, it never silently stops."""
        while True:
            try:
                await part()
            except Exception as fault:  # noqa: BLE001 - a bug in one part must not end the watching
                self.tell_fault(doing, fault)
            await asyncio.sleep(RESTART_SECONDS)

    def acknowledge(self, subjects: Collection[Subject], reason: str) -> None:
        """Be quiet about those of these that are wrong until they are right again."""
        self._answer_person(self._alarms.acknowledge(subjects, reason, self._clock.wall()))

    def snooze(self, subjects: Collection[Subject], until: float | None) -> None:
        """Be quiet about these until a time (Unix seconds), or with None until something about them changes."""
        self._answer_person(self._alarms.snooze(subjects, until, self._clock.monotonic(), self._clock.wall()))

    def mute(self, until: float | None) -> None:
        """Let no alarm reach anybody until a time (Unix seconds), or with None let them again."""
        self._answer_person(self._alarms.mute(until, self._clock.monotonic(), self._clock.wall()))

    def _answer_person(self, done: list[Event] | Refused) -> None:
        if isinstance(done, Refused):
            self.tell(Notice(self._clock.wall(), NoticeKind.ALARMS, done.reason))
        else:
            self._sound(done)

    def tick(self, now: float, at: float) -> None:
        """Tell what time, the journal and the deliveries bring; to be called at least once a second."""
        self._journal.beat(at)
        for item in [*self._journal.news(), *self._notifier.news()]:
            if isinstance(item, Overheard):
                self._overhear(item.event, now, at)
            else:
                self.tell(item)
        self._sound(self._alarms.tick(now, at))
        if now - self._kept >= KEEP_SECONDS:
            self._keep_alarms()
        if self._alarms.view != self._alarm_view:
            self._alarm_view = self._alarms.view
            self.hand_on(self._alarm_view)

    def _overhear(self, event: Event, now: float, at: float) -> None:
        """Do as a person said on another board, and show it."""
        if self._alarms.overhear(event, now, at):
            self.hand_on(event)

    def gains_turn(self) -> bool:
        """Whether it has become this process's turn to reach out: what the last one knew is to be recalled."""
        before, self._is_on_turn = self._is_on_turn, self._notifier.is_on_turn()
        has_gained = self._is_on_turn and not before
        if has_gained:
            self._may_keep, self._takes_turn = False, True
        return has_gained

    def _sound(self, events: Iterable[Event]) -> None:
        """Tell what comes of the alarms, which is known after a restart before anybody is called."""
        events = tuple(events)
        if events:
            self._keep_alarms()
        for event in events:
            self.tell(event)

    def _keep_alarms(self) -> None:
        self._kept = self._clock.monotonic()
        # Those whose turn it is not have told their words to the one whose turn it is.
        if self._may_keep and self._is_on_turn and (memory := self._alarms.remember()) is not None:
            self._journal.keep(kept_name(ALARMS, self._watched), memory.dump())

    def inherit(self, last: News) -> None:
        """Know of the alarms what those of the last monitor did."""
        self._alarms.restore(last._alarms.memory(), self._clock.monotonic())
        self._is_heir = True

    async def recall(self, keys: Iterable[TaskKey]) -> Mapping[str, str]:
        """Take over what the journal remembers of these tasks, however late; gives what else was kept there."""
        try:
            remembered = await self._journal.recall(keys, BELIEVED_FOR)
        except Exception as fault:  # noqa: BLE001 - whoever remembers nothing can watch all the same
            self.tell_fault("reading the journal", fault)
            return {}
        beliefs = list(remembered.beliefs.items())
        for begin in range(0, len(beliefs), RECALLED_AT_ONCE):
            some = dict(beliefs[begin : begin + RECALLED_AT_ONCE])
            for update in self._board.recall(some, self._clock.wall(), self._clock.monotonic()):
                self.hand_on(update)
            await asyncio.sleep(0)
        return remembered.kept

    def restore(self, kept: Mapping[str, str]) -> None:
        """Know again what was acknowledged, snoozed, muted and told, and what was not delivered."""
        own = kept_name(ALARMS, self._watched)
        memories = {name: AlarmMemory.load(text) for name, text in kept.items() if name.startswith(ALARMS)}
        memory = memories.pop(own, None)
        if self._takes_turn:
            self._alarms.take_turn(memory or AlarmMemory(), self._clock.monotonic())
            self._takes_turn = False
        elif memory is not None and not self._is_heir:
            self._alarms.restore(memory, self._clock.monotonic())
        for other in filter(None, memories.values()):
            self._alarms.learn(other, self._clock.monotonic())
        self._may_keep = True
        self._notifier.resume(kept)


_OWN_TROUBLE = frozenset({NoticeKind.JOURNAL, NoticeKind.FAULT, NoticeKind.DEGRADED, NoticeKind.LOG})


def _own_of(item: Update | Event) -> Update | Event | None:
    """What there is to record for a process while another one watches the same list."""
    match item:
        case Update():
            return item._replace(events=tuple(event for event in item.events if isinstance(event, Transition)))
        case Acknowledged() | Snoozed() | Muted() | JournalHealth():
            return item
        case Notice() if item.kind in _OWN_TROUBLE:
            return item
        case _:
            return None
