"""The control interface: how a tester with curl reads and steers a world while it runs. Without I/O, like the api."""

from __future__ import annotations

import json
import math
from dataclasses import asdict, fields
from typing import Any

from relaytui.core.task import MAX_TASK_ID_BYTES
from relaytui.simulator.api import Api, Reply, Request
from relaytui.simulator.world import IN_PROGRESS, Asked, Fault, FaultKind

PREFIX = "/_control/"

_TYPES: dict[str, tuple[type, ...]] = {
    "kind": (str,),
    "status": (str,),
    "sdk_app_id": (int,),
    "region": (str,),
    "task_id": (str,),
    "label": (str,),
    "group": (str,),
    "secret_id": (str,),
    "code": (str,),
    "http_status": (int,),
    "length_error": (int,),
    "for": (int, float),
    "every": (int, float),
    "probability": (int, float),
    "seconds": (int, float),
    "spread": (int, float),
    "skew": (int, float),
}
_FAULT_FIELDS = frozenset(field.name for field in fields(Fault)) - {"begin", "end"} | {"for"}
_FILTER_FIELDS = frozenset(field.name for field in fields(Asked))


class Control:
    """Steers one api and its world. Answers are JSON; what cannot be done is a 400 (404, 405) with one clear line."""

    def __init__(self, api: Api) -> None:
        self._api = api
        self._world = api.world

    def handle(self, request: Request, now: float) -> Reply:
        """The reply to a request under `PREFIX` that arrives `now` (Unix seconds)."""
        actions = {
            "status": self._set_status,
            "task": self._add_task,
            "fault": self._inject,
            "clear": self._clear,
            "clock": self._set_clock,
        }
        name = request.target.removeprefix(PREFIX)
        try:
            if name == "state":
                return self._state(now) if request.method == "GET" else _complaint(405, "state takes GET")
            if name not in actions:
                return _complaint(404, f"no {name!r} here: GET state, POST {', '.join(actions)}")
            if request.method != "POST":
                return _complaint(405, f"{name} takes POST")
            return _json(200, actions[name](_given(request.body), now))
        except ValueError as error:
            return _complaint(400, str(error))

    def _state(self, now: float) -> Reply:
        world, api = self._world, self._api
        return _json(
            200,
            {
                "now": now,
                "elapsed": world.elapsed(now),
                "skew": world.skew(now),
                "refusing": world.is_refusing(now),
                "cap": api.cap,
                "window": api.window,
                "requests": {
                    "total": api.total,
                    "refused": api.refused,
                    "max_fixed": api.max_fixed,
                    "max_sliding": api.max_sliding,
                },
                "tasks": [
                    {
                        "sdk_app_id": task.sdk_app_id,
                        "region": task.region,
                        "task_id": task.task_id,
                        "label": task.label,
                        "status": task.status_at(world.elapsed(now)),
                    }
                    for task in world.tasks.values()
                ],
                "faults": [_shown(fault) for fault in world.faults],
            },
        )

    def _set_status(self, given: dict[str, Any], now: float) -> dict[str, Any]:
        _only(given, required={"task_id", "status"}, optional={"sdk_app_id"})
        found = [
            task
            for task in self._world.tasks.values()
            if task.task_id == given["task_id"] and task.sdk_app_id == given.get("sdk_app_id", task.sdk_app_id)
        ]
        if len(found) != 1:
            raise ValueError("no such task" if not found else "several apps have this task_id: give sdk_app_id too")
        self._world.set_status(found[0].sdk_app_id, given["task_id"], given["status"], now)
        return {"task_id": given["task_id"], "status": given["status"]}

    def _add_task(self, given: dict[str, Any], now: float) -> dict[str, Any]:
        _only(given, required={"sdk_app_id", "region", "task_id"}, optional={"status", "label", "group"})
        task_id = given["task_id"]
        if not task_id or not task_id.isprintable() or len(task_id.encode()) > MAX_TASK_ID_BYTES:
            raise ValueError(f"task_id must be 1 to {MAX_TASK_ID_BYTES} printable bytes")
        if given["sdk_app_id"] < 1:
            raise ValueError("sdk_app_id must be positive")
        if (given["sdk_app_id"], task_id) in self._world.tasks:
            raise ValueError("there is such a task already: POST status to change it")
        life = ((self._world.elapsed(now), given.get("status", IN_PROGRESS)),)
        self._world.add(
            given["sdk_app_id"],
            given["region"],
            task_id,
            life,
            label=given.get("label", ""),
            group=given.get("group", ""),
        )
        return {"task_id": task_id, "status": life[0][1]}

    def _inject(self, given: dict[str, Any], now: float) -> dict[str, Any]:
        _only(given, required={"kind"}, optional=_FAULT_FIELDS)
        kind = _kind(given.pop("kind"))
        if kind is FaultKind.REFUSE and "for" not in given:
            raise ValueError("refuse needs `for` in seconds: nobody could reach this interface to clear it")
        begin = self._world.elapsed(now)
        lasting = given.pop("for", math.inf)
        if "every" in given:
            begin %= given["every"] or 1
        return _shown(self._world.plan(Fault(kind=kind, begin=begin, end=begin + lasting, **given)))

    def _clear(self, given: dict[str, Any], _now: float) -> dict[str, Any]:
        _only(given, optional={"kind", *_FILTER_FIELDS})
        kind = _kind(given.pop("kind")) if "kind" in given else None
        return {"cleared": self._world.clear(kind, Asked(**given))}

    def _set_clock(self, given: dict[str, Any], now: float) -> dict[str, Any]:
        _only(given, required={"skew"})
        fault = Fault(kind=FaultKind.CLOCK_SKEW, seconds=given["skew"])
        self._world.clear(FaultKind.CLOCK_SKEW)
        self._world.plan(fault)
        return {"skew": self._world.skew(now)}


def _given(body: bytes) -> dict[str, Any]:
    """The fields of a control request; raises ValueError for what is no JSON object, unknown, or of the wrong type."""
    try:
        document = json.loads(body or b"{}")
    except (ValueError, RecursionError):
        raise ValueError("the body is not JSON") from None
    if not isinstance(document, dict):
        raise ValueError("the body must be a JSON object")  # noqa: TRY004 a bad request, not a bug
    for name, value in document.items():
        types = _TYPES.get(name)
        if types is None:
            raise ValueError(f"unknown field {name!r}")
        if not isinstance(value, types) or isinstance(value, bool) or value != value:  # noqa: PLR0124 NaN
            raise ValueError(f"{name} must be {'text' if str in types else 'a number'}, not {json.dumps(value)}")
    return document


def _only(
    given: dict[str, Any],
    *,
    required: frozenset[str] | set[str] = frozenset(),
    optional: frozenset[str] | set[str] = frozenset(),
) -> None:
    for name in sorted(required - given.keys()):
        raise ValueError(f"{name} is missing")
    for name in sorted(given.keys() - required - optional):
        raise ValueError(f"{name} does not belong here")


def _kind(text: str) -> FaultKind:
    try:
        return FaultKind(text)
    except ValueError:
        raise ValueError(f"no fault {text!r}: there are {', '.join(FaultKind)}") from None


def _shown(fault: Fault) -> dict[str, Any]:
    return {name: None if value == math.inf else value for name, value in asdict(fault).items()}


def _json(status: int, content: object) -> Reply:
    return Reply(status, {"Content-Type": "application/json"}, json.dumps(content, indent=1).encode() + b"\n")


def _complaint(status: int, line: str) -> Reply:
    return _json(status, {"error": line})
