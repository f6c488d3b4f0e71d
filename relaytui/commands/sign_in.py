"""Whether the API takes a credential: one live call about a made-up task."""

from __future__ import annotations

import asyncio

from relaytui.core.observation import Failure, FailureKind, Observation
from relaytui.core.profile import Profile
from relaytui.core.task import TaskKey
from relaytui.core.tc3 import Credential

_ANY_SDK_APP_ID = 1400000000
_ANY_TASK = "relaytui-login"


def why_refused(profile: Profile, credential: Credential) -> Failure | None:
    """Ask the API once, waiting for it; None where it takes the credential, which a refusal of the task shows too."""
    failure = asyncio.run(_ask(profile, credential)).failure
    if failure is None or (failure.came_from_api and failure.kind is FailureKind.REQUEST and failure.is_about_task):
        return None
    return failure


async def _ask(profile: Profile, credential: Credential) -> Observation:
    from relaytui.adapters.client import RelayClient
    from relaytui.adapters.clock import SystemClock

    client = RelayClient(profile.endpoint, credential, clock=SystemClock())
    key = TaskKey(profile.name, profile.region, profile.sdk_app_id or _ANY_SDK_APP_ID, _ANY_TASK)
    try:
        observation = await client.observe(key, written=lambda: None)
        if isinstance(observation.outcome, Failure) and observation.outcome.kind is FailureKind.CLOCK:
            # The client has now seen the server's time and signs with it.
            observation = await client.observe(key, written=lambda: None)
    finally:
        await client.aclose()
    return observation
