from __future__ import annotations

import shutil
import subprocess

import pytest

from relaytui.cli import COMMANDS, main
from relaytui.commands.completion import SHELLS


@pytest.mark.parametrize("shell", SHELLS)
def test_each_script_knows_every_command_and_is_read_by_its_shell(
    shell: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["completion", shell]) == 0
    script = capsys.readouterr().out
    for command in COMMANDS:
        assert command in script
    assert "sdk-app-id" in script
    if path := shutil.which(shell):
        subprocess.run([path, "-n"], input=script.encode(), check=True, capture_output=True)
