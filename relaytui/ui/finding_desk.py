"""Finding tasks and acting on many: filter, problems, groups, marks, asking now, pausing."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import partial
from time import thread_time
from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.binding import Binding, BindingType

from relaytui.core.task import WatchedTask
from relaytui.core.text import even
from relaytui.core.update import Update
from relaytui.core.view import View
from relaytui.ui.board_screen import BoardScreen, Chosen
from relaytui.ui.filter_bar import FilterBar, LeftOut
from relaytui.ui.live_keys import key_of
from relaytui.ui.task_table import TaskTable

if TYPE_CHECKING:
    from relaytui.engine import Commands, Drained
    from relaytui.ports import Clock, WatchList
    from relaytui.ui.filter_input import FilterInput
    from relaytui.ui.rows import Holds
    from relaytui.ui.sort_bar import SortBar


MOST_SECONDS = 0.25
"""Seconds of this thread that a filter may take to be tried on all tasks."""


class FindingDesk(BoardScreen):
    """Decides what of the list is looked at, and what is done with the tasks that were picked."""

    BINDING_GROUP_TITLE = "Finding and asking"
    BINDINGS: ClassVar[list[BindingType]] = [
        # Before everything else, so that what is typed at once after it lands in the filter and does not act.
        Binding(
            "slash",
            "filter",
            "filter",
            priority=True,
            id="board.filter",
            tooltip="Show only tasks that hold what you type",
        ),
        Binding("exclamation_mark", "only_problems", "problems", id="board.problems", tooltip="Only problems, or all"),
        Binding("n", "problem(1)", "next", id="board.next", tooltip="To the next problem or unseen change"),
        Binding(
            "N",
            "problem(-1)",
            "before",
            show=False,
            id="board.before",
            tooltip="To the problem before",
        ),
        Binding("r", "refresh", "refresh", id="board.refresh", tooltip="Ask now for the marked tasks, or this one"),
        Binding(
            "x",
            "pause",
            "pause task",
            show=False,
            id="board.pause",
            tooltip="Pause or resume the marked tasks, or this one",
        ),
        Binding("o", "sort", "sort", show=False, id="board.sort", tooltip="Sort by a column; the same again: reverse"),
        Binding("v", "groups", "groups", show=False, id="board.groups", tooltip="Show the tasks in groups, or in one"),
        Binding("V", "views", "views", show=False, id="board.views", tooltip="Use a filter of [views] in the settings"),
        *(
            Binding(
                str(number),
                f"group({number})",
                f"group {number}",
                show=False,
                id="board.group" if number == 1 else f"board.group_{number}",
                tooltip="To the group with this number",
            )
            for number in range(1, 10)
        ),
    ]

    def __init__(self, *, commands: Commands, watch_list: WatchList, tasks: Iterable[Update], clock: Clock) -> None:
        super().__init__(commands=commands, watch_list=watch_list, tasks=tasks, clock=clock)
        self._bar = FilterBar()
        self.first_view: View | None = None
        """How to look at the board at first."""
        self.named_views: Mapping[str, str] = {}
        """The filters that have a name in the settings."""
        self._text = ""
        """The filter in use."""
        self._holds: Holds | None = None
        self._wrong = ""
        """What is wrong with the filter that is being typed."""
        self._sort_bar: SortBar | None = None

    @property
    def view(self) -> View:
        """How the board is looked at now, for `restore`."""
        return self.table.view._replace(filter=self._text)

    def restore(self, view: View) -> None:
        """Look at the board like this; a filter that cannot be read is left out."""
        self._set_filter(view.filter)
        self._look_at(view)

    def take(self, drained: Drained) -> None:
        """Updates may have moved tasks into the filter, or out of it."""
        super().take(drained)
        self.tell_left_out()

    def tell_left_out(self) -> None:
        """Say below the table what it leaves out and how many tasks are marked."""
        table, view = self.table, self.view
        told = LeftOut(
            text=view.filter,
            only_problems=view.only_problems,
            shown=table.held_count,
            total=table.row_count,
            hidden_problems=table.hidden_problem_count,
            marked=table.mark_count,
            marked_hidden=table.hidden_mark_count,
            wrong=self._wrong,
        )
        if not self._bar.is_attached:
            if not (told.is_filtered or told.marked):
                return
            self.board.mount(self._bar, after=self.table)
        self._bar.tell(told)

    def _look_at(self, view: View) -> None:
        self.table.look_at(view, self._holds)
        self.tell_left_out()
        self.refresh_bindings()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """What cannot be done now is grey."""
        match action:
            case "filter":
                return not self._bar.is_typing
            case "refresh" | "pause":
                return True if self.table.has_targets else None
            case "problem":
                return (
                    True
                    if self.table.problem_count or self.table.hidden_problem_count or self.table.has_unseen
                    else None
                )
            case _:
                return super().check_action(action, parameters)

    def close_one(self, *, only_ask: bool = False) -> bool:
        """Clear the marks, or where there are none the filter."""
        if self.table.mark_count:
            if not only_ask:
                self.table.clear_marks()
            return True
        view = self.view
        if view.filter or view.only_problems:
            if not only_ask:
                self._set_filter("")
                self._look_at(self.table.view._replace(only_problems=False))
            return True
        return super().close_one(only_ask=only_ask)

    @on(TaskTable.MarksChanged)
    def _tell_marks(self) -> None:
        self.tell_left_out()
        self.refresh_bindings()

    # The filter

    def _set_filter(self, text: str) -> str:
        """Use this filter; what is wrong with it where it cannot be read, and the one before stays."""
        # Its patterns take time to compile, which the first paint need not wait for.
        from relaytui.core.entry import Refused  # noqa: PLC0415
        from relaytui.core.filter import parse  # noqa: PLC0415

        found = parse(text)
        if isinstance(found, Refused):
            return found.reason
        if found.may_be_slow and not self._is_quick(found.holds):
            return "the regular expression takes too long on these tasks"
        self._text, self._holds = text, found.holds if found.tests else None
        return ""

    def _is_quick(self, holds: Holds) -> bool:
        """Whether a filter tells all tasks apart soon enough: meanwhile the board stands still."""
        until = thread_time() + MOST_SECONDS
        for task, state, _ in self.tally:
            holds(task, state)
            if thread_time() > until:
                return False
        return True

    def filter_by(self, text: str) -> None:
        """Show only what this filter holds; one that cannot be read changes nothing."""
        self._set_filter(text)
        self._look_at(self.table.view)

    async def action_filter(self) -> None:
        """Type a filter."""
        if not self._bar.is_attached:
            await self.board.mount(self._bar, after=self.table)
        await self._bar.edit(self._text)

    def on_filter_bar_typed(self, message: FilterBar.Typed) -> None:
        """Show what holds the text so far; while it cannot be read, what held it before."""
        if not self._bar.is_typing:
            # Overtaken by the end of the typing.
            return
        self._wrong = self._set_filter(message.text)
        if self._wrong:
            self.tell_left_out()
        else:
            self._look_at(self.table.view)

    async def on_filter_input_ended(self, message: FilterInput.Ended) -> None:
        """Back to the table, with the filter or without; one that cannot be read is put right first."""
        self._wrong = self._set_filter(message.text)
        if self._wrong:
            await self._bar.edit(message.text)
            self.tell_left_out()
            return
        self._bar.end()
        self.table.focus()
        self._look_at(self.table.view)

    def action_views(self) -> None:
        """Ask which of the named filters to use."""
        if not self.named_views:
            self.say("no view has a name yet: write [views] into the settings")
            return
        from relaytui.ui.chooser import Chooser  # noqa: PLC0415 - nobody chooses before the first paint
        from relaytui.ui.view_choices import VIEWS  # noqa: PLC0415 - as above

        named = zip(VIEWS, self.named_views.items(), strict=False)
        choices = [each._replace(word=even(name), tooltip=f"Filter by {even(text)}") for each, (name, text) in named]
        more = len(self.named_views) - len(choices)
        title = f"view ({more} more with {key_of(self.app, 'app.palette')})" if more else "view"
        self.app.push_screen(Chooser(title, "view", choices), self._look_at_named)

    def choices(self) -> Iterator[Chosen]:
        """Every view that has a name and every group, also those beyond the ninth."""
        for number, (name, text) in enumerate(self.named_views.items(), start=1):
            yield Chosen(f"view {even(name)}", f"Filter by {even(text)}", partial(self._look_at_named, str(number)))
        for group in sorted({update.task.group for update in self.tally} - {""}):
            yield Chosen(f"group {even(group)}", "To this group", partial(self._go_to_group, group))
        yield from super().choices()

    def _look_at_named(self, choice: str | None) -> None:
        if choice is None:
            return
        name, text = [*self.named_views.items()][int(choice) - 1]
        if wrong := self._set_filter(text):
            self.say(f"view {name}: {wrong}")
        else:
            self._look_at(self.table.view)

    def action_only_problems(self) -> None:
        """Show problems only, or all again."""
        self._look_at(self.table.view._replace(only_problems=not self.table.view.only_problems))

    # Going there

    def action_problem(self, step: int) -> None:
        """To the next problem or unseen change, or with -1 to the one before."""
        if not self.table.next_problem(step):
            hidden = self.table.hidden_problem_count
            clear = f"no problem here: {hidden} hidden by the filter, {self.key('board.close')} clears it"
            self.say(clear if hidden else "no other problem")

    async def action_sort(self) -> None:
        """Choose what to sort by."""
        if self._sort_bar is None:
            from relaytui.ui.sort_bar import SortBar  # noqa: PLC0415 - nobody sorts before the first paint

            self._sort_bar = SortBar(self.table)
            await self.board.mount(self._sort_bar, after=self.table)
        self._sort_bar.begin()

    def action_groups(self) -> None:
        """Show the tasks in groups, or in one list."""
        self._look_at(self.table.view._replace(grouped=not self.table.view.grouped))

    def action_group(self, number: int) -> None:
        """To the group with this number; groups are shown where they were not."""
        self._go_to_group(number)

    def _go_to_group(self, group: int | str) -> None:
        if not self.table.view.grouped:
            self.action_groups()
            self.say(f"in groups now: {self.key('board.groups')} shows one list again, {self.key('table.fold')} folds")
        if not self.table.move_to_group(group):
            self.say(f"there is no group {group} to be seen")

    # What is done with tasks

    def action_refresh(self) -> None:
        """Ask for the picked tasks now."""
        if targets := self.targets():
            self.commands.refresh([task.key for task in targets])
            self.say(f"asking for {_named(targets)}")

    def action_pause(self) -> None:
        """Ask for the picked tasks no more, or where all are paused, again."""
        targets = self.targets()
        if not targets:
            return
        paused = not all(task.paused for task in targets)
        keys = {task.key for task in targets}

        def edit(tasks: tuple[WatchedTask, ...]) -> tuple[WatchedTask, ...]:
            return tuple(task._replace(paused=paused) if task.key in keys else task for task in tasks)

        self.change_list(edit, f"{'paused' if paused else 'resumed'} {_named(targets)}")


def _named(tasks: tuple[WatchedTask, ...]) -> str:
    return tasks[0].name if len(tasks) == 1 else f"{len(tasks)} tasks"
