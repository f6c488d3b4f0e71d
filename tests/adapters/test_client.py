"""RelayClient against real sockets: an in-process transport enforces no time limit and knows no reset."""

from __future__ import annotations

import asyncio
import datetime as dt
import json
import socket
import ssl
import threading
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from email.utils import formatdate

import pytest
import trustme

from relaytui.adapters.client import REPLY_LIMIT, RelayClient, explain
from relaytui.core import tc3
from relaytui.core.endpoint import Endpoint
from relaytui.core.observation import Failure, FailureKind, Observation
from relaytui.core.task import Status, TaskKey
from relaytui.core.tc3 import Credential, Secret
from relaytui.ports import Clock, FoundCredential, NoCredential
from tests.adapters.peer import (
    RUNNING_BODY,
    Authority,
    Handler,
    Peer,
    Proxy,
    Request,
    answering,
    closed_port,
    reply,
    reset,
)
from tests.core.answers import RUNNING
from tests.fakes import FakeClock

KEY = TaskKey("default", "ap-singapore", 1_400_188_366, "task-1..")
CREDENTIAL = Credential("AKIDtest", Secret("test-key"))
NAME = "relay.test"
"""A host name that no machine has; only a proxy leads there."""


class Client:
    """A RelayClient, and how often it said that a request had been written."""

    def __init__(self, relay: RelayClient) -> None:
        self.relay = relay
        self.written = 0

    async def ask(self, key: TaskKey = KEY) -> Observation:
        return await self.relay.observe(key, written=self._count)

    def _count(self) -> None:
        self.written += 1


@asynccontextmanager
async def client(
    port: int,
    *,
    scheme: str = "http",
    host: str = "127.0.0.1",
    clock: Clock | None = None,
    call_seconds: float = 5.0,
    tls: ssl.SSLContext | None = None,
    credential: Credential = CREDENTIAL,
) -> AsyncIterator[Client]:
    relay = RelayClient(
        Endpoint(scheme, host, port), credential, clock=clock or FakeClock(), call_seconds=call_seconds, tls=tls
    )
    try:
        yield Client(relay)
    finally:
        await relay.aclose()


async def ask_once(handler: Handler, call_seconds: float = 5.0) -> tuple[Observation, int]:
    """The answer through a server that treats the request like this, and how often `written` was called."""
    async with Peer(handler) as peer, client(peer.port, call_seconds=call_seconds) as one:
        return await one.ask(), one.written


# What goes out.


async def test_a_question_and_its_answer() -> None:
    async with Peer() as peer, client(peer.port) as one:
        observation = await one.ask()
    assert observation.outcome == RUNNING
    assert (observation.key, observation.request_id, observation.replied) == (KEY, "r-1", True)
    (request,) = peer.requests
    assert request.line == "POST / HTTP/1.1"
    assert json.loads(request.body) == {"SdkAppId": 1_400_188_366, "TaskId": "task-1.."}
    assert request.headers["host"] == f"127.0.0.1:{peer.port}"
    assert request.headers["x-tc-action"] == "DescribeStreamIngest"
    assert request.headers["x-tc-region"] == "ap-singapore"
    assert "x-tc-token" not in request.headers


def signed_again(request: Request) -> str:
    """The Authorization that what arrived should carry."""
    return tc3.authorization(
        CREDENTIAL,
        service="trtc",
        timestamp=int(request.headers["x-tc-timestamp"]),
        headers={name: request.headers[name] for name in ("content-type", "host")},
        body=request.body,
    )


async def test_what_arrives_is_what_was_signed() -> None:
    clock = FakeClock(wall=1_767_323_045.9)
    async with Peer() as peer, client(peer.port, clock=clock) as one:
        await one.ask()
        await one.ask(KEY._replace(task_id="häßlich / \U0001f600"))
    for request in peer.requests:
        assert request.headers["x-tc-timestamp"] == "1767323045"
        assert request.headers["authorization"] == signed_again(request)


async def test_a_token_goes_along() -> None:
    credential = Credential("AKIDtest", Secret("test-key"), Secret("test-token"))
    async with Peer() as peer, client(peer.port, credential=credential) as one:
        await one.ask()
    assert peer.requests[0].headers["x-tc-token"] == "test-token"


async def test_a_credential_that_changes_is_taken_over_and_one_that_is_gone_or_expired_is_not_sent() -> None:
    clock = FakeClock()
    found: list[FoundCredential | NoCredential] = [
        FoundCredential(Credential("AKIDnew", Secret("new-key"), expires_at=clock.wall() + 60), "a file"),
        NoCredential("the credential in a file expired", "run tccli once"),
    ]
    async with Peer(answering(reply())) as peer:
        relay = RelayClient(Endpoint("http", "127.0.0.1", peer.port), CREDENTIAL, clock=clock, current=lambda: found[0])
        asked = Client(relay)
        try:
            assert (await asked.ask()).outcome == RUNNING
            assert "Credential=AKIDnew/" in peer.requests[0].headers["authorization"]
            clock.advance(60)
            expired = (await asked.ask()).failure
            del found[0]
            gone = (await asked.ask()).failure
        finally:
            await relay.aclose()
        assert expired is not None
        assert (expired.kind, expired.code) == (FailureKind.CREDENTIALS, "expired")
        assert gone is not None
        assert (gone.kind, gone.message) == (
            FailureKind.CREDENTIALS,
            "the credential in a file expired: run tccli once",
        )
        assert (len(peer.requests), asked.written) == (1, 1)


async def test_many_polls_share_one_connection() -> None:
    async with Peer() as peer, client(peer.port) as one:
        for _ in range(20):
            assert (await one.ask()).outcome == RUNNING
    assert (peer.connections, len(peer.requests), one.written) == (1, 20, 20)


async def test_polls_side_by_side_do_not_wait_for_each_other() -> None:
    together = asyncio.Barrier(5)

    async def handle(_request: Request, _reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await together.wait()
        writer.write(reply())

    async with Peer(handle) as peer, client(peer.port) as one:
        observations = await asyncio.gather(*(one.ask() for _ in range(5)))
    assert [observation.outcome for observation in observations] == [RUNNING] * 5
    assert peer.connections == 5


async def test_a_connection_closed_while_idle_is_replaced_unnoticed() -> None:
    closed = asyncio.Event()

    async def handle(_request: Request, _reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(reply())
        await writer.drain()
        writer.close()
        closed.set()

    async with Peer(handle) as peer, client(peer.port) as one:
        assert (await one.ask()).outcome == RUNNING
        await closed.wait()
        await asyncio.sleep(0.02)  # the FIN crosses loopback
        assert (await one.ask()).outcome == RUNNING
    assert peer.connections == 2


# Faults on the way (trials.md G). Each gives the failure's kind and code; nothing ever raises.


async def stall(_request: Request, reader: asyncio.StreamReader, _writer: asyncio.StreamWriter) -> None:
    await reader.read()


async def drip(_request: Request, _reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    for byte in reply():
        writer.write(bytes([byte]))
        await writer.drain()
        await asyncio.sleep(0.02)


async def late(_request: Request, _reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await asyncio.sleep(0.2)
    writer.write(reply())


async def close(_request: Request, _reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.close()


async def rst(_request: Request, _reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    reset(writer)


async def half_then_close(_request: Request, _reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(reply()[:-20])
    await writer.drain()
    writer.close()


async def half_then_rst(_request: Request, _reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(reply()[:-20])
    await writer.drain()
    await asyncio.sleep(0.05)
    reset(writer)


@pytest.mark.parametrize(
    ("handler", "kind", "code"),
    [
        (stall, FailureKind.TIMEOUT, "timeout"),
        (drip, FailureKind.TIMEOUT, "timeout"),
        (close, FailureKind.NETWORK, "cut off"),
        (rst, FailureKind.NETWORK, "reset"),
        (half_then_close, FailureKind.NETWORK, "cut off"),
        (half_then_rst, FailureKind.NETWORK, "reset"),
    ],
)
async def test_no_whole_answer(handler: Handler, kind: FailureKind, code: str) -> None:
    observation, written = await ask_once(handler, call_seconds=0.5)
    assert observation.failure is not None
    assert (observation.failure.kind, observation.failure.code) == (kind, code)
    assert not observation.replied
    assert written == 1


async def test_a_late_answer_within_the_limit_is_an_answer() -> None:
    observation, _ = await ask_once(late)
    assert observation.outcome == RUNNING


async def test_the_limit_is_for_the_whole_call() -> None:
    begun = time.monotonic()
    observation, _ = await ask_once(drip, call_seconds=0.3)
    assert time.monotonic() - begun < 2, "each byte came in time, all of them do not"
    assert observation.failure is not None
    assert "0.3 s" in observation.failure.message


@pytest.mark.parametrize(
    ("answer", "kind", "code"),
    [
        (reply(b"", "503 Service Unavailable", Retry_After="5"), FailureKind.SERVER, "HTTP 503"),
        (reply(b"<html>", "502 Bad Gateway", Content_Type="text/html"), FailureKind.SERVER, "HTTP 502"),
        (reply(b"<html>sign in", Content_Type="text/html"), FailureKind.MALFORMED, "captive portal"),
        (reply(b'{"Response": {'), FailureKind.MALFORMED, "not the API"),
        (reply(b""), FailureKind.MALFORMED, "empty"),
        (reply(b"", "302 Found", Location="http://127.0.0.1:1/"), FailureKind.MALFORMED, "captive portal"),
        (reply(b"", "407 Proxy Authentication Required"), FailureKind.NETWORK, "proxy"),
        (reply(b"x" * (REPLY_LIMIT + 1)), FailureKind.MALFORMED, "too large"),
        (reply(Content_Length="30"), FailureKind.MALFORMED, "not the API"),
        (reply(RUNNING_BODY, "500 Internal Server Error", Content_Length="20"), FailureKind.SERVER, "HTTP 500"),
    ],
)
async def test_an_answer_that_is_not_the_apis(answer: bytes, kind: FailureKind, code: str) -> None:
    observation, written = await ask_once(answering(answer))
    assert observation.failure is not None
    assert (observation.failure.kind, observation.failure.code) == (kind, code)
    assert observation.replied
    assert written == 1


@pytest.mark.parametrize(
    "answer",
    [
        b"SSH-2.0-OpenSSH_9.6\r\n\r\n",
        b"\x15\x03\x01\x00\x02\x02\x46" * 4 + b"\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nno colon\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
    ],
)
async def test_an_answer_that_is_not_http(answer: bytes) -> None:
    observation, _ = await ask_once(answering(answer))
    assert observation.failure is not None
    assert (observation.failure.kind, observation.failure.code) == (FailureKind.MALFORMED, "not the API")


@pytest.mark.parametrize(
    "answer",
    [
        reply(Content_Type="text/plain"),
        reply(RUNNING_BODY, "418 Teapot"),
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n%x\r\n%s\r\n0\r\n\r\n"
        % (len(RUNNING_BODY), RUNNING_BODY),
    ],
)
async def test_the_envelope_decides(answer: bytes) -> None:
    observation, _ = await ask_once(answering(answer))
    expected = "HTTP 418" if b"418" in answer else "InProgress"
    assert (observation.status.text if observation.status else observation.outcome.code) == expected  # type: ignore[union-attr]  # a Failure then


async def test_an_api_error_keeps_its_request_id() -> None:
    body = json.dumps({"Response": {"Error": {"Code": "InternalError", "Message": "m"}, "RequestId": "r-9"}}).encode()
    observation, _ = await ask_once(answering(reply(body)))
    assert observation.failure == Failure(FailureKind.SERVER, "InternalError", "m", "r-9")
    assert observation.request_id == "r-9"


async def test_the_next_call_recovers_from_a_reset() -> None:
    faults = iter([rst, half_then_close, close])

    async def handle(request: Request, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if len(peer.requests) % 2:
            await next(faults)(request, reader, writer)
        else:
            writer.write(reply())

    async with Peer(handle) as peer, client(peer.port) as one:
        outcomes = [(await one.ask()).outcome for _ in range(6)]
    assert [isinstance(outcome, Status) for outcome in outcomes] == [False, True] * 3


async def test_nobody_listens() -> None:
    async with closed_port() as port, client(port) as one:
        observation = await one.ask()
    assert observation.failure is not None
    assert (observation.failure.kind, observation.failure.code) == (FailureKind.NETWORK, "refused")
    assert one.written == 0
    assert not observation.replied


async def test_a_name_that_nobody_has() -> None:
    async with client(443, scheme="https", host="trtc.invalid", tls=ssl.create_default_context()) as one:
        observation = await one.ask()
    assert observation.failure is not None
    assert (observation.failure.kind, observation.failure.code) == (FailureKind.NETWORK, "dns")
    assert one.written == 0


def test_a_name_look_up_that_hangs_holds_up_neither_the_others_nor_the_exit(monkeypatch: pytest.MonkeyPatch) -> None:
    released = threading.Event()
    hanging = 0

    def hang(*_: object, **__: object) -> list[object]:
        nonlocal hanging
        hanging += 1
        released.wait(20)
        raise socket.gaierror(socket.EAI_AGAIN, "no resolver answers")

    async def main() -> list[Observation]:
        async with client(
            443, scheme="https", host="slow.invalid", call_seconds=0.3, tls=ssl.create_default_context()
        ) as one:
            return list(await asyncio.gather(*(one.ask() for _ in range(40))))

    monkeypatch.setattr(socket, "getaddrinfo", hang)
    begun = time.monotonic()
    observations = asyncio.run(main())
    assert time.monotonic() - begun < 5
    released.set()
    assert hanging == 40, "none of them queues behind those that hang"
    assert {o.failure.code for o in observations if o.failure} == {"timeout"}


# TLS.


@pytest.fixture(scope="module")
def authority() -> Authority:
    return Authority()


async def test_tls(authority: Authority) -> None:
    cert = authority.ca.issue_cert("127.0.0.1")
    async with (
        Peer(tls=authority.serving(cert)) as peer,
        client(peer.port, scheme="https", tls=authority.trusting()) as one,
    ):
        assert [(await one.ask()).outcome for _ in range(3)] == [RUNNING] * 3
    assert peer.connections == 1
    assert peer.requests[0].headers["authorization"] == signed_again(peer.requests[0])


async def ask_over_tls(authority: Authority, cert: trustme.LeafCert, trust: ssl.SSLContext) -> tuple[Observation, int]:
    async with Peer(tls=authority.serving(cert)) as peer, client(peer.port, scheme="https", tls=trust) as one:
        return await one.ask(), one.written


async def test_a_certificate_of_an_unknown_authority(authority: Authority) -> None:
    observation, written = await ask_over_tls(
        authority, authority.ca.issue_cert("127.0.0.1"), ssl.create_default_context()
    )
    _is_tls_trouble(observation, written)


async def test_a_certificate_of_another_host(authority: Authority) -> None:
    observation, written = await ask_over_tls(authority, authority.ca.issue_cert("other.example"), authority.trusting())
    _is_tls_trouble(observation, written)


async def test_an_expired_certificate(authority: Authority) -> None:
    expired = authority.ca.issue_cert("127.0.0.1", not_after=dt.datetime.now(dt.UTC) - dt.timedelta(days=1))
    observation, written = await ask_over_tls(authority, expired, authority.trusting())
    _is_tls_trouble(observation, written)
    assert observation.failure is not None
    assert "expired" in observation.failure.message


async def test_tls_to_a_port_without_it() -> None:
    async with (
        Peer(greeting=b"220 mail.example.com ESMTP\r\n") as peer,
        client(peer.port, scheme="https", tls=ssl.create_default_context()) as one,
    ):
        observation = await one.ask()
    _is_tls_trouble(observation, one.written, "no tls")


def _is_tls_trouble(observation: Observation, written: int, code: str = "tls") -> None:
    assert observation.failure is not None
    assert (observation.failure.kind, observation.failure.code) == (FailureKind.NETWORK, code)
    assert not observation.replied
    assert written == 0


# Clock.


async def test_the_date_header_gives_the_offset_and_beyond_a_minute_the_time_to_sign_with() -> None:
    clock = FakeClock(wall=1_767_323_045.0)
    dates = [clock.wall() + 30, clock.wall() + 3600, clock.wall() + 3600, clock.wall()]
    replies = [reply(Date=formatdate(date, usegmt=True)) for date in dates]
    async with Peer(answering(*replies, reply())) as peer, client(peer.port, clock=clock) as one:
        offsets = [(await one.ask()).clock_offset for _ in range(5)]
    assert offsets == [30.5, 3600.5, 3600.5, 0.5, None]
    signed_at = [int(request.headers["x-tc-timestamp"]) - clock.wall() for request in peer.requests]
    assert signed_at == [0, 0, 3600, 3600, 0]
    assert all(request.headers["authorization"] == signed_again(request) for request in peer.requests)


@pytest.mark.parametrize("date", ["", "yesterday", "Mon, 01 Jan 99999999999999999999 00:00:00 GMT"])
async def test_a_date_that_is_none_says_nothing(date: str) -> None:
    observation, _ = await ask_once(answering(reply(Date=date)))
    assert observation.clock_offset is None
    assert observation.outcome == RUNNING


async def test_latency_and_moments() -> None:
    clock = FakeClock()

    async def handle(_request: Request, _reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        clock.advance(0.25)
        writer.write(reply())

    async with Peer(handle) as peer, client(peer.port, clock=clock) as one:
        observation = await one.ask()
    assert observation.latency == pytest.approx(0.25)
    assert (observation.at, observation.moment) == (clock.wall(), clock.monotonic())


# Proxies.


@asynccontextmanager
async def named_peer(authority: Authority) -> AsyncIterator[Peer]:
    """A TLS server that a proxy reaches by a name."""
    async with Peer(tls=authority.serving(authority.ca.issue_cert(NAME))) as peer:
        yield peer


async def test_a_proxy_is_gone_through(authority: Authority, monkeypatch: pytest.MonkeyPatch) -> None:
    written_at_connect: list[int] = []
    async with (
        named_peer(authority) as peer,
        Proxy(peer.port, on_connect=lambda: written_at_connect.append(one.written)) as proxy,
    ):
        monkeypatch.setenv("HTTPS_PROXY", f"http://127.0.0.1:{proxy.port}")
        async with client(8443, scheme="https", host=NAME, tls=authority.trusting()) as one:
            assert (await one.ask()).outcome == RUNNING
            assert (await one.ask()).outcome == RUNNING
    assert proxy.lines == [f"CONNECT {NAME}:8443 HTTP/1.1"]
    assert written_at_connect == [0], "the question itself has yet to be sent then"
    assert one.written == 2
    assert peer.requests[0].headers["host"] == f"{NAME}:8443"
    assert peer.requests[0].headers["authorization"] == signed_again(peer.requests[0])


async def test_no_proxy_is_honoured(monkeypatch: pytest.MonkeyPatch) -> None:
    async with Proxy() as proxy:
        monkeypatch.setenv("HTTPS_PROXY", f"http://127.0.0.1:{proxy.port}")
        monkeypatch.setenv("NO_PROXY", "example.com,trtc.invalid")
        async with client(443, scheme="https", host="trtc.invalid", tls=ssl.create_default_context()) as one:
            observation = await one.ask()
    assert proxy.lines == []
    assert observation.failure is not None
    assert observation.failure.code == "dns"


@pytest.mark.parametrize("variable", ["HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"])
async def test_what_stays_on_this_machine_goes_through_no_proxy(variable: str, monkeypatch: pytest.MonkeyPatch) -> None:
    async with Proxy() as proxy, Peer() as peer:
        monkeypatch.setenv(variable, f"http://127.0.0.1:{proxy.port}")
        async with client(peer.port) as one:
            assert (await one.ask()).outcome == RUNNING
    assert proxy.lines == []


async def ask_through(proxy_url: str, monkeypatch: pytest.MonkeyPatch) -> Observation:
    monkeypatch.setenv("HTTPS_PROXY", proxy_url)
    async with client(443, scheme="https", host=NAME, tls=ssl.create_default_context()) as one:
        observation = await one.ask()
    assert one.written == 0
    return observation


@pytest.mark.parametrize("status", ["407 Proxy Authentication Required", "403 Forbidden", "502 Bad Gateway"])
async def test_a_proxy_that_refuses(status: str, monkeypatch: pytest.MonkeyPatch) -> None:
    async with Proxy(refusal=reply(b"", status)) as proxy:
        observation = await ask_through(f"http://127.0.0.1:{proxy.port}", monkeypatch)
    assert observation.failure is not None
    assert (observation.failure.kind, observation.failure.code) == (FailureKind.NETWORK, "proxy")
    assert status[:3] in observation.failure.message


async def test_a_proxy_that_is_not_there(monkeypatch: pytest.MonkeyPatch) -> None:
    async with closed_port() as port:
        observation = await ask_through(f"http://127.0.0.1:{port}", monkeypatch)
    assert observation.failure is not None
    assert observation.failure.code == "proxy"
    assert "127.0.0.1" in observation.failure.message


@pytest.mark.parametrize(
    "value", ["ftp://u:hunter@proxy:3128", "socks5://127.0.0.1:1", "http://[::1", "http://u:hunter/@proxy"]
)
async def test_a_proxy_variable_that_cannot_be_used(value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    observation = await ask_through(value, monkeypatch)
    assert observation.failure is not None
    assert (observation.failure.kind, observation.failure.code) == (FailureKind.NETWORK, "proxy")
    assert "hunter" not in observation.failure.message
    assert not observation.replied


# Whatever else.


async def test_a_credential_that_no_header_can_carry_is_an_observation() -> None:
    for secret_id in ("AKID“test”", "AKID\ntest"):
        async with Peer() as peer, client(peer.port, credential=Credential(secret_id, Secret("k"))) as one:
            observation = await one.ask()
        assert observation.failure is not None
        assert observation.failure.kind is FailureKind.CREDENTIALS
        assert secret_id not in observation.failure.message
        assert peer.requests == []


async def test_cancelling_leaves_a_usable_client() -> None:
    replies = iter([stall, late])

    async def handle(request: Request, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await next(replies)(request, reader, writer)

    async with Peer(handle) as peer, client(peer.port) as one:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.1):
                await one.ask()
        assert (await one.ask()).outcome == RUNNING


def test_unknown_errors_are_explained_by_their_name() -> None:
    assert explain(ValueError("\x1b[31mred")) == Failure(FailureKind.NETWORK, "ValueError", "[31mred")
    assert explain(OSError()).code == "OSError"
