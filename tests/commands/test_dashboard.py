from __future__ import annotations

import time
from types import SimpleNamespace
from typing import Any

import pytest

from relaytui.cli import main
from relaytui.core.task import State
from relaytui.engine import Engine
from relaytui.ui import app


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    for stream in ("stdin", "stdout"):
        monkeypatch.setattr(f"sys.{stream}.isatty", lambda: True)


@pytest.mark.usefixtures("simulator")
def test_without_a_terminal_it_points_to_watch(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["running"]) == 2
    shown = capsys.readouterr()
    assert "relaytui watch" in shown.err
    assert len(shown.err.splitlines()) == 2, "the other one says where the key is from"
    assert shown.out == ""


@pytest.mark.usefixtures("simulator", "terminal")
@pytest.mark.parametrize("argv", [["running", "-k3+x_y.."], ["dashboard", "running", "-k3+x_y.."]])
def test_the_board_has_its_tasks_before_the_engine_starts_and_the_engine_ends_with_it(
    argv: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    stopped: list[Engine] = []
    stop = Engine.stop

    def note_stop(engine: Engine, timeout: float = 1.0) -> bool:
        stopped.append(engine)
        return stop(engine, timeout)

    monkeypatch.setattr(Engine, "stop", note_stop)

    class Screen(SimpleNamespace):
        """Stands in for the Textual app: it is ready at once, waits for one answer, and the person quits."""

        def __init__(self, **given: Any) -> None:
            super().__init__(**given, return_code=0, fault=None)

        def keep_view(self) -> None:
            """Nobody has looked at it."""

        def run(self, *, mouse: bool) -> None:
            assert mouse
            assert [(row.task.key.task_id, row.state.state) for row in self.tasks] == [
                ("running", State.PENDING),
                ("-k3+x_y..", State.PENDING),
            ]
            assert not self.feed.drain()
            self.on_ready()
            states: set[State] = set()
            deadline = time.monotonic() + 20
            while State.RUNNING not in states and time.monotonic() < deadline:
                states |= {update.state.state for update in self.feed.drain().updates.values()}
            assert State.RUNNING in states
            self.commands.refresh()

    monkeypatch.setattr(app, "RelayTui", Screen)
    assert main(argv) == 0
    assert len(stopped) == 1


@pytest.mark.usefixtures("simulator", "terminal")
def test_the_board_begins_with_the_filter_and_without_the_mouse(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[tuple[str, bool]] = []

    class Screen(SimpleNamespace):
        def __init__(self, **given: Any) -> None:
            super().__init__(**given, return_code=0, fault=None, keep_view=lambda: None)

        def run(self, *, mouse: bool) -> None:
            seen.append((self.view.filter, mouse))

    monkeypatch.setattr(app, "RelayTui", Screen)
    assert main(["running", "--filter", "state:ended", "--no-mouse"]) == 0
    assert seen == [("state:ended", False)]


@pytest.mark.usefixtures("simulator")
def test_a_filter_that_cannot_be_read_is_refused_before_there_is_a_board(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for stream in ("stdin", "stdout"):
        monkeypatch.setattr(f"sys.{stream}.isatty", lambda: True)
    assert main(["running", "--filter", "state:endet"]) == 2
    line = capsys.readouterr().err.splitlines()[-1]
    assert "--filter 'state:endet': no state is called 'endet'" in line
