from __future__ import annotations

from relaytui.core.entry import Refused
from relaytui.core.listing import Row, without_sdk_app_id
from relaytui.core.preview import Standing, preview, with_texts
from relaytui.core.task import TaskKey, WatchedTask


def task(task_id: str, label: str = "") -> WatchedTask:
    return WatchedTask(TaskKey("prod", "ap-singapore", 1, task_id), label)


def test_every_row_has_its_standing_and_its_place() -> None:
    rows = [
        Row(1, task("-a..", "cam\x1b[2J")),
        Row(2, Refused("what is this")),
        Row(3, task("-a..")),
        Row(4, task("b")),
        Row(5, without_sdk_app_id("prod")),
    ]
    found = preview(((f"chat:{row.line}", row) for row in rows), {task("b").key})
    assert [(item.standing, item.where, item.words) for item in found.items] == [
        (Standing.NEW, "chat:1", "-a.. (prod 1 ap-singapore) cam[2J"),
        (Standing.MALFORMED, "chat:2", "what is this"),
        (Standing.DUPLICATE, "chat:3", "-a.. (prod 1 ap-singapore)"),
        (Standing.DUPLICATE, "chat:4", "b (prod 1 ap-singapore)"),
        (Standing.INCOMPLETE, "chat:5", without_sdk_app_id("prod").reason),
    ]
    assert found.new == (task("-a..", "cam\x1b[2J"),)


def test_texts_are_given_to_rows_that_say_nothing_themselves() -> None:
    assert with_texts(Row(1, task("a")), {"label": "x", "note": "n"}).found == task("a", "x")._replace(note="n")
    assert with_texts(Row(1, task("a", "own")), {"label": "x"}).found == task("a", "own")
    assert with_texts(Row(1, Refused("no")), {"label": "x"}) == Row(1, Refused("no"))
