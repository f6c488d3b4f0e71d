from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from relaytui.core.notification import Notification, Terminal, known_terminal

N = Notification


@pytest.mark.parametrize(
    ("environ", "terminal"),
    [
        ({}, Terminal(None)),
        ({"TERM": "dumb"}, Terminal(None)),
        ({"TERM": "linux"}, Terminal(None)),
        ({"TERM": "vt220", "TMUX": "x"}, Terminal(None)),
        ({"TERM": "xterm-256color"}, Terminal(N.OSC_9)),
        ({"TERM": "xterm-256color", "VTE_VERSION": "7600"}, Terminal(N.OSC_777)),
        ({"TERM": "foot"}, Terminal(N.OSC_777)),
        ({"TERM": "rxvt-unicode-256color"}, Terminal(N.OSC_777)),
        ({"TERM": "xterm-kitty"}, Terminal(N.OSC_99)),
        ({"TERM": "tmux-256color", "TMUX": "/tmp/x,1,0"}, Terminal(N.OSC_9, "tmux")),
        ({"TERM": "screen-256color", "TMUX": "/tmp/x,1,0", "KITTY_WINDOW_ID": "1"}, Terminal(N.OSC_99, "tmux")),
        ({"TERM": "screen.xterm-256color"}, Terminal(N.OSC_9, "screen")),
    ],
)
def test_the_terminal_of_an_environment(environ: dict[str, str], terminal: Terminal) -> None:
    assert known_terminal(environ) == terminal
    assert terminal.takes_title is (terminal.notification is not None)


@pytest.mark.parametrize(
    ("terminal", "sequence"),
    [
        (Terminal(None), ""),
        (Terminal(N.OSC_9), "\x1b]9;relaytui: cam, 2 ended\a"),
        (Terminal(N.OSC_777), "\x1b]777;notify;relaytui;cam, 2 ended\a"),
        (Terminal(N.OSC_99), "\x1b]99;;relaytui: cam, 2 ended\x1b\\"),
        (Terminal(N.OSC_99, "tmux"), "\x1bPtmux;\x1b\x1b]99;;relaytui: cam, 2 ended\x1b\x1b\\\x1b\\"),
        (Terminal(N.OSC_99, "screen"), "\x1bP\x1b]99;;relaytui: cam, 2 ended\a\x1b\\"),
    ],
)
def test_the_sequences(terminal: Terminal, sequence: str) -> None:
    assert terminal.notify("relaytui", "cam; 2 ended") == sequence


@given(st.text(), st.sampled_from(N))
def test_no_foreign_text_gets_out_of_a_sequence(text: str, kind: Notification) -> None:
    sequence = kind.sequence("relaytui", f"a{text}\x1b\\b\a\x9cc")
    inside = re.fullmatch(r"\x1b\](?:9;|99;;|777;notify;)(.*)(?:\a|\x1b\\)", sequence)
    assert inside is not None
    assert not re.search(r"[\x00-\x1f\x7f-\x9f]", inside[1])
    assert len(inside[1]) < 450
    assert Terminal.title(text).count("\x1b") == 1
