"""Handing over: what the board knows, to the clipboard or into a file."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Awaitable, Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding, BindingType

from relaytui.core.update import Update
from relaytui.ui.board_screen import BoardScreen, Chosen
from relaytui.ui.cells import Sight
from relaytui.ui.in_thread import in_thread
from relaytui.ui.live_keys import key_of
from relaytui.ui.times import stamp

if TYPE_CHECKING:
    from relaytui.core.events import Event
    from relaytui.engine import Commands, Drained
    from relaytui.ports import Clipboard, Clock, Exports, WatchList

SAID_SECONDS = 6.0
HANDOVER_SECONDS = 3600.0
"""Seconds of which a handover tells."""
MOST_RECENT = 500
"""Events that are remembered for it."""
_WEB_FONTS = r"(?s)@font-face \{.*?\}"


@dataclass(frozen=True, slots=True)
class Outlets:
    """The ways out of the program for what the board shows."""

    clipboard: Clipboard
    exports: Exports


class CopyDesk(BoardScreen):
    """Copies what is known of the targets, and writes down the board; without `outlets` neither is offered."""

    BINDING_GROUP_TITLE = "Handing over"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("y", "copy", "copy", id="board.copy", tooltip="Copy TaskId, RequestId, a line, a command, …"),
        Binding("w", "write", "write", show=False, id="board.write", tooltip="Write what is on the board into a file"),
        Binding("P", "picture", "picture", show=False, id="board.picture", tooltip="Write a picture of the screen"),
    ]

    outlets: Outlets | None = None
    _last_copy = ""

    def __init__(self, *, commands: Commands, tasks: Iterable[Update], clock: Clock, watch_list: WatchList) -> None:
        super().__init__(commands=commands, tasks=tasks, clock=clock, watch_list=watch_list)
        self._recent: deque[Event] = deque(maxlen=MOST_RECENT)

    def take(self, drained: Drained) -> None:
        """Remember what happened, for a handover."""
        self._recent.extend(drained.events)
        super().take(drained)

    def forget_events(self) -> None:
        """Remember nothing of what happened: it is told anew."""
        self._recent.clear()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Nothing is copied of an empty board."""
        match action:
            case "copy":
                return self.outlets is not None and (True if self.table.has_targets else None)
            case "write":
                return self.outlets is not None and (True if self.table.held_count else None)
            case "picture":
                return self.outlets is not None
            case _:
                return super().check_action(action, parameters)

    def action_copy(self) -> None:
        """Ask what to copy of the targets."""
        # Imported when first used: the first paint need not wait for it.
        from relaytui.ui.chooser import Chooser  # noqa: PLC0415
        from relaytui.ui.copy_choices import COPIES  # noqa: PLC0415

        self.app.push_screen(Chooser("copy", "copy", COPIES), self._copy)

    def action_write(self) -> None:
        """Ask in which format to write the board."""
        from relaytui.ui.chooser import Chooser  # noqa: PLC0415 - as above
        from relaytui.ui.copy_choices import FORMATS  # noqa: PLC0415

        self.app.push_screen(Chooser("write the board as", "write", FORMATS), self._write)

    def choices(self) -> Iterator[Chosen]:
        """Every copy and every format."""
        from relaytui.ui.copy_choices import COPIES, FORMATS  # noqa: PLC0415 - as above

        for action, some, run in (("copy", COPIES, self._copy), ("write", FORMATS, self._write)):
            if self.check_action(action, ()):
                yield from (Chosen(f"{action} {each.word}", each.tooltip, partial(run, each.name)) for each in some)
        yield from super().choices()

    def action_picture(self) -> None:
        """Write a picture of the screen (SVG)."""
        svg = re.sub(_WEB_FONTS, "", self.app.export_screenshot())
        self._start(self._save(".svg", svg, "the picture"))

    def _copy(self, choice: str | None) -> None:
        from relaytui.ui.copy_choices import copied  # noqa: PLC0415 - as above

        if choice is None:
            return
        updates = [update for task in self.targets() if (update := self.tally.get(task.key))]
        if choice == "handover":
            make = self._handover(updates)
        elif choice == "show" and self._last_copy:
            make = partial(str, self._last_copy)
        else:
            make = partial(copied, choice, updates, dict(self.lanes), self.clock)
        self._start(self._give(choice, make))

    async def _give(self, choice: str, make: Callable[[], str]) -> None:
        # In a thread: of 10,000 marked tasks it takes long.
        text = await in_thread(make)
        if choice == "show":
            self._show(text, "for you to select")
        elif text:
            await self._put(text)
        else:
            self.say("nothing to copy: no answer came yet", seconds=SAID_SECONDS)

    def warnings(self) -> Iterator[str]:
        """Why what the board shows may not be as it is now; a desk that knows of such a thing overrides this."""
        yield from ()

    def _handover(self, targets: Sequence[Update]) -> Callable[[], str]:
        """What gives a text about the marked tasks, or else every problem, what was said and the last hour's events."""
        from relaytui.core.history import Entry, with_earlier  # noqa: PLC0415 - as above
        from relaytui.ui.copy_choices import handed_over  # noqa: PLC0415 - as above
        from relaytui.ui.event_lines import tasks_of  # noqa: PLC0415 - as above

        is_marked = self.table.mark_count > self.table.hidden_mark_count
        updates = targets if is_marked else [update for update in self.tally if update.state.is_problem]
        tasks = [update.task for update in updates]
        since = self.clock.wall() - HANDOVER_SECONDS
        recent = [event for event in self._recent if event.at >= since]
        named = {key for event in recent for key in tasks_of(event)}
        known = {key: update.task for key in named if (update := self.tally.get(key))}
        return partial(
            handed_over,
            updates,
            dict(self.lanes),
            self.clock,
            warnings=tuple(self.warnings()),
            attention=self.alarms.attention,
            entries=[Entry(event) for event in recent],
            known=known,
            only=with_earlier({task.key for task in tasks}, tasks) if is_marked else None,
        )

    async def _put(self, text: str) -> None:
        assert self.outlets is not None  # noqa: S101 - checked before the key is offered
        self._last_copy = text
        put = partial(self.outlets.clipboard.copy, text, to_terminal=self.app.copy_to_clipboard)
        way = await in_thread(put)
        if isinstance(way, str):
            show = f"{self.key('board.copy')} {key_of(self, 'copy.show', 'v')}"
            self.say(f"copied {len(text):,} characters by {way}; {show} shows them", seconds=SAID_SECONDS)
            return
        path = await in_thread(partial(self.outlets.exports.save, self._stem, ".txt", text))
        where = f"; it lies in {path}" if isinstance(path, str) else ""
        self._show(text, f"{way.reason}: select it here{where}")

    def _show(self, text: str, head: str) -> None:
        from relaytui.ui.text_page import TextPage  # noqa: PLC0415 - as above

        self.app.push_screen(TextPage(text, head))

    def _write(self, choice: str | None) -> None:
        if choice is not None:
            updates = [update for key in self.table.shown if (update := self.tally.get(key))]
            self._start(self._save_board(choice, updates, self.table.sight))

    async def _save_board(self, choice: str, updates: Sequence[Update], sight: Sight) -> None:
        from relaytui.ui.copy_choices import written  # noqa: PLC0415 - as above

        # In a thread: 10,000 tasks take long.
        suffix, text = await in_thread(partial(written, choice, updates, sight, self.clock.wall()))
        await self._save(suffix, text, f"{len(updates):,} tasks")

    async def _save(self, suffix: str, text: str, what: str) -> None:
        assert self.outlets is not None  # noqa: S101 - checked before the key is offered
        path = await in_thread(partial(self.outlets.exports.save, self._stem, suffix, text))
        told = f"{what} written to {path}" if isinstance(path, str) else f"{path.reason}: {path.advice}"
        self.say(told, seconds=2 * SAID_SECONDS)

    @property
    def _stem(self) -> str:
        return f"relaytui-{stamp(self.clock.wall())}"

    def _start(self, work: Awaitable[None]) -> None:
        self.run_worker(work, group="copy")
