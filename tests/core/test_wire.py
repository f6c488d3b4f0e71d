from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from relaytui.core import tc3, wire
from relaytui.core.observation import Failure, FailureKind
from relaytui.core.task import Status, StatusKind, TaskKey
from relaytui.core.text import plain

JSON_HEADERS = {"content-type": "application/json"}
HTML_HEADERS = {"content-type": "text/html"}
REQUEST_ID = "7c1f0d2e-3b4a-4c5d-8e6f-0a1b2c3d4e5f"
KEY = TaskKey("default", "ap-mumbai", 1_600_012_345, "-t7Xk+_.Qz..")
CREDENTIAL = tc3.Credential("AKIDTEST", tc3.Secret("key"))


# The request.


def test_the_body_is_json_with_a_number_and_the_id_as_it_is() -> None:
    body = wire.request_body(KEY)
    assert json.loads(body) == {"SdkAppId": 1_600_012_345, "TaskId": "-t7Xk+_.Qz.."}
    assert type(json.loads(body)["SdkAppId"]) is int


def headers(credential: tc3.Credential = CREDENTIAL) -> dict[str, str]:
    return wire.request_headers(KEY, credential, host="127.0.0.1:8765", timestamp=1_700_000_000, body=b"{}")


def test_the_headers_are_those_of_the_reference() -> None:
    sent = headers()
    authorization = sent.pop("Authorization")
    assert sent == {
        "Content-Type": "application/json",
        "Host": "127.0.0.1:8765",
        "X-TC-Action": "DescribeStreamIngest",
        "X-TC-Version": "2019-07-22",
        "X-TC-Timestamp": "1700000000",
        "X-TC-Region": "ap-mumbai",
        "X-TC-Language": "en-US",
    }
    assert "AKIDTEST/2023-11-14/trtc/tc3_request, SignedHeaders=content-type;host, " in authorization


def test_a_token_is_sent_where_there_is_one_and_not_signed() -> None:
    temporary = headers(tc3.Credential("AKIDTEST", tc3.Secret("key"), tc3.Secret("the-token")))
    assert temporary.pop("X-TC-Token") == "the-token"
    assert temporary == headers()
    assert headers(tc3.Credential("AKIDTEST", tc3.Secret("key"), tc3.Secret(""))) == headers()


# The classes of the codes: tables 3.3 and 3.4 of the reference, class for class.

TABLES = {
    FailureKind.ENDPOINT: (
        "ActionOffline InvalidAction NoSuchProduct NoSuchVersion UnsupportedProtocol UnsupportedRegion"
    ),
    FailureKind.CREDENTIALS: (
        "AuthFailure.InvalidSecretId AuthFailure.MFAFailure AuthFailure.SecretIdNotFound AuthFailure.SignatureFailure "
        "AuthFailure.TokenFailure AuthFailure AuthFailure.UnRealNameAuthenticated AuthFailure.UnsupportedOperation"
    ),
    FailureKind.CLOCK: "AuthFailure.SignatureExpire",
    FailureKind.REQUEST: (
        "AuthFailure.InvalidAuthorization InvalidParameter InvalidParameterValue InvalidRequest MissingParameter "
        "RequestSizeLimitExceeded ResourceNotFound ResponseSizeLimitExceeded UnknownParameter UnsupportedOperation "
        "InvalidParameter.TaskId MissingParameter.SdkAppId MissingParameter.TaskId InvalidParameter.SdkAppId "
        "InvalidParameter.BodyParamsError InvalidParameter.OutOfRange MissingParameter.Region "
        "FailedOperation.SdkAppIdNotExist "
        # Not for polling: a dry run is never asked for.
        "DryRunOperation"
    ),
    FailureKind.PERMISSION: (
        "AuthFailure.UnauthorizedOperation IpInBlacklist IpNotInWhitelist UnauthorizedOperation "
        "UnauthorizedOperation.SdkAppId FailedOperation.NotAbility FailedOperation.NotAllowed "
        "UnsupportedOperation.AnyOfThem "
        # The table leaves it between request and the credentials of another account.
        "FailedOperation.SdkAppIdNotUnderAppId"
    ),
    # The tables' retry-soon and back-off are told apart by whose fault it is: our pace, or the server's trouble.
    FailureKind.THROTTLED: (
        "RequestLimitExceeded RequestLimitExceeded.GlobalRegionUinLimitExceeded RequestLimitExceeded.IPLimitExceeded "
        "RequestLimitExceeded.UinLimitExceeded FailedOperation.RestrictedFrequency OperationDenied.FreqOverLimit"
    ),
    FailureKind.SERVER: (
        "FailedOperation InternalError LimitExceeded ResourceInUse ResourceInsufficient ResourceUnavailable "
        "ServiceUnavailable FailedOperation.QueryTaskInfoFailed InternalError.DBError "
        "FailedOperation.RestrictedConcurrency ResourceInsufficient.RequestRejection InternalError.HttpParseFailed "
        "InternalError.InterfaceErr InternalError.InternalError InternalError.MethodErr"
    ),
}
GONE = ["FailedOperation.TaskNotExist", "FailedOperation.TaskFinished", "FailedOperation.RoomNotExist"]
CLASSES = [(code, kind) for kind, codes in TABLES.items() for code in codes.split()]


@pytest.mark.parametrize(("code", "kind"), CLASSES)
def test_every_code_of_the_tables_has_the_class_of_the_tables(code: str, kind: FailureKind) -> None:
    assert wire.classify(code) is kind


def test_the_tables_are_whole() -> None:
    """Nothing of ours that the tables do not have, but for the first component of a code that they do have."""
    assert len(CLASSES) == len({code for code, _ in CLASSES})
    ours = {code.replace(".*", ".AnyOfThem") for code in wire.CODES} - {"OperationDenied"}
    assert ours == {code for code, _ in CLASSES}


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        ("InvalidParameterValue.Whatever", FailureKind.REQUEST),
        ("AuthFailure.Whatever", FailureKind.CREDENTIALS),
        ("RequestLimitExceeded.Whatever", FailureKind.THROTTLED),
        ("UnauthorizedOperation.Whatever.Deep", FailureKind.PERMISSION),
        ("UnsupportedRegion.Whatever", FailureKind.ENDPOINT),
        ("LimitExceeded.Whatever", FailureKind.SERVER),
        ("FailedOperation.Whatever", FailureKind.SERVER),
        ("Whatever", FailureKind.SERVER),
        ("Whatever.InvalidParameter", FailureKind.SERVER),
        ("invalidparameter", FailureKind.SERVER),
        (".InvalidParameter", FailureKind.SERVER),
        ("", FailureKind.SERVER),
    ],
)
def test_an_unknown_code_goes_by_its_first_component(code: str, kind: FailureKind) -> None:
    assert wire.classify(code) is kind


@pytest.mark.parametrize("kind", FailureKind)
def test_every_class_carries_one_sentence_of_advice(kind: FailureKind) -> None:
    advice = Failure(kind, "any").advice
    assert advice.endswith(".")
    assert "\n" not in advice
    assert ". " not in advice.removesuffix(".")


# The reply.


def envelope(**response: object) -> bytes:
    return json.dumps({"Response": {"RequestId": REQUEST_ID} | response}).encode()


def error(code: object, message: object = "as it says") -> bytes:
    return envelope(Error={"Code": code, "Message": message})


def read(body: bytes, http_status: int = 200, headers: dict[str, str] = JSON_HEADERS) -> Status | Failure:
    return wire.read_reply(http_status, headers, body)[0]


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("InProgress", StatusKind.IN_PROGRESS),
        ("NotExist", StatusKind.NOT_EXIST),
        ("Idle", StatusKind.UNRECOGNISED),
        ("inprogress", StatusKind.UNRECOGNISED),
        ("NotExist ", StatusKind.UNRECOGNISED),
        ("", StatusKind.UNRECOGNISED),
    ],
)
def test_a_status_is_kept_as_it_is_spelt(text: str, kind: StatusKind) -> None:
    assert wire.read_reply(200, JSON_HEADERS, envelope(Status=text)) == (Status(kind, text), REQUEST_ID)


def test_unknown_fields_are_ignored() -> None:
    body = json.dumps(
        {"Response": {"Status": "InProgress", "Extra": {"Error": 1}, "RequestId": "r"}, "More": []}
    ).encode()
    assert wire.read_reply(200, {}, body) == (Status.spelt("InProgress"), "r")


@pytest.mark.parametrize(
    "content_type", ["application/json; charset=utf-8", "text/plain", "text/html", "nonsense", None]
)
def test_the_content_type_does_not_decide(content_type: str | None) -> None:
    headers = {"content-type": content_type} if content_type else {}
    assert read(envelope(Status="NotExist"), headers=headers) == Status.spelt("NotExist")
    assert read(error("InternalError.DBError"), headers=headers) == Failure(
        FailureKind.SERVER, "InternalError.DBError", "as it says", REQUEST_ID
    )


@pytest.mark.parametrize("http_status", [200, 400, 403, 500, 502])
def test_an_api_error_counts_under_any_http_status(http_status: int) -> None:
    assert read(error("AuthFailure.SignatureExpire"), http_status) == Failure(
        FailureKind.CLOCK, "AuthFailure.SignatureExpire", "as it says", REQUEST_ID
    )


@pytest.mark.parametrize("code", GONE)
def test_gone_codes_mean_not_exist_and_are_kept(code: str) -> None:
    assert wire.read_reply(200, JSON_HEADERS, error(code)) == (Status(StatusKind.NOT_EXIST, code), REQUEST_ID)


def test_an_error_wins_over_a_status_beside_it() -> None:
    body = envelope(Status="NotExist", Error={"Code": "InternalError", "Message": ""})
    assert isinstance(read(body), Failure)


@pytest.mark.parametrize(
    "body",
    [
        envelope(),
        envelope(Status=None),
        envelope(Status=1),
        envelope(Status=True),
        envelope(Status=["NotExist"]),
        envelope(Status={"Status": "NotExist"}),
        envelope(status="NotExist"),
        envelope(Error=None, Status="NotExist"),
        envelope(Error="InternalError"),
        envelope(Error={}),
        envelope(Error={"Code": None}),
        envelope(Error={"Code": ""}),
        envelope(Error={"Code": 500}),
    ],
)
def test_an_envelope_without_an_answer_is_malformed_and_never_an_end(body: bytes) -> None:
    failure, request_id = wire.read_reply(200, JSON_HEADERS, body)
    assert isinstance(failure, Failure)
    assert failure.kind is FailureKind.MALFORMED
    assert failure.request_id == request_id == REQUEST_ID


def test_a_status_under_a_bad_http_status_is_not_believed() -> None:
    assert read(envelope(Status="NotExist"), 500) == Failure(
        FailureKind.SERVER, "HTTP 500", "an answer with neither status nor error", REQUEST_ID
    )


@pytest.mark.parametrize("request_id", [None, 1, ["r"], {}])
def test_a_request_id_that_is_no_text_is_none(request_id: object) -> None:
    assert wire.read_reply(200, {}, envelope(Status="InProgress", RequestId=request_id)) == (
        Status.spelt("InProgress"),
        "",
    )
    body = json.dumps({"Response": {"Error": {"Code": "InternalError"}}}).encode()
    assert wire.read_reply(200, {}, body) == (Failure(FailureKind.SERVER, "InternalError"), "")


def test_foreign_words_are_made_plain() -> None:
    body = envelope(Error={"Code": "Internal\x1b[31mError", "Message": "two\nlines\u202e"}, RequestId="id\x07")
    assert wire.read_reply(200, {}, body) == (
        Failure(FailureKind.SERVER, "Internal[31mError", "two lines", "id"),
        "id",
    )
    assert read(error("InternalError", message=["no text"])) == Failure(
        FailureKind.SERVER, "InternalError", "", REQUEST_ID
    )


PAGE = b"<!DOCTYPE html><html><body>Please sign in</body></html>"


@pytest.mark.parametrize(
    ("http_status", "headers", "body", "kind", "code"),
    [
        (200, JSON_HEADERS, b"", FailureKind.MALFORMED, "empty"),
        (200, JSON_HEADERS, b'{"Response": {"Status": "InPro', FailureKind.MALFORMED, "not the API"),
        (200, JSON_HEADERS, b"{}", FailureKind.MALFORMED, "not the API"),
        (200, JSON_HEADERS, b"[]", FailureKind.MALFORMED, "not the API"),
        (200, JSON_HEADERS, b"null", FailureKind.MALFORMED, "not the API"),
        (200, JSON_HEADERS, b'{"Response": null}', FailureKind.MALFORMED, "not the API"),
        (200, JSON_HEADERS, b'{"Response": "NotExist"}', FailureKind.MALFORMED, "not the API"),
        (200, JSON_HEADERS, b'{"Status": "NotExist"}', FailureKind.MALFORMED, "not the API"),
        (200, JSON_HEADERS, b"NotExist", FailureKind.MALFORMED, "not the API"),
        (200, JSON_HEADERS, b"\xff\xfe\x00", FailureKind.MALFORMED, "not the API"),
        pytest.param(200, JSON_HEADERS, b"[" * 100_000, FailureKind.MALFORMED, "not the API", id="deep"),
        pytest.param(200, JSON_HEADERS, b"1" * 10_000, FailureKind.MALFORMED, "not the API", id="long"),
        (200, HTML_HEADERS, PAGE, FailureKind.MALFORMED, "captive portal"),
        (200, HTML_HEADERS, b"Please sign in", FailureKind.MALFORMED, "captive portal"),
        (200, JSON_HEADERS, b"  " + PAGE, FailureKind.MALFORMED, "captive portal"),
        (200, {}, PAGE, FailureKind.MALFORMED, "captive portal"),
        (302, {"location": "http://portal/"}, b"", FailureKind.MALFORMED, "captive portal"),
        (400, JSON_HEADERS, b"", FailureKind.MALFORMED, "HTTP 400"),
        (404, HTML_HEADERS, PAGE, FailureKind.MALFORMED, "HTTP 404"),
        (407, HTML_HEADERS, PAGE, FailureKind.NETWORK, "proxy"),
        (429, JSON_HEADERS, b"slow down", FailureKind.THROTTLED, "HTTP 429"),
        (500, JSON_HEADERS, b"", FailureKind.SERVER, "HTTP 500"),
        (503, HTML_HEADERS, PAGE, FailureKind.SERVER, "HTTP 503"),
    ],
)
def test_who_else_answered(
    http_status: int, headers: dict[str, str], body: bytes, kind: FailureKind, code: str
) -> None:
    failure, request_id = wire.read_reply(http_status, headers, body)
    assert isinstance(failure, Failure)
    assert (failure.kind, failure.code, request_id) == (kind, code, "")
    assert not failure.came_from_api


@pytest.mark.parametrize(
    ("page", "told"),
    [
        ("<html><head><title>502 Bad\n Gateway</title></head><body><center>nginx</center>", ": 502 Bad Gateway"),
        ("<HTML><TITLE lang=en>Fehler &amp; Co &#27;[31m</TITLE>", ": Fehler & Co [31m"),
        ("<style>b {}</style><h1>Sign&nbsp;in</h1><script>alert(1)</script><p>please", ": Sign in please"),
        ("<!-- x --><script>never ends", ": without words"),
        ("<title></title>Hello <b", ": Hello"),
        ("<script>" * 2_000, ": without words"),
    ],
)
@pytest.mark.parametrize("http_status", [200, 404, 502])
def test_of_a_web_page_its_title_or_its_words_are_told(http_status: int, page: str, told: str) -> None:
    failure, _ = wire.read_reply(http_status, HTML_HEADERS, page.encode())
    assert isinstance(failure, Failure)
    assert failure.message == f"a web page instead of an answer{told}"
    assert "RequestId" not in failure.advice, "there is none"


def test_an_excerpt_is_short_and_plain() -> None:
    failure = read(b"\x1b[2Jnot\nours " + "é".encode() * 5000)
    assert isinstance(failure, Failure)
    assert failure.message.startswith("[2Jnot ours éé")
    assert len(failure.message) == wire.EXCERPT_LENGTH


JSON: Any = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
RESPONSES = st.fixed_dictionaries({}, optional={"Status": JSON, "Error": JSON, "RequestId": JSON}) | JSON
BODIES = st.binary() | st.builds(lambda response: json.dumps({"Response": response}).encode(), RESPONSES)


@given(st.integers(100, 599), st.dictionaries(st.sampled_from(["content-type", "location", "date"]), st.text()), BODIES)
def test_nothing_that_comes_back_breaks_the_reader(http_status: int, headers: dict[str, str], body: bytes) -> None:
    outcome, request_id = wire.read_reply(http_status, headers, body)
    assert isinstance(outcome, Status | Failure)
    assert request_id == plain(request_id)
    if isinstance(outcome, Failure):
        assert outcome.message == plain(outcome.message)
        assert outcome.code == plain(outcome.code)
        assert outcome.code
    wire.server_time(headers)


@given(BODIES)
def test_only_an_answer_that_says_so_is_an_end(body: bytes) -> None:
    outcome = read(body)
    if isinstance(outcome, Status) and outcome.kind is StatusKind.NOT_EXIST:
        assert b"NotExist" in body or any(code.encode() in body for code in GONE)


# The server's clock.


@pytest.mark.parametrize(
    ("date", "seconds"),
    [
        ("Tue, 14 Nov 2023 22:13:20 GMT", 1_700_000_000.0),
        ("Tue, 14 Nov 2023 22:13:20 +0000", 1_700_000_000.0),
        ("Wed, 15 Nov 2023 06:13:20 +0800", 1_700_000_000.0),
        ("Tue, 14 Nov 2023 22:13:20 -0000", 1_700_000_000.0),
        ("Tue, 14 Nov 2023 22:13:20", 1_700_000_000.0),
        ("", None),
        ("yesterday", None),
        ("Tue, 99 Nov 2023 22:13:20 GMT", None),
        ("Tue, 14 Nov 99999 22:13:20 GMT", None),
        ("Tue, 14 Nov 2023 22:13:20 +999999", None),
        ("1700000000", None),
    ],
)
def test_the_date_header_is_read_or_left(date: str, seconds: float | None) -> None:
    assert wire.server_time({"date": date}) == seconds


def test_no_date_header_is_no_date() -> None:
    assert wire.server_time({}) is None


@given(
    st.text() | st.from_regex(r"[A-Z][a-z]{2}, [0-9]{1,3} [A-Z][a-z]{2} [0-9]{1,6} [0-9:]{1,9} [A-Z+-][A-Z0-9]{1,5}")
)
def test_no_date_breaks_the_reader(date: str) -> None:
    seconds = wire.server_time({"date": date})
    assert seconds is None or isinstance(seconds, float)
