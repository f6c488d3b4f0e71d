"""What stands in place of a table without tasks: what this is, and what to do next."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import ClassVar

from relaytui.core.text import even
from relaytui.ui.live_keys import LiveKey
from relaytui.ui.looks import Look, classes
from relaytui.ui.text_pane import Line, TextPane

_NAME = "relaytui watches Tencent RTC relay tasks."
_ABOUT = (
    "relaytui watches Tencent RTC relay tasks (StreamIngest): which run, which have ended, what nobody can see. "
    "It only asks: it cannot start, stop or change a task."
)
_CHOICES = {
    "board.demo": "demo: an incident under way; no account, no network",
    "account.sign_in": "sign in: with a key that may ask about your tasks",
    "list.add": "add tasks: TaskIds, a table, JSON, a log; or just paste them here",
    "list.undo": "undo: take the last change of the list back",
}
LEAST_HEIGHT = 20
"""Lines of a screen below which only the choices are told: all of them have room then."""


class Welcome(TextPane, can_focus=False):
    """The next steps with their keys, as far as there are any."""

    COMPONENT_CLASSES: ClassVar[set[str]] = classes(Look.DIM, Look.KEY, Look.GOOD, Look.TITLE)

    def __init__(self) -> None:
        super().__init__(label_width=4)

    def tell(self, keys: Iterable[LiveKey], *, profiles: tuple[str, ...], is_first: bool) -> None:
        """Show what these keys lead to; `profiles` have a key of theirs, `is_first` says that nothing was watched."""
        is_low = self.screen.size.height < LEAST_HEIGHT
        lines = _lines({key.binding.id: key for key in keys if key.enabled}, profiles, is_first=is_first, is_low=is_low)
        self.show(lines)


def _lines(
    keys: dict[str | None, LiveKey], profiles: tuple[str, ...], *, is_first: bool, is_low: bool
) -> Iterator[Line]:
    if is_first:
        yield Line(_NAME if is_low else _ABOUT)
    if is_first and not is_low:
        yield Line()
    yield Line("Nothing is watched yet. What next?" if is_first else "The list is empty. What next?", look=Look.TITLE)
    yield Line()
    for name, words in _CHOICES.items():
        if name not in keys or name == ("list.undo" if is_first else "board.demo"):
            continue
        yield Line(words, keys[name].displays[0], label_look=Look.KEY)
        if name == "account.sign_in" and profiles:
            yield Line(f"signed in: {even(', '.join(profiles))}; tasks are what is missing", "✔", Look.GOOD, Look.GOOD)
    if is_first and not is_low and (helps := keys.get("board.help")):
        yield Line()
        yield Line(f"{helps.displays[0]} explains keys, glyphs and words; for more: README.md, relaytui manual")
