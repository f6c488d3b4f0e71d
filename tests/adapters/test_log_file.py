"""The log file: what is in it, what is never in it, how it turns, and that two processes do not share one."""

from __future__ import annotations

import contextlib
import logging
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from relaytui.adapters import log_file
from relaytui.adapters.log_file import KEPT_FILES, LogFile
from relaytui.core.tc3 import Credential, Secret

log = logging.getLogger("relaytui.test")


@contextmanager
def logging_to(folder: Path, *, debug: bool = False) -> Iterator[Path]:
    file = LogFile(folder, debug=debug)
    try:
        yield file.path
    finally:
        file.close()


def raised(fault: Exception) -> Exception:
    """The exception with a traceback."""
    with contextlib.suppress(type(fault)):
        raise fault
    return fault


def test_what_is_logged_is_in_the_file_with_its_traceback(tmp_path: Path) -> None:
    with logging_to(tmp_path / "new") as path:
        log.info("begun")
        log.debug("only with --debug")
        log.error("internal fault", exc_info=raised(KeyError("lane")))
    text = path.read_text()
    assert "INFO" in text
    assert "begun" in text
    assert "KeyError: 'lane'" in text
    assert "Traceback" in text
    assert "--debug" not in text


def test_debug_logs_more(tmp_path: Path) -> None:
    with logging_to(tmp_path, debug=True) as path:
        log.debug("only with --debug")
    assert "only with --debug" in path.read_text()


def test_no_secret_that_this_process_holds_and_no_signature_is_in_it(tmp_path: Path) -> None:
    credential = Credential("AKIDplanted00000000EXAMPLE", Secret("planted-key-4711"), Secret("planted-token-4711"))
    with logging_to(tmp_path, debug=True) as path:
        header = "TC3-HMAC-SHA256 Credential=AKIDplanted00000000EXAMPLE/2026, SignedHeaders=a, Signature=0badc0de"
        log.warning("headers %s", {"Authorization": header, "X-TC-Token": credential.token and "planted-token-4711"})
        log.error("internal fault", exc_info=raised(ValueError(f"bad key {credential.secret_key.reveal()}")))
    text = path.read_text()
    for planted in ("planted-key-4711", "planted-token-4711", "AKIDplanted", "0badc0de", "SignedHeaders"):
        assert planted not in text
    assert "bad key ********" in text


def test_it_turns_and_keeps_a_few(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(log_file, "MOST_BYTES", 2000)
    with logging_to(tmp_path) as path:
        for number in range(500):
            log.info("line %s", number)
    files = list(tmp_path.glob("relaytui.log*"))
    assert len(files) == KEPT_FILES + 1
    assert all(each.stat().st_size <= 2000 for each in files)
    assert "line 499" in path.read_text()


@pytest.mark.skipif(sys.platform == "win32", reason="no modes")
def test_only_the_owner_may_read_it(tmp_path: Path) -> None:
    with logging_to(tmp_path / "new") as path:
        log.info("begun")
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o777 == 0o700


def test_a_second_process_writes_its_own(tmp_path: Path) -> None:
    with logging_to(tmp_path) as first, logging_to(tmp_path) as second:
        assert (first.name, second.name) == ("relaytui.log", "relaytui-2.log")
    with logging_to(tmp_path) as again:
        assert again == first


def test_what_nobody_caught_in_a_thread_is_logged_and_not_printed(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    def broken() -> None:
        raise ZeroDivisionError("a bug")

    with logging_to(tmp_path) as path:
        thread = threading.Thread(target=broken, name="broken one")
        thread.start()
        thread.join()
    assert "ZeroDivisionError: a bug" in path.read_text()
    assert "broken one" in path.read_text()
    assert capfd.readouterr().err == ""


@pytest.mark.skipif(sys.platform != "linux", reason="needs /dev/full")
def test_a_full_disk_prints_nothing(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "relaytui.log").symlink_to("/dev/full")
    with logging_to(tmp_path):
        for _ in range(3):
            log.error("cannot be written")
    assert capfd.readouterr().err == ""


def test_where_no_file_can_be_it_says_so(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(OSError, match="file"):
        LogFile(tmp_path / "file" / "state")
