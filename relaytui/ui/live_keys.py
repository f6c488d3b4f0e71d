"""The keys that work now, read from the live bindings; bottom line, help and palette all say what this says."""

from __future__ import annotations

from typing import Any, NamedTuple

from textual.binding import Binding
from textual.dom import DOMNode
from textual.screen import Screen


class LiveKey(NamedTuple):
    """One thing that a key does, with all keys that do it."""

    displays: tuple[str, ...]
    """The keys as they are written on the screen."""
    binding: Binding
    node: DOMNode
    """Whose binding it is: the action runs there."""
    enabled: bool

    @property
    def word(self) -> str:
        """What it does, in a word or two."""
        return self.binding.description[:1].lower() + self.binding.description[1:]

    @property
    def tooltip(self) -> str:
        """What it does, in a sentence."""
        return self.binding.tooltip or self.word


def live_keys(screen: Screen[Any]) -> list[LiveKey]:
    """The keys that work now on this screen, those of the focused widget first; keys of one action are together."""
    found: dict[tuple[DOMNode, str], LiveKey] = {}
    for active in screen.active_bindings.values():
        # A key without an id is one that Textual gives every widget that scrolls.
        if active.binding.id is None:
            continue
        display = screen.app.get_key_display(active.binding)
        same = (active.node, active.binding.action)
        before = found.get(same)
        found[same] = (
            LiveKey((display,), active.binding, active.node, active.enabled)
            if before is None
            else before._replace(displays=(*before.displays, display))
        )
    return list(found.values())


def key_of(node: DOMNode, command: str) -> str:
    """The key of a command of this screen or widget as it is written on the screen, whether it works now or not."""
    bindings = (each for kind in type(node).__mro__ for each in vars(kind).get("BINDINGS", ()))
    usual = next(each for each in bindings if isinstance(each, Binding) and each.id == command)
    return given_key(node, command, usual.key)


def given_key(node: DOMNode, command: str, usual: str) -> str:
    """The first key that a person has given a command, or the first `usual` one, as it is written on the screen."""
    keys = getattr(node.app, "given_keys", {}).get(command, usual)
    return node.app.get_key_display(next(iter(Binding.make_bindings([Binding(keys, "")]))))
