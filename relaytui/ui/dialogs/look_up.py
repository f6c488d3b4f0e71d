"""Asks about any TaskId now, on the list or not, and shows the answers as they come."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.widgets import Input, Static

from relaytui.core.answer import answer_id, answered_state
from relaytui.core.entry import Refused
from relaytui.core.observation import Observation
from relaytui.core.questions import read_questions
from relaytui.core.search import Search, homes
from relaytui.core.task import TaskKey, WatchedTask
from relaytui.core.text import even
from relaytui.engine import Commands
from relaytui.ports import Accounts
from relaytui.ui.dialogs.dialog import Dialog
from relaytui.ui.dialogs.fields import Field
from relaytui.ui.failures import describe
from relaytui.ui.in_thread import in_thread

SIDE_BY_SIDE = 20
"""Questions of a search that are under way at once; the lanes pace them."""
_SHOWN = 24
"""Characters of a TaskId that tell it from its neighbours."""
FIELDS = ("sdk_app_id", "region", "profile")


class LookUp(Dialog[None]):
    """Stays open for the next question. `home` says where to ask at first, by field, and is kept up to date.

    `add` puts tasks on the list; `listed` are those that are there. A TaskId of theirs is asked where they are, unless
    somebody has written another place; and they tell a search where to look.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "accept", "ask", priority=True, id="dialog.accept", tooltip="Ask about these TaskIds now"),
        Binding("f2", "add", "add to the list", id="account.add", tooltip="Put what was found on the list"),
        Binding("f3", "search", "search", id="account.search", tooltip="Ask in all known regions, SdkAppIds, profiles"),
        Binding("escape", "cancel", "close", id="dialog.cancel", tooltip="Close this"),
    ]

    def __init__(
        self,
        *,
        home: dict[str, str],
        commands: Commands,
        accounts: Accounts | None,
        listed: Iterable[WatchedTask],
        add: Callable[[tuple[WatchedTask, ...]], object],
    ) -> None:
        super().__init__("look up")
        self._where = home
        self._given = dict(home)
        self._commands = commands
        self._accounts = accounts
        self._listed = {task.key: task for task in listed}
        self._add = add
        self._asked: dict[TaskKey, Observation | None] = {}
        self._search: Search | None = None
        self._answers = Static(id="answers", markup=False)

    def fields(self) -> ComposeResult:
        """What to ask about, where, and the answers."""
        yield Field("TaskId", id="task-ids", placeholder="one or more, any text that holds some, or a label")
        for field, word in zip(FIELDS, ("SdkAppId", "region", "profile"), strict=True):
            yield Field(word, self._where[field], id=field)
        yield self._answers

    def accept(self) -> None:
        """Ask, and stay open for the answers."""
        keys = self._read()
        if isinstance(keys, Refused):
            self.complain(keys.reason)
            return
        self._search = None
        self._asked = dict.fromkeys(keys)
        listed = sum(key in self._listed for key in keys)
        also = f", {listed} on the list" if listed else ""
        self.say(f"{len(keys)} TaskId{'' if len(keys) == 1 else 's'} in this text{also}")
        self._show()
        self.run_worker(self._ask(keys), exclusive=True)

    def action_search(self) -> None:
        """Look for the tasks wherever they may be."""
        keys = self._read()
        if isinstance(keys, Refused):
            self.complain(keys.reason)
            return
        self._asked = {}
        self._show()
        self.run_worker(self._begin_search(keys), exclusive=True)

    def action_add(self) -> None:
        """Put the tasks that the API knows on the list."""
        known = [key for key, answer in self._asked.items() if answer is not None and answer.status is not None]
        if not known:
            self.complain("nothing to add: the API has not told a status yet")
            return
        self._add(tuple(WatchedTask(key) for key in known))
        self.say(f"adding {len(known)} to the list")

    def take(self, answers: Mapping[TaskKey, Observation]) -> None:
        """Show these answers, where they are to what was asked here."""
        for key, answer in answers.items():
            if self._search is not None:
                self._search.take(answer)
            elif key in self._asked:
                self._asked[key] = answer
        if self._search is not None:
            self._go_on()
        self._show()

    async def _ask(self, keys: tuple[TaskKey, ...]) -> None:
        if self._accounts is not None:
            await in_thread(partial(self._accounts.ready, keys[0].profile))
        for key in keys:
            self._commands.look_up(key)

    async def _begin_search(self, keys: tuple[TaskKey, ...]) -> None:
        accounts = self._accounts
        if accounts is None:
            profiles, asking = [], {key.profile for key in (*self._listed, *keys)}
        else:
            self.say("looking for profiles …")
            views = await in_thread(accounts.views)
            profiles, asking = [view.profile for view in views], {each.profile.name for each in views if each.source}
            for name in asking:
                await in_thread(partial(accounts.ready, name))
        self._search = Search(keys, homes(profiles, (*self._listed, *keys), asking))
        for _ in range(SIDE_BY_SIDE):
            self._go_on(one=True)
        self._show()

    def _go_on(self, *, one: bool = False) -> None:
        """Ask the next questions of the search."""
        assert self._search is not None  # noqa: S101 - only called while there is one
        under_way = self._search.asked
        while (key := self._search.next()) is not None:
            self._commands.look_up(key)
            if one or self._search.asked - under_way >= SIDE_BY_SIDE:
                return

    def _read(self) -> tuple[TaskKey, ...] | Refused:
        self._where |= {field: self.query_one(f"#{field}", Input).value for field in FIELDS}
        return read_questions(
            self.query_one("#task-ids", Input).value,
            **self._where,
            listed=self._askable if self._where == self._given else (),
        )

    @property
    def _askable(self) -> Iterator[WatchedTask]:
        """The tasks on the list that somebody has a key for."""
        signed_in = self._accounts.signed_in() if self._accounts is not None else None
        return (each for key, each in self._listed.items() if signed_in is None or key.profile in signed_in)

    def _show(self) -> None:
        if self._search is not None:
            self._asked = {}
            for outcome in self._search.outcomes():
                if outcome.answer is not None and outcome.is_found:
                    self._asked[outcome.answer.key] = outcome.answer
            found = f"{self._search.found} of {self._search.tasks} found"
            self.say(f"searching: {self._search.asked} of at most {self._search.most} questions, {found}")
        self._answers.update("\n".join(_lines(key, answer) for key, answer in self._asked.items()))


def _lines(key: TaskKey, answer: Observation | None) -> str:
    """One answer, or that it is awaited, as plain text."""
    name = even(key.task_id)
    name = name if len(name) <= _SHOWN else f"{name[: _SHOWN // 2]}…{name[-_SHOWN // 2 + 1 :]}"
    if answer is None:
        return f"… {name}: asking"
    state, failure = answered_state(answer), answer.failure
    if failure is not None:
        word = f"{state.glyph} {state.word}" if state else "! could not see"
        told = [f"{word}  {name}: {describe(failure)}. {failure.advice}"]
    else:
        assert state is not None  # noqa: S101 - a status always stands for a state
        status = even(answer.status.text) if answer.status else ""
        told = [f"{state.glyph} {state.word}  {name}: {status}. {state.meaning}"]
    about = [f"{1000 * answer.latency:.0f} ms", f"{even(key.profile)} {even(key.region)} {key.sdk_app_id}"]
    if request_id := even(answer_id(answer)):
        about.append(f"RequestId {request_id}")
    return "\n  ".join([*told, " · ".join(about)])
