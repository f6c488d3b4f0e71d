"""A planted key is looked for wherever a secret could get out."""

from __future__ import annotations

import asyncio
import json
import logging
import os
import subprocess
import sys
import traceback
from collections.abc import Callable
from pathlib import Path

import pytest

from relaytui.adapters.client import RelayClient
from relaytui.adapters.clipboard import SystemClipboard
from relaytui.adapters.clock import SystemClock
from relaytui.adapters.keyring_store import KeyringStore
from relaytui.adapters.places import config_path
from relaytui.adapters.unsaved_list import UnsavedList
from relaytui.cli import main
from relaytui.core import tc3
from relaytui.core.endpoint import Endpoint
from relaytui.core.keepsake import write_credential
from relaytui.core.listing import Defaults
from relaytui.core.profile import Profile
from relaytui.core.task import TaskKey, WatchedTask
from relaytui.core.task_state import TaskState
from relaytui.core.tc3 import Credential, Secret
from relaytui.core.update import Update
from relaytui.ports import Account, FoundCredential
from relaytui.ui.app import RelayTui
from relaytui.ui.copy_desk import Outlets
from relaytui.wiring import make_engine
from tests.adapters.peer import Peer, Request, reply
from tests.adapters.test_hooks import Receiver
from tests.keyrings import Memory, Raising
from tests.terminal import Terminal
from tests.ui.conftest import RecordingExports

KEY, TOKEN = "planted-key-4711", "planted-token-4711"
CREDENTIAL = Credential("AKIDplanted00000000000000000EXAMPLE", Secret(KEY), Secret(TOKEN))
ASK = ("--sdk-app-id", "1400188366", "--endpoint", "http://127.0.0.1:1")


def is_clean(text: str) -> bool:
    return KEY not in text and TOKEN not in text


@pytest.fixture
def planted(use_keyring: Callable[[Memory], None]) -> Memory:
    """A keyring that holds the planted key for the profile "default"."""
    backend = Memory()
    backend.set_password("relaytui:default", "credentials", write_credential(CREDENTIAL).reveal())
    use_keyring(backend)
    return backend


def test_what_the_core_prints() -> None:
    account = Account("prod", Endpoint("http", "127.0.0.1", 1), CREDENTIAL)
    for value in (CREDENTIAL, FoundCredential(CREDENTIAL, "x"), account, Profile(), write_credential(CREDENTIAL)):
        assert is_clean(f"{value} {value!r} {value!s:>9} {[value]}")


@pytest.mark.usefixtures("planted")
@pytest.mark.parametrize(
    "command",
    [
        ["profiles"],
        ["profiles", "--json"],
        ["config", "check"],
        ["check", "1", *ASK],
        ["check", "1", "--json", *ASK],
        ["check", "1", "--search", *ASK],
        ["watch", "1", *ASK, "--for", "1", "--debug"],
        ["add", "1", "--check"],
        ["add", "1", "--check", "--dry-run"],
        ["list", "--json"],
        ["export", "--format", "ndjson"],
        ["handover"],
        ["history", "--json"],
        ["doctor", *ASK[2:]],
        ["doctor", "--json", *ASK[2:]],
        ["alert", "test"],
    ],
)
def test_what_commands_print_log_and_write(
    command: list[str],
    capsys: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    caplog.set_level(logging.DEBUG)
    monkeypatch.setenv("RELAYTUI_ENDPOINT", ASK[3])
    monkeypatch.setenv("RELAYTUI_SDK_APP_ID", ASK[1])
    main(["add", "already"])
    main(command)
    shown = capsys.readouterr()
    assert shown.out + shown.err
    assert is_clean(shown.out + shown.err + caplog.text)
    written = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert written
    assert all(is_clean(path.read_bytes().decode("utf-8", "replace")) for path in written)


@pytest.mark.usefixtures("planted")
def test_a_recording_and_its_replay(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    main(["watch", "1", *ASK, "--for", "1"])
    file = tmp_path / "incident.relay"
    assert main(["record", "export", str(file)]) == 0
    assert is_clean(file.read_bytes().decode("utf-8", "replace"))
    # Whoever replays has a key of his own, which the pictures are not of.
    monkeypatch.setenv("TENCENTCLOUD_SECRET_ID", CREDENTIAL.secret_id)
    monkeypatch.setenv("TENCENTCLOUD_SECRET_KEY", KEY)
    terminal = Terminal([sys.executable, "-m", "relaytui", "replay", str(file)], environment=dict(os.environ))
    try:
        terminal.wait_for("REPLAY")
        terminal.press("end", "enter")
        terminal.wait_for("TaskId", "default")
        terminal.press("q")
        assert terminal.wait() == 0
    finally:
        terminal.close()
    assert is_clean(terminal.output.decode("utf-8", "replace"))
    assert all(is_clean(path.read_bytes().decode("utf-8", "replace")) for path in tmp_path.rglob("*") if path.is_file())


def test_what_tries_the_alarms_gives_a_hook_what_is_its_own_only(
    use_keyring: Callable[[Memory], None],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
) -> None:
    backend = Memory()
    use_keyring(backend)
    assert KeyringStore().keep_secret("pager", Secret(TOKEN)) == "keyring (keyrings)"
    monkeypatch.setenv("TENCENTCLOUD_SECRET_ID", CREDENTIAL.secret_id)
    monkeypatch.setenv("TENCENTCLOUD_SECRET_KEY", KEY)
    told, path = tmp_path / "told", config_path({})
    path.parent.mkdir(parents=True)
    receiver = Receiver()
    with receiver.serving() as url:
        path.write_text(
            f"[alarms]\ncommand = ['sh', '-c', 'env > {told}; cat >> {told}']\nwebhook = '{url}'\n"
            "webhook_headers = {Authorization = 'keyring:pager'}\n"
        )
        assert main(["alert", "test"]) == 0
    assert receiver.headers[0]["Authorization"] == TOKEN
    assert '"event":"alarm"' in told.read_text().replace(" ", "")
    shown = capsys.readouterr()
    for text in (shown.out + shown.err, told.read_text(), *(body.decode() for body in receiver.bodies)):
        assert is_clean(text)


@pytest.mark.usefixtures("planted")
def test_the_doctor_names_the_secret_id_by_its_ends_only(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", f"http://mei:{KEY}@127.0.0.1:1")
    for options in ([], ["--json"]):
        assert main(["doctor", "--endpoint", "https://trtc.example", *options]) == 3
        shown = capsys.readouterr()
        assert "AKID" in shown.out
        assert CREDENTIAL.secret_id not in shown.out
        assert "mei" not in shown.out
        assert is_clean(shown.out + shown.err)


async def test_who_answers_instead_of_the_api_and_shows_what_it_was_sent() -> None:
    async def echo(request: Request, _reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        # The token begins within what would be shown and ends beyond it.
        body = ("x" * 105 + request.headers["x-tc-token"] + str(request.headers)).encode()
        writer.write(reply(body, status="400 Bad Request"))

    async with Peer(echo) as peer:
        client = RelayClient(Endpoint("http", "127.0.0.1", peer.port), CREDENTIAL, clock=SystemClock())
        observation = await client.observe(TaskKey("p", "r", 1, "t"), written=lambda: None)
        await client.aclose()
    assert observation.failure is not None
    assert observation.failure.message.startswith("xxx")
    assert "planted" not in str(observation)


async def test_a_picture_of_the_board_that_asks_with_it_and_what_it_writes() -> None:
    exports = RecordingExports()
    clock = SystemClock()
    task = WatchedTask(TaskKey("default", "ap-singapore", 1400188366, "1"), label="planned")
    engine = make_engine([Account("default", Endpoint("http", "127.0.0.1", 1), CREDENTIAL)], [task], clock=clock)
    defaults = Defaults(1400188366, "ap-singapore", "default")
    app = RelayTui(
        feed=engine.feed,
        commands=engine,
        tasks=[Update(task, TaskState())],
        clock=clock,
        watch_list=UnsavedList((task,), defaults, unsaved="a test", tell=engine.set_tasks),
        outlets=Outlets(SystemClipboard({}), exports),
        on_ready=engine.start,
    )
    async with app.run_test(size=(120, 30)) as pilot:
        async with asyncio.timeout(20):
            while "BLIND" not in (picture := app.export_screenshot()):
                await pilot.pause(0.05)
        await pilot.press("enter")
        await pilot.pause()
        picture += app.export_screenshot()
        await pilot.press("escape")
        for number, choice in enumerate("tcj", 1):
            await pilot.press("w", choice)
            async with asyncio.timeout(20):
                while len(exports.files) < number:
                    await pilot.pause(0.05)
    engine.stop()
    for written in exports.files.values():
        assert "planned" in written
        assert is_clean(written)
        assert CREDENTIAL.secret_id not in written
    assert "planned" in picture
    assert is_clean(picture)
    assert CREDENTIAL.secret_id not in picture


@pytest.mark.usefixtures("planted")
def test_a_secret_in_the_configuration_is_refused_and_not_repeated(capsys: pytest.CaptureFixture[str]) -> None:
    path = config_path({})
    path.parent.mkdir(parents=True)
    path.write_text(f'[profiles.default]\nsecret_key = "{KEY}"\n')
    for command in (["config", "check"], ["profiles"], ["login"]):
        assert main(command) == 2
        shown = capsys.readouterr()
        assert "secrets never stand in this file" in shown.err
        assert is_clean(shown.out + shown.err)


def whole_traceback(fault: BaseException) -> str:
    """The traceback as the most talkative of crash reports shows it: with the local variables of our own frames."""
    told = traceback.TracebackException.from_exception(fault, capture_locals=True)
    told.stack = traceback.StackSummary.from_list(
        [frame for frame in told.stack if f"{os.sep}relaytui{os.sep}" in frame.filename]
    )
    return "".join(told.format())


async def test_a_crash_inside_signing(monkeypatch: pytest.MonkeyPatch) -> None:
    client = RelayClient(Endpoint("http", "127.0.0.1", 1), CREDENTIAL, clock=SystemClock())
    for stage in ("secret_date", "secret_service", "signature", "canonical_request"):
        with monkeypatch.context() as patch:

            def crash(*_: object) -> bytes:
                raise ZeroDivisionError

            patch.setattr(tc3, stage, crash)
            with pytest.raises(ZeroDivisionError) as caught:
                await client.observe(TaskKey("p", "r", 1, "t"), written=lambda: None)
            text = whole_traceback(caught.value)
            assert "observe" in text
            # The token travels in a header; only the key must never stand in a frame of ours.
            assert KEY not in text
    await client.aclose()


CRASHING = """
import os
from relaytui.cli import main
from relaytui.core import tc3

def crash(*_):
    raise ZeroDivisionError(f"signing with {os.environ['TENCENTCLOUD_SECRET_KEY']}")

tc3.signature = crash
raise SystemExit(main())
"""


@pytest.mark.parametrize("command", [["check", "1"], ["check", "--search", "1"], ["watch", "1", "--for", "1"]])
def test_a_crash_inside_signing_of_a_whole_command(command: list[str], tmp_path: Path) -> None:
    environ = os.environ | {"TENCENTCLOUD_SECRET_ID": CREDENTIAL.secret_id, "TENCENTCLOUD_SECRET_KEY": KEY}
    ended = subprocess.run(
        [sys.executable, "-c", CRASHING, *command, *ASK], env=environ, capture_output=True, text=True, check=False
    )
    logs = "".join(path.read_text() for path in tmp_path.rglob("*.log"))
    assert "ZeroDivisionError: signing with ********" in ended.stderr + logs
    assert is_clean(ended.stdout + ended.stderr + logs)


def test_a_keyring_that_fails_with_the_secret_in_its_text(
    use_keyring: Callable[[Memory], None],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
) -> None:
    use_keyring(Raising(RuntimeError))
    monkeypatch.setenv("TENCENTCLOUD_SECRET_ID", "AKIDplanted")
    monkeypatch.setenv("TENCENTCLOUD_SECRET_KEY", KEY)
    assert main(["login", "--from", "env", "--no-verify"]) == 5
    shown = capsys.readouterr()
    assert "the keyring refused: RuntimeError" in shown.err
    assert is_clean(shown.out + shown.err)
    for path in tmp_path.rglob("*"):
        assert not path.is_file() or is_clean(path.read_text("utf-8", "replace")), path


@pytest.mark.skipif(not Path("/proc/self/cmdline").exists(), reason="no /proc here")
def test_no_command_line_of_any_process_holds_it() -> None:
    script = Path.home() / ".tccli"
    script.mkdir()
    (script / "default.credential").write_text(
        json.dumps({"secretId": "AKIDplanted", "secretKey": KEY, "token": TOKEN})
    )
    command = [sys.executable, "-m", "relaytui", "watch", "1", *ASK, "--for", "20"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=os.environ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        first = process.stderr.readline() + process.stdout.readline()
        lines = []
        for path in Path("/proc").glob("[0-9]*/cmdline"):
            try:
                lines.append(path.read_text("utf-8", "replace"))
            except OSError:
                continue
        process.terminate()
        rest = process.stdout.read() + process.stderr.read()
    assert any("relaytui\0watch" in line for line in lines)
    assert all(map(is_clean, lines))
    assert is_clean((first + rest).decode())
