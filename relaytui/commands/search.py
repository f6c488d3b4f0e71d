"""`relaytui check --search`: look for tasks in every region, with every SdkAppId and every profile that is known."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import math
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from relaytui.adapters.clock import SystemClock
from relaytui.adapters.places import instances_folder
from relaytui.adapters.settings import Settings
from relaytui.adapters.stored_list import read_stored
from relaytui.commands import jsonlines
from relaytui.commands.accounts import usable_accounts
from relaytui.commands.check import Verdict, verdict
from relaytui.commands.options import CREDENTIALS, Refusal, collect_tasks, defaults_of, find_settings
from relaytui.commands.stored import counted, list_path
from relaytui.commands.streams import Output, complain
from relaytui.core.answer import answer_fields
from relaytui.core.fields import Fields
from relaytui.core.listing import BadList
from relaytui.core.observation import FailureKind, Observation
from relaytui.core.search import Home, Outcome, Search, homes
from relaytui.core.task import WatchedTask
from relaytui.core.text import plain
from relaytui.monitor import Monitor
from relaytui.ports import Account
from relaytui.wiring import make_monitor

INTERRUPTED = 130
_PROGRESS_SECONDS = 0.25
_USUAL_SECONDS = 0.25
"""Seconds that an answer rarely exceeds: more under way would only be questions that the answers make needless."""
_MOST_NAMED = 5


@dataclass(frozen=True, slots=True)
class _Plan:
    """What is looked for, with which accounts, and where."""

    tasks: Mapping[str, WatchedTask]
    """By TaskId, as its label is known."""
    accounts: Sequence[Account]
    search: Search


def search(args: argparse.Namespace, environ: Mapping[str, str]) -> int:
    """Print where each task is, or what remains uncertain; the exit code is the worst `Verdict`, 130 after Ctrl+C."""
    plan = _make_plan(args, environ)
    if isinstance(plan, Refusal):
        return plan.tell()
    looking = plan.search
    budget = sum(account.budget for account in plan.accounts)
    complain(
        f"searching {counted(looking.tasks)}: at most {looking.most} questions, {looking.most / budget:.0f} s; "
        "Ctrl+C ends it with what was found"
    )
    interrupted = False
    try:
        asyncio.run(_search(plan, at_once=math.ceil(budget * _USUAL_SECONDS)))
    except KeyboardInterrupt:
        interrupted = True
    output = Output()
    worst = Verdict.RUNNING
    for outcome in looking.outcomes():
        task = plan.tasks[outcome.task_id]
        worst = max(worst, _verdict(outcome))
        if outcome.answer is None:
            complain(f"{task.name}: not asked")
        elif args.json:
            output.put(jsonlines.dump(_fields(task, outcome, outcome.answer, interrupted=interrupted)))
        else:
            output.put(_text(task, outcome, outcome.answer))
    ended = "interrupted after" if interrupted else "asked"
    complain(f"{ended} {looking.asked} questions, found {looking.found} of {counted(looking.tasks)}")
    return output.close(INTERRUPTED if interrupted else worst)


def _make_plan(args: argparse.Namespace, environ: Mapping[str, str]) -> _Plan | Refusal:
    settings = find_settings(vars(args), environ)
    if isinstance(settings, Refusal):
        return settings
    listed = _listed(settings)
    names = {*settings.profiles, *(task.key.profile for task in listed)}
    accounts, missing = usable_accounts(names, settings, environ)
    lines = [f"{each.reason}: {each.advice}" for each in missing]
    if not accounts:
        return Refusal(lines[0], CREDENTIALS)
    for line in lines:
        complain(f"searching without this profile: {line}")
    usable = {account.profile for account in accounts}
    places = homes([settings.named(name) for name in names], [task.key for task in listed], usable)
    if not places:
        return Refusal("no SdkAppId is known to search with: give --sdk-app-id N, or write one into a profile")
    # An id that brings no SdkAppId is read with a likely one, which is no more than the first guess.
    settings = replace(settings, sdk_app_id=settings.sdk_app_id or places[0].sdk_app_id)
    path: Path | None = None if args.ids and args.tasks is None else settings.tasks
    given = collect_tasks(args.ids, path, settings, stdin=True)
    if isinstance(given, Refusal):
        return given
    wanted = {task.key.task_id: task for task in given}
    wanted |= {task.key.task_id: task for task in listed if task.key.task_id in wanted}
    known = [task.key for task in listed if task.key.task_id in wanted]
    guesses = [key for key in (*known, *(task.key for task in given)) if key.profile in usable]
    # An id whose own profile cannot ask is looked for all the same.
    guesses += [places[0].key(task_id) for task_id in wanted.keys() - {key.task_id for key in guesses}]
    return _Plan(wanted, accounts, Search(guesses, places))


def _listed(settings: Settings) -> tuple[WatchedTask, ...]:
    """The stored list, which only helps: one that cannot be read is told and left out."""
    found = read_stored(list_path(), defaults_of(settings))
    if isinstance(found, BadList):
        complain(f"{found}; searching without the list")
        return ()
    return found.tasks


async def _search(plan: _Plan, *, at_once: int) -> None:
    monitor = make_monitor(plan.accounts, [], clock=SystemClock(), emit=lambda _: None, shared=instances_folder())
    running = asyncio.create_task(monitor.run())
    progress = asyncio.create_task(_tell_progress(plan.search))
    try:
        async with asyncio.TaskGroup() as group:
            for _ in range(at_once):
                group.create_task(_ask(monitor, plan.search))
    finally:
        for task in (running, progress):
            task.cancel()
        await asyncio.gather(running, progress, return_exceptions=True)


async def _ask(monitor: Monitor, looking: Search) -> None:
    while (key := looking.next()) is not None:
        looking.take(await monitor.look_up(key))


async def _tell_progress(looking: Search) -> None:
    """Keep one line about how far it is, where a person looks at it."""
    if not sys.stderr.isatty():
        return
    try:
        while True:
            line = f"{looking.asked} of {looking.most} questions, {looking.found} of {counted(looking.tasks)} found"
            with contextlib.suppress(OSError):
                sys.stderr.write(f"\r\x1b[K{line}")
                sys.stderr.flush()
            await asyncio.sleep(_PROGRESS_SECONDS)
    finally:
        with contextlib.suppress(OSError):
            sys.stderr.write("\r\x1b[K")
            sys.stderr.flush()


def _verdict(outcome: Outcome) -> Verdict:
    """What one search amounts to; a task that may be where nobody could see is not known to be gone."""
    if any(each.failure and each.failure.kind is FailureKind.CREDENTIALS for each in outcome.failures):
        return Verdict.CREDENTIALS
    if outcome.answer is None or outcome.unseen:
        return Verdict.COULD_NOT_SEE
    return verdict(outcome.answer)


def _fields(task: WatchedTask, outcome: Outcome, answer: Observation, *, interrupted: bool) -> Fields:
    return answer_fields(task._replace(key=answer.key), answer) | {
        "search": {
            "found": outcome.is_found,
            "questions": outcome.asked,
            "not_exist": outcome.absent,
            "refused": [_place(each) for each in outcome.refused],
            "unseen": outcome.unseen,
            "failures": [_place(each) for each in outcome.failures],
            "interrupted": interrupted,
        }
    }


def _place(observation: Observation) -> Fields:
    failure, home = observation.failure, Home.of(observation.key)
    return home._asdict() | {
        "code": plain(failure.code) if failure else "",
        "message": plain(failure.message) if failure else "",
    }


def _text(task: WatchedTask, outcome: Outcome, answer: Observation) -> str:
    parts = [jsonlines.answer_text(task._replace(key=answer.key), answer)]
    if outcome.is_found:
        home = Home.of(answer.key)
        parts.append(f"found: region {home.region}, SdkAppId {home.sdk_app_id}, profile {home.profile}")
    else:
        parts.append(f"NotExist at {_places(outcome.absent)}")
        parts += [f"refused: {_named(outcome.refused)}"] if outcome.refused else []
        parts += [f"not seen: {_places(outcome.unseen)}{_why(outcome.failures)}"] if outcome.unseen else []
    return "  ".join([*parts, f"{outcome.asked} question{'' if outcome.asked == 1 else 's'}"])


def _named(refused: Sequence[Observation]) -> str:
    """The places that the API will not answer for, as far as a line has room for them."""
    lines = [
        f"{home.profile} {home.sdk_app_id} {home.region} ({plain(each.failure.code) if each.failure else ''})"
        for each in refused
        for home in [Home.of(each.key)]
    ]
    more = f", and {len(lines) - _MOST_NAMED} more" if lines[_MOST_NAMED:] else ""
    return ", ".join(lines[:_MOST_NAMED]) + more


def _why(failures: Sequence[Observation]) -> str:
    codes = sorted({plain(each.failure.code) for each in failures if each.failure})
    return f" ({', '.join(codes)})" if codes else ""


def _places(count: int) -> str:
    return f"{count} place{'' if count == 1 else 's'}"
