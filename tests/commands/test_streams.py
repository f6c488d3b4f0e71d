from __future__ import annotations

import contextlib
import os
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import TextIO

import pytest

from relaytui.commands.streams import LineWriter, complain

SECONDS = 10.0


class Pipe:
    """A real pipe: what a program writes to, and what reads it or does not."""

    def __init__(self) -> None:
        self.reading, writing = os.pipe()
        self.out: TextIO = os.fdopen(writing, "w", encoding="utf-8")

    def read_all(self) -> list[str]:
        """The lines up to the end, which comes when `out` is closed."""
        with os.fdopen(self.reading, encoding="utf-8") as file:
            return file.read().splitlines()


@pytest.fixture
def pipe() -> Iterator[Pipe]:
    pipe = Pipe()
    yield pipe
    for close in (pipe.out.close, lambda: os.close(pipe.reading)):
        with contextlib.suppress(OSError):
            close()


def writer_on(out: TextIO, broken: threading.Event, room: int = 100) -> LineWriter:
    return LineWriter(out, tell_lost=lambda count: f"lost {count}", on_broken=broken.set, room=room)


def test_lines_come_out_whole_and_in_order(pipe: Pipe) -> None:
    writer = writer_on(pipe.out, threading.Event())
    for number in range(50):
        writer.put(f"{number} é")
    assert writer.close(SECONDS)
    pipe.out.close()
    assert pipe.read_all() == [f"{number} é" for number in range(50)]


def test_a_reader_who_stalls_holds_up_nobody_and_learns_what_was_lost(pipe: Pipe) -> None:
    writer = writer_on(pipe.out, threading.Event(), room=10)
    line, count = "x" * 2_000_000, 50  # one line is more than a pipe holds
    for _ in range(count):
        writer.put(line)  # would never return if it waited for the reader
    assert not writer.close(0.01)
    lines: list[str] = []
    reader = threading.Thread(target=lambda: lines.extend(pipe.read_all()))
    reader.start()
    assert writer.close(SECONDS)
    pipe.out.close()
    reader.join(SECONDS)
    *whole, last = lines
    assert set(whole) == {line}
    assert last == f"lost {count - len(whole)}"


def test_lines_after_a_loss_come_after_it(pipe: Pipe) -> None:
    """While anything is known to be lost and not told, later lines are lost too: the gap is in one place."""
    writer = writer_on(pipe.out, threading.Event(), room=0)
    writer.put("a")
    assert writer.close(SECONDS)
    pipe.out.close()
    assert pipe.read_all() == ["lost 1"]


def test_a_reader_who_leaves_is_told_once_and_is_no_error_of_ours(pipe: Pipe) -> None:
    broken = threading.Event()
    writer = writer_on(pipe.out, broken)
    os.close(pipe.reading)
    writer.put("a")
    assert broken.wait(SECONDS)
    writer.put("b")
    assert not writer.close(SECONDS)
    assert writer.is_reader_gone


def test_a_stream_made_non_blocking_by_somebody_is_waited_for(pipe: Pipe) -> None:
    os.set_blocking(pipe.out.fileno(), False)
    writer = writer_on(pipe.out, threading.Event(), room=10_000)
    for number in range(2000):
        writer.put(f"{number:0200}")
    lines: list[str] = []
    reader = threading.Thread(target=lambda: lines.extend(pipe.read_all()))
    reader.start()
    assert writer.close(SECONDS)
    pipe.out.close()
    reader.join(SECONDS)
    assert [int(line) for line in lines] == list(range(2000))


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is always full")
def test_a_full_disk_is_an_error_and_not_a_reader_who_left() -> None:
    broken = threading.Event()
    with Path("/dev/full").open("w", encoding="utf-8") as out:
        writer = writer_on(out, broken)
        writer.put("a")
        assert broken.wait(SECONDS)
        assert not writer.close(SECONDS)
    assert not writer.is_reader_gone
    assert writer.error is not None
    assert writer.error.strerror == "No space left on device"


def test_a_closed_stderr_is_no_reason_to_end(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    complain("something")
    assert capsys.readouterr().err == "relaytui: something\n"
    reading, writing = os.pipe()
    os.close(reading)
    with os.fdopen(writing, "wb", buffering=0) as raw:
        monkeypatch.setattr(sys, "stderr", _Unbuffered(raw.fileno()))
        complain("something")


class _Unbuffered:
    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor

    def write(self, text: str) -> int:
        return os.write(self._descriptor, text.encode())

    def flush(self) -> None:
        pass


def test_a_complaint_about_a_file_of_somebody_brings_no_control_characters(capsys: pytest.CaptureFixture[str]) -> None:
    complain("/tmp/\x1b]52;c;aGk=\x07\u202e[red]\nx.toml: not TOML")
    assert capsys.readouterr().err == "relaytui: /tmp/]52;c;aGk=[red] x.toml: not TOML\n"
