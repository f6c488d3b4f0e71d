"""`relaytui alert` against real hooks, a real tmux and a keyring in memory."""

from __future__ import annotations

import io
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from relaytui.adapters.keyring_store import KeyringStore
from relaytui.adapters.places import config_path
from relaytui.cli import main
from relaytui.commands.alert import Try, try_terminal
from relaytui.core.reach import Reach
from relaytui.core.tc3 import Secret
from tests.adapters.test_hooks import Receiver
from tests.commands.schemas import validator
from tests.keyrings import Memory


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture
def keyring_in_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    backend = Memory()
    monkeypatch.setattr("keyring.get_keyring", lambda: backend)
    monkeypatch.setattr("relaytui.adapters.keyring_store.SAFE_BACKENDS", frozenset({Memory.__module__}))


def configure(text: str) -> None:
    path = config_path({})
    path.parent.mkdir(parents=True)
    path.write_text("[alarms]\nbell = false\ntitle = false\nnotification = false\n" + text)


def test_where_nothing_is_configured_nobody_is_reached(capsys: pytest.CaptureFixture[str]) -> None:
    configure("")
    assert main(["alert", "test"]) == 1
    shown = capsys.readouterr()
    assert shown.out.splitlines() == [
        "– bell          off: alarms.bell = false",
        "– title         off: alarms.title = false",
        "– notification  off: alarms.notification = false",
        "– command       not configured: alarms.command in config.toml",
        "– webhook       not configured: alarms.webhook in config.toml",
    ]
    assert "no alarm would reach anybody from here" in shown.err


def test_every_hook_gets_an_alarm_as_the_schema_says(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    told = tmp_path / "told"
    command = [sys.executable, "-c", f"import sys; open({str(told)!r}, 'w').write(sys.stdin.read())"]
    receiver = Receiver()
    with receiver.serving() as url:
        configure(f"command = {json.dumps(command)}\nwebhook = '{url}/planted'")
        assert main(["alert", "test"]) == 0
    out = capsys.readouterr().out
    assert "planted" not in out
    assert "webhook       http://127.0.0.1:" in out
    (body,) = receiver.bodies
    assert json.loads(told.read_text()) == json.loads(body)
    validator("events").validate(json.loads(body))


def test_whoever_wants_the_end_of_alarms_gets_that_of_the_test(capsys: pytest.CaptureFixture[str]) -> None:
    receiver = Receiver()
    with receiver.serving() as url:
        configure(f"resolved = true\nwebhook = '{url}'")
        assert main(["alert", "test"]) == 0
    assert "took the alarm and its end" in capsys.readouterr().out
    alarm, resolved = map(json.loads, receiver.bodies)
    assert (resolved["event"], resolved["alarm"]) == ("resolved", alarm["alarm"])
    validator("events").validate(resolved)
    with Receiver(200, 500).serving() as url:
        config_path({}).write_text(f"[alarms]\nresolved = true\nwebhook = '{url}'")
        assert main(["alert", "test"]) == 1
    assert "the end of the alarm: HTTP 500" in capsys.readouterr().out


def test_what_does_not_go_through_is_told_and_is_exit_code_1(capsys: pytest.CaptureFixture[str]) -> None:
    with Receiver(403).serving() as url:
        configure(f"command = ['/nowhere/page-me']\nwebhook = '{url}'")
        assert main(["alert", "test"]) == 1
    out = capsys.readouterr().out
    assert "✖ command       /nowhere/page-me: /nowhere/page-me cannot be run: No such file or directory" in out
    assert "HTTP 403" in out


def test_without_a_terminal_nothing_rings_and_the_hooks_decide(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["alert", "test"]) == 1
    assert "– bell          not sent: neither output is a terminal" in capsys.readouterr().out
    with Receiver().serving() as url:
        configure("")
        config_path({}).write_text(f"[alarms]\nwebhook = '{url}'")
        assert main(["alert", "test"]) == 0
    shown = capsys.readouterr()
    assert "– bell" in shown.out
    assert shown.err == "relaytui: a running board or watch takes changes of config.toml when it is started again\n"


@pytest.mark.usefixtures("keyring_in_memory")
def test_a_secret_is_kept_and_used_and_never_shown(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(b" Bearer planted \n")))
    assert main(["alert", "secret", "pager"]) == 0
    assert KeyringStore().find_secret("pager") == Secret("Bearer planted")
    receiver = Receiver()
    with receiver.serving() as url:
        configure(f"webhook = '{url}'\nwebhook_headers = {{Authorization = 'keyring:pager'}}")
        assert main(["alert", "test"]) == 0
        assert main(["config", "check"]) == 0
    assert receiver.headers[0]["Authorization"] == "Bearer planted"
    written = capsys.readouterr()
    assert "planted" not in written.out + written.err
    assert "write keyring:pager" in written.err


@pytest.mark.parametrize("words", [["secret"], ["secret", "a b"], ["secret", ""], ["test", "x"], ["ring"]])
def test_what_is_no_question(words: list[str]) -> None:
    assert main(["alert", *words]) == 2


@pytest.mark.usefixtures("keyring_in_memory")
def test_an_empty_secret_is_not_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(b"\n")))
    assert main(["alert", "secret", "pager"]) == 2


# What lies between us and the person.


def tries(monkeypatch: pytest.MonkeyPatch, environ: dict[str, str]) -> tuple[str, dict[str, Try]]:
    terminal = Terminal()
    monkeypatch.setattr("sys.stdout", terminal)
    tried = {one.way: one for one in try_terminal(Reach(), environ)}
    return terminal.getvalue(), tried


def test_a_terminal_is_rung_titled_and_notified(monkeypatch: pytest.MonkeyPatch) -> None:
    sent, tried = tries(monkeypatch, {"TERM": "xterm-256color"})
    assert sent == "\a\x1b]2;✖1 relaytui (test)\a\x1b]9;relaytui: this is a test of relaytui's alarms\a"
    assert all(one.worked for one in tried.values())


def test_a_dumb_terminal_is_only_rung(monkeypatch: pytest.MonkeyPatch) -> None:
    sent, tried = tries(monkeypatch, {"TERM": "dumb"})
    assert sent == "\a"
    assert [one.worked for one in tried.values()] == [True, False, False]
    assert "a terminal of type dumb has none" in tried["title"].told


@pytest.fixture
def tmux(tmp_path: Path) -> Iterator[tuple[list[str], dict[str, str]]]:
    """A tmux of its own, and the environment of a program inside."""
    program = shutil.which("tmux")
    if program is None:
        pytest.skip("no tmux here")
    socket = tmp_path / "tmux"
    command = [program, "-S", str(socket), "-f", os.devnull]
    subprocess.run([*command, "new-session", "-d", "sleep 60"], check=True)
    try:
        yield command, {"TERM": "tmux-256color", "TMUX": f"{socket},1,0"}
    finally:
        subprocess.run([*command, "kill-server"], check=True)


def test_what_tmux_drops_is_told_with_how_to_let_it_through(
    monkeypatch: pytest.MonkeyPatch, tmux: tuple[list[str], dict[str, str]]
) -> None:
    command, environ = tmux
    monkeypatch.setenv("TMUX", environ["TMUX"])
    sent, tried = tries(monkeypatch, environ)
    assert "\x1bPtmux;\x1b\x1b]9;" in sent
    assert (tried["bell"].worked, tried["title"].worked, tried["notification"].worked) == (True, True, False)
    assert "tmux set -g set-titles on" in tried["title"].told
    assert "tmux set -g allow-passthrough on" in tried["notification"].told
    for setting in (["bell-action", "none"], ["set-titles", "on"], ["allow-passthrough", "on"]):
        subprocess.run([*command, "set-option", "-g", *setting], check=True)
    _, tried = tries(monkeypatch, environ)
    assert (tried["bell"].worked, tried["notification"].worked) == (False, True)
    assert "tmux set -g bell-action any" in tried["bell"].told
    assert "set-titles" not in tried["title"].told
