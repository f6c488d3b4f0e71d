from __future__ import annotations

import json
import uuid
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from relaytui.core import tc3, wire
from relaytui.core.observation import Failure
from relaytui.core.task import Status
from relaytui.simulator.api import MAX_BODY_BYTES, Api, Meter, Reply, Request, Window
from relaytui.simulator.world import ACCOUNT, Account, Asked, Fault, FaultKind, World
from tests.simulator.asking import KEY, START, question, signed, small_world


def content(reply: Reply) -> dict[str, Any]:
    response: dict[str, Any] = json.loads(reply.body)["Response"]
    return response


def code(request: Request, *, world: World | None = None, now: float = START) -> str:
    reply = Api(world or small_world()).handle(request, now)
    assert reply.status == 200
    answer = content(reply)
    assert set(answer) == {"Error", "RequestId"}
    assert set(answer["Error"]) == {"Code", "Message"}
    return str(answer["Error"]["Code"])


def body(**changes: object) -> bytes:
    whole = {"SdkAppId": KEY.sdk_app_id, "TaskId": "one"} | changes
    return json.dumps({name: value for name, value in whole.items() if value is not ...}).encode()


def test_a_good_question_gets_the_status() -> None:
    reply = Api(small_world()).handle(question(), START)
    answer = content(reply)
    assert set(answer) == {"Status", "RequestId"}
    assert answer["Status"] == "InProgress"
    assert str(uuid.UUID(answer["RequestId"])) == answer["RequestId"]
    # The vendor's SDK sees errors only under exactly this type.
    assert reply.headers["Content-Type"] == "application/json"
    assert wire.server_time({"date": reply.headers["Date"]}) == int(START)
    assert (reply.status, reply.delay, reply.wire) == (200, 0, None)


def test_our_own_reader_understands_it() -> None:
    api = Api(small_world())
    reply = api.handle(question("two", now=START + 10), START + 10)
    outcome, request_id = wire.read_reply(reply.status, {"content-type": "application/json"}, reply.body)
    assert outcome == Status.spelt("NotExist")
    assert request_id


def test_an_unknown_task_does_not_exist() -> None:
    assert content(Api(small_world()).handle(question("nobody"), START))["Status"] == "NotExist"


def test_request_ids_are_seeded_and_never_repeat() -> None:
    first, second = Api(small_world()), Api(small_world())
    ids = [content(first.handle(question(), START))["RequestId"] for _ in range(3)]
    assert len(set(ids)) == 3
    assert [content(second.handle(question(), START))["RequestId"] for _ in range(3)] == ids


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"x-tc-action": None}, "MissingParameter"),
        ({"x-tc-version": None}, "MissingParameter"),
        ({"x-tc-timestamp": None}, "MissingParameter"),
        ({"x-tc-region": None}, "MissingParameter.Region"),
        ({"authorization": None}, "AuthFailure.InvalidAuthorization"),
        ({"authorization": "SKIP"}, "AuthFailure.InvalidAuthorization"),
        ({"authorization": "TC3-HMAC-SHA256 Credential=a/b/c/tc3_request"}, "AuthFailure.InvalidAuthorization"),
        ({"x-tc-action": "StopStreamIngest"}, "InvalidAction"),
        ({"x-tc-version": "2016-01-01"}, "NoSuchVersion"),
        ({"x-tc-region": "ap-atlantis"}, "UnsupportedRegion"),
        ({"x-tc-timestamp": "soon"}, "InvalidParameter"),
        ({"x-tc-timestamp": "-1"}, "InvalidParameter"),
        ({"x-tc-timestamp": "²"}, "InvalidParameter"),
        ({"x-tc-timestamp": str(int(START) + 1)}, "AuthFailure.SignatureFailure"),
        ({"host": "trtc.tencentcloudapi.com"}, "AuthFailure.SignatureFailure"),
        ({"content-type": "application/json; charset=utf-8"}, "AuthFailure.SignatureFailure"),
        ({"content-type": "text/plain"}, "InvalidRequest"),
        ({"content-type": None}, "InvalidRequest"),
        ({"host": None}, "AuthFailure.InvalidAuthorization"),
        ({"x-tc-token": "stray"}, "AuthFailure.TokenFailure"),
    ],
)
def test_wrong_headers_are_refused(change: dict[str, str | None], expected: str) -> None:
    assert code(signed(body(), change=change)) == expected


def test_what_is_not_signed_may_change() -> None:
    request = signed(body(), change={"x-tc-region": "ap-bangkok", "x-tc-language": "zh-CN"})
    assert content(Api(small_world()).handle(request, START))["Status"] == "NotExist"


def test_another_body_than_the_signed_one_is_refused() -> None:
    assert code(replace(signed(body()), body=body(TaskId="two"))) == "AuthFailure.SignatureFailure"


@pytest.mark.parametrize("part", ["/2026-01-02/", "/trtc/"])
def test_another_scope_than_the_signed_one_is_refused(part: str) -> None:
    request = question()
    wrong = request.headers["authorization"].replace(part, "/2020-01-01/" if "2026" in part else "/cvm/")
    assert wrong != request.headers["authorization"]
    assert code(signed(body(), change={"authorization": wrong})) == "AuthFailure.SignatureFailure"


def test_host_and_content_type_must_be_signed() -> None:
    headers = {"content-type": wire.CONTENT_TYPE}
    authorization = tc3.authorization(
        ACCOUNT.credential, service="trtc", timestamp=int(START), headers=headers, body=body()
    )
    assert code(signed(body(), change={"authorization": authorization})) == "AuthFailure.InvalidAuthorization"


def test_more_headers_may_be_signed() -> None:
    headers = {"content-type": wire.CONTENT_TYPE, "host": "h", "x-tc-action": wire.ACTION}
    authorization = tc3.authorization(
        ACCOUNT.credential, service="trtc", timestamp=int(START), headers=headers, body=body()
    )
    request = signed(body(), change={"authorization": authorization, "host": "h"})
    assert content(Api(small_world()).handle(request, START))["Status"] == "InProgress"


def test_an_unknown_secret_id_and_a_wrong_key_are_told_apart() -> None:
    stranger = tc3.Credential("AKIDnobody", tc3.Secret("key"))
    liar = tc3.Credential(ACCOUNT.credential.secret_id, tc3.Secret("wrong"))
    assert code(signed(body(), credential=stranger)) == "AuthFailure.SecretIdNotFound"
    assert code(signed(body(), credential=liar)) == "AuthFailure.SignatureFailure"


@pytest.mark.parametrize(("off", "good"), [(300, True), (-300, True), (301, False), (-301, False)])
def test_the_time_may_be_five_minutes_off(off: int, good: bool) -> None:
    reply = Api(small_world()).handle(question(now=int(START) + off), float(int(START)))
    assert ("Status" in content(reply)) is good
    if not good:
        assert content(reply)["Error"]["Code"] == "AuthFailure.SignatureExpire"


def test_a_skewed_clock_shows_in_the_date_and_in_what_expires() -> None:
    world = small_world()
    world.plan(Fault(kind=FaultKind.CLOCK_SKEW, seconds=600))
    reply = Api(world).handle(question(), START)
    assert content(reply)["Error"]["Code"] == "AuthFailure.SignatureExpire"
    assert wire.server_time({"date": reply.headers["Date"]}) == int(START) + 600
    assert "Status" in content(Api(world).handle(question(now=START + 600), START))


TEMPORARY = tc3.Credential("AKIDtemporary", tc3.Secret("key"), tc3.Secret("the-token"))


@pytest.mark.parametrize(
    ("token", "expected"),
    [("the-token", None), ("old-token", "AuthFailure.TokenFailure"), (None, "AuthFailure.TokenFailure")],
)
def test_a_temporary_key_needs_its_token(token: str | None, expected: str | None) -> None:
    world = small_world()
    world.accounts["AKIDtemporary"] = Account(TEMPORARY)
    answer = content(Api(world).handle(signed(body(), credential=TEMPORARY, change={"x-tc-token": token}), START))
    assert answer.get("Error", {}).get("Code") == expected


@pytest.mark.parametrize(
    ("sent", "expected"),
    [
        (body(SdkAppId=...), "MissingParameter.SdkAppId"),
        (body(TaskId=...), "MissingParameter.TaskId"),
        (body(TaskId=None), "MissingParameter.TaskId"),
        (body(SdkAppId=str(KEY.sdk_app_id)), "InvalidParameter.SdkAppId"),
        (body(SdkAppId=float(KEY.sdk_app_id)), "InvalidParameter.SdkAppId"),
        (body(SdkAppId=True), "InvalidParameter.SdkAppId"),
        (body(SdkAppId=-1), "InvalidParameter.SdkAppId"),
        (body(SdkAppId=2**64), "InvalidParameter.SdkAppId"),
        (body(TaskId=1234), "InvalidParameter.TaskId"),
        (body(TaskId=""), "InvalidParameter.TaskId"),
        (body(TaskId="one\n"), "InvalidParameter.TaskId"),
        pytest.param(body(TaskId="x" * 5000), "InvalidParameter.TaskId", id="long TaskId"),
        (body(TaskId="\ud800"), "InvalidParameter.TaskId"),
        (body(Extra=1), "UnknownParameter"),
        (body(SdkAppId=1), "FailedOperation.SdkAppIdNotExist"),
        (b"", "InvalidRequest"),
        (b"{", "InvalidRequest"),
        (b"\xff", "InvalidRequest"),
        (b"[]", "InvalidRequest"),
        pytest.param(b"[" * 100_000, "InvalidRequest", id="deep"),
        pytest.param(b"1" * 5000, "InvalidRequest", id="long"),
    ],
)
def test_wrong_parameters_are_refused(sent: bytes, expected: str) -> None:
    assert code(signed(sent)) == expected


def test_an_app_of_another_account_is_refused() -> None:
    world = small_world()
    world.accounts[ACCOUNT.credential.secret_id] = Account(ACCOUNT.credential, frozenset({1}))
    assert code(signed(body()), world=world) == "UnauthorizedOperation.SdkAppId"


def test_method_path_and_size_are_checked() -> None:
    assert code(replace(question(), method="GET")) == "UnsupportedProtocol"
    assert code(replace(question(), target="/?a=b")) == "InvalidRequest"
    assert code(replace(question(), body=b" " * (MAX_BODY_BYTES + 1))) == "RequestSizeLimitExceeded"


@given(st.text(), st.text(), st.text(), st.dictionaries(st.text(), st.text()), st.binary())
def test_no_request_breaks_it(
    method: str, target: str, authorization: str, others: dict[str, str], sent: bytes
) -> None:
    api = Api(small_world())
    requests = (
        Request(method, target, others, sent),
        signed(sent, change={"authorization": f"{question().headers['authorization'][:40]}{authorization}"}),
        signed(sent, change=dict(others)),
    )
    for request in requests:
        outcome, request_id = wire.read_reply(200, {}, api.handle(request, START).body)
        assert isinstance(outcome, Failure | Status)
        assert request_id


# The rate.


def ask_at(api: Api, *moments: float) -> list[bool]:
    """Whether each question was answered, asked so many seconds after the start."""
    replies = [api.handle(question(now=START + moment), START + moment) for moment in moments]
    return ["Status" in content(reply) for reply in replies]


WHOLE = 1.0 - START % 1
"""Seconds from the start to the next whole second."""


def test_a_fixed_window_forgets_at_the_whole_second() -> None:
    api = Api(small_world(), cap=3, window=Window.FIXED)
    assert ask_at(api, *(WHOLE + moment for moment in (0.9, 0.9, 0.9, 0.9, 1.0, 1.0, 1.0, 1.0))) == [
        *(True, True, True, False),
        *(True, True, True, False),
    ]
    assert (api.total, api.refused, api.max_fixed, api.max_sliding) == (8, 2, 4, 8)


def test_a_sliding_window_counts_the_last_second_and_refused_requests_too() -> None:
    api = Api(small_world(), cap=3, window=Window.SLIDING)
    assert ask_at(api, *(WHOLE + moment for moment in (0.5, 0.6, 0.7, 0.8, 1.5, 1.55, 1.875, 1.9))) == [
        *(True, True, True, False),
        *(False, False, True, False),
    ]
    assert api.refused == 4
    error = content(api.handle(question(now=START + WHOLE + 1.9), START + WHOLE + 1.9))["Error"]
    assert error["Code"] == "RequestLimitExceeded"
    assert "times equals to `5` in a second, which exceeds the frequency limit `3`" in error["Message"]


def test_each_account_has_its_own_rate() -> None:
    world = small_world()
    other = tc3.Credential("AKIDother", tc3.Secret("key"))
    world.accounts["AKIDother"] = Account(other)
    api = Api(world, cap=1)
    assert ask_at(api, 0) == [True]
    assert "Status" in content(api.handle(signed(body(), credential=other), START))
    assert ask_at(api, 0) == [False]
    assert (api.total, api.refused, api.max_sliding) == (3, 1, 2)
    assert list(api.meters["AKIDother"].arrivals) == [START]


def test_strangers_use_up_nobodys_rate() -> None:
    api = Api(small_world(), cap=1)
    api.handle(signed(body(), credential=tc3.Credential("AKIDnobody", tc3.Secret("key"))), START)
    assert ask_at(api, 0) == [True]
    assert api.total == 2


@given(st.lists(st.floats(0, 4), max_size=60).map(sorted))
def test_the_meter_sees_the_fullest_second(moments: list[float]) -> None:
    meter = Meter()
    for moment in moments:
        meter.arrive(moment)
    assert list(meter.arrivals) == moments
    assert meter.max_fixed == max((sum(int(one) == second for one in moments) for second in range(5)), default=0)
    assert meter.max_sliding == max((sum(end - 1 < one <= end for one in moments) for end in moments), default=0)


# Faults that are answers.


def spoilt(**fault: Any) -> Reply:
    world = small_world()
    world.plan(Fault(**fault))
    return Api(world).handle(question(), START)


@pytest.mark.parametrize(
    ("fault", "kind", "code"),
    [
        (FaultKind.SERVER_ERROR, "server", "HTTP 503"),
        (FaultKind.HTML, "malformed", "captive portal"),
        (FaultKind.GARBAGE, "malformed", "not the API"),
        (FaultKind.WRONG_TYPE, "malformed", "no status"),
        (FaultKind.ERROR, "server", "FailedOperation.QueryTaskInfoFailed"),
        (FaultKind.THROTTLE, "throttled", "RequestLimitExceeded"),
    ],
)
def test_what_our_reader_makes_of_a_spoilt_answer(fault: FaultKind, kind: str, code: str) -> None:
    reply = spoilt(kind=fault)
    headers = {name.lower(): value for name, value in reply.headers.items()}
    failure, _ = wire.read_reply(reply.status, headers, reply.body)
    assert isinstance(failure, Failure)
    assert (failure.kind, failure.code) == (kind, code)


def test_a_fault_says_which_status_and_which_code() -> None:
    assert spoilt(kind=FaultKind.SERVER_ERROR, http_status=502).status == 502
    assert (
        content(spoilt(kind=FaultKind.ERROR, code="InternalError.DBError"))["Error"]["Code"] == "InternalError.DBError"
    )


def test_latencies_add_up_and_the_first_fault_of_the_wire_counts() -> None:
    world = small_world()
    for kind in (FaultKind.LATENCY, FaultKind.LATENCY, FaultKind.DRIP, FaultKind.RESET):
        world.plan(Fault(kind=kind, seconds=0.5))
    reply = Api(world).handle(question(), START)
    assert reply.delay == 1.0
    assert reply.wire == Fault(kind=FaultKind.DRIP, seconds=0.5)
    assert content(reply)["Status"] == "InProgress"


def test_a_fault_of_one_task_leaves_the_others_alone() -> None:
    world = small_world()
    world.plan(Fault(kind=FaultKind.ERROR, task_id="two", region="ap-mumbai", sdk_app_id=KEY.sdk_app_id))
    api = Api(world)
    assert "Error" in content(api.handle(question("two"), START))
    assert "Status" in content(api.handle(question("one"), START))


def test_a_fault_of_one_account_leaves_the_others_alone() -> None:
    world = small_world()
    world.plan(Fault(kind=FaultKind.ERROR, secret_id="AKIDother"))
    assert world.faults_for(Asked(secret_id="AKIDother"), START)
    assert "Status" in content(Api(world).handle(question(), START))
