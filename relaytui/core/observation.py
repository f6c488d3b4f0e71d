"""One poll's answer: a status, or the reason why there is none."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from relaytui.core.task import Status, TaskKey

CLOCK_TOLERANCE = 60.0
"""Seconds that the local clock may differ from the server's before anybody is told (tencent-api.md 2.2: 300 fail)."""


class FailureKind(StrEnum):
    """Why a poll gave no status (classes of tencent-api.md 3.2)."""

    THROTTLED = "throttled"
    CREDENTIALS = "credentials"
    CLOCK = "clock"
    PERMISSION = "permission"
    REQUEST = "request"
    ENDPOINT = "endpoint"
    SERVER = "server"
    TIMEOUT = "timeout"
    NETWORK = "network"
    MALFORMED = "malformed"

    @property
    def advice(self) -> str:
        """What a person can do about it, in one sentence."""
        return _ADVICE[self]


_ADVICE = {
    FailureKind.THROTTLED: "The account's 20 requests/s are used up: lower --budget, or see who else polls with it.",
    FailureKind.CREDENTIALS: "Check SecretId, SecretKey and token of this profile; a temporary key may have expired.",
    FailureKind.CLOCK: "Set this machine's clock: it differs too much from the server's.",
    FailureKind.PERMISSION: "Ask for a CAM policy that allows the key name/trtc:DescribeStreamIngest on its SdkAppIds.",
    FailureKind.REQUEST: "Check TaskId, SdkAppId and region of this task against the answer of StartStreamIngest.",
    FailureKind.ENDPOINT: "Check the endpoint host: it does not serve this action of this API version.",
    FailureKind.SERVER: "Trouble on the server's side, or at a gateway before it: it is asked again.",
    FailureKind.TIMEOUT: "No answer in time: check the network path and the proxy to the endpoint.",
    FailureKind.NETWORK: "Check network, DNS, proxy and certificates between this machine and the endpoint.",
    FailureKind.MALFORMED: "Something other than the API answered: look for a proxy, gateway or captive portal.",
}

_TASK_KINDS = frozenset({FailureKind.REQUEST, FailureKind.PERMISSION})
_LANE_CODES = frozenset({"IpInBlacklist", "IpNotInWhitelist", "AuthFailure.InvalidAuthorization"})
_TASK_CODES = frozenset({"UnsupportedRegion"})
_DENIED = "UnauthorizedOperation"


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a poll gave no status.

    `code` is the API's code, or a short word of ours where no API answered (`dns`, `tls`, `HTTP 502`).
    `message` is foreign text: show it plain, never match on it. `request_id` is "" where none came.
    """

    kind: FailureKind
    code: str
    message: str = ""
    request_id: str = ""

    @property
    def is_about_task(self) -> bool:
        """Whether the API refused this one task, so that the lane itself sees.

        Request errors and permission on an SdkAppId are about the task, and so is a Region it does not offer, because
        the Region is part of the task's identity; a refused IP address or header is about all that we ask.
        """
        if self.code in _LANE_CODES or self.code.partition(".")[0] in _LANE_CODES:
            return False
        return self.kind in _TASK_KINDS or self.code in _TASK_CODES

    @property
    def is_denial(self) -> bool:
        """Whether CAM denies the key this action, be it for one SdkAppId or for all: the code does not say which."""
        return self.code == f"AuthFailure.{_DENIED}" or (
            self.code.partition(".")[0] == _DENIED and self.code != f"{_DENIED}.SdkAppId"
        )

    @property
    def is_about_credentials(self) -> bool:
        """Whether signing in with another key may help."""
        return self.kind is FailureKind.CREDENTIALS or self.code.partition(".")[0] == "AuthFailure" or self.is_denial

    @property
    def came_from_api(self) -> bool:
        """Whether the API itself answered, with a RequestId, as opposed to silence or somebody in between."""
        return bool(self.request_id)

    @property
    def advice(self) -> str:
        """What a person can do about it, in one sentence."""
        if self.kind is FailureKind.SERVER and self.request_id:
            return "Trouble on the server's side: it is asked again; if it lasts, give the RequestId to support."
        return _CODE_ADVICE.get(self.code) or self.kind.advice


_CODE_ADVICE = {
    "no credential": "Sign in on the board, or run relaytui login.",
    "expired": "The temporary key has expired: sign in again on the board, or run relaytui login.",
    "UnsupportedRegion": "This action is not offered for the task's region: check where the task was started.",
    "IpInBlacklist": "This machine's IP address is on the account's deny list: ask the account's owner.",
    "IpNotInWhitelist": "This machine's IP address is not on the account's allow list: ask the account's owner.",
    "AuthFailure.UnRealNameAuthenticated": "The account has not passed real-name verification: ask its owner.",
    "AuthFailure.MFAFailure": "The account asks for MFA: use a sub-account key that is allowed without it.",
    "FailedOperation.SdkAppIdNotUnderAppId": "This SdkAppId belongs to another account: check profile and SdkAppId.",
    "FailedOperation.SdkAppIdNotExist": "There is no such SdkAppId: check its digits.",
    "dns": "The endpoint's name does not resolve: check DNS, VPN and the endpoint setting.",
    "refused": "Nobody listens at the endpoint: check host and port of the endpoint setting.",
    "reset": "Connections are cut while open: a firewall or proxy on the way ends them; check the path.",
    "cut off": "Connections are cut while open: a firewall or proxy on the way ends them; check the path.",
    "unreachable": "There is no way to the endpoint from here: check this machine's network, VPN and firewall.",
    "tls": "The endpoint's certificate is not trusted: check the host, or trust your proxy's certificate system-wide.",
    "no tls": "No TLS comes about: check the endpoint setting (a simulator is http://127.0.0.1:PORT) and the proxy.",
    "proxy": "The proxy refused or could not be reached: check HTTPS_PROXY and NO_PROXY.",
    "captive portal": "A web page answered instead of the API: sign in to this network's portal first.",
}


@dataclass(frozen=True, slots=True)
class Observation:
    """One poll's answer.

    `at` is Unix seconds and `moment` monotonic seconds, both when the answer came; `latency` is seconds since the
    request was begun. `clock_offset` is server time minus local time in seconds, from the `Date` header, or None.
    `replied` says whether a whole HTTP reply came: only then is it certain that the request is no longer on its way.
    """

    key: TaskKey
    outcome: Status | Failure
    at: float
    moment: float
    latency: float = 0.0
    request_id: str = ""
    clock_offset: float | None = None
    replied: bool = True

    @property
    def true_at(self) -> float:
        """When the answer came (Unix seconds), by the server's clock where ours is known to be far off."""
        off = self.clock_offset
        return self.at + off if off is not None and abs(off) > CLOCK_TOLERANCE else self.at

    @property
    def status(self) -> Status | None:
        """The status, or None where the poll failed."""
        return self.outcome if isinstance(self.outcome, Status) else None

    @property
    def failure(self) -> Failure | None:
        """The failure, or None where the poll gave a status."""
        return self.outcome if isinstance(self.outcome, Failure) else None
