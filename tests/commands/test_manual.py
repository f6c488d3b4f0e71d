from __future__ import annotations

import re
import shutil
import subprocess

import pytest

from relaytui.cli import COMMANDS, main


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
