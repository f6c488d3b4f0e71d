from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from relaytui.adapters import stored_list
from relaytui.adapters.stored_list import (
    KEPT_VERSIONS,
    StoredList,
    change,
    read_some,
    read_stored,
    restore,
    versions,
)
from relaytui.core.edits import removing, undoing
from relaytui.core.listing import BadList, Changed, Defaults, TaskList
from relaytui.core.task import TaskKey, WatchedTask
from tests.core.test_listing import TASKS

DEFAULTS = Defaults(1400188366, "ap-singapore", "default")


def task(task_id: str, label: str = "") -> WatchedTask:
    return WatchedTask(TaskKey("default", "ap-singapore", 1400188366, task_id), label)


def add(path: Path, *tasks: WatchedTask) -> None:
    answer = change(path, lambda now: (*now, *tasks), DEFAULTS)
    assert isinstance(answer, Changed), answer


def on(path: Path) -> tuple[WatchedTask, ...]:
    answer = read_stored(path, DEFAULTS)
    assert isinstance(answer, TaskList), answer
    return answer.tasks


def refused(answer: object) -> str:
    assert isinstance(answer, BadList), answer
    assert "\n" not in str(answer)
    return str(answer)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "config" / "watchlist.toml"


def test_no_file_is_a_list_without_tasks(path: Path) -> None:
    assert read_some(path, DEFAULTS, ["1"]) == TaskList(())
    assert on(path) == ()
    add(path, task("a"))
    assert {file.stat().st_mode & 0o777 for file in path.parent.iterdir()} == {0o600}
    assert path.parent.stat().st_mode & 0o777 == 0o700


@given(st.lists(TASKS, max_size=6, unique_by=lambda each: each.key), st.data())
@settings(deadline=None, max_examples=40)
def test_any_list_written_and_read_back_is_equal(tasks: list[WatchedTask], data: st.DataObject) -> None:
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "watchlist.toml"
        add(path, *tasks)
        assert on(path) == tuple(tasks)
        kept = [each for each in tasks if data.draw(st.booleans())]
        kept = [data.draw(TASKS)._replace(key=each.key) if data.draw(st.booleans()) else each for each in kept]
        assert isinstance(change(path, lambda _: tuple(kept), DEFAULTS), Changed)
        assert on(path) == tuple(kept)


HAND_WRITTEN = """\
# the final, ask Mei
[[task]]
task_id = "a"   # on stage
label = 'cam 1'
tolerance = 5

# the lobby
[[task]]
task_id = "b"
expected_end = 2026-01-31T20:15:00+08:00
# end of b

# the last
[[ task ]]
"task_id" = "c"
"""


def test_hand_edits_and_comments_survive(path: Path) -> None:
    path.parent.mkdir()
    path.write_text(HAND_WRITTEN, "utf-8")
    assert [each.key.task_id for each in on(path)] == ["a", "b", "c"]
    assert on(path)[1].expected_end == 1769861700.0
    add(path, task("d"))
    assert path.read_text("utf-8").startswith(HAND_WRITTEN)
    change(path, lambda now: tuple(each for each in now if each.key.task_id != "b"), DEFAULTS)
    change(path, lambda now: (now[0]._replace(label="cam one", tolerance=60.0), *now[1:]), DEFAULTS)
    text = path.read_text("utf-8")
    for comment in ("# the final, ask Mei", "# on stage", "# the lobby", "# end of b", "# the last"):
        assert comment in text
    assert [each.name for each in on(path)] == ["cam one", "c", "d"]


def test_pausing_and_resuming_leaves_every_other_byte(path: Path) -> None:
    path.parent.mkdir()
    path.write_text(HAND_WRITTEN, "utf-8")
    change(path, lambda now: (now[0], now[1]._replace(paused=True), now[2]), DEFAULTS)
    assert path.read_text("utf-8") == HAND_WRITTEN.replace("+08:00\n", "+08:00\npaused = true\n")
    change(path, lambda now: (now[0], now[1]._replace(paused=False), now[2]), DEFAULTS)
    assert path.read_text("utf-8") == HAND_WRITTEN
    odd = '[[task]]\ntask_id = "a"\nlabel = """\n# cam"""\n# the last'
    path.write_text(odd, "utf-8")
    change(path, lambda now: (now[0]._replace(paused=True),), DEFAULTS)
    assert on(path) == (task("a", "# cam")._replace(paused=True),)
    assert "# the last" in path.read_text("utf-8")


@pytest.mark.parametrize(
    ("text", "line", "told"),
    [
        ('[[task]]\ntask_id = "a"\nlable = "x"\n', 3, "did you mean label?"),
        ('[[tasks]]\ntask_id = "a"\n', 1, "did you mean task?"),
        ('x = 1\n[[task]]\ntask_id = "a"\n', 1, "no key is called 'x'"),
        ('[task]\ntask_id = "a"\n', 1, "[[task]]"),
        ('[[task]]\ntask_id = "a"\n\n[[task]]\ntask_id = 7\n', 5, "task_id: give text"),
        ('[[task]]\ntask_id = "a"\nsdk_app_id = "1400188366"\n', 3, "without quotes"),
        ('[[task]]\ntask_id = "a"\nsdk_app_id = true\n', 3, "without quotes"),
        ('[[task]]\ntask_id = "a"\nsdk_app_id = -1\n', 3, "positive whole number"),
        ('[[task]]\ntask_id = "a"\nexpected_end = 2026-01-31T20:15:00\n', 3, "zone"),
        ('[[task]]\ntask_id = "a"\ntolerance = nan\n', 3, "seconds"),
        ('[[task]]\ntask_id = "a"\npaused = "true"\n', 3, "true or false"),
        ('[[task]]\ntask_id = "a"\npaused = 1\n', 3, "true or false"),
        ('[[task]]\ntask_id = "a\\u200b"\n', 2, "U+200B"),
        ('[[task]]\nlabel = "a"\n', 1, "no TaskId"),
        ('[[task]]\ntask_id = "a"\n[[task]]\ntask_id = "a"\n', 4, "as on line 2"),
        ('[[task]]\ntask_id = "a\n', 2, "not TOML"),
        ('[[task]]\ntask_id = """a\n', 2, "not TOML"),
    ],
)
def test_a_mistake_is_refused_with_its_line_and_nothing_is_lost(path: Path, text: str, line: int, told: str) -> None:
    path.parent.mkdir()
    path.write_text(text, "utf-8")
    said = refused(change(path, lambda now: (*now, task("new")), DEFAULTS))
    assert said.startswith(f"{path}:{line}: ")
    assert told in said
    assert path.read_text("utf-8") == text


def test_places_that_cannot_hold_a_list(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "directory" in refused(change(tmp_path, lambda now: now, DEFAULTS))
    (tmp_path / "file").touch()
    assert "cannot be written" in refused(change(tmp_path / "file" / "list", lambda now: now, DEFAULTS))
    os.mkfifo(tmp_path / "pipe")
    assert "not a file" in refused(read_stored(tmp_path / "pipe", DEFAULTS))
    monkeypatch.setattr(stored_list, "MAX_BYTES", 10)
    (tmp_path / "long").write_bytes(b"#" * 11)
    assert "MiB" in refused(read_stored(tmp_path / "long", DEFAULTS))


def test_tasks_that_are_not_in_blocks_are_left_to_their_author(path: Path) -> None:
    path.parent.mkdir()
    path.write_text('task = [{task_id = "a"}]\n', "utf-8")
    assert on(path) == (task("a"),)
    assert "author" in refused(change(path, lambda _: (), DEFAULTS))
    assert on(path) == (task("a"),)


def test_the_last_versions_are_kept_and_come_back(path: Path) -> None:
    for number in range(KEPT_VERSIONS + 3):
        add(path, task(f"a{number}"))
    assert len(versions(path)) == KEPT_VERSIONS
    before = on(path)
    assert isinstance(restore(path, 2, DEFAULTS), Changed)
    assert on(path) == before[:-2]
    assert isinstance(restore(path, 1, DEFAULTS), Changed)
    assert on(path) == before
    assert "1 (the newest) to 10" in refused(restore(path, 11, DEFAULTS))
    path.write_text("broken", "utf-8")
    assert isinstance(restore(path, 1, DEFAULTS), Changed)
    assert versions(path)[0].read_text("utf-8") == "broken"
    assert "not TOML" in refused(restore(path, 1, DEFAULTS))


def test_a_symbolic_link_stays_one(path: Path, tmp_path: Path) -> None:
    real = tmp_path / "real.toml"
    path.parent.mkdir()
    path.symlink_to(real)
    add(path, task("a"))
    add(path, task("b"))
    assert path.is_symlink()
    assert on(real) == (task("a"), task("b"))
    assert [each.name for each in versions(path)] == ["real.toml.v000002", "real.toml.v000001"]


def test_a_bind_mount_is_written_through(path: Path, tmp_path: Path) -> None:
    real = tmp_path / "real.toml"
    real.touch()
    path.parent.mkdir()
    path.touch()
    mounted = subprocess.run(["mount", "--bind", str(real), str(path)], capture_output=True, check=False)
    if mounted.returncode:
        pytest.skip("may not mount here")
    try:
        add(path, task("a", "x" * 500))
        change(path, lambda _: (task("b"),), DEFAULTS)
        assert on(path) == on(real) == (task("b"),)
    finally:
        subprocess.run(["umount", str(path)], check=True)


WRITER = """
import sys
from pathlib import Path
from relaytui.adapters.stored_list import change
from relaytui.core.listing import Changed
from tests.adapters.test_stored_list import DEFAULTS, task
for number in range(int(sys.argv[3])):
    answer = change(Path(sys.argv[1]), lambda now: (*now, task(f"{sys.argv[2]}{number}")), DEFAULTS)
    assert isinstance(answer, Changed), answer
"""
ROOT = Path(__file__).parent.parent.parent


def writer(path: Path, name: str, count: int) -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, "-c", WRITER, str(path), name, str(count)], cwd=ROOT)


def test_two_programs_that_add_at_the_same_time_lose_nothing(path: Path) -> None:
    both = [writer(path, name, 200) for name in "ab"]
    assert [each.wait(120) for each in both] == [0, 0]
    assert {each.key.task_id for each in on(path)} == {f"{name}{number}" for name in "ab" for number in range(200)}


def test_a_writer_that_is_killed_leaves_a_whole_list(path: Path) -> None:
    add(path, *(task(f"old{number}") for number in range(500)))
    least = 500
    for turn in range(8):
        process = writer(path, f"new{turn}-", 1000)
        deadline = time.monotonic() + 20
        while len(path.read_bytes()) == path.stat().st_size and len(on(path)) == least and time.monotonic() < deadline:
            time.sleep(0.003 * (turn + 1))
        process.send_signal(signal.SIGKILL)
        process.wait()
        assert len(on(path)) > least
        least = len(on(path))
    add(path, task("after"))
    assert not list(path.parent.glob(".*.tmp"))


def test_another_writer_is_waited_for_but_not_for_ever(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    add(path, task("a"))
    monkeypatch.setattr(stored_list, "LOCK_SECONDS", 0.1)
    with stored_list._locked(path):
        assert "another relaytui" in refused(change(path, lambda _: (), DEFAULTS))
    assert on(path) == (task("a"),)


def test_a_full_disk_leaves_the_list_as_it_was(path: Path) -> None:
    add(path, *(task(f"a{number}") for number in range(20)))
    before = path.read_bytes()
    script = (
        "import resource, signal, sys; signal.signal(signal.SIGXFSZ, signal.SIG_IGN);"
        f"resource.setrlimit(resource.RLIMIT_FSIZE, ({len(before) + 50}, resource.RLIM_INFINITY));"
        + WRITER.replace("assert isinstance(answer, Changed), answer", "print(answer)")
    )
    script = script.replace("\nimport sys", "import sys", 1)
    done = subprocess.run(
        [sys.executable, "-c", script, str(path), "x" * 100, "1"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert "cannot be written: File too large; the list is as it was" in done.stdout, done.stderr
    assert path.read_bytes() == before
    assert not list(path.parent.glob(".*.tmp"))


def test_ten_thousand_tasks_are_read_and_written_in_seconds(path: Path) -> None:
    tasks = tuple(task(f"{'x' * 80}{number}", f"cam {number}") for number in range(10_000))
    begin = time.perf_counter()
    add(path, *tasks)
    change(path, lambda now: now[1:], DEFAULTS)
    assert on(path) == tasks[1:]
    assert time.perf_counter() - begin < 20


def test_changes_are_told_within_two_seconds_and_half_written_files_are_not(path: Path) -> None:
    add(path, task("a"))
    told: list[tuple[TaskList | BadList, float]] = []
    news = threading.Semaphore(0)

    def tell(answer: TaskList | BadList) -> None:
        told.append((answer, time.monotonic()))
        news.release()

    def wait(since: float) -> TaskList | BadList:
        assert news.acquire(timeout=10)
        assert told[-1][1] - since < 2
        return told[-1][0]

    follower = StoredList(path, DEFAULTS, (task("a"),), tell)
    follower.start()
    time.sleep(1)
    begin = time.monotonic()
    add(path, task("b"))
    assert wait(begin) == TaskList((task("a"), task("b")))
    good = path.read_bytes()
    begin = time.monotonic()
    path.write_bytes(good + b"[[task")
    assert "not TOML" in str(wait(begin))
    begin = time.monotonic()
    path.write_bytes(good)
    assert wait(begin) == TaskList((task("a"), task("b")))
    begin = time.monotonic()
    path.unlink()
    assert "no such file" in str(wait(begin))
    begin = time.monotonic()
    other = path.with_name("other")
    other.write_bytes(b"")
    other.replace(path)
    assert wait(begin) == TaskList(())
    follower.stop()
    assert len(told) == 5


def test_a_change_of_ones_own_is_told_at_once_and_only_once(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stored_list, "LOOK_SECONDS", 0.01)
    add(path, task("a"))
    told: list[TaskList | BadList] = []
    looks = threading.Semaphore(0)

    class Watched(StoredList):
        def _look(self) -> TaskList | BadList:
            found = super()._look()
            looks.release()
            return found

    stored = Watched(path, DEFAULTS, (task("a"),), told.append)
    stored.start()
    changed = stored.change(lambda now: (*now, task("b")))
    assert changed == Changed((task("a"),), (task("a"), task("b")))
    assert told == [TaskList((task("a"), task("b")))]
    while looks.acquire(blocking=False):
        pass
    path.touch()
    for _ in range(2):
        assert looks.acquire(timeout=10)
        path.touch()
    stored.stop()
    assert len(told) == 1
    assert read_stored(path, DEFAULTS) == told[0]


def test_a_change_that_is_refused_is_not_told(path: Path) -> None:
    path.parent.mkdir()
    path.write_text("[[task", "utf-8")
    told: list[TaskList | BadList] = []
    refused = StoredList(path, DEFAULTS, (), told.append).change(lambda now: (*now, task("b")))
    assert "not TOML" in str(refused)
    assert told == []
    assert path.read_text("utf-8") == "[[task"


@given(st.lists(TASKS, min_size=1, max_size=6, unique_by=lambda each: each.key), st.data())
@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_undoing_a_removal_puts_the_tasks_back_at_their_places_in_the_file(
    path: Path, tasks: list[WatchedTask], data: st.DataObject
) -> None:
    path.unlink(missing_ok=True)
    assert isinstance(change(path, lambda _: tuple(tasks), DEFAULTS), Changed)
    doomed = data.draw(st.sets(st.sampled_from([each.key for each in tasks]), min_size=1))
    removed = change(path, removing(doomed), DEFAULTS)
    assert isinstance(removed, Changed)
    assert change(path, undoing(removed), DEFAULTS) == Changed(removed.after, removed.before)
    assert read_stored(path, DEFAULTS) == TaskList(tuple(tasks))


def test_what_is_put_between_tasks_leaves_every_comment_where_it_was(path: Path) -> None:
    path.parent.mkdir()
    text = '# mine\n\n# about a\n[[task]]\ntask_id = "a"  # first\n\n# about c\n[[task]]\ntask_id = "c"\n# the end\n'
    path.write_text(text, "utf-8")
    a, b, c, d, e = map(task, "abcde")
    assert isinstance(change(path, lambda _: (e, a, b, c, d), DEFAULTS), Changed)
    assert read_stored(path, DEFAULTS) == TaskList((e, a, b, c, d))
    assert isinstance(change(path, removing({each.key for each in (e, b, d)}), DEFAULTS), Changed)
    left = path.read_text("utf-8")
    assert [line for line in left.splitlines() if line] == [line for line in text.splitlines() if line]
