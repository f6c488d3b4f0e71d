"""What neither the type checker nor the linters see: rooms and their tests, names, and what a command loads."""

from __future__ import annotations

import ast
import json
import re
import subprocess
import sys
import tokenize
from collections.abc import Iterator
from pathlib import Path

import pytest

import relaytui

PACKAGE = Path(relaytui.__file__).parent
TESTS = Path(__file__).parent
MODULES = sorted(PACKAGE.rglob("*.py"))
SOURCES = [*MODULES, *sorted(TESTS.rglob("*.py"))]

COVERED_BY = {
    "core/alarm_text.py": "core/test_alarms.py",
    "core/alarm_view.py": "core/test_alarms.py",
    "core/fields.py": "commands/test_jsonlines.py",
    "core/lane_view.py": "core/test_schedule.py",
    "core/events.py": "core/test_belief.py",
    "core/task_state.py": "core/test_belief.py",
    "core/transition.py": "core/test_belief.py",
    "core/update.py": "core/test_board.py",
    "core/view.py": "ui/test_rows.py",
}
"""Rooms of plain values, tested where they are made."""


def name(path: Path) -> str:
    root = PACKAGE if path.is_relative_to(PACKAGE) else TESTS
    return path.relative_to(root).as_posix()


@pytest.mark.parametrize(
    "module",
    [
        name(path)
        for room in ("core", "adapters", "simulator")
        for path in sorted((PACKAGE / room).rglob("*.py"))
        if path.stem != "__init__"
    ],
)
def test_every_module_has_its_test_file(module: str) -> None:
    folder, _, file = module.rpartition("/")
    assert (TESTS / COVERED_BY.get(module, f"{folder}/test_{file}")).exists()


def loaded_by(*argv: str) -> set[str]:
    """The modules that a fresh interpreter has after running a command."""
    script = (
        "import json, os, sys\n"
        "from relaytui.cli import main\n"
        "sys.stdout = open(os.devnull, 'w')\n"
        f"main({list(argv)!r})\n"
        "print(json.dumps(sorted(sys.modules)), file=sys.__stdout__)\n"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, check=True, timeout=60)
    return set(json.loads(done.stdout))


ASK = ("1", "--sdk-app-id", "1400188366", "--endpoint", "http://127.0.0.1:1")


@pytest.mark.parametrize(
    ("argv", "never"),
    [
        (("--help",), {"textual", "httpx", "keyring", "asyncio", "relaytui.commands.check", "relaytui.wiring"}),
        (("--version",), {"textual", "httpx", "keyring", "asyncio"}),
        (("check", "--help"), {"textual", "httpx", "keyring", "rich", "relaytui.ui"}),
        (("watch", "--help"), {"textual", "httpx", "keyring", "rich", "relaytui.ui"}),
        (("completion", "--help"), {"textual", "httpx", "shtab"}),
        (("check", *ASK), {"textual", "rich", "keyring", "relaytui.ui", "relaytui.simulator", "truststore", "shtab"}),
        (
            ("check", *ASK),
            {"msgspec", "tomlkit", "tomllib", "relaytui.adapters.config", "relaytui.adapters.vendor_files"},
        ),
        (("watch", *ASK, "--for", "0.1"), {"textual", "rich", "keyring", "relaytui.ui", "relaytui.simulator"}),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
def test_a_command_loads_only_what_it_needs(
    argv: tuple[str, ...], never: set[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TENCENTCLOUD_SECRET_ID", "a")
    monkeypatch.setenv("TENCENTCLOUD_SECRET_KEY", "b")
    # With click installed, httpx loads its own command line, and rich with it; no dependency of ours brings click.
    allowed = {"rich"} if _has_click() else set()
    loaded = loaded_by(*argv)
    assert "relaytui.cli" in loaded
    assert loaded & (never - allowed) == set()


NOT_BEFORE_THE_FIRST_PAINT = re.compile(
    r"relaytui\.(ui\.(dialogs\..*|chooser|copy_choices|event_lines|filter_input|sort_bar|text_page|replay|scrubber|keymap)"
    r"|core\.(alarms|belief|board|copies|events|filter|handover|patience|queue|schedule|search|share|storm|toml_.*|watch)"
    r"|adapters\.(client|config|connections|hooks|instances|journal.*|keyring_store|sign_ins|stored_list)"
    r"|monitor.*|simulator.*)"
    r"|h11|httpx|keyring|sqlite3|tomlkit|tomllib"
)
"""What a key needs, or an answer, or who has more than a list in a file."""

SEEN = """\
import json, sys
from pathlib import Path
from relaytui.cli import main
from relaytui.engine import Engine

# The engine is started when the first picture is on the screen.
Engine.start = lambda self: Path(sys.argv[1]).write_text(json.dumps(sorted(sys.modules)))
main(["dashboard", "--tasks", sys.argv[2]])
"""


@pytest.mark.skipif(sys.platform == "win32", reason="no pty")
def test_the_first_paint_waits_for_nothing_that_it_does_not_show(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from tests.terminal import Terminal

    for name, value in {"SECRET_ID": "a", "SECRET_KEY": "b"}.items():
        monkeypatch.setenv(f"TENCENTCLOUD_{name}", value)
    seen, tasks = tmp_path / "seen.json", tmp_path / "tasks.csv"
    tasks.write_text("task_id,label,sdk_app_id\n1,the first,1400188366\n")
    with Terminal([sys.executable, "-c", SEEN, str(seen), str(tasks)], width=160) as terminal:
        terminal.wait_for("the first")
        terminal.wait_until(seen.exists, "start of the engine")
        terminal.press("q")
        assert terminal.wait(20.0) == 0
    loaded = json.loads(seen.read_text())
    assert "relaytui.ui.dashboard" in loaded
    assert [module for module in loaded if NOT_BEFORE_THE_FIRST_PAINT.fullmatch(module)] == []


def _has_click() -> bool:
    from importlib.util import find_spec

    return find_spec("click") is not None


WORDS_THAT_HIDE = re.compile(r"Manager|Helper|Utils?$|Service|Controller|Data(?!class)")


def test_no_name_hides_that_nobody_decided_what_the_thing_does() -> None:
    for path in MODULES:
        assert not WORDS_THAT_HIDE.search(path.stem.title()), path
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.ClassDef):
                assert not WORDS_THAT_HIDE.search(node.name), f"{name(path)}: {node.name}"


def comments(path: Path) -> dict[int, str]:
    """The comments of a file by line."""
    with tokenize.open(path) as file:
        tokens = tokenize.generate_tokens(file.readline)
        return {token.start[0]: token.string for token in tokens if token.type == tokenize.COMMENT}


EXCEPTION = re.compile(r"# (noqa: [A-Z]+[0-9]+(, [A-Z]+[0-9]+)*|type: ignore\[[a-z, -]+\])")


@pytest.mark.parametrize("path", SOURCES, ids=name)
def test_every_exception_to_a_rule_has_its_code_and_its_reason(path: Path) -> None:
    """The reason stands behind the code or in a comment on the line before."""
    found = comments(path)
    for line, comment in found.items():
        if re.search(r"#\s*(noqa|type:\s*ignore)", comment):
            rule = EXCEPTION.search(comment)
            assert rule, f"{name(path)}:{line} has no code"
            assert re.search(r"\w", comment[rule.end() :]) or line - 1 in found, f"{name(path)}:{line} has no reason"


@pytest.mark.parametrize("path", MODULES, ids=name)
def test_public_names_say_what_they_mean_in_one_sentence(path: Path) -> None:
    tree = ast.parse(path.read_text("utf-8"))
    for node in [tree, *public_definitions(tree)]:
        first = (ast.get_docstring(node) or "").split("\n", 1)[0]
        where = f"{name(path)}: {getattr(node, 'name', 'module')}"
        if path.name == "__main__.py" or first:
            assert first.rstrip("`\"'").endswith((".", ":")), where


def public_definitions(tree: ast.Module) -> Iterator[ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef]:
    for node in tree.body:
        if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef) and not node.name.startswith("_"):
            yield node


def test_the_core_asks_nobody_for_the_time() -> None:
    """import-linter forbids the modules; `datetime.now` would slip past it."""
    for path in sorted((PACKAGE / "core").glob("*.py")):
        called = {node.attr for node in ast.walk(ast.parse(path.read_text("utf-8"))) if isinstance(node, ast.Attribute)}
        assert not called & {"now", "utcnow", "today"}, path


def test_no_file_names_a_path_of_the_machine_it_was_written_on() -> None:
    for path in SOURCES:
        assert not re.search(r"/(home|Users|work)/\w", path.read_text("utf-8")), path
