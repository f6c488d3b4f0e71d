"""The ways to the clipboard, in their order, with tools that are really run."""

from __future__ import annotations

import os
import shutil
import stat
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from relaytui.adapters.clipboard import MAX_OSC52_BYTES, SystemClipboard
from relaytui.ports import NotCopied

if sys.platform == "win32":
    pytest.skip("the tools here are shell scripts", allow_module_level=True)

TEXT = "t001-XkQz+ab..\n中文 --help"


@pytest.fixture
def tools(tmp_path: Path) -> Path:
    folder = tmp_path / "bin"
    folder.mkdir()
    return folder


def put_tool(folder: Path, name: str, script: str = 'cat > "$0.got"') -> Path:
    """A tool that keeps what it is given; the file it keeps it in."""
    tool = folder / name
    tool.write_text(f"#!/bin/sh\nPATH={os.defpath}\n{script}\n")
    tool.chmod(stat.S_IRWXU)
    return folder / f"{name}.got"


def copy(folder: Path, text: str = TEXT, *, seconds: float = 20.0, **environ: Any) -> tuple[str | NotCopied, list[str]]:
    told: list[str] = []
    clipboard = SystemClipboard({"PATH": str(folder), "TERM": "xterm-256color", **environ}, seconds=seconds)
    return clipboard.copy(text, to_terminal=told.append), told


def test_inside_tmux_the_text_goes_to_its_buffer(tools: Path) -> None:
    got = put_tool(tools, "tmux", 'echo "$@" > "$0.args"; cat > "$0.got"')
    way, told = copy(tools, TMUX="/tmp/tmux-0/default,1,0")
    assert isinstance(way, str)
    assert way.startswith("tmux")
    assert got.read_text() == TEXT
    assert (tools / "tmux.args").read_text().split() == ["load-buffer", "-w", "-"]
    assert told == []


def test_an_old_tmux_has_its_buffer_only(tools: Path) -> None:
    got = put_tool(tools, "tmux", '[ "$2" = -w ] && exit 1; cat > "$0.got"')
    assert copy(tools, TMUX="x") == ("tmux (its buffer)", [])
    assert got.read_text() == TEXT


def test_without_tmux_the_terminal_gets_it(tools: Path) -> None:
    put_tool(tools, "tmux")
    assert copy(tools) == ("the terminal (OSC 52)", [TEXT])


def test_a_tmux_that_fails_is_not_the_end(tools: Path) -> None:
    put_tool(tools, "tmux", "exit 1")
    assert copy(tools, TMUX="x") == ("the terminal (OSC 52)", [TEXT])


@pytest.mark.parametrize(
    "deaf",
    [{"TERM": "linux"}, {"TERM": "screen.xterm"}, {"TERM_PROGRAM": "Apple_Terminal"}, {"VTE_VERSION": "7006"}],
)
@pytest.mark.parametrize(
    ("tool", "display"),
    [
        ("pbcopy", {}),
        ("wl-copy", {"WAYLAND_DISPLAY": "wayland-0"}),
        ("xclip", {"DISPLAY": ":0"}),
        ("xsel", {"DISPLAY": ":0"}),
        ("clip.exe", {}),
    ],
)
def test_a_terminal_that_takes_none_leaves_it_to_the_system(
    tools: Path, tool: str, display: dict[str, Any], deaf: dict[str, Any]
) -> None:
    got = put_tool(tools, tool)
    assert copy(tools, seconds=20.0, **(deaf | display)) == (tool, [])
    assert got.read_text() == TEXT


def test_a_text_too_long_for_the_terminal_goes_to_a_tool(tools: Path) -> None:
    put_tool(tools, "pbcopy")
    assert copy(tools, "x" * MAX_OSC52_BYTES)[0] == "the terminal (OSC 52)"
    assert copy(tools, "x" * (MAX_OSC52_BYTES + 1))[0] == "pbcopy"


def test_a_tool_without_its_display_is_not_asked(tools: Path) -> None:
    put_tool(tools, "xclip")
    assert isinstance(copy(tools, TERM="linux")[0], NotCopied)


def test_a_tool_that_hangs_costs_its_time_and_the_next_one_is_asked(tools: Path) -> None:
    put_tool(tools, "xclip", "exec sleep 60")
    put_tool(tools, "xsel")
    begun = time.monotonic()
    assert copy(tools, TERM="linux", DISPLAY=":0", seconds=0.5)[0] == "xsel"
    assert time.monotonic() - begun < 15


def test_a_tool_that_stays_behind_to_serve_holds_nobody_up(tools: Path) -> None:
    put_tool(tools, "xclip", 'cat > "$0.got"; sleep 30 &')
    begun = time.monotonic()
    assert copy(tools, TERM="linux", DISPLAY=":0")[0] == "xclip"
    assert time.monotonic() - begun < 15


def test_where_there_is_no_way_it_says_so(tools: Path) -> None:
    refused, told = copy(tools, TERM="linux")
    assert isinstance(refused, NotCopied)
    assert refused.reason.startswith("no tmux, no terminal that takes OSC 52, none of pbcopy")
    assert told == []


def test_why_there_is_no_way_is_told_as_it_is(tools: Path) -> None:
    put_tool(tools, "tmux", "exit 1")
    refused, told = copy(tools, "x" * (MAX_OSC52_BYTES + 1), TMUX="x")
    assert isinstance(refused, NotCopied)
    assert refused.reason.startswith("tmux did not take it, more than 74,000 bytes, too long for the terminal (OSC 52)")
    assert told == []


@pytest.mark.skipif(shutil.which("tmux") is None, reason="no tmux here")
def test_a_real_tmux_has_the_text_in_its_buffer(tmp_path: Path) -> None:
    """In a default tmux, which drops OSC 52."""
    tmux = ["tmux", "-L", f"relaytui-{os.getpid()}", "-f", "/dev/null"]
    environ = {"PATH": os.environ["PATH"], "HOME": str(tmp_path), "TERM": "xterm-256color"}
    try:
        subprocess.run([*tmux, "new-session", "-d", "sleep 60"], check=True, env=environ)
        inside = subprocess.run(
            [*tmux, "display-message", "-p", "#{socket_path},#{pid},0"], check=True, env=environ, capture_output=True
        )
        way, _ = copy(tmp_path, PATH=environ["PATH"], TMUX=inside.stdout.decode().strip())
        assert isinstance(way, str)
        assert way.startswith("tmux")
        shown = subprocess.run([*tmux, "show-buffer"], check=True, env=environ, capture_output=True)
        assert shown.stdout.decode() == TEXT
    finally:
        subprocess.run([*tmux, "kill-server"], check=False, env=environ, stderr=subprocess.DEVNULL)


def test_the_ways_are_those_that_copying_would_try(tools: Path) -> None:
    put_tool(tools, "xclip")
    put_tool(tools, "tmux")

    def ways(**environ: str) -> list[str]:
        return list(SystemClipboard({"PATH": str(tools), "TERM": "xterm", **environ}).ways())

    assert ways() == ["OSC 52"]
    assert ways(DISPLAY=":0", TMUX="x") == ["tmux", "OSC 52", "xclip"]
    assert ways(TERM="linux") == []
