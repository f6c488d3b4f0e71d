"""Cells that a spreadsheet would run."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from relaytui.core.formula import meant, neutral


@given(cell=st.text())
def test_every_cell_comes_back_as_it_was(cell: str) -> None:
    assert meant(neutral(cell)) == cell


@pytest.mark.parametrize("cell", ["=1+1", "+1", "-1", "@x", "\tx", "＝1", "'=1"])
def test_a_formula_is_a_text(cell: str) -> None:
    assert neutral(cell) == f"'{cell}"


@pytest.mark.parametrize("cell", ["", "cam 1", "1", "a=1", "'quoted'"])
def test_other_cells_are_left_alone(cell: str) -> None:
    assert neutral(cell) == cell
