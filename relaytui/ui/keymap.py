"""Every command that a key does, by its id, and the keys that a person gives them in the configuration file."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from textual.binding import Binding, BindingType
from textual.dom import DOMNode
from textual.keys import format_key

from relaytui.core.entry import Refused, nearest, quoted
from relaytui.core.profile import Written
from relaytui.ui import dialogs
from relaytui.ui.alarm_choices import MUTES, SNOOZES
from relaytui.ui.app import RelayTui
from relaytui.ui.chooser import Choice, Chooser
from relaytui.ui.copy_choices import COPIES, FORMATS
from relaytui.ui.dashboard import Dashboard
from relaytui.ui.dialogs.dialog import Dialog
from relaytui.ui.dialogs.fields import Lines
from relaytui.ui.event_log import EventLog
from relaytui.ui.filter_input import FilterInput
from relaytui.ui.help import HelpPane
from relaytui.ui.live_keys import typed_by
from relaytui.ui.replay import ReplayBoard
from relaytui.ui.sort_bar import LETTERS, SortBar
from relaytui.ui.task_table import TaskTable
from relaytui.ui.text_page import TextPage
from relaytui.ui.text_pane import TextPane
from relaytui.ui.view_choices import VIEWS

_NAMED: Final = "enter|escape|tab|space|backspace|delete|insert|up|down|left|right|home|end|pageup|pagedown"
_KEY: Final = re.compile(rf"(?:(?:ctrl|alt|shift|super)\+)*(?:{_NAMED}|f[1-9]|f1[0-9]|f2[0-4]|comma|\S)")
_DEAD: Final = re.compile(r"shift\+\S|(?:(?:ctrl|alt)\+)+[A-Z]")
"""What a terminal sends under another name: `Y` is not shift+y."""
_EDITING: Final = frozenset({"backspace", "delete", "left", "right", "home", "end"})


def commands() -> dict[str, Binding]:
    """Every command by its id, with its usual keys joined by commas."""
    found: dict[str, Binding] = {}
    for bindings in _scopes().values():
        for binding in bindings:
            if binding.id:
                found.setdefault(binding.id, binding)
    return found


def read_keymap(written: Mapping[str, Written]) -> dict[str, str] | Refused:
    """The keys by command, as they are written, or the first thing wrong with them and where it stands."""
    known = commands()
    for name, (where, text) in written.items():
        if name not in known:
            return Refused(f"{where}: no command is called {quoted(name)}{nearest(name, known)}")
        for key in text.split(","):
            if not _KEY.fullmatch(key.strip()):
                advice = 'give keys such as "y", "f5" or "ctrl+r", parted by commas; the comma itself is "comma"'
                return Refused(f"{where}: {quoted(key)} is no key: {advice}")
            if _DEAD.fullmatch(key.strip()):
                advice = 'give "Y" for shift+y, and after ctrl+ and alt+ small letters'
                return Refused(f"{where}: {quoted(key)} is never sent: {advice}")
    keymap = {name: ",".join(_normal(entry.text)) for name, entry in written.items()}
    for name in _while_typing() & keymap.keys():
        for key in _normal(keymap[name]):
            if _is_typed(key):
                told = f"{quoted(_written(key))} belongs to the text that is typed there"
                return Refused(f'{written[name].where}: {told}: give a key such as "f6" or "ctrl+r"')
    for scope, bindings in _scopes().items():
        for first, second, key in _shared(bindings, keymap):
            name, other = (first, second) if first in written else (second, first)
            told = f"{quoted(_written(key))} is also the key of {other} ({scope}): give one of them another"
            return Refused(f"{written[name].where}: {told}")
    return keymap


def _while_typing() -> set[str]:
    """The commands that are there while a text is typed: all of a field or a dialog, but where letters are commands."""
    nodes: list[type[DOMNode]] = [FilterInput, Lines, *_dialogs()]
    bindings = [each for node in nodes for each in _of(node)]
    usual = {each.id: each.key for each in reversed(bindings) if each.id}
    return {name for name, keys in usual.items() if not any(map(_is_typed, _normal(keys)))}


def _is_typed(key: str) -> bool:
    return key in _EDITING or (typed_by(key) or "\n").isprintable()


def _shared(bindings: Iterable[Binding], keymap: Mapping[str, str]) -> Iterator[tuple[str, str, str]]:
    """Two commands and the key that both have, where a person gave it to one of them."""
    owners: defaultdict[str, set[str]] = defaultdict(set)
    for binding in bindings:
        name = binding.id or binding.description
        for key in _normal(keymap.get(name, binding.key)):
            owners[key].add(name)
    for key, names in owners.items():
        if len(names) > 1 and names & keymap.keys():
            first, second, *_ = sorted(names, key=lambda name: name not in keymap)
            yield first, second, key


def _normal(keys: str) -> list[str]:
    """The keys as Textual spells them."""
    return [binding.key for binding in Binding.make_bindings([Binding(keys, "")])]


def _written(key: str) -> str:
    """The key as it may be written in the file: `?` rather than `question_mark`."""
    shown = format_key(key)
    return shown if len(shown) == 1 and shown.isascii() and shown != "," else key


def _scopes() -> dict[str, list[Binding]]:
    """The commands that are there together, by where that is."""
    board = [*_of(RelayTui), *_of(Dashboard)]
    return {
        "on the board": [*board, *_of(TaskTable)],
        "in a pane": [*board, *_of(TextPane)],
        "in the help": [*_of(TextPane), *_of(HelpPane)],
        "while a filter is typed": [*_of(FilterInput)],
        "while sorting": [*_of(SortBar), *_of_letters()],
        "in the event log": [*board, *_of(EventLog)],
        "on the text page": [*_of(TextPage), *_of(TextPane)],
        "on a replay": [*_of(RelayTui), *_of_replay(), *_of(TaskTable)],
        "after y": [*_of_choices("copy", COPIES), *_of(Chooser)],
        "after w": [*_of_choices("write", FORMATS), *_of(Chooser)],
        "after V": [*_of_choices("view", VIEWS), *_of(Chooser)],
        "after s": [*_of_choices("snooze", SNOOZES), *_of(Chooser)],
        "after S": [*_of_choices("mute", MUTES), *_of(Chooser)],
        "in a text of several lines": [*_of(Lines)],
        **{f"in {dialog.__name__}": list(_of(dialog)) for dialog in _dialogs()},
    }


def _of(node: type[DOMNode]) -> Iterator[Binding]:
    for base in node.__mro__:
        is_ours = base.__module__.startswith("relaytui.")
        bindings: Iterable[BindingType] = vars(base).get("BINDINGS", ()) if is_ours else ()
        yield from (each for each in bindings if isinstance(each, Binding))
        if not vars(base).get("_inherit_bindings", True):
            return


def _of_replay() -> Iterator[Binding]:
    """The keys of the replay, and those of the board that it does not use for itself."""
    own = [each for each in vars(ReplayBoard)["BINDINGS"] if isinstance(each, Binding)]
    taken = {key for each in own for key in _normal(each.key)}
    yield from own
    yield from (each for each in _of(Dashboard) if not taken.intersection(_normal(each.key)))


def _of_letters() -> Iterator[Binding]:
    return (Binding(letter, "", f"sorting by {column or 'list order'}") for letter, column in LETTERS.items())


def _of_choices(group: str, choices: Iterable[Choice]) -> Iterator[Binding]:
    return (Binding(each.key, "", id=f"{group}.{each.name}", tooltip=each.tooltip) for each in choices)


def _dialogs() -> Iterator[type[DOMNode]]:
    dialogs.load()
    found: list[type[DOMNode]] = [Dialog]
    for each in found:
        found += each.__subclasses__()
    return iter(found)


def keys_example() -> str:
    """The part of the configuration file about keys, with all commands and their usual keys."""
    lines = [
        "# Other keys for commands, by their names; commas part several keys. No two commands share a key.",
        "# These are all the commands with their usual keys.",
        "[keys]",
    ]
    for name, binding in commands().items():
        keys = ",".join(map(_written, binding.key.split(",")))
        lines.append(f'# "{name}" = "{keys}"  # {binding.tooltip or binding.description}')
    return "\n".join(lines)
