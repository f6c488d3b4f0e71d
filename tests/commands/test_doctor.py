from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from relaytui.adapters.places import config_path, list_path
from relaytui.cli import main
from relaytui.commands.checks.redaction import Redaction
from relaytui.simulator.server import SimulatorThread
from relaytui.simulator.world import Fault, FaultKind, World
from tests.commands.schemas import validator
from tests.keyrings import Hanging, Locked, Memory

DOCTOR = validator("doctor")
LIMIT = 10.0
"""Seconds that a run may take whatever hangs."""

Lines = dict[str, dict[str, Any]]


@pytest.fixture
def examine(capsys: pytest.CaptureFixture[str]) -> Callable[..., tuple[int, Lines]]:
    """Runs the doctor; the exit code, and the last line of each check."""

    def run(*options: str) -> tuple[int, Lines]:
        begun = time.monotonic()
        code = main(["doctor", "--json", *options])
        assert time.monotonic() - begun < LIMIT
        lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
        for line in lines:
            DOCTOR.validate(line)
            assert (line["fix"] is None) == (line["level"] == "ok"), line
        return code, {line["check"]: line for line in lines}

    return run


@pytest.fixture
def memory(use_keyring: Callable[[Memory], None]) -> None:
    """A keyring that works."""
    use_keyring(Memory())


def levels(lines: Lines) -> dict[str, str]:
    return {check: line["level"] for check, line in lines.items()}


@pytest.mark.usefixtures("simulator", "memory")
def test_where_all_is_well_it_is_exit_code_0(examine: Callable[..., tuple[int, Lines]]) -> None:
    code, lines = examine()
    assert code == 0
    assert set(levels(lines).values()) == {"ok"}
    assert list(lines) == [
        *("python", "terminal", "config", "list", "keyring", "proxy", "dns", "tcp", "clock"),
        *("credential", "live call", "budget"),
    ]
    assert "keyrings" in lines["keyring"]["text"]
    assert " ms" in lines["keyring"]["text"]
    assert lines["credential"]["text"].startswith("environment, SecretId AKID…")
    assert "NotExist" in lines["live call"]["text"]
    assert lines["budget"]["text"] == "10 of the account's 20 requests/s; 0 of 1 asked throttled"


def test_without_any_configuration_the_credential_is_what_is_missing(
    examine: Callable[..., tuple[int, Lines]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(socket, "getaddrinfo", unknown_host)
    code, lines = examine()
    assert code == 5
    assert lines["credential"]["level"] == "fault"
    assert "relaytui login default" in lines["credential"]["fix"]
    assert lines["keyring"]["level"] == "warning", "one can do without a keyring"
    assert "live call" not in lines, "one cause, one line"


def unknown_host(*_: object, **__: object) -> list[Any]:
    raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")


@pytest.mark.usefixtures("simulator", "memory")
def test_one_call_asks_about_a_task_of_the_list(
    simulator: SimulatorThread, examine: Callable[..., tuple[int, Lines]]
) -> None:
    path = list_path(os.environ)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("[[task]]\ntask_id = 'running'\n")
    path.chmod(0o600)
    code, lines = examine()
    assert code == 0
    assert "InProgress" in lines["live call"]["text"]
    assert "1 task, mode 0600, 0 versions kept" in lines["list"]["text"]
    assert simulator.server.api.meters[next(iter(simulator.server.api.meters))].max_sliding == 1


@pytest.mark.usefixtures("simulator", "memory")
@pytest.mark.parametrize("text", ["interval = \n", "[profiles.prod]\nbudgett = 3\n", "\0\xff"])
def test_a_broken_configuration_is_a_line_and_the_rest_goes_on(
    text: str, examine: Callable[..., tuple[int, Lines]]
) -> None:
    path = config_path(os.environ)
    path.parent.mkdir(parents=True)
    path.write_bytes(text.encode("latin-1"))
    code, lines = examine()
    assert code == 3
    assert lines["config"]["level"] == "fault"
    assert lines["config"]["text"].startswith("~/.config/relaytui/config.toml:")
    assert lines["live call"]["level"] == "ok"


@pytest.mark.usefixtures("simulator", "memory")
def test_a_variable_that_is_wrong_is_a_line(
    examine: Callable[..., tuple[int, Lines]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RELAYTUI_BUDGET", "many")
    monkeypatch.setattr(socket, "getaddrinfo", unknown_host)
    code, lines = examine()
    assert code == 3
    assert "RELAYTUI_BUDGET 'many'" in lines["config"]["text"]


@pytest.mark.usefixtures("simulator", "memory")
def test_a_broken_list_is_a_line(examine: Callable[..., tuple[int, Lines]]) -> None:
    path = list_path(os.environ)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("[[task]]\nlabel = 'no id'\n")
    code, lines = examine()
    assert code == 3
    assert lines["list"]["level"] == "fault"
    assert "--restore" in lines["list"]["fix"]


@pytest.mark.usefixtures("simulator", "memory")
def test_bare_ids_of_a_file_are_right_where_the_list_knows_them(
    examine: Callable[..., tuple[int, Lines]], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    assert main(["add", "running"]) == 0
    (tmp_path / "ids").write_text("running\n")
    monkeypatch.setenv("RELAYTUI_TASKS", str(tmp_path / "ids"))
    monkeypatch.delenv("RELAYTUI_SDK_APP_ID")
    assert examine()[1]["tasks"]["text"].endswith("ids: 1 task")


@pytest.mark.usefixtures("simulator", "memory")
@pytest.mark.skipif(os.name != "posix", reason="no such modes here")
def test_files_that_others_can_write_are_a_warning(examine: Callable[..., tuple[int, Lines]]) -> None:
    path = config_path(os.environ)
    path.parent.mkdir(parents=True)
    path.write_text("interval = 20\n")
    path.chmod(0o666)
    code, lines = examine()
    assert code == 0
    assert lines["config"]["level"] == "warning"
    assert lines["config"]["fix"] == "chmod go-w ~/.config/relaytui/config.toml"


@pytest.mark.usefixtures("memory")
def test_a_key_that_is_wrong_is_exit_code_5(
    simulator: SimulatorThread,
    examine: Callable[..., tuple[int, Lines]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("TENCENTCLOUD_SECRET_KEY", "not-the-key-of-anybody")
    code, lines = examine()
    assert code == 5
    assert lines["live call"]["level"] == "fault"
    assert "not-the-key" not in str(lines)
    assert simulator.server.api.total == 2, "one question, and one that only looks at the clock"


@pytest.mark.usefixtures("memory")
@pytest.mark.parametrize(
    ("fault", "wanted"),
    [
        (Fault(kind=FaultKind.CLOCK_SKEW, seconds=600), ("clock", "warning", 0)),
        (Fault(kind=FaultKind.THROTTLE), ("budget", "warning", 0)),
        (Fault(kind=FaultKind.SERVER_ERROR), ("live call", "fault", 3)),
        (Fault(kind=FaultKind.STALL), ("live call", "fault", 3)),
    ],
)
def test_what_the_api_does_is_told(
    fault: Fault,
    wanted: tuple[str, str, int],
    simulator: SimulatorThread,
    world: World,
    examine: Callable[..., tuple[int, Lines]],
) -> None:
    simulator.call(lambda: world.plan(fault))
    code, lines = examine()
    check = wanted[0]
    assert (check, lines[check]["level"], code) == wanted
    if check == "clock":
        assert "600 s behind" in lines["clock"]["text"]
        assert lines["live call"]["level"] == "ok", "asked again with the server's time"


@pytest.mark.usefixtures("simulator", "memory")
def test_nobody_listens(examine: Callable[..., tuple[int, Lines]]) -> None:
    code, lines = examine("--endpoint", "http://127.0.0.1:1")
    assert code == 3
    assert lines["tcp"]["level"] == "fault"
    assert "Nobody listens" in lines["tcp"]["fix"]


@pytest.mark.usefixtures("simulator", "memory")
def test_a_proxy_that_is_not_there_is_the_proxys_fault(
    examine: Callable[..., tuple[int, Lines]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://mei:planted@127.0.0.1:1")
    code, lines = examine("--endpoint", "https://trtc.example")
    assert code == 3
    assert lines["proxy"]["text"] == "http://…@127.0.0.1:1"
    assert "HTTPS_PROXY" in lines["tcp"]["fix"]
    assert "planted" not in str(lines)


@pytest.fixture
def black_hole() -> Iterator[int]:
    """A port that takes no more connections and refuses none, as behind a firewall that drops packets."""
    if sys.platform != "linux":
        pytest.skip("a full backlog refuses elsewhere")
    with ExitStack() as stack:
        listener = stack.enter_context(socket.socket())
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        for _ in range(3):
            client = stack.enter_context(socket.socket())
            client.setblocking(False)
            client.connect_ex(listener.getsockname())
        yield listener.getsockname()[1]


@pytest.mark.usefixtures("simulator", "memory")
def test_a_connection_into_a_black_hole_ends_in_time(
    black_hole: int, examine: Callable[..., tuple[int, Lines]]
) -> None:
    code, lines = examine("--endpoint", f"https://127.0.0.1:{black_hole}")
    assert code == 3
    assert lines["tcp"]["text"] == "no answer within 3 s"
    assert "tls" not in lines
    assert "no whole answer" in lines["live call"]["text"]


@pytest.fixture
def hanging_names(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    released = threading.Event()

    def hang(*_: object, **__: object) -> list[Any]:
        released.wait(60)
        return []

    monkeypatch.setattr(socket, "getaddrinfo", hang)
    yield
    released.set()


@pytest.mark.usefixtures("hanging_names", "memory")
def test_a_name_server_that_hangs_is_waited_for_in_vain(
    examine: Callable[..., tuple[int, Lines]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TENCENTCLOUD_SECRET_ID", "AKIDEXAMPLE")
    monkeypatch.setenv("TENCENTCLOUD_SECRET_KEY", "key")
    code, lines = examine("--endpoint", "trtc.example")
    assert code == 3
    assert lines["dns"]["text"] == "no answer within 4.5 s"
    assert "tcp" not in lines, "what was not tried is no fault"


def test_a_keyring_that_hangs_is_a_fault_and_exit_code_5(
    use_keyring: Callable[[Memory], None],
    examine: Callable[..., tuple[int, Lines]],
    simulator: SimulatorThread,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    keyring = Hanging()
    use_keyring(keyring)
    monkeypatch.delenv("TENCENTCLOUD_SECRET_ID")
    monkeypatch.delenv("TENCENTCLOUD_SECRET_KEY")
    code, lines = examine()
    keyring.released.set()
    assert code == 5
    assert "did not answer within" in lines["credential"]["text"]
    assert simulator.server.api.total == 1, "nobody was asked with a credential that is not there"


def test_a_locked_keyring_is_said(
    use_keyring: Callable[[Memory], None], examine: Callable[..., tuple[int, Lines]], monkeypatch: pytest.MonkeyPatch
) -> None:
    use_keyring(Locked())
    monkeypatch.setattr(socket, "getaddrinfo", unknown_host)
    code, lines = examine()
    assert code == 5
    assert "locked" in lines["credential"]["text"]


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no named pipes here")
@pytest.mark.usefixtures("memory")
def test_files_that_hang_are_faults_and_the_rest_goes_on(
    simulator: SimulatorThread, examine: Callable[..., tuple[int, Lines]], monkeypatch: pytest.MonkeyPatch
) -> None:
    path = config_path(os.environ)
    path.parent.mkdir(parents=True)
    for fifo in (path, list_path(os.environ), path.with_name("tasks.csv")):
        os.mkfifo(fifo)
    monkeypatch.setenv("RELAYTUI_TASKS", str(path.with_name("tasks.csv")))
    code, lines = examine("--endpoint", simulator.url)
    assert code == 3
    assert "it is a pipe or a device" in lines["config"]["text"]
    assert "it is a pipe or a device" in lines["list"]["text"]
    assert lines["tasks"]["text"] == "no answer within 3 s"
    assert {"python", "terminal", "keyring", "dns", "credential"} <= lines.keys()


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no named pipes here")
def test_the_process_ends_though_its_threads_hang(
    black_hole: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    os.mkfifo(tmp_path / "tasks")
    monkeypatch.setenv("RELAYTUI_TASKS", str(tmp_path / "tasks"))
    command = [sys.executable, "-m", "relaytui", "doctor", "--endpoint", f"https://127.0.0.1:{black_hole}"]
    begun = time.monotonic()
    done = subprocess.run(command, env=os.environ, capture_output=True, text=True, timeout=30, check=False)
    assert done.returncode == 5
    assert time.monotonic() - begun < LIMIT + 5, "starting the interpreter on a busy machine aside"
    assert "fault    tasks          no answer within 3 s\n" in done.stdout
    assert f"fault    tcp            127.0.0.1:{black_hole}: no answer within 3 s\n" in done.stdout
    assert done.stderr.startswith("relaytui: ")
    assert len(done.stderr.splitlines()) == 1


@pytest.mark.usefixtures("simulator", "memory")
def test_the_text_is_a_line_each_with_its_fix_below(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("TENCENTCLOUD_SECRET_KEY", "wrong")
    assert main(["doctor"]) == 5
    shown = capsys.readouterr()
    lines = shown.out.splitlines()
    assert all(line.startswith(("ok ", "warning ", "fault ", " " * 24 + "fix: ")) for line in lines)
    (at,) = (number for number, line in enumerate(lines) if line.startswith("fault "))
    assert lines[at + 1].strip().startswith("fix: Check SecretId")
    assert shown.err == "relaytui: 1 fault, 0 warnings, 11 ok\n"


@pytest.mark.skipif(not shutil.which("tmux"), reason="tmux is not installed here")
@pytest.mark.parametrize(("setting", "level"), [("off", "warning"), ("on", "ok")])
def test_in_tmux_80x24(setting: str, level: str, tmp_path: Path) -> None:
    output = tmp_path / "lines"
    done = f"{sys.executable} -m relaytui doctor --json > {output} 2>&1; tmux wait-for -S done"
    tmux = ["tmux", "-L", f"relaytui-{os.getpid()}-{setting}", "-f", "/dev/null"]
    try:
        subprocess.run([*tmux, "new-session", "-d", "-x", "80", "-y", "24"], check=True, timeout=20)
        for options in (["-s", "set-clipboard"], ["-g", "allow-passthrough"]):
            subprocess.run([*tmux, "set", *options, setting], check=True, timeout=20)
        subprocess.run([*tmux, "send-keys", done, "Enter"], check=True, timeout=20)
        subprocess.run([*tmux, "wait-for", "done"], check=True, timeout=40)
    finally:
        subprocess.run([*tmux, "kill-server"], check=False, timeout=20)
    lines = {line["check"]: line for line in map(json.loads, output.read_text().splitlines()[:5])}
    assert "80 x 24" in lines["terminal"]["text"]
    assert (lines["clipboard"]["level"], lines["notifications"]["level"]) == (level, level)
    assert "tmux" in lines["clipboard"]["text"]


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("/h/mei/.config/x.toml:3", "~/.config/x.toml:3"),
        ("/h/meiling/x", "/h/meiling/x"),
        ("mei's /tmp/mei-1 and ask mei@host", "<user>'s /tmp/mei-1 and ask <user>@host"),
        ("profile prod of prod", "profile prod of prod"),
        ("http://mei:word@proxy:3128/", "http://…@proxy:3128/"),
        ("AKIDz8krbsJ5yKBZQpn74WFkmLPx3EXAMPLE is wrong", "AKID…MPLE is wrong"),
        ("two\nlines \x1b[31mred", "two lines [31mred"),
    ],
)
def test_what_is_nobody_s_business_is_left_out(text: str, shown: str) -> None:
    assert Redaction("/h/mei", "mei", ["prod"])(text) == shown


def test_a_profile_called_like_the_user_keeps_its_name() -> None:
    assert Redaction("/h/prod", "prod", ["prod"])("profile prod in /h/prod/x") == "profile prod in ~/x"
