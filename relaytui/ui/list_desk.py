"""The watch list, changed from the board: tasks are added, edited, replaced and removed, and all that is undone."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding, BindingType
from textual.events import Paste

from relaytui.core.observation import Observation
from relaytui.core.task import TaskKey, WatchedTask
from relaytui.core.text import even
from relaytui.ui.board_screen import BoardScreen

if TYPE_CHECKING:
    # Only its type is needed here, and the engine's imports would come before the first paint.
    from relaytui.engine import Drained


class ListDesk(BoardScreen):
    """Keys about the list; dialogs are loaded when they are first asked for."""

    BINDING_GROUP_TITLE = "The list"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("plus", "add", "add", id="list.add", tooltip="Put tasks on the list; pasting anywhere does the same"),
        Binding("E", "edit", "edit", show=False, id="list.edit", tooltip="Change label, group, note, expected end"),
        Binding("R", "replace", "replace", show=False, id="list.replace", tooltip="A restarted task's new TaskId"),
        Binding("delete,D", "remove", "remove", show=False, id="list.remove", tooltip="Take tasks off the list"),
        Binding("u", "undo", "undo", show=False, id="list.undo", tooltip="Take the last change of the list back"),
    ]

    _awaited: TaskKey | None = None
    """The task that the cursor goes to as soon as the board has it."""
    _take_answers: Callable[[Mapping[TaskKey, Observation]], None] | None = None

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """What needs a task is grey where there is none."""
        match action:
            case "edit" | "remove":
                return True if self.table.has_targets else None
            case "replace":
                return True if self.table.has_one_target else None
            case _:
                return super().check_action(action, parameters)

    def on_paste(self, event: Paste) -> None:
        """What is pasted where nothing takes it is meant for the list."""
        event.stop()
        if event.text.strip():
            self.action_add(event.text)

    @cached_property
    def home(self) -> dict[str, str]:
        """Where tasks are added, by field: at first what the settings say, then where they were added last."""
        defaults = self.changes.watch_list.defaults
        key = self.table.cursor_key
        app = defaults.sdk_app_id or (key.sdk_app_id if key else "")
        return {"sdk_app_id": str(app), "region": defaults.region, "profile": defaults.profile}

    def action_add(self, text: str = "") -> None:
        """Ask for tasks, beginning with this text."""
        from relaytui.ui.dialogs.add import Add  # noqa: PLC0415 - after the first paint

        dialog = Add(
            text,
            home=self.home,
            defaults=self.changes.watch_list.defaults,
            known=self.tally.keys,
            look_up=self.commands.look_up,
            change=self.changes.change,
        )
        self._take_answers = dialog.take_answers
        self.app.push_screen(dialog, self._tell)

    def take(self, drained: Drained) -> None:
        """Hand answers on to the dialog that asked."""
        super().take(drained)
        if drained.answers and self._take_answers is not None:
            self._take_answers(drained.answers)
        self._go_to_new()

    def action_edit(self) -> None:
        """Edit the tasks."""
        from relaytui.ui.dialogs.edit import Edit  # noqa: PLC0415 - after the first paint

        if tasks := self.targets():
            self.app.push_screen(Edit(tasks, change=self.changes.change, clock=self.clock), self._tell)

    def action_replace(self) -> None:
        """Give the task its new TaskId."""
        from relaytui.ui.dialogs.replace import Replace  # noqa: PLC0415 - after the first paint

        tasks = self.targets()
        if len(tasks) == 1:
            self.app.push_screen(
                Replace(
                    tasks[0],
                    name=lambda key: self.tally.name(key) if self.tally.get(key) else None,
                    change=self.changes.change,
                ),
                self._tell,
            )

    def action_remove(self) -> None:
        """Take the tasks off the list; several only when that is confirmed."""
        from relaytui.ui.dialogs.confirm import Confirm  # noqa: PLC0415 - after the first paint

        tasks = self.targets()
        if len(tasks) == 1:
            self._remove(tasks)
        elif tasks:
            question = f"take {len(tasks)} tasks off the list?"
            self.app.push_screen(
                Confirm(question, [task.name for task in tasks]), lambda yes: self._remove(tasks) if yes else None
            )

    def _remove(self, tasks: Sequence[WatchedTask]) -> None:
        from relaytui.core.edits import removing  # noqa: PLC0415 - after the first paint

        what = even(tasks[0].name) if len(tasks) == 1 else f"{len(tasks)} tasks"
        self.change_list(removing({task.key for task in tasks}), f"removed {what}")

    def action_undo(self) -> None:
        """Take the last change back."""
        self.tell_change(self.changes.undo)

    def _tell(self, told: str | None) -> None:
        """Say what became of a dialog."""
        self._take_answers = None
        if told:
            self.say(told, seconds=5.0)
            self._awaited = self.changes.first_new
            self._go_to_new()
        self.refresh_bindings()

    def _go_to_new(self) -> None:
        if self._awaited is not None and self.tally.get(self._awaited) is not None:
            self.table.move_to(self._awaited)
            self._awaited = None
