"""What is pasted is one text, wherever reads cut it and whatever is in it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from relaytui.ui.paste import BEGIN, BURST, END, MOST, PATIENT_LOOKS, Pastes, Piece

pieces_of_input = st.lists(
    st.sampled_from(["q", "\x1b[A", "1234", "a\x1b[Bq", "\x1b", "é", "\n", "\x1b[20", "[201"]), max_size=8
).map("".join)


def read(*reads: str) -> list[Piece]:
    pastes = Pastes()
    pieces = [piece for text in reads for piece in pastes.feed(text)]
    for _ in range(PATIENT_LOOKS):
        pieces += pastes.rest()
    return pieces


def joined(pieces: list[Piece]) -> tuple[str, list[str]]:
    """All that was typed, and the pastes."""
    typed = "".join(piece.text for piece in pieces if not piece.is_paste)
    return typed, [piece.text for piece in pieces if piece.is_paste]


@given(pieces_of_input, pieces_of_input, pieces_of_input, st.integers(0, 60), st.integers(0, 60))
def test_a_paste_is_one_text_wherever_it_is_cut(before: str, inside: str, after: str, one: int, two: int) -> None:
    # A read begins with a whole character, and one that holds a lone escape is a key.
    text = f"x{before}{BEGIN}{inside}{END}{after}"
    first, second = sorted((max(one, 2), max(two, 2)))
    reads = [text[:first], text[first:second], text[second:]]
    if "\x1b" in reads:
        return
    assert joined(read(*reads)) == (f"x{before}{after}", [inside])


def test_keys_in_a_paste_are_text() -> None:
    assert read(f"{BEGIN}12\x1b[A\x1bq\x1b[<0;1;1M34{END}j") == [
        Piece("12\x1b[A\x1bq\x1b[<0;1;1M34", is_paste=True),
        Piece("j", is_paste=False),
    ]


def test_keys_are_handed_on_at_once() -> None:
    pastes = Pastes()
    for key in ("q", "\x1b", "\x1b[A", "\x1b[<35;120;4M" * 50):
        assert pastes.feed(key) == [Piece(key, is_paste=False)]


def test_a_burst_without_marks_is_a_paste_until_it_rests() -> None:
    burst = "quit\n" * BURST
    pastes = Pastes()
    assert pastes.feed(f"\x1b[A{burst}") == [Piece("\x1b[A", is_paste=False)]
    assert pastes.feed("q\x1b[A") == []
    assert pastes.rest() == [Piece(f"{burst}q\x1b[A", is_paste=True)]
    assert pastes.feed("q") == [Piece("q", is_paste=False)]


def test_a_paste_whose_end_never_comes_does_not_swallow_the_keyboard() -> None:
    assert read(f"{BEGIN}1234") == [Piece("1234", is_paste=True)]


@pytest.mark.parametrize("size", [1, 7, 4096])
def test_a_flood_keeps_its_beginning(size: int) -> None:
    pastes = Pastes()
    pastes.feed(BEGIN)
    flood = "0123456789abcdef" * (MOST // 16 // (1 if size > 1000 else 100))
    for begin in range(0, len(flood), size):
        assert pastes.feed(flood[begin : begin + size]) == []
    (piece,) = pastes.feed(END)
    assert piece == Piece(flood, is_paste=True)
    pastes.feed(BEGIN)
    for _ in range(4):
        pastes.feed("x" * MOST)
    (piece,) = pastes.feed(END)
    assert MOST <= len(piece.text) <= MOST + 100
    assert piece.is_cut
    assert pastes.feed(f"{BEGIN}1234{END}") == [Piece("1234", is_paste=True)]
