"""The view of a board comes back as it was, and no file can do harm."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from relaytui.adapters.view_file import ViewFile
from relaytui.core.task import TaskKey
from relaytui.core.view import View

ONE, TWO = (TaskKey("prod", "ap-singapore", 1_600_012_345, name) for name in ("one", "two+é"))
FULL = View(
    ONE,
    frozenset({ONE, TWO}),
    "SEEN",
    True,
    False,
    "cam",
    True,
    True,
    frozenset({"cup"}),
    True,
    unseen=frozenset({TWO}),
)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "state" / "views" / "list.json"


@pytest.mark.parametrize("view", [View(), View(cursor=TWO), FULL])
def test_it_comes_back_as_it_was(path: Path, view: View) -> None:
    file = ViewFile(path)
    assert file.load() is None
    file.save(FULL._replace(sort="TASK"))
    file.save(view)
    assert file.load() == view
    file.close()
    assert ViewFile(path).load() == view


@pytest.mark.skipif(sys.platform == "win32", reason="no modes")
def test_only_the_owner_may_read_it(path: Path) -> None:
    file = ViewFile(path)
    file.save(FULL)
    file.close()
    assert path.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[]",
        "null",
        json.dumps({"fields": ["marks"], "view": [[]]}),
        json.dumps({"fields": [*View._fields, "a later one"], "view": [*View(), 7]}, default=list),
        json.dumps({"fields": list(View._fields), "view": "text"}),
        json.dumps({"fields": list(View._fields), "view": [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]}),
        "\x00" * 1000,
    ],
)
def test_what_cannot_be_read_counts_as_none(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True)
    path.write_text(text)
    assert ViewFile(path).load() is None


def test_what_an_earlier_version_wrote_is_read(path: Path) -> None:
    path.parent.mkdir(parents=True)
    path.write_text(json.dumps({"fields": ["cursor", "marks", "sort"], "view": [None, [ONE], "SEEN"]}))
    assert ViewFile(path).load() == View(marks=frozenset({ONE}), sort="SEEN")


def test_where_nothing_can_be_written_it_still_remembers(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    file = ViewFile(tmp_path / "file" / "view.json")
    assert file.load() is None
    file.save(FULL)
    file.close()
    assert file.load() == FULL


def test_without_a_path_it_only_remembers() -> None:
    file = ViewFile(None)
    assert file.load() is None
    file.save(FULL)
    assert file.load() == FULL
    file.close()
