from __future__ import annotations

import time

from hypothesis import given, settings
from hypothesis import strategies as st

from relaytui.core.edits import adding, editing, removing, replacing, undoing
from relaytui.core.listing import Changed, Defaults, Edit, TaskList
from relaytui.core.task import TaskKey, WatchedTask
from relaytui.core.toml_edit import rewritten
from relaytui.core.toml_list import parse_list

DEFAULTS = Defaults(1400188366, "ap-singapore", "default")
WRITTEN = """\
# mine

# about a
[[task]]
task_id = "a"  # on stage
# ask Mei
label = 'cam 1'

# about b
[[task]]
task_id = "b"


[[task]]
task_id = "c"
"""


def key(task_id: str) -> TaskKey:
    return TaskKey("default", "ap-singapore", 1400188366, task_id)


def tasks_in(text: str) -> tuple[WatchedTask, ...]:
    found = parse_list(text.encode(), "list", DEFAULTS)
    assert isinstance(found, TaskList), found
    return found.tasks


def changed(text: str, edit: Edit) -> tuple[str, Changed]:
    before = tasks_in(text)
    change = Changed(before, edit(before))
    after = rewritten(text, change)
    assert tasks_in(after) == change.after
    return after, change


def there_and_back(text: str, edit: Edit) -> str:
    after, change = changed(text, edit)
    assert after != text
    assert changed(after, undoing(change))[0] == text
    return after


def test_undoing_an_add_leaves_every_byte_as_it_was() -> None:
    there_and_back(WRITTEN, adding([WatchedTask(key("d")), WatchedTask(key("e"))]))
    there_and_back(WRITTEN + "\n\n", adding([WatchedTask(key("d"))]))
    there_and_back(WRITTEN + "# the end\n", adding([WatchedTask(key("d"))]))
    there_and_back(WRITTEN, lambda now: (WatchedTask(key("d")), *now))
    there_and_back(WRITTEN.removeprefix("# mine\n\n# about a\n"), lambda now: (WatchedTask(key("d")), *now))
    there_and_back(WRITTEN, lambda now: (*now[:1], WatchedTask(key("d")), *now[1:]))


def test_a_task_started_anew_keeps_the_comments_in_its_block() -> None:
    after = there_and_back(WRITTEN, replacing(key("a"), key("new")))
    added = 'replaces = "a"\n'
    assert after.replace(added, "") == WRITTEN.replace('"a"', '"new"')
    again = there_and_back(after, replacing(key("new"), key("newer")))
    assert "# on stage" in again
    assert "# ask Mei" in again
    assert tasks_in(again)[0].replaces == ("new", "a")


def test_a_task_started_anew_elsewhere_is_another_one() -> None:
    def to_the_end(now: tuple[WatchedTask, ...]) -> tuple[WatchedTask, ...]:
        return (*now[1:], now[0]._replace(key=key("new"), replaces=("a",)))

    assert [task.key.task_id for task in tasks_in(changed(WRITTEN, to_the_end)[0])] == ["b", "c", "new"]


@given(st.lists(st.sampled_from("abcde"), unique=True), st.permutations("abcde"), st.data())
@settings(max_examples=200, deadline=None)
def test_whatever_goes_comes_and_is_started_anew_reads_back_right(
    there: list[str], then: list[str], data: st.DataObject
) -> None:
    text = "".join(f'[[task]]\ntask_id = "{each}"\n\n# below {each}\n' for each in there)
    stays = [each for each in there if data.draw(st.booleans())]
    after = []
    for each in (*stays, *(one for one in then if one not in there)):
        replaced = data.draw(st.sampled_from([(), ("a",), ("b", "a"), ("x",)]))
        after.append(WatchedTask(key(each), replaces=replaced))
    changed(text, lambda _: tuple(after))


def test_ten_thousand_tasks_that_are_all_others_now_are_written_in_seconds() -> None:
    before = tuple(WatchedTask(key(f"a{number}")) for number in range(10_000))
    after = tuple(task._replace(key=key("b" + task.key.task_id), replaces=("x",)) for task in before)
    text = rewritten("", Changed((), before))
    begun = time.process_time()
    assert tasks_in(rewritten(text, Changed(before, after))) == after
    assert time.process_time() - begun < 10


def test_editing_and_removing_leave_the_comments() -> None:
    assert there_and_back(WRITTEN, editing({key("b")}, {"paused": True})) == WRITTEN.replace(
        'task_id = "b"\n', 'task_id = "b"\npaused = true\n'
    )
    after, _ = changed(WRITTEN, removing({key("b")}))
    assert after == WRITTEN.replace('[[task]]\ntask_id = "b"\n\n', "")
