"""Each profile: where its credential comes from, whether the API takes it, and what its budget is."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial

from relaytui.adapters.client import RelayClient
from relaytui.adapters.clock import SystemClock
from relaytui.commands.checks.checkup import Checkup, Level, Line, Told
from relaytui.commands.sources import Sources
from relaytui.core.observation import Failure, FailureKind, Observation
from relaytui.core.profile import MAX_BUDGET, Profile
from relaytui.core.task import TaskKey, WatchedTask
from relaytui.ports import FoundCredential, NoCredential

_CALL_SECONDS = 4.0
_SOON = 600.0
"""Seconds before its end at which a temporary credential is worth a warning."""
_ANY_SDK_APP_ID = 1400000000
_ANY_TASK = "relaytui-doctor"


def begin(checkup: Checkup, profiles: Sequence[Profile], tasks: Sequence[WatchedTask], sources: Sources) -> None:
    """Find each profile's credential and ask one question with it."""
    for profile in profiles:
        mine = (task.key for task in tasks if task.key.profile == profile.name)
        anything = TaskKey(profile.name, profile.region, profile.sdk_app_id or _ANY_SDK_APP_ID, _ANY_TASK)
        key = next(mine, anything)
        found = checkup.begin(
            "credential",
            partial(_credential, profile, sources),
            seconds=7,
            fix="the keyring or the disk hangs: use the environment, or restart the keyring",
            about=profile.name,
        )
        checkup.after(
            found,
            "live call",
            partial(_call, profile, key),
            seconds=9,
            fix="see the lines about proxy, dns, tcp and tls",
            about=profile.name,
        )


def _credential(profile: Profile, sources: Sources) -> Told[FoundCredential]:
    found = sources.find(profile)
    if isinstance(found, NoCredential):
        return Told.of(Line("credential", Level.FAULT, found.reason, found.advice, profile.name, is_credential=True))
    text = f"{found.source}, SecretId {found.credential.masked_id}"
    expires_at = found.credential.expires_at
    if expires_at is not None:
        text += f", expires {datetime.fromtimestamp(expires_at, UTC):%Y-%m-%d %H:%M} UTC"
        if expires_at - time.time() < _SOON:
            fix = "run tccli once, which renews it, or log in again"
            return Told.of(Line("credential", Level.WARNING, text, fix, profile.name), value=found)
    return Told.of(Line("credential", Level.OK, text, about=profile.name), value=found)


def _call(profile: Profile, key: TaskKey, found: FoundCredential) -> Told[None]:
    answers = asyncio.run(_ask(profile, key, found))
    # The API may quote what it was asked with.
    lines = (_call_line(profile, answers[-1]), _budget_line(profile, answers))
    secret_id, mask = found.credential.secret_id, found.credential.masked_id
    return Told(tuple(replace(line, text=line.text.replace(secret_id, mask)) for line in lines))


async def _ask(profile: Profile, key: TaskKey, found: FoundCredential) -> list[Observation]:
    """One question, and a second where the first only taught the client the server's time."""
    client = RelayClient(profile.endpoint, found.credential, clock=SystemClock(), call_seconds=_CALL_SECONDS)
    answers: list[Observation] = []
    try:
        for _ in range(2):
            answers.append(await client.observe(key, written=lambda: None))
            failure = answers[-1].failure
            if failure is None or failure.kind is not FailureKind.CLOCK:
                break
    finally:
        await client.aclose()
    return answers


def _call_line(profile: Profile, answer: Observation) -> Line:
    took = f"{1000 * answer.latency:.0f} ms"
    failure = answer.failure
    if failure is None or _is_taken(failure):
        said = answer.status.text if answer.status else f"the credential is good ({failure.code if failure else ''})"
        return Line("live call", Level.OK, f"{said}, {took}", about=profile.name)
    told = f"{failure.code}: {failure.message}" if failure.message else failure.code
    if failure.kind is FailureKind.THROTTLED:
        return Line("live call", Level.WARNING, f"{told}, {took}", failure.advice, profile.name)
    is_credential = failure.kind is FailureKind.CREDENTIALS
    return Line("live call", Level.FAULT, f"{told}, {took}", failure.advice, profile.name, is_credential)


def _is_taken(failure: Failure) -> bool:
    """Whether the API knows the account and only refuses the task that was made up."""
    return failure.came_from_api and failure.kind is FailureKind.REQUEST and failure.is_about_task


def _budget_line(profile: Profile, answers: Sequence[Observation]) -> Line:
    throttled = sum(answer.failure is not None and answer.failure.kind is FailureKind.THROTTLED for answer in answers)
    counted = [answer for answer in answers if answer.failure is None or answer.failure.came_from_api]
    measured = f"{throttled} of {len(counted)} asked throttled" if counted else "throttling not measured"
    text = f"{profile.budget:g} of the account's {MAX_BUDGET:g} requests/s; {measured}"
    if throttled:
        fix = "somebody else uses this account's requests up: find out who, or lower the budget"
        return Line("budget", Level.WARNING, text, fix, profile.name)
    return Line("budget", Level.OK, text, about=profile.name)
