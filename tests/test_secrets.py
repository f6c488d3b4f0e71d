"""A planted key is looked for wherever a secret could get out."""

from __future__ import annotations

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
from relaytui.adapters.clock import SystemClock
from relaytui.adapters.places import config_path
from relaytui.cli import main
from relaytui.core import tc3
from relaytui.core.endpoint import Endpoint
from relaytui.core.keepsake import write_credential
from relaytui.core.profile import Profile
from relaytui.core.task import TaskKey
from relaytui.core.tc3 import Credential, Secret
from relaytui.ports import Account, FoundCredential
from tests.keyrings import Memory, Raising

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
        ["watch", "1", *ASK, "--for", "1"],
    ],
)
def test_what_commands_print_and_log(
    command: list[str], capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    main(command)
    shown = capsys.readouterr()
    assert shown.out + shown.err
    assert is_clean(shown.out + shown.err + caplog.text)


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
