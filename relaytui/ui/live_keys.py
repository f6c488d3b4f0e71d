"""The keys that work now, read from the live bindings; bottom line, help and palette all say what this says."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from textual.binding import ActiveBinding, Binding
from textual.dom import DOMNode
from textual.keys import REPLACED_KEYS, key_to_character
from textual.screen import Screen
from textual.widget import Widget


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
    found: dict[tuple[DOMNode, str], list[ActiveBinding]] = {}
    for active in screen.active_bindings.values():
        # A key without an id is one that Textual gives every widget that scrolls.
        if active.binding.id is not None and not _is_typed(active, screen.focused):
            found.setdefault((active.node, active.binding.action), []).append(active)
    return [_together(actives) for actives in found.values()]


def _is_typed(active: ActiveBinding, focused: Widget | None) -> bool:
    """Whether the key only writes its character where the focus is. Textual leaves such keys out, but not all."""
    if focused is None or active.node is focused:
        return False
    key = active.binding.key
    return focused.check_consume_key(key, typed_by(key))


def typed_by(key: str) -> str | None:
    """The character that a key types; None where it types none. Textual does not know it of `/`, `+` and a few more."""
    return key_to_character(REPLACED_KEYS.get(key, key))


def _together(actives: Sequence[ActiveBinding]) -> LiveKey:
    """One action with its keys in the order in which they are written, wherever Textual has put each."""
    node, binding, enabled, _ = actives[0]
    if len(actives) > 1:
        places = {key: place for place, key in enumerate(_written(node, binding.id or "", binding.key))}
        actives = sorted(actives, key=lambda active: places.get(active.binding.key, len(places)))
    displays = tuple(node.app.get_key_display(active.binding) for active in actives)
    return LiveKey(displays, actives[0].binding, node, enabled)


def key_of(node: DOMNode, command: str, usual: str = "") -> str:
    """The first key of a command as it is written on the screen, whether it works now or not.

    `usual` is its key for a command that is not bound by the class of this screen or widget.
    """
    return node.app.get_key_display(Binding(_written(node, command, usual)[0], ""))


def _written(node: DOMNode, command: str, usual: str) -> list[str]:
    """The keys of a command as a person gave them, or else as its binding has them, or else the `usual` ones."""
    bindings = (each for kind in type(node).__mro__ for each in vars(kind).get("BINDINGS", ()))
    bound = next((each.key for each in bindings if isinstance(each, Binding) and each.id == command), usual)
    keys = getattr(node.app, "given_keys", {}).get(command, bound)
    return [binding.key for binding in Binding.make_bindings([Binding(keys, "")])]
