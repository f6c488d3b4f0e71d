"""What can be copied of tasks and written of the board, and the text that each choice gives."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from relaytui.core.alarm_view import Attention, Subject
from relaytui.core.copies import answer_json, one_line, request_id, sheet_csv, sheet_json, vendor_command
from relaytui.core.events import Blinded
from relaytui.core.handover import handover
from relaytui.core.history import Entry
from relaytui.core.lane_view import LaneView
from relaytui.core.task import LaneKey, TaskKey, WatchedTask
from relaytui.core.text import even, plain
from relaytui.core.update import Update
from relaytui.ui.cells import Sight
from relaytui.ui.chooser import Choice
from relaytui.ui.columns import Column, Piece, header, layout
from relaytui.ui.times import both

if TYPE_CHECKING:
    from relaytui.ports import Clock

COPIES: Final = (
    Choice("id", "t", "TaskId", "The TaskId, as it is"),
    Choice("request", "r", "RequestId", "The newest RequestId, which the vendor's support asks for"),
    Choice("line", "l", "line", "State, label, ids and RequestId on one line"),
    Choice("command", "c", "command", "The same query as a command of the vendor's tool"),
    Choice("json", "j", "JSON", "The newest answer as `relaytui check --json` gives it"),
    Choice("handover", "h", "handover", "Problems, or what is marked, and the last hour, as Markdown"),
    Choice("show", "v", "view", "What was copied last on the whole screen, to select it by hand"),
)
FORMATS: Final = (
    Choice("text", "t", "text", "A text file with the table"),
    Choice("csv", "c", "CSV", "A table for spreadsheets"),
    Choice("json", "j", "JSON", "A JSON array with an object for each task"),
)
_PAPER_CELLS = 200


def copied(choice: str, updates: Sequence[Update], lanes: Mapping[LaneKey, LaneView], clock: Clock) -> str:
    """The text of a choice of `COPIES` about these tasks; "" where there is nothing to copy."""
    hosts = {profile: lane.host for lane in lanes for profile in lane.profiles}
    match choice:
        case "id":
            lines: Iterable[str] = (update.task.key.task_id for update in updates)
        case "request":
            lines = filter(None, (plain(request_id(update.state)) for update in updates))
        case "command":
            keys = (update.task.key for update in updates)
            lines = (vendor_command(key, hosts.get(key.profile, "")) for key in keys)
        case "json":
            return answer_json(updates)
        case "handover":
            return handed_over(updates, lanes, clock)
        case _:
            lines = map(one_line, updates)
    return "\n".join(lines)


def handed_over(
    updates: Sequence[Update],
    lanes: Mapping[LaneKey, LaneView],
    clock: Clock,
    *,
    warnings: Iterable[str] = (),
    attention: Mapping[Subject, Attention] = MappingProxyType({}),
    entries: Iterable[Entry] = (),
    known: Mapping[TaskKey, WatchedTask] = MappingProxyType({}),
    only: Collection[TaskKey] | None = None,
) -> str:
    """These tasks, what people said about them and what happened, as Markdown."""
    now = clock.wall()
    blind = (
        Blinded(view.lane, now, view.cause, view.blind_since_at or now, view.last_good_at)
        for view in lanes.values()
        if view.cause
    )
    return handover(
        updates,
        at=now,
        warnings=warnings,
        blind=blind,
        attention=attention,
        entries=entries,
        known=known,
        only=only,
    )


def written(choice: str, updates: Sequence[Update], sight: Sight, at: float) -> tuple[str, str]:
    """How the file of a choice of `FORMATS` ends, and what is in it: the tasks as they look `at` this Unix second."""
    match choice:
        case "csv":
            return ".csv", sheet_csv(updates)
        case "json":
            return ".json", sheet_json(updates)
        case _:
            return ".txt", f"{both(at)}, {len(updates):,} tasks\n{_table(updates, sight)}"


def _table(updates: Iterable[Update], sight: Sight) -> str:
    """The board as it looks, and beside it the whole TaskIds, by which a file is searched."""
    columns = layout(_PAPER_CELLS)
    lines = [(header(columns), "TASKID")]
    lines += [
        (sight.cells(task, state, columns, marks="  ", doubt=sight.doubt(task, state)), even(task.key.task_id))
        for task, state, *_ in updates
    ]
    return "".join(
        f"{''.join(_paper(column, cell) for (column, _), cell in zip(columns, row, strict=True))}  {task_id}\n"
        for row, task_id in lines
    )


def _paper(column: Column, cell: Iterable[Piece]) -> str:
    return " " * column.gap + "".join(text for text, _ in cell)
