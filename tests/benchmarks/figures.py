"""Figures with their bars, printed one a line."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple, Protocol


class Judged(Protocol):
    """Something that prints as one line and has passed or not."""

    @property
    def passed(self) -> bool: ...


class Figure(NamedTuple):
    """One figure and the bar that it must not exceed, or with `at_least` must reach."""

    name: str
    value: float
    bar: float
    detail: str = ""
    at_least: bool = False

    @property
    def passed(self) -> bool:
        return self.value >= self.bar if self.at_least else self.value <= self.bar

    def __str__(self) -> str:
        verdict = "pass" if self.passed else "FAIL"
        sign = "≥" if self.at_least else "≤"
        return f"{verdict}  {self.name:<46} {self.value:8.3f}  bar {sign} {self.bar:<6g} {self.detail}"


def show(figures: Iterable[Judged]) -> int:
    """Print every figure as it comes; how many missed their bar."""
    missed = 0
    for figure in figures:
        print(figure, flush=True)  # noqa: T201 - this is a command
        missed += not figure.passed
    return missed
