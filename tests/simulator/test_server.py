from __future__ import annotations

import asyncio
import json
import ssl
import threading
import time

import httpx
import pytest
import trustme

from relaytui.simulator.api import MAX_BODY_BYTES, Api
from relaytui.simulator.server import NotLoopbackError, SimulatorServer, SimulatorThread
from relaytui.simulator.world import Fault, FaultKind
from tests.simulator.asking import KEY, signed, small_world

BODY = json.dumps({"SdkAppId": KEY.sdk_app_id, "TaskId": "one"}).encode()
PATIENCE = 10.0
"""Seconds after which a test gives up; none of them waits for it."""


class Skipping:
    """A clock that runs with the machine's and can be put ahead."""

    def __init__(self) -> None:
        self.ahead = 0.0

    def __call__(self) -> float:
        return time.time() + self.ahead


def serve(*faults: Fault, clock: Skipping | None = None, ssl_context: ssl.SSLContext | None = None) -> SimulatorServer:
    clock = clock or Skipping()
    world = small_world(clock())
    for fault in faults:
        world.plan(fault)
    return SimulatorServer(Api(world), ssl_context=ssl_context, clock=clock)


def raw(server: SimulatorServer, body: bytes = BODY) -> bytes:
    """A good request as it stands on the wire."""
    request = signed(body, now=time.time(), host=f"127.0.0.1:{server.port}")
    head = "".join(f"{name}: {value}\r\n" for name, value in request.headers.items())
    return f"POST / HTTP/1.1\r\n{head}Content-Length: {len(body)}\r\n\r\n".encode() + body


async def ask(client: httpx.AsyncClient, server: SimulatorServer) -> httpx.Response:
    request = signed(BODY, now=time.time(), host=f"127.0.0.1:{server.port}")
    return await client.post(server.url, content=BODY, headers=request.headers)


def status(response: httpx.Response) -> str:
    return str(response.json()["Response"]["Status"])


async def exchange(server: SimulatorServer, sent: bytes) -> bytes:
    """Everything the server says to these bytes until it closes the connection."""
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
    try:
        async with asyncio.timeout(PATIENCE):
            writer.write(sent)
            return await reader.read()
    finally:
        writer.close()


async def test_it_answers_many_questions_on_one_connection() -> None:
    async with serve() as server, httpx.AsyncClient() as client:
        ports = set()
        for _ in range(5):
            response = await ask(client, server)
            assert status(response) == "InProgress"
            ports.add(response.extensions["network_stream"].get_extra_info("client_addr"))
        assert len(ports) == 1
        assert server.api.total == 5


async def test_questions_sent_together_are_answered_in_order() -> None:
    async with serve() as server:
        two = raw(server) + raw(server, BODY.replace(b"one", b"new")).replace(
            b"POST / HTTP/1.1\r\n", b"POST / HTTP/1.1\r\nConnection: close\r\n"
        )
        answer = await exchange(server, two)
    assert answer.count(b"HTTP/1.1 200") == 2
    assert 0 < answer.index(b"InProgress") < answer.index(b"NotExist")


async def test_what_is_not_http_gets_a_400() -> None:
    async with serve() as server:
        assert (await exchange(server, b"hello\r\n\r\n")).startswith(b"HTTP/1.1 400 ")


async def test_a_client_may_wait_for_100_continue() -> None:
    async with serve() as server:
        head, _, body = raw(server).partition(b"\r\n\r\n")
        reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
        writer.write(head + b"\r\nExpect: 100-continue\r\n\r\n")
        async with asyncio.timeout(PATIENCE):
            assert (await reader.readline()).startswith(b"HTTP/1.1 100")
            writer.write(body)
            assert b"InProgress" in await reader.readuntil(b"}}")
        writer.close()


async def test_a_request_too_large_is_read_to_its_end_and_refused() -> None:
    async with serve() as server, httpx.AsyncClient() as client:
        response = await client.post(server.url, content=b" " * (MAX_BODY_BYTES + 70_000))
        assert response.json()["Response"]["Error"]["Code"] == "RequestSizeLimitExceeded"


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.1", "example.com", ""])
def test_it_listens_on_loopback_only(host: str) -> None:
    with pytest.raises(NotLoopbackError, match="loopback only"):
        SimulatorServer(Api(small_world()), host=host)


async def test_a_port_in_use_is_an_os_error() -> None:
    async with serve() as server:
        with pytest.raises(OSError, match="in use"):
            async with SimulatorServer(Api(small_world()), server.port):
                pass


async def test_tls_with_a_context_of_the_callers() -> None:
    authority = trustme.CA()
    context, trusting = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER), ssl.create_default_context()
    authority.issue_cert("127.0.0.1").configure_cert(context)
    authority.configure_trust(trusting)
    async with serve(ssl_context=context) as server, httpx.AsyncClient(verify=trusting) as client:
        assert server.url == f"https://127.0.0.1:{server.port}"
        assert status(await ask(client, server)) == "InProgress"
        server.api.world.plan(Fault(kind=FaultKind.RESET))
        with pytest.raises(httpx.ReadError):
            await ask(client, server)


# Faults.


async def test_latency_delays_the_answer_and_uplink_the_arrival() -> None:
    clock = Skipping()
    async with serve(
        Fault(kind=FaultKind.UPLINK, seconds=0.3), Fault(kind=FaultKind.LATENCY, seconds=0.6), clock=clock
    ) as server:
        begun = clock()
        async with httpx.AsyncClient() as client:
            assert status(await ask(client, server)) == "InProgress"
        whole = clock() - begun
        (meter,) = server.api.meters.values()
        arrived = meter.arrivals[0] - begun
    assert arrived >= 0.3
    assert whole - arrived >= 0.6


async def test_a_stall_says_nothing_until_the_client_gives_up() -> None:
    async with serve(Fault(kind=FaultKind.STALL)) as server:
        reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
        writer.write(raw(server))
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.3):
                await reader.read(1)
        writer.write_eof()
        async with asyncio.timeout(PATIENCE):
            assert await reader.read() == b""
        writer.close()


async def test_a_drip_comes_byte_by_byte() -> None:
    async with serve(Fault(kind=FaultKind.DRIP, seconds=0.002)) as server:
        reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
        writer.write(raw(server))
        pieces: list[bytes] = []
        async with asyncio.timeout(PATIENCE):
            while not b"".join(pieces).endswith(b"}}"):
                pieces.append(await reader.read(1000))
        writer.close()
    # The reader may find a few bytes together when it is late; a whole answer is some 250 bytes.
    assert len(pieces) > 50


async def test_a_reset_is_a_reset() -> None:
    async with serve(Fault(kind=FaultKind.RESET)) as server:
        with pytest.raises(ConnectionResetError):
            await exchange(server, raw(server))


def declared_and_sent(answer: bytes) -> tuple[int, int]:
    head, _, body = answer.partition(b"\r\n\r\n")
    (line,) = (line for line in head.split(b"\r\n") if line.lower().startswith(b"content-length:"))
    return int(line.partition(b":")[2]), len(body)


async def test_half_a_body_is_half_of_what_was_promised() -> None:
    async with serve(Fault(kind=FaultKind.HALF_BODY)) as server:
        declared, sent = declared_and_sent(await exchange(server, raw(server)))
    assert sent == declared // 2 > 0


@pytest.mark.parametrize("error", [10, -10])
async def test_a_wrong_length_is_off_by_so_much(error: int) -> None:
    async with serve(Fault(kind=FaultKind.WRONG_LENGTH, length_error=error)) as server:
        declared, sent = declared_and_sent(await exchange(server, raw(server)))
    assert declared == sent + error


@pytest.mark.parametrize("kind", [FaultKind.RESET, FaultKind.HALF_BODY, FaultKind.WRONG_LENGTH])
async def test_after_a_fault_a_new_connection_works(kind: FaultKind) -> None:
    async with serve() as server, httpx.AsyncClient() as client:
        assert status(await ask(client, server)) == "InProgress"
        server.api.world.plan(Fault(kind=kind))
        with pytest.raises(httpx.TransportError):
            await ask(client, server)
        server.api.world.clear()
        assert status(await ask(client, server)) == "InProgress"


async def test_refused_connections_come_and_go_with_the_plan() -> None:
    clock = Skipping()
    async with serve(Fault(kind=FaultKind.REFUSE, begin=100, end=200), clock=clock) as server:
        reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
        port = server.port
        clock.ahead = 100
        await server.mind_the_door()
        async with asyncio.timeout(PATIENCE):
            assert await reader.read() == b""
        writer.close()
        with pytest.raises(ConnectionRefusedError):
            await asyncio.open_connection("127.0.0.1", port)
        clock.ahead = 200
        await server.mind_the_door()
        assert server.port == port
        async with httpx.AsyncClient() as client:
            assert status(await ask(client, server)) == "InProgress"


async def test_the_plan_is_kept_without_being_told() -> None:
    clock = Skipping()
    async with serve(Fault(kind=FaultKind.REFUSE, begin=100, end=200), clock=clock) as server:
        reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
        clock.ahead = 100
        async with asyncio.timeout(PATIENCE):
            assert await reader.read() == b""  # Hung up on, because connections are refused from now on.
        writer.close()


async def test_a_world_may_begin_by_refusing() -> None:
    clock = Skipping()
    async with serve(Fault(kind=FaultKind.REFUSE, end=100), clock=clock) as server:
        assert server.port
        with pytest.raises(ConnectionRefusedError):
            await asyncio.open_connection("127.0.0.1", server.port)


# Starting and stopping.


async def test_it_stops_with_connections_open(recwarn: pytest.WarningsRecorder) -> None:
    loop = asyncio.get_running_loop()
    complaints: list[dict[str, object]] = []
    loop.set_exception_handler(lambda _, context: complaints.append(context))
    async with serve(Fault(kind=FaultKind.STALL)) as server:
        connections = [await asyncio.open_connection("127.0.0.1", server.port) for _ in range(4)]
        for _, writer in connections[:2]:
            writer.write(raw(server))
        async with asyncio.timeout(PATIENCE):
            while server.api.total < 2:  # noqa: ASYNC110 the api is plain and tells nobody
                await asyncio.sleep(0)
        connections.append(await asyncio.open_connection("127.0.0.1", server.port))
    async with asyncio.timeout(PATIENCE):
        for reader, writer in connections:
            assert await reader.read() == b""
            writer.close()
    assert complaints == []
    assert [str(warning.message) for warning in recwarn] == []
    with pytest.raises(ConnectionRefusedError):
        await asyncio.open_connection("127.0.0.1", server.port)


def test_it_runs_in_a_thread_of_its_own() -> None:
    with SimulatorThread(serve()) as simulator:
        assert simulator.call(lambda: threading.current_thread().name) == "simulator"
        request = signed(BODY, now=time.time(), host=f"127.0.0.1:{simulator.server.port}")

        def asked() -> str:
            return status(httpx.post(simulator.url, content=BODY, headers=request.headers))

        assert asked() == "InProgress"
        world = simulator.server.api.world
        simulator.call(lambda: world.set_status(KEY.sdk_app_id, "one", "NotExist", time.time()))
        assert asked() == "NotExist"
        with pytest.raises(KeyError):
            simulator.call(lambda: world.set_status(KEY.sdk_app_id, "none", "NotExist", time.time()))
    with pytest.raises(httpx.ConnectError):
        asked()


def test_a_thread_that_cannot_start_says_why() -> None:
    with SimulatorThread(serve()) as simulator:
        second = SimulatorThread(SimulatorServer(Api(small_world()), simulator.server.port))
        with pytest.raises(OSError, match="in use"), second:
            pass


async def test_the_control_interface_is_on_the_same_socket() -> None:
    async with serve() as server, httpx.AsyncClient() as client:
        control = f"{server.url}/_control"
        assert (await client.get(f"{control}/state")).json()["requests"]["total"] == 0
        await client.post(f"{control}/status", json={"task_id": "one", "status": "NotExist"})
        assert status(await ask(client, server)) == "NotExist"
        assert (await client.get(f"{control}/state")).json()["requests"]["total"] == 1
        assert (await client.post(f"{control}/status", content=b"nonsense")).status_code == 400
        # The answer to this one still arrives, although the door closes behind it.
        assert (await client.post(f"{control}/fault", json={"kind": "refuse", "for": 3600})).status_code == 200
        await server.mind_the_door()
        with pytest.raises(httpx.ConnectError):
            await client.get(f"{control}/state")
