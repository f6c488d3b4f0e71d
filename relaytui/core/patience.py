"""Which regular expressions may take for ever: nobody can interrupt one, and the board would stand still meanwhile."""

from __future__ import annotations

import re

MOST_CHARACTERS = 100
MOST_REPEATS = 2
"""Each multiplies the time by the length of a label."""
MOST_CHOICES = 6
"""Each may double it."""

_PIECE = re.compile(
    r"""\\. | \[\^?\]?(?:\\.|[^\]\\])*\]  # an escaped character, or a set of them
      | \((?:\?P?[<>=!:]*)?               # the beginning of a group
      | \{\d*,?\d*\}[?+]? | [*+?][?+]?    # how often
      | .""",
    re.VERBOSE | re.DOTALL,
)


def impatient(pattern: str) -> str:
    """Why this regular expression, which can be compiled, may take too long on a label; "" where it cannot.

    It is stricter than need be: `(a|b)+` does no harm, but `(a|aa)+` has no end, and who types wants to know why.
    """
    if len(pattern) > MOST_CHARACTERS:
        return f"it is longer than {MOST_CHARACTERS} characters"
    repeats = choices = 0
    open_groups = [False]
    """Of each group that is open, whether it can be read in more than one way."""
    is_varied_group = False
    for piece in _PIECE.findall(pattern):
        before, is_varied_group = is_varied_group, False
        if piece[0] == "(":
            open_groups.append(False)
        elif piece == ")" and len(open_groups) > 1:
            is_varied_group = open_groups.pop()
            open_groups[-1] |= is_varied_group
        elif piece[0] in "?|":
            choices += 1
            open_groups[-1] = True
        elif piece[0] in "*+" or (piece[0] == "{" and len(piece) > 1):
            if before:
                return "a group that repeats may neither repeat nor choose within itself"
            repeats += 1
            open_groups[-1] = True
    if repeats > MOST_REPEATS:
        return f"it repeats more than {MOST_REPEATS} times"
    return f"it chooses more than {MOST_CHOICES} times" if choices > MOST_CHOICES else ""
