from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from relaytui.cli import COMMANDS, main
from tests.terminal import Terminal


@pytest.fixture
def page(capsys: pytest.CaptureFixture[str]) -> str:
    assert main(["manual"]) == 0
    return capsys.readouterr().out


def test_the_page_has_every_command_and_every_option_that_help_has(
    page: str, capsys: pytest.CaptureFixture[str]
) -> None:
    read = page.replace("\\-", "-").replace("\\e", "\\")
    for command in COMMANDS:
        section = read.split(f".SS relaytui {command}\n", 1)[1].split("\n.S", 1)[0]
        main([command, "--help"])
        options = set(re.findall(r"(?<![\w`-])--[a-z][a-z-]+", capsys.readouterr().out.split("options:")[1]))
        assert options - {"--help"} <= set(re.findall(r"--[a-z][a-z-]+", section)), command


def test_the_page_tells_the_exit_codes(page: str) -> None:
    assert "5 credentials" in page.split(".SH EXIT STATUS")[1]


@pytest.mark.skipif(shutil.which("groff") is None, reason="no groff to read the page with")
def test_groff_reads_the_page_without_a_complaint(page: str) -> None:
    done = subprocess.run(["groff", "-man", "-ww", "-Tutf8"], input=page.encode(), check=True, capture_output=True)
    assert done.stderr == b""
    assert "TaskId to ask about" in done.stdout.decode()


def shown(path: str) -> list[str]:
    """The lines on a terminal where programs are looked for along this path, and a pager lets all pass."""
    command = [sys.executable, "-m", "relaytui", "manual"]
    terminal = Terminal(command, height=2000, environment=os.environ | {"PATH": path, "PAGER": "/bin/cat"})
    try:
        assert terminal.wait() == 0
        return terminal.text.splitlines()
    finally:
        terminal.close()


@pytest.mark.skipif(shutil.which("man") is None or shutil.which("groff") is None, reason="no man to read the page with")
def test_on_a_terminal_it_is_formatted() -> None:
    lines = shown(os.environ["PATH"])
    assert "SYNOPSIS" in lines
    assert "       relaytui [ID ...] [options]" in lines
    assert not [line for line in lines if re.match(r"\.[A-Z]", line)]


@pytest.mark.parametrize("man", [None, "exit 1", "echo This system has been minimized."])
def test_where_no_man_shows_it_every_command_is_there_as_help_shows_it(man: str | None, tmp_path: Path) -> None:
    if man is not None:
        program = tmp_path / "man"
        program.write_text(f"#!/bin/sh\n{man}\n")
        program.chmod(0o755)
    lines = shown(str(tmp_path))
    assert not [line for line in lines if re.match(r"\.[A-Z]", line)]
    for command in COMMANDS:
        assert any(line.startswith(f"usage: relaytui {command} ") for line in lines), command
    assert "  -h, --help            show this help message and exit" in lines
    assert "  5  credentials" in lines
