"""The bytes of one status query and what its reply means (tencent-api.md sections 1 to 3)."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import UTC
from email.utils import parsedate_to_datetime
from typing import Any

from relaytui.core import tc3
from relaytui.core.observation import Failure, FailureKind
from relaytui.core.task import Status, StatusKind, TaskKey
from relaytui.core.text import plain

ACTION = "DescribeStreamIngest"
VERSION = "2019-07-22"
SERVICE = "trtc"
CONTENT_TYPE = "application/json"
EXCERPT_LENGTH = 120
"""How many characters of a reply that is not the API's are kept to show what answered."""
PAGE_LENGTH = 4_096
"""Bytes in which the title or the first words of a web page are looked for."""

CODES: Mapping[str, FailureKind] = {
    # Common codes (tencent-api.md 3.3).
    "ActionOffline": FailureKind.ENDPOINT,
    "AuthFailure": FailureKind.CREDENTIALS,
    "AuthFailure.InvalidAuthorization": FailureKind.REQUEST,
    "AuthFailure.InvalidSecretId": FailureKind.CREDENTIALS,
    "AuthFailure.MFAFailure": FailureKind.CREDENTIALS,
    "AuthFailure.SecretIdNotFound": FailureKind.CREDENTIALS,
    "AuthFailure.SignatureExpire": FailureKind.CLOCK,
    "AuthFailure.SignatureFailure": FailureKind.CREDENTIALS,
    "AuthFailure.TokenFailure": FailureKind.CREDENTIALS,
    "AuthFailure.UnRealNameAuthenticated": FailureKind.CREDENTIALS,
    "AuthFailure.UnauthorizedOperation": FailureKind.PERMISSION,
    "AuthFailure.UnsupportedOperation": FailureKind.CREDENTIALS,
    "DryRunOperation": FailureKind.REQUEST,
    "FailedOperation": FailureKind.SERVER,
    "InternalError": FailureKind.SERVER,
    "InvalidAction": FailureKind.ENDPOINT,
    "InvalidParameter": FailureKind.REQUEST,
    "InvalidParameterValue": FailureKind.REQUEST,
    "InvalidRequest": FailureKind.REQUEST,
    "IpInBlacklist": FailureKind.PERMISSION,
    "IpNotInWhitelist": FailureKind.PERMISSION,
    "LimitExceeded": FailureKind.SERVER,
    "MissingParameter": FailureKind.REQUEST,
    "NoSuchProduct": FailureKind.ENDPOINT,
    "NoSuchVersion": FailureKind.ENDPOINT,
    "RequestLimitExceeded": FailureKind.THROTTLED,
    "RequestLimitExceeded.GlobalRegionUinLimitExceeded": FailureKind.THROTTLED,
    "RequestLimitExceeded.IPLimitExceeded": FailureKind.THROTTLED,
    "RequestLimitExceeded.UinLimitExceeded": FailureKind.THROTTLED,
    "RequestSizeLimitExceeded": FailureKind.REQUEST,
    "ResourceInUse": FailureKind.SERVER,
    "ResourceInsufficient": FailureKind.SERVER,
    "ResourceNotFound": FailureKind.REQUEST,
    "ResourceUnavailable": FailureKind.SERVER,
    "ResponseSizeLimitExceeded": FailureKind.REQUEST,
    "ServiceUnavailable": FailureKind.SERVER,
    "UnauthorizedOperation": FailureKind.PERMISSION,
    "UnknownParameter": FailureKind.REQUEST,
    "UnsupportedOperation": FailureKind.REQUEST,
    "UnsupportedOperation.*": FailureKind.PERMISSION,
    "UnsupportedProtocol": FailureKind.ENDPOINT,
    "UnsupportedRegion": FailureKind.ENDPOINT,
    # Codes of the product (tencent-api.md 3.4).
    "FailedOperation.QueryTaskInfoFailed": FailureKind.SERVER,
    "FailedOperation.SdkAppIdNotExist": FailureKind.REQUEST,
    "FailedOperation.SdkAppIdNotUnderAppId": FailureKind.PERMISSION,
    "FailedOperation.RestrictedFrequency": FailureKind.THROTTLED,
    "FailedOperation.RestrictedConcurrency": FailureKind.SERVER,
    "FailedOperation.NotAbility": FailureKind.PERMISSION,
    "FailedOperation.NotAllowed": FailureKind.PERMISSION,
    "InternalError.DBError": FailureKind.SERVER,
    "InternalError.HttpParseFailed": FailureKind.SERVER,
    "InternalError.InterfaceErr": FailureKind.SERVER,
    "InternalError.InternalError": FailureKind.SERVER,
    "InternalError.MethodErr": FailureKind.SERVER,
    "InvalidParameter.BodyParamsError": FailureKind.REQUEST,
    "InvalidParameter.OutOfRange": FailureKind.REQUEST,
    "InvalidParameter.SdkAppId": FailureKind.REQUEST,
    "InvalidParameter.TaskId": FailureKind.REQUEST,
    "MissingParameter.Region": FailureKind.REQUEST,
    "MissingParameter.SdkAppId": FailureKind.REQUEST,
    "MissingParameter.TaskId": FailureKind.REQUEST,
    "OperationDenied": FailureKind.PERMISSION,
    "OperationDenied.FreqOverLimit": FailureKind.THROTTLED,
    "ResourceInsufficient.RequestRejection": FailureKind.SERVER,
    "UnauthorizedOperation.SdkAppId": FailureKind.PERMISSION,
}
"""The class of every code in the reference; a code that is not here goes by its first component (`classify`).

`X.*` stands for every sub-code of X where those differ from X itself.
"""

GONE_CODES = frozenset({"FailedOperation.TaskNotExist", "FailedOperation.TaskFinished", "FailedOperation.RoomNotExist"})
"""Errors that mean what `NotExist` means (tencent-api.md 3.4); the code is kept as the status text."""


def request_body(key: TaskKey) -> bytes:
    """The JSON body of a query; SdkAppId is a number, as the schema asks."""
    return json.dumps({"SdkAppId": key.sdk_app_id, "TaskId": key.task_id}).encode()


def request_headers(
    key: TaskKey, credential: tc3.Credential, *, host: str, timestamp: int, body: bytes
) -> dict[str, str]:
    """All headers of a signed query; `timestamp` is Unix seconds as the server should read them.

    `host` is what the server sees as Host: with the port, unless it is the scheme's own.
    """
    signed = {"Content-Type": CONTENT_TYPE, "Host": host}
    headers = signed | {
        "X-TC-Action": ACTION,
        "X-TC-Version": VERSION,
        "X-TC-Timestamp": str(timestamp),
        "X-TC-Region": key.region,
        "X-TC-Language": "en-US",
        "Authorization": tc3.authorization(credential, service=SERVICE, timestamp=timestamp, headers=signed, body=body),
    }
    if credential.token:
        headers["X-TC-Token"] = credential.token.reveal()
    return headers


def classify(code: str) -> FailureKind:
    """The class of an API error code: its own, else that of its first component, else the server's trouble."""
    first, dot, _ = code.partition(".")
    return CODES.get(code) or (CODES.get(f"{first}.*") if dot else None) or CODES.get(first) or FailureKind.SERVER


def read_reply(http_status: int, headers: Mapping[str, str], body: bytes) -> tuple[Status | Failure, str]:
    """What a whole HTTP reply says of the task, and its RequestId ("" where there is none).

    The envelope decides, never the HTTP status or the content type alone: API errors come with 200, and a proxy may
    relabel either. `headers` has lower-case names.
    """
    try:
        document: Any = json.loads(body)
    except (ValueError, RecursionError):
        return _not_the_api(http_status, headers, body), ""
    response = document.get("Response") if isinstance(document, dict) else None
    if not isinstance(response, dict):
        return _not_the_api(http_status, headers, body), ""
    request_id = response.get("RequestId")
    request_id = plain(request_id) if isinstance(request_id, str) else ""
    return _read_envelope(http_status, response, request_id), request_id


def _read_envelope(http_status: int, response: dict[str, Any], request_id: str) -> Status | Failure:
    if "Error" in response:
        error = response["Error"]
        code = error.get("Code") if isinstance(error, dict) else None
        if not isinstance(code, str) or not code:
            return Failure(
                FailureKind.MALFORMED, "no error code", "the API answered an Error without a Code", request_id
            )
        code = plain(code)
        if code in GONE_CODES:
            return Status(StatusKind.NOT_EXIST, code)
        message = error.get("Message")
        return Failure(classify(code), code, plain(message) if isinstance(message, str) else "", request_id)
    if http_status != 200:
        return Failure(FailureKind.SERVER, f"HTTP {http_status}", "an answer with neither status nor error", request_id)
    status = response.get("Status")
    if not isinstance(status, str):
        return Failure(FailureKind.MALFORMED, "no status", "the API answered without a Status text", request_id)
    return Status.spelt(status)


def _not_the_api(http_status: int, headers: Mapping[str, str], body: bytes) -> Failure:
    excerpt, is_page = _excerpt(headers, body)
    code = f"HTTP {http_status}"
    if http_status == 407:
        return Failure(FailureKind.NETWORK, "proxy", f"HTTP 407 from the proxy: {excerpt}")
    if http_status == 429:
        return Failure(FailureKind.THROTTLED, code, excerpt)
    if 300 <= http_status < 400:
        return Failure(FailureKind.MALFORMED, "captive portal", f"redirected to {plain(headers.get('location', '?'))}")
    if http_status >= 500:
        return Failure(FailureKind.SERVER, code, excerpt)
    if http_status != 200:
        return Failure(FailureKind.MALFORMED, code, excerpt)
    if not body:
        return Failure(FailureKind.MALFORMED, "empty", "an empty answer")
    return Failure(FailureKind.MALFORMED, "captive portal" if is_page else "not the API", excerpt)


def _excerpt(headers: Mapping[str, str], body: bytes) -> tuple[str, bool]:
    """What somebody else answered, short, plain and without markup; and whether it is a web page."""
    is_page = "html" in headers.get("content-type", "").lower() or body.lstrip()[:1] == b"<"
    if not is_page:
        return plain(body[: 4 * EXCERPT_LENGTH].decode("utf-8", "replace"))[:EXCERPT_LENGTH], False
    from html import unescape  # noqa: PLC0415 - mostly the API answers

    page = body[:PAGE_LENGTH].decode("utf-8", "replace")
    title = re.search(r"(?is)<title[^>]*>([^<]+)", page)
    text = title.group(1) if title else re.sub(r"(?is)<(script|style)\b.*?(</\1\s*>|\Z)|<[^>]*>?", " ", page)
    words = " ".join(plain(unescape(text)).split())
    return f"a web page instead of an answer: {words or 'without words'}"[:EXCERPT_LENGTH], True


def server_time(headers: Mapping[str, str]) -> float | None:
    """The server's clock in Unix seconds from the Date header, or None where it is missing or unreadable."""
    try:
        date = parsedate_to_datetime(headers.get("date", ""))
        return (date if date.tzinfo else date.replace(tzinfo=UTC)).timestamp()
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
