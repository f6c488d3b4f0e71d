"""A world to ask and signed questions about it, for the tests of the simulator."""

from __future__ import annotations

from collections.abc import Mapping

from relaytui.core import tc3, wire
from relaytui.core.task import TaskKey
from relaytui.simulator.api import Request
from relaytui.simulator.world import ACCOUNT, NOT_EXIST, World

START = 1_767_323_045.0
HOST = "127.0.0.1:8765"
KEY = TaskKey("default", "ap-mumbai", 1_600_012_345, "one")


def small_world(start: float = START) -> World:
    """Task `one` runs, task `two` ends after 10 seconds."""
    world = World(7, start)
    world.add(KEY.sdk_app_id, KEY.region, "one")
    world.add(KEY.sdk_app_id, KEY.region, "two", [(0, "InProgress"), (10, NOT_EXIST)])
    return world


def signed(
    body: bytes,
    *,
    credential: tc3.Credential = ACCOUNT.credential,
    now: float = START,
    host: str = HOST,
    change: Mapping[str, str | None] | None = None,
) -> Request:
    """A good request with this body; `change` replaces headers after signing, None drops them."""
    headers = {
        name.lower(): value
        for name, value in wire.request_headers(KEY, credential, host=host, timestamp=int(now), body=body).items()
    }
    changed = headers | dict(change or {})
    return Request("POST", "/", {name: value for name, value in changed.items() if value is not None}, body)


def question(task_id: str = "one", *, now: float = START) -> Request:
    """A good question about a task of the small world."""
    key = TaskKey(KEY.profile, KEY.region, KEY.sdk_app_id, task_id)
    return signed(wire.request_body(key), now=now)
