"""Cells of a table that a spreadsheet would run, and how they are written so that it does not."""

from __future__ import annotations

import re

_FORMULA = re.compile(r"'*[=+\-@\t\r＝＋－＠]")


def neutral(cell: str) -> str:
    """The cell as a spreadsheet shows and never runs it; `meant` gives it back as it was."""
    return f"'{cell}" if _FORMULA.match(cell) else cell


def meant(cell: str) -> str:
    """What a cell said before `neutral`."""
    return cell[1:] if cell.startswith("'") and _FORMULA.match(cell) else cell
