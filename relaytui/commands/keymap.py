"""The keys that the configuration file gives to the board's commands."""

from __future__ import annotations

from collections.abc import Mapping

from relaytui.adapters.settings import Settings
from relaytui.commands.options import Refusal
from relaytui.core.entry import Refused


def read_keys(settings: Settings) -> Mapping[str, str] | Refusal:
    """The keys by command, or what is wrong with the first that is not right."""
    if not settings.keys:
        return {}
    # Knows every key there is, so it loads all of the screen, which others need not wait for.
    from relaytui.ui.keymap import read_keymap

    keymap = read_keymap(settings.keys)
    return Refusal(keymap.reason) if isinstance(keymap, Refused) else keymap
