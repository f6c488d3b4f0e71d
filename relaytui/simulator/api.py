"""The pretended API without I/O: one request in, one reply out, with what the wire should do to it.

It checks what the real one checks, in this order: the frame (headers, action, version), whose account it is, how often
that account asks (refused requests count), TC3 signature, time and token, then Region and parameters. It verifies with
the same `core/tc3.py` that signs, so it cannot catch a mistake in there; the published vectors and the vendor's SDK do.
"""

from __future__ import annotations

import hmac
import json
import random
import re
import uuid
from array import array
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from email.utils import formatdate
from enum import StrEnum
from typing import Any

from relaytui.core import tc3
from relaytui.core.task import DESCRIBE_REGIONS, MAX_TASK_ID_BYTES
from relaytui.core.wire import ACTION, CONTENT_TYPE, SERVICE, VERSION
from relaytui.simulator.world import Account, Asked, Fault, FaultKind, World

MAX_BODY_BYTES = 10 * 1024 * 1024
MAX_CLOCK_DIFFERENCE = 300
"""Seconds by which X-TC-Timestamp may differ from the server's clock."""

_AUTHORIZATION = re.compile(
    rf"{tc3.ALGORITHM} Credential=(?P<id>[^/\s]+)/(?P<date>[^/\s]+)/(?P<service>[^/\s]+)/tc3_request, *"
    r"SignedHeaders=(?P<names>[a-z0-9;-]+), *Signature=(?P<signature>[0-9a-f]{64})"
)


@dataclass(frozen=True, slots=True)
class Request:
    """A whole HTTP request; `headers` has lower-case names, `target` is path and query."""

    method: str
    target: str
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class Reply:
    """A whole HTTP reply, without Content-Length; `delay` is seconds before it is sent, `wire` what befalls it then."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    delay: float = 0.0
    wire: Fault | None = None


class Window(StrEnum):
    """How the requests of one second are counted; the real API does not say (tencent-api.md section 4)."""

    FIXED = "fixed"
    SLIDING = "sliding"


@dataclass(slots=True)
class Meter:
    """When one account's requests arrived (Unix seconds, refused ones included), and the most seen in any second."""

    arrivals: array[float] = field(default_factory=lambda: array("d"))
    refused: int = 0
    max_fixed: int = 0
    max_sliding: int = 0
    _recent: deque[float] = field(default_factory=deque, init=False)
    _second: int = field(default=-1, init=False)
    _in_second: int = field(default=0, init=False)

    def arrive(self, now: float) -> dict[Window, int]:
        """Count a request; how many there are with it in its calendar second and in the second that ends with it."""
        self.arrivals.append(now)
        self._recent.append(now)
        while self._recent[0] <= now - 1:
            self._recent.popleft()
        self._in_second = self._in_second + 1 if int(now) == self._second else 1
        self._second = int(now)
        self.max_fixed = max(self.max_fixed, self._in_second)
        self.max_sliding = max(self.max_sliding, len(self._recent))
        return {Window.FIXED: self._in_second, Window.SLIDING: len(self._recent)}


class _ApiError(Exception):
    """The API answers with this error."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(code, message)
        self.code = code
        self.message = message


class Api:
    """The API of one world. `cap` is requests per second and account; `window` says how they are counted.

    `total` counts every request, `refused` those over the cap; `meters` has both and the arrival times per SecretId.
    """

    def __init__(self, world: World, *, cap: int = 20, window: Window = Window.SLIDING) -> None:
        self.world = world
        self.cap = cap
        self.window = window
        self.total = 0
        self.meters: dict[str, Meter] = {}
        self._random = random.Random(world.seed)  # noqa: S311 RequestIds are no secrets

    @property
    def refused(self) -> int:
        """How many requests were answered RequestLimitExceeded for their rate."""
        return sum(meter.refused for meter in self.meters.values())

    @property
    def max_fixed(self) -> int:
        """The most requests of one account in any calendar second."""
        return max((meter.max_fixed for meter in self.meters.values()), default=0)

    @property
    def max_sliding(self) -> int:
        """The most requests of one account in any second, wherever it begins."""
        return max((meter.max_sliding for meter in self.meters.values()), default=0)

    def handle(self, request: Request, now: float) -> Reply:
        """The reply to a request that arrives `now` (Unix seconds)."""
        self.total += 1
        authorization = _AUTHORIZATION.fullmatch(request.headers.get("authorization", "").strip())
        parameters = _json_object(request.body)
        asked = _asked(request, authorization, parameters)
        try:
            self._check_request(request)
            self._authenticate(request, authorization, now)
            content = {"Status": self._status(asked, parameters, now)}
        except _ApiError as error:
            content = _error(error.code, error.message)
        return self._spoilt(content, asked, now)

    def _check_request(self, request: Request) -> None:
        if request.target != "/":
            raise _ApiError("InvalidRequest", f"The request path must be `/`, not `{request.target}`.")
        if request.method != "POST":
            raise _ApiError("UnsupportedProtocol", f"The request method `{request.method}` is not supported.")
        if len(request.body) > MAX_BODY_BYTES:
            raise _ApiError("RequestSizeLimitExceeded", "The request exceeds the limit of 10 MB.")
        for name in ("Action", "Version", "Timestamp"):
            if not request.headers.get(f"x-tc-{name.lower()}"):
                raise _ApiError("MissingParameter", f"The request is missing a required parameter `{name}`.")
        if request.headers["x-tc-action"] != ACTION:
            raise _ApiError("InvalidAction", f"The action `{request.headers['x-tc-action']}` does not exist.")
        if request.headers["x-tc-version"] != VERSION:
            raise _ApiError("NoSuchVersion", f"The version `{request.headers['x-tc-version']}` does not exist.")
        if request.headers.get("content-type", "").partition(";")[0].strip().lower() != CONTENT_TYPE:
            raise _ApiError("InvalidRequest", f"The Content-Type must be `{CONTENT_TYPE}`.")

    def _authenticate(self, request: Request, authorization: re.Match[str] | None, now: float) -> None:
        if authorization is None:
            raise _ApiError("AuthFailure.InvalidAuthorization", "The request header `Authorization` is malformed.")
        account = self.world.accounts.get(authorization["id"])
        if account is None:
            raise _ApiError("AuthFailure.SecretIdNotFound", "The SecretId is not found, please ensure it is correct.")
        self._count(account, now)
        self._check_signature(request, authorization, account)
        server_time = now + self.world.skew(now)
        if abs(server_time - int(request.headers["x-tc-timestamp"])) > MAX_CLOCK_DIFFERENCE:
            raise _ApiError(
                "AuthFailure.SignatureExpire",
                f"The request is expired: its timestamp is more than {MAX_CLOCK_DIFFERENCE} s off the server time.",
            )
        token = account.credential.token
        if request.headers.get("x-tc-token", "") != (token.reveal() if token else ""):
            raise _ApiError("AuthFailure.TokenFailure", "The token is invalid or has expired.")

    def _count(self, account: Account, now: float) -> None:
        meter = self.meters.setdefault(account.credential.secret_id, Meter())
        count = meter.arrive(now)[self.window]
        if count > self.cap:
            meter.refused += 1
            raise _over_limit(count, self.cap)

    def _check_signature(self, request: Request, authorization: re.Match[str], account: Account) -> None:
        timestamp = request.headers["x-tc-timestamp"]
        if not re.fullmatch(r"[0-9]{1,11}", timestamp):
            raise _ApiError("InvalidParameter", "The value of parameter `Timestamp` is not valid.")
        names = authorization["names"].split(";")
        if not {"content-type", "host"} <= set(names) or not set(names) <= set(request.headers):
            raise _ApiError(
                "AuthFailure.InvalidAuthorization", "SignedHeaders must be sent, `content-type` and `host` among them."
            )
        expected = tc3.authorization(
            account.credential,
            service=SERVICE,
            timestamp=int(timestamp),
            headers={name: request.headers[name] for name in names},
            body=request.body,
        )
        # The whole header is compared: that holds the date, the service and the names to what was signed.
        given = re.sub(r", *", ", ", authorization[0])
        if not hmac.compare_digest(expected.encode(), given.encode()):
            raise _ApiError(
                "AuthFailure.SignatureFailure",
                "The provided credentials could not be validated. Please check your signature is correct.",
            )

    def _status(self, asked: Asked, parameters: dict[str, Any] | None, now: float) -> str:
        if not asked.region:
            raise _ApiError("MissingParameter.Region", "The request is missing a required parameter `Region`.")
        if asked.region not in DESCRIBE_REGIONS:
            raise _ApiError("UnsupportedRegion", f"The action is not supported in the region `{asked.region}`.")
        if parameters is None:
            raise _ApiError("InvalidRequest", "The request body is not a JSON object.")
        for name in parameters:
            if name not in ("SdkAppId", "TaskId"):
                raise _ApiError("UnknownParameter", f"The parameter `{name}` is not recognized.")
        for name in ("SdkAppId", "TaskId"):
            if parameters.get(name) is None:
                raise _ApiError(f"MissingParameter.{name}", f"The request is missing a required parameter `{name}`.")
        if asked.sdk_app_id is None:
            raise _ApiError("InvalidParameter.SdkAppId", "The value type of parameter `SdkAppId` is not valid.")
        if asked.task_id is None:
            raise _ApiError("InvalidParameter.TaskId", "The value of parameter `TaskId` is not valid.")
        if asked.sdk_app_id not in self.world.sdk_app_ids:
            raise _ApiError("FailedOperation.SdkAppIdNotExist", f"The SdkAppId `{asked.sdk_app_id}` does not exist.")
        owned = self.world.accounts[asked.secret_id or ""].sdk_app_ids
        if owned is not None and asked.sdk_app_id not in owned:
            raise _ApiError(
                "UnauthorizedOperation.SdkAppId",
                f"You are not authorized to perform operation (trtc:{ACTION}), "
                f"resource (qcs::trtc::uin/100000000001:sdkappid/{asked.sdk_app_id}) has no permission.",
            )
        return self.world.status(asked.sdk_app_id, asked.task_id, now, asked.region)

    def _spoilt(self, content: dict[str, Any], asked: Asked, now: float) -> Reply:
        """The reply with this content as the world's faults leave it."""
        headers = {"Content-Type": CONTENT_TYPE, "Date": formatdate(now + self.world.skew(now), usegmt=True)}
        status, delay, wire, body = 200, 0.0, None, None
        for fault in self.world.faults_for(asked, now):
            match fault.kind:
                case FaultKind.LATENCY:
                    delay += fault.seconds
                case FaultKind.SERVER_ERROR:
                    status, body = fault.http_status, _page(f"{fault.http_status} gateway error")
                case FaultKind.HTML:
                    body = _page("Sign in to this network")
                case FaultKind.GARBAGE:
                    body = b'{"Response": {"Status": "InPro'
                case FaultKind.WRONG_TYPE:
                    content = {"Status": 1}
                case FaultKind.ERROR:
                    content = _error(fault.code, f"The simulator was told to answer {fault.code}.")
                case FaultKind.THROTTLE:
                    error = _over_limit(self.cap + 1, self.cap)
                    content = _error(error.code, error.message)
                case _:
                    wire = wire or fault
        if body is not None and body.startswith(b"<"):
            headers["Content-Type"] = "text/html"
        if body is None:
            body = json.dumps({"Response": content | {"RequestId": self._request_id()}}).encode()
        return Reply(status, headers, body, delay, wire)

    def _request_id(self) -> str:
        return str(uuid.UUID(int=self._random.getrandbits(128), version=4))


def _json_object(body: bytes) -> dict[str, Any] | None:
    try:
        document = json.loads(body)
    except (ValueError, RecursionError):
        return None
    return document if isinstance(document, dict) else None


def _asked(request: Request, authorization: re.Match[str] | None, parameters: dict[str, Any] | None) -> Asked:
    """What is asked, as far as it is well formed."""
    sdk_app_id = (parameters or {}).get("SdkAppId")
    task_id = (parameters or {}).get("TaskId")
    return Asked(
        secret_id=authorization["id"] if authorization else None,
        region=request.headers.get("x-tc-region"),
        sdk_app_id=sdk_app_id if type(sdk_app_id) is int and 0 < sdk_app_id < 2**64 else None,
        task_id=task_id if _is_task_id(task_id) else None,
    )


def _is_task_id(value: object) -> bool:
    return (
        isinstance(value, str)
        and value.isprintable()
        and 0 < len(value.encode("utf-8", "replace")) <= MAX_TASK_ID_BYTES
    )


def _over_limit(count: int, cap: int) -> _ApiError:
    return _ApiError(
        "RequestLimitExceeded",
        f"Your current request times equals to `{count}` in a second, which exceeds the frequency limit `{cap}` "
        "for a second. Please try later.",
    )


def _error(code: str, message: str) -> dict[str, Any]:
    return {"Error": {"Code": code, "Message": message}}


def _page(title: str) -> bytes:
    return f"<html><head><title>{title}</title></head><body><h1>{title}</h1></body></html>\n".encode()
