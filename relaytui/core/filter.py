"""Which tasks a person wants to see, as a few words: one language on the board, in commands and in saved views.

cup final               both words, in label, TaskId, group or note, whatever the case
"cup final"             the words side by side
state:ended,overdue     in one of these states; the beginning of its name will do; paused and problem are states too
group:cup  profile:prod  region:mumbai  app:16000
label:"cam 3"  note:mei  id:3Xz
                        in this field alone: a short word stands in many a TaskId by chance
/cam [12]$/             a regular expression, for the few who need one, on the first 300 characters of each of these
-lobby  -state:running  not these
-k3Xz…..                a TaskId, which may begin with "-" and ends in ".."; of a part of it: "-k3"
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from relaytui.core.entry import Refused, quoted
from relaytui.core.patience import impatient
from relaytui.core.task import State, WatchedTask
from relaytui.core.task_state import TaskState

_Test = Callable[[WatchedTask, TaskState], bool]

_TERM = re.compile(
    r"""(?P<no>-?)(?:
        /(?P<pattern>(?:\\.|[^/\\])*)(?:/|$)
      | (?:(?P<field>state|group|profile|region|app|sdk_app_id|label|note|id|task_id):)?
        (?:"(?P<quoted>[^"]*)(?:"|$)|(?P<word>\S+))?
    )""",
    re.VERBOSE | re.IGNORECASE,
)
MOST_READ = 300
"""Characters of a label, TaskId, note or group that a regular expression reads."""
_TASK_ID = re.compile(r"[-/]\S+\.\.(?!\S)")
_PAUSED, _PROBLEM = "paused", "problem"
_STATES = (*(state.value for state in State), _PAUSED, _PROBLEM)
_PENDING = TaskState()


@dataclass(frozen=True, slots=True)
class Filter:
    """What is wanted; made by `parse`."""

    text: str
    tests: tuple[_Test, ...] = ()
    needs_state: bool = False
    """Whether it can only be told of tasks that are being asked."""
    may_be_slow: bool = False
    """Whether of 10,000 tasks it may take seconds."""

    def holds(self, task: WatchedTask, state: TaskState = _PENDING) -> bool:
        """Whether the task is wanted."""
        # A loop, because it is run for 10,000 tasks at every key that is typed, and `all` costs twice as much.
        for test in self.tests:  # noqa: SIM110 - as above
            if not test(task, state):
                return False
        return True


def parse(text: str) -> Filter | Refused:
    """The filter that this text means; an empty one lets everything through. What is not finished yet is no mistake."""
    tests = []
    needs_state = may_be_slow = False
    place = 0
    while place < len(text):
        if text[place].isspace():
            place += 1
            continue
        if task_id := _TASK_ID.match(text, place):
            tests.append(_holding(task_id[0].casefold()))
            place = task_id.end()
            continue
        term = _TERM.match(text, place)
        if term is None or term.end() == place:
            return Refused(f"cannot be read from {quoted(text[place:])} on")
        place = term.end()
        test = _read(term)
        if isinstance(test, Refused):
            return test
        if test is not None:
            may_be_slow |= term["pattern"] is not None
            needs_state |= (term["field"] or "").lower() == "state" and not _is_listed(term)
            tests.append(_denied(test) if term["no"] else test)
    return Filter(text, tuple(tests), needs_state, may_be_slow)


def _read(term: re.Match[str]) -> _Test | Refused | None:
    """The test of one term; None where nothing is wanted of it yet."""
    if term["pattern"] is not None:
        return _matching(term["pattern"]) if term["pattern"] else None
    word = _word(term)
    if not word:
        return None
    match (term["field"] or "").lower():
        case "state":
            return _in_state(word)
        case "group":
            return lambda task, _: word in task.group.casefold()
        case "profile":
            return lambda task, _: word in task.key.profile.casefold()
        case "region":
            return lambda task, _: word in task.key.region.casefold()
        case "label":
            return lambda task, _: word in task.label.casefold()
        case "note":
            return lambda task, _: word in task.note.casefold()
        case "id" | "task_id":
            return lambda task, _: word in task.key.task_id.casefold()
        case "app" | "sdk_app_id":
            return lambda task, _: str(task.key.sdk_app_id).startswith(word)
        case _:
            return _holding(word)


def _holding(word: str) -> _Test:
    return lambda task, _: word in _told(task).casefold()


def _word(term: re.Match[str]) -> str:
    return (term["quoted"] or term["word"] or "").casefold()


def _told(task: WatchedTask) -> str:
    return "\n".join(_texts(task))


def _texts(task: WatchedTask) -> tuple[str, ...]:
    return task.label, task.key.task_id, task.note, task.group


def _denied(test: _Test) -> _Test:
    return lambda task, state: not test(task, state)


def _matching(pattern: str) -> _Test | Refused:
    try:
        found = re.compile(pattern, re.IGNORECASE | re.MULTILINE).search
    except (re.error, RecursionError, OverflowError) as error:
        return Refused(f"no regular expression: {error}")
    if reason := impatient(pattern):
        return Refused(f"the regular expression may take too long: {reason}")
    # One by one and not to the end: the time of `.*.*x` grows with the third power of their length.
    return lambda task, _: any(found(text[:MOST_READ]) for text in _texts(task))


def _names(word: str) -> list[str]:
    return [name for part in word.replace(" ", "_").split(",") if part for name in _STATES if name.startswith(part)]


def _is_listed(term: re.Match[str]) -> bool:
    """Whether the list itself says it, whoever asks."""
    return set(_names(_word(term))) <= {_PAUSED}


def _in_state(word: str) -> _Test | Refused | None:
    for part in word.replace(" ", "_").split(","):
        if not any(name.startswith(part) for name in _STATES):
            return Refused(f"no state is called {quoted(part)}; there are {', '.join(_STATES)}")
    wanted = frozenset(_names(word))
    if not wanted:
        return None

    def test(task: WatchedTask, state: TaskState) -> bool:
        if task.paused:
            return _PAUSED in wanted
        return state.state.value in wanted or (_PROBLEM in wanted and state.is_problem)

    return test
