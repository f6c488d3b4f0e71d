from __future__ import annotations

import pytest

from relaytui.core import wire
from relaytui.core.observation import Failure, FailureKind
from tests.core.answers import GONE, QUERY_FAILED, observation


def failure(code: str) -> Failure:
    """The failure that an API error with this code is."""
    return Failure(wire.classify(code), code, "", "r")


@pytest.mark.parametrize(
    "code",
    [
        "InvalidParameter.TaskId",
        "MissingParameter.SdkAppId",
        "ResourceNotFound",
        "FailedOperation.SdkAppIdNotExist",
        "FailedOperation.SdkAppIdNotUnderAppId",
        "UnauthorizedOperation.SdkAppId",
        "UnauthorizedOperation",
        "UnsupportedRegion",
    ],
)
def test_refusals_of_one_task(code: str) -> None:
    assert failure(code).is_about_task


@pytest.mark.parametrize(
    "code",
    [
        "AuthFailure.SecretIdNotFound",
        "AuthFailure.SignatureExpire",
        "AuthFailure.InvalidAuthorization",
        "FailedOperation.QueryTaskInfoFailed",
        "InternalError",
        "IpInBlacklist",
        "IpNotInWhitelist",
        "NoSuchVersion",
        "RequestLimitExceeded",
        "SomethingNew",
        "UnsupportedProtocol",
    ],
)
def test_what_says_nothing_about_the_one_task(code: str) -> None:
    assert not failure(code).is_about_task


@pytest.mark.parametrize(
    ("code", "is_denial"),
    [
        ("UnauthorizedOperation", True),
        ("AuthFailure.UnauthorizedOperation", True),
        ("UnauthorizedOperation.CamNoAuth", True),
        ("UnauthorizedOperation.SdkAppId", False),
        ("IpNotInWhitelist", False),
        ("FailedOperation.NotAllowed", False),
        ("AuthFailure.SecretIdNotFound", False),
    ],
)
def test_a_denial_may_be_about_one_sdk_app_id_or_all(code: str, is_denial: bool) -> None:
    assert failure(code).is_denial is is_denial


@pytest.mark.parametrize("kind", FailureKind)
def test_every_kind_has_one_sentence_of_advice(kind: FailureKind) -> None:
    assert kind.advice.endswith((".", ":"))
    assert Failure(kind, "any").advice == kind.advice


def test_every_cause_of_blindness_has_its_own_fix() -> None:
    network = ("dns", "refused", "reset", "unreachable", "tls", "no tls", "proxy")
    causes = [Failure(FailureKind.NETWORK, code) for code in ("ConnectError", *network)]
    causes += [Failure(FailureKind.MALFORMED, "captive portal"), Failure(FailureKind.MALFORMED, "not the API")]
    causes += [failure(code) for code in ("AuthFailure.SecretIdNotFound", "AuthFailure.SignatureExpire")]
    causes += [failure(code) for code in ("AuthFailure.UnauthorizedOperation", "RequestLimitExceeded", "InternalError")]
    causes += [Failure(FailureKind.TIMEOUT, "timeout"), Failure(FailureKind.CREDENTIALS, "no credential")]
    assert len({cause.advice for cause in causes}) == len(causes)


def test_support_is_given_a_request_id_where_there_is_one() -> None:
    assert "RequestId" not in Failure(FailureKind.SERVER, "HTTP 502").advice
    assert "RequestId" in Failure(FailureKind.SERVER, "InternalError", request_id="req-1").advice


def test_a_code_with_advice_of_its_own() -> None:
    assert Failure(FailureKind.NETWORK, "dns").advice != FailureKind.NETWORK.advice
    assert "SdkAppId" in failure("FailedOperation.SdkAppIdNotUnderAppId").advice


def test_who_answered() -> None:
    assert QUERY_FAILED.came_from_api
    assert not Failure(FailureKind.TIMEOUT, "timeout").came_from_api


def test_an_observation_is_a_status_or_a_failure() -> None:
    good, bad = observation(GONE, 1.0), observation(QUERY_FAILED, 1.0)
    assert (good.status, good.failure) == (GONE, None)
    assert (bad.status, bad.failure) == (None, QUERY_FAILED)
