from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from relaytui.core.edits import KEPT_IDS, adding, editing, removing, replacing, undoing
from relaytui.core.listing import Changed, Edit
from relaytui.core.task import TaskKey, WatchedTask


def task(task_id: str, label: str = "", note: str = "") -> WatchedTask:
    return WatchedTask(TaskKey("prod", "ap-singapore", 1, task_id), label, note=note)


A, B, C, D = map(task, ("-a..", "b+", "c/", "d_"))
ids = st.sampled_from("abcdefgh")
keys = st.sets(ids.map(lambda each: task(each).key))
tasks = st.builds(task, ids, st.sampled_from(["", "x", "y"]), st.sampled_from(["", "n"]))
lists = st.lists(tasks, unique_by=lambda each: each.key).map(tuple)
edits: st.SearchStrategy[Edit] = st.one_of(
    st.lists(tasks).map(adding),
    keys.map(removing),
    st.builds(replacing, ids.map(lambda each: task(each).key), ids.map(lambda each: task(each).key)),
    st.builds(editing, keys, st.dictionaries(st.sampled_from(["label", "note", "group"]), st.sampled_from(["x", "z"]))),
)


@given(lists, st.lists(edits, max_size=6))
def test_undoing_every_change_brings_the_list_back_exactly(
    before: tuple[WatchedTask, ...], changes: list[Edit]
) -> None:
    done = []
    now = before
    for edit in changes:
        done.append(Changed(now, edit(now)))
        now = done[-1].after
    for changed in reversed(done):
        now = undoing(changed)(now)
        assert now == changed.before


@given(lists, edits, edits)
def test_undoing_leaves_what_others_changed_meanwhile(
    before: tuple[WatchedTask, ...], mine: Edit, theirs: Edit
) -> None:
    changed = Changed(before, mine(before))
    now = theirs(changed.after)
    undone = {each.key: each for each in undoing(changed)(now)}
    was, became = ({each.key: each for each in side} for side in (changed.before, changed.after))
    for each in now:
        if each.key not in became:
            assert undone[each.key] == each
        elif each != became[each.key]:
            kept, old, new = undone[each.key], was.get(each.key, each), became[each.key]
            for mine_was, mine_is, theirs_is, is_now in zip(old, new, each, kept, strict=True):
                assert is_now == (mine_was if theirs_is == mine_is else theirs_is)


def test_a_removed_task_comes_back_behind_its_neighbour_wherever_that_is_now() -> None:
    changed = Changed((A, B, C), removing({B.key})((A, B, C)))
    assert undoing(changed)((D, A, C)) == (D, A, B, C)
    assert undoing(changed)((C, D)) == (B, C, D)
    assert undoing(changed)(()) == (B,)


def test_a_task_that_somebody_has_put_back_stays_as_they_wrote_it() -> None:
    changed = Changed((A, B), (A,))
    theirs = B._replace(note="theirs")
    assert undoing(changed)((theirs, A)) == (theirs, A)


def test_an_added_task_that_somebody_has_edited_stays() -> None:
    changed = Changed((A,), (A, B))
    theirs = B._replace(note="theirs")
    assert undoing(changed)((A, theirs)) == (A, theirs)
    assert undoing(changed)((A, B)) == (A,)


def test_adding_leaves_what_is_there_as_it_is() -> None:
    assert adding([B._replace(label="other"), C, C])((A, B)) == (A, B, C)


def test_a_task_started_anew_keeps_its_place_and_what_was_written_and_remembers_what_it_was() -> None:
    now: tuple[WatchedTask, ...] = (A, B._replace(label="cam", note="n"), C)
    for number in range(KEPT_IDS + 1):
        old = now[1].key
        now = replacing(old, task(f"new{number}").key)(now)
    assert now == (A, task("new5", "cam", "n")._replace(replaces=("new4", "new3", "new2", "new1", "new0")), C)
    assert replacing(now[1].key, C.key)(now) == now
