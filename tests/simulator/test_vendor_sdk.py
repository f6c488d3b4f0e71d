"""The vendor's own SDK, unchanged, as a client of the simulator and as the oracle for our signing."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tencentcloud.common import credential
from tencentcloud.common.abstract_client import AbstractClient
from tencentcloud.common.exception.tencent_cloud_sdk_exception import TencentCloudSDKException
from tencentcloud.common.http.request import RequestInternal
from tencentcloud.common.profile.client_profile import ClientProfile
from tencentcloud.common.profile.http_profile import HttpProfile
from tencentcloud.trtc.v20190722 import models, trtc_client

from relaytui.core import tc3, wire
from relaytui.core.task import TaskKey
from relaytui.simulator.api import Api
from relaytui.simulator.server import SimulatorServer, SimulatorThread
from relaytui.simulator.world import ACCOUNT, Account, Fault, FaultKind
from tests.simulator.asking import KEY, small_world

# The SDK takes the date from datetime.utcfromtimestamp, which Python 3.12 and later call deprecated.
pytestmark = pytest.mark.filterwarnings("ignore:datetime.datetime.utcfromtimestamp:DeprecationWarning")

SECRET_ID = ACCOUNT.credential.secret_id
SECRET_KEY = ACCOUNT.credential.secret_key.reveal()

Ask = Callable[..., Any]


@pytest.fixture
def simulator() -> Iterator[SimulatorThread]:
    world = small_world(time.time())
    with SimulatorThread(SimulatorServer(Api(world))) as running:
        yield running


@pytest.fixture
def ask(simulator: SimulatorThread) -> Iterator[Ask]:
    """Asks one question through the SDK: what it returns or raises."""
    clients: list[AbstractClient] = []

    def asking(
        task_id: object = "one",
        *,
        sdk_app_id: object = KEY.sdk_app_id,
        region: str = KEY.region,
        cred: tuple[str, ...] = (SECRET_ID, SECRET_KEY),
        host: str = f"127.0.0.1:{simulator.server.port}",
    ) -> Any:
        http = HttpProfile(protocol="http", endpoint=host, reqTimeout=5)
        client = trtc_client.TrtcClient(credential.Credential(*cred), region, ClientProfile(httpProfile=http))
        clients.append(client)
        question = models.DescribeStreamIngestRequest()
        question.SdkAppId, question.TaskId = sdk_app_id, task_id
        return client.DescribeStreamIngest(question)

    yield asking
    for client in clients:
        client.request.conn._session.close()


def code(asking: Callable[[], object]) -> str:
    with pytest.raises(TencentCloudSDKException) as caught:
        asking()
    assert caught.value.requestId
    return str(caught.value.code)


def test_both_statuses(ask: Ask) -> None:
    running, gone = ask("one"), ask("nobody")
    assert (running.Status, gone.Status) == ("InProgress", "NotExist")
    assert running.RequestId
    assert running.RequestId != gone.RequestId


def test_an_id_with_every_kind_of_character(ask: Ask, simulator: SimulatorThread) -> None:
    world = simulator.server.api.world
    for task_id in ("-t7Xk+_.Qz..", "任务-é-1", 'say "hi" \\ /'):
        simulator.call(lambda task_id=task_id: world.add(KEY.sdk_app_id, KEY.region, task_id))  # type: ignore[misc]  # a lambda's default has no type
        assert ask(task_id).Status == "InProgress"


def test_wrong_parameters(ask: Ask) -> None:
    assert code(lambda: ask(None)) == "MissingParameter.TaskId"
    assert code(lambda: ask(sdk_app_id=None)) == "MissingParameter.SdkAppId"
    assert code(lambda: ask(1234)) == "InvalidParameter.TaskId"
    assert code(lambda: ask(sdk_app_id="1600012345")) == "InvalidParameter.SdkAppId"
    assert code(lambda: ask(sdk_app_id=1)) == "FailedOperation.SdkAppIdNotExist"
    assert code(lambda: ask(region="ap-atlantis")) == "UnsupportedRegion"
    assert code(lambda: ask(region="")) == "MissingParameter.Region"


def test_wrong_credentials(ask: Ask, simulator: SimulatorThread) -> None:
    assert code(lambda: ask(cred=("AKIDnobody", SECRET_KEY))) == "AuthFailure.SecretIdNotFound"
    assert code(lambda: ask(cred=(SECRET_ID, "wrong"))) == "AuthFailure.SignatureFailure"
    assert code(lambda: ask(cred=(SECRET_ID, SECRET_KEY, "stray"))) == "AuthFailure.TokenFailure"
    temporary = Account(tc3.Credential("AKIDtemporary", tc3.Secret("key"), tc3.Secret("token")), frozenset({1}))
    simulator.call(lambda: simulator.server.api.world.accounts.update(AKIDtemporary=temporary))
    assert code(lambda: ask(cred=("AKIDtemporary", "key"))) == "AuthFailure.TokenFailure"
    assert code(lambda: ask(cred=("AKIDtemporary", "key", "token"))) == "UnauthorizedOperation.SdkAppId"


@pytest.mark.parametrize(
    ("fault", "expected"),
    [
        (Fault(kind=FaultKind.ERROR), "FailedOperation.QueryTaskInfoFailed"),
        (Fault(kind=FaultKind.ERROR, code="InternalError.DBError"), "InternalError.DBError"),
        (Fault(kind=FaultKind.THROTTLE), "RequestLimitExceeded"),
        (Fault(kind=FaultKind.CLOCK_SKEW, seconds=600), "AuthFailure.SignatureExpire"),
        (Fault(kind=FaultKind.CLOCK_SKEW, seconds=-600), "AuthFailure.SignatureExpire"),
    ],
)
def test_trouble_on_the_other_side(ask: Ask, simulator: SimulatorThread, fault: Fault, expected: str) -> None:
    simulator.call(lambda: simulator.server.api.world.plan(fault))
    assert code(ask) == expected


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        (FaultKind.SERVER_ERROR, "ServerNetworkError"),
        (FaultKind.RESET, "ClientNetworkError"),
    ],
)
def test_trouble_on_the_way(ask: Ask, simulator: SimulatorThread, kind: FaultKind, expected: str) -> None:
    simulator.call(lambda: simulator.server.api.world.plan(Fault(kind=kind)))
    with pytest.raises(TencentCloudSDKException) as caught:
        ask()
    assert caught.value.code == expected


def test_too_many_questions(ask: Ask, simulator: SimulatorThread) -> None:
    simulator.server.api.cap = 0
    assert code(ask) == "RequestLimitExceeded"


# The SDK's signer as an oracle.

TEXT = st.text(st.characters(codec="utf-8"), max_size=50)
HOSTS = st.from_regex(r"[a-z0-9-]{1,20}(\.[a-z0-9-]{1,20}){0,3}(:[0-9]{2,5})?", fullmatch=True)
KEYS = st.text(st.characters(codec="ascii", min_codepoint=33, max_codepoint=126, exclude_characters="/"), min_size=1)


def sdk_signature(body: bytes, host: str, timestamp: int, date: str, key: str) -> str:
    client = AbstractClient.__new__(AbstractClient)
    request = RequestInternal(host, "POST", "/", {})
    request.data = body
    request.header = {"Content-Type": wire.CONTENT_TYPE, "Host": host, "X-TC-Timestamp": str(timestamp)}
    return str(client._get_tc3_signature({}, request, date, "trtc", key))


@given(st.binary(max_size=200), HOSTS, st.integers(0, 2**32), KEYS, KEYS)
def test_our_signature_is_the_sdks(body: bytes, host: str, timestamp: int, secret_id: str, key: str) -> None:
    ours = tc3.authorization(
        tc3.Credential(secret_id, tc3.Secret(key)),
        service="trtc",
        timestamp=timestamp,
        headers={"Content-Type": wire.CONTENT_TYPE, "Host": host},
        body=body,
    )
    date = time.strftime("%Y-%m-%d", time.gmtime(timestamp))
    assert ours == (
        f"TC3-HMAC-SHA256 Credential={secret_id}/{date}/trtc/tc3_request, SignedHeaders=content-type;host, "
        f"Signature={sdk_signature(body, host, timestamp, date, key)}"
    )


@given(
    sdk_app_id=st.integers(1, 2**63 - 1),
    task_id=TEXT,
    host=HOSTS,
    timestamp=st.integers(0, 2**32),
    key=KEYS,
    token=st.none() | KEYS,
)
def test_our_request_is_the_sdks(
    *, sdk_app_id: int, task_id: str, host: str, timestamp: int, key: str, token: str | None
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("tencentcloud.common.abstract_client.time.time", lambda: float(timestamp))
        http = HttpProfile(protocol="http", endpoint=host)
        profile = ClientProfile(httpProfile=http, language="en-US")
        client = trtc_client.TrtcClient(credential.Credential("AKID", key, token), "ap-mumbai", profile)
        theirs = RequestInternal(host, "POST", "/", {})
        question = {"SdkAppId": sdk_app_id, "TaskId": task_id}
        client._build_req_inter("DescribeStreamIngest", question, theirs)
        client.request.conn._session.close()
    task = TaskKey("default", "ap-mumbai", sdk_app_id, task_id)
    ours = tc3.Credential("AKID", tc3.Secret(key), tc3.Secret(token) if token else None)
    body = wire.request_body(task)
    assert body == theirs.data.encode()
    assert json.loads(body) == question
    their_own = {"X-TC-RequestClient", "X-TC-TraceId"}
    assert wire.request_headers(task, ours, host=host, timestamp=timestamp, body=body) == {
        name: value for name, value in theirs.header.items() if name not in their_own
    }
