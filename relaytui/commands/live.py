"""What the API says now of tasks that somebody wants to add: seeing is a help here, and never a condition."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Sequence

from relaytui.adapters.clock import SystemClock
from relaytui.adapters.places import instances_folder
from relaytui.adapters.settings import Settings
from relaytui.commands.accounts import usable_accounts
from relaytui.commands.check import ask_all
from relaytui.commands.stored import counted
from relaytui.commands.streams import complain
from relaytui.core.answer import answered_state
from relaytui.core.event_text import COULD_NOT_SEE
from relaytui.core.observation import Observation
from relaytui.core.task import TaskKey, WatchedTask
from relaytui.core.text import plain
from relaytui.wiring import make_monitor

_LONG_SECONDS = 5.0


def live_states(tasks: Sequence[WatchedTask], settings: Settings) -> dict[TaskKey, str]:
    """A few words for each task: its state, or why nobody could see it."""
    accounts, missing = usable_accounts({task.key.profile for task in tasks}, settings, os.environ)
    for each in missing:
        complain(f"adding without a look at its tasks: {each.reason}: {each.advice}")
    usable = {account.profile for account in accounts}
    asked = tuple(task for task in tasks if task.key.profile in usable)
    states = {task.key: f"{COULD_NOT_SEE} (no credential)" for task in tasks}
    if not asked:
        return states
    seconds = len(asked) / min(account.budget for account in accounts)
    if seconds > _LONG_SECONDS:
        complain(f"asking about {counted(len(asked))}, some {seconds:.0f} s; Ctrl+C ends this and adds nothing")

    def note(task: WatchedTask, observation: Observation) -> None:
        states[task.key] = _words(observation)

    async def ask() -> None:
        await ask_all(
            make_monitor(accounts, [], clock=SystemClock(), emit=lambda _: None, shared=instances_folder()), asked, note
        )

    asyncio.run(ask())
    return states


def _words(observation: Observation) -> str:
    state, failure = answered_state(observation), observation.failure
    if failure is not None:
        return f"{state.word if state else COULD_NOT_SEE} ({plain(failure.code)})"
    return state.word if state else COULD_NOT_SEE
