"""Kept connections against a server that says what each test wants it to."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import httpx
import pytest
import trustme

from relaytui.adapters.connections import Connections

WHOLE = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
HALF = b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nok"
LAST = b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok"
UNMEASURED = b"HTTP/1.1 200 OK\r\n\r\nok"
CHUNKED = (
    b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\no\r\n1\r\nk\r\n0\r\n\r\n"
)


class Server:
    """Answers every request with the next of `replies`, the last one for ever; None hangs up instead."""

    def __init__(self) -> None:
        self.replies: list[bytes | None] = [WHOLE]
        self.hang_up_after = False
        self.more: bytes = b""
        """What is said some time after an answer, unasked."""
        self.connections = 0
        self.requests: list[bytes] = []
        self.open: list[asyncio.StreamWriter] = []
        self.url = ""

    async def converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        self.open.append(writer)
        try:
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                self.requests.append(head + await reader.readexactly(4))
                reply = self.replies.pop(0) if len(self.replies) > 1 else self.replies[0]
                if reply is None:
                    break
                writer.write(reply)
                if self.more:
                    await asyncio.sleep(0.02)
                    writer.write(self.more)
                if self.hang_up_after:
                    break
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()


@asynccontextmanager
async def serving(context: ssl.SSLContext | None = None) -> AsyncIterator[Server]:
    server = Server()
    listener = await asyncio.start_server(server.converse, "127.0.0.1", 0, ssl=context)
    port = listener.sockets[0].getsockname()[1]
    server.url = f"{'https' if context else 'http'}://127.0.0.1:{port}/"
    try:
        yield server
    finally:
        listener.close()
        for writer in server.open:
            writer.transport.abort()
        await asyncio.sleep(0.01)


@asynccontextmanager
async def asking(tls: ssl.SSLContext | None = None, idle_seconds: float = 60.0) -> AsyncIterator[httpx.AsyncClient]:
    transport = Connections(tls, idle_seconds=idle_seconds)
    async with httpx.AsyncClient(transport=transport, timeout=None) as client:
        yield client


async def ask(client: httpx.AsyncClient, server: Server) -> bytes:
    async with asyncio.timeout(5):
        reply = await client.post(server.url, content=b"body")
    return reply.content


@pytest.mark.parametrize("reply", [WHOLE, CHUNKED])
async def test_a_connection_is_kept_for_the_next_request(reply: bytes) -> None:
    async with serving() as server, asking() as client:
        server.replies = [reply]
        assert [await ask(client, server) for _ in range(3)] == [b"ok"] * 3
        assert server.connections == 1
        assert all(
            request.startswith(b"POST / HTTP/1.1\r\n") and request.endswith(b"body") for request in server.requests
        )


async def test_requests_at_the_same_time_have_connections_of_their_own_and_later_ones_share_the_last() -> None:
    async with serving() as server, asking() as client:
        await asyncio.gather(*(ask(client, server) for _ in range(4)))
        assert server.connections == 4
        for _ in range(8):
            await ask(client, server)
        assert server.connections == 4


@pytest.mark.parametrize("reply", [LAST, UNMEASURED])
async def test_an_answer_that_ends_the_connection_is_read_and_the_next_request_connects_anew(reply: bytes) -> None:
    async with serving() as server, asking() as client:
        server.replies, server.hang_up_after = [reply], True
        assert [await ask(client, server) for _ in range(2)] == [b"ok"] * 2
        assert server.connections == 2


async def test_a_connection_that_the_server_closed_meanwhile_is_not_used() -> None:
    async with serving() as server, asking() as client:
        server.hang_up_after = True
        await ask(client, server)
        await asyncio.sleep(0.05)
        assert await ask(client, server) == b"ok"
        assert server.connections == 2


async def test_a_connection_that_spoke_unasked_is_not_used() -> None:
    async with serving() as server, asking() as client:
        server.more = b"HTTP/1.1 408 Request Timeout\r\nContent-Length: 0\r\n\r\n"
        await ask(client, server)
        await asyncio.sleep(0.1)
        assert await ask(client, server) == b"ok"
        assert server.connections == 2


async def test_a_connection_that_was_idle_for_too_long_is_not_used() -> None:
    async with serving() as server, asking(idle_seconds=0.05) as client:
        await ask(client, server)
        await asyncio.sleep(0.1)
        await ask(client, server)
        assert server.connections == 2


@pytest.mark.parametrize("reply", [None, HALF, b"nonsense\r\n\r\n", b"HTTP/1.1 200 OK\r\nContent-"])
async def test_an_answer_that_is_cut_off_or_no_http_is_an_error_of_httpx_and_the_next_request_works(
    reply: bytes | None,
) -> None:
    async with serving() as server, asking() as client:
        server.replies, server.hang_up_after = [reply, WHOLE], True
        with pytest.raises(httpx.RemoteProtocolError):
            await ask(client, server)
        assert await ask(client, server) == b"ok"


async def test_a_reset_is_an_os_error() -> None:
    async with serving() as server, asking() as client:
        server.replies = [HALF]
        async with client.stream("POST", server.url, content=b"body") as response:
            chunks = response.aiter_raw()
            assert await anext(chunks) == b"ok"
            # Unread bytes make the kernel say RST at the close.
            sock = server.open[0].get_extra_info("socket")
            sock.setsockopt(1, 13, b"\x01\0\0\0\0\0\0\0")
            server.open[0].transport.abort()
            with pytest.raises((ConnectionResetError, httpx.RemoteProtocolError)):
                await anext(chunks)


async def test_an_answer_that_is_not_read_to_its_end_costs_its_connection() -> None:
    async with serving() as server, asking() as client:
        server.replies = [HALF, WHOLE]
        async with client.stream("POST", server.url, content=b"body") as response:
            assert response.status_code == 200
        assert await ask(client, server) == b"ok"
        assert server.connections == 2


async def test_a_call_that_is_given_up_costs_its_connection() -> None:
    async with serving() as server, asking() as client:
        server.replies = [b"", WHOLE]
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.1):
                await client.post(server.url, content=b"body")
        assert await ask(client, server) == b"ok"
        assert server.connections == 2


async def test_nobody_listening_is_an_os_error() -> None:
    async with serving() as server:
        pass
    async with asking() as client:
        with pytest.raises(ConnectionRefusedError):
            await ask(client, server)


async def test_several_addresses_that_all_refuse_are_one_refusal(monkeypatch: pytest.MonkeyPatch) -> None:
    async def refuse(*_args: object, **_kwargs: object) -> None:
        raise OSError("Multiple exceptions: [Errno 111] Connect call failed, [Errno 111] Connect call failed")

    monkeypatch.setattr(asyncio.get_running_loop(), "create_connection", refuse)
    async with asking() as client:
        with pytest.raises(OSError, match="Multiple") as raised:
            await client.post("http://127.0.0.1:9/")
    assert raised.value.errno == 111


async def test_it_tells_when_it_connects_and_when_the_request_is_written() -> None:
    told: list[str] = []

    async def trace(event: str, _info: object) -> None:
        told.append(event)

    async with serving() as server, asking() as client:
        for _ in range(2):
            await client.post(server.url, content=b"body", extensions={"trace": trace})
    written = "http11.send_request_body.complete"
    assert told == ["connection.connect_tcp.started", written, written]


async def test_a_header_that_cannot_be_sent_is_an_error_of_httpx() -> None:
    async with serving() as server, asking() as client:
        with pytest.raises(httpx.LocalProtocolError):
            await client.post(server.url, content=b"body", headers={"X-Odd": "two\r\nlines"})


def contexts(name: str) -> tuple[ssl.SSLContext, ssl.SSLContext]:
    authority = trustme.CA()
    theirs, ours = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER), ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    authority.issue_cert(name).configure_cert(theirs)
    authority.configure_trust(ours)
    return theirs, ours


async def test_tls() -> None:
    theirs, ours = contexts("127.0.0.1")
    async with serving(theirs) as server, asking(ours) as client:
        assert [await ask(client, server) for _ in range(2)] == [b"ok"] * 2
        assert server.connections == 1


@pytest.mark.parametrize("spoil", [lambda _: ssl.create_default_context(), lambda _: contexts("other.example")[1]])
async def test_a_certificate_that_is_not_trusted_is_refused(
    spoil: Callable[[ssl.SSLContext], ssl.SSLContext],
) -> None:
    theirs, ours = contexts("127.0.0.1")
    async with serving(theirs) as server, asking(spoil(ours)) as client:
        with pytest.raises(ssl.SSLCertVerificationError):
            await ask(client, server)


async def test_a_certificate_for_another_host_is_refused() -> None:
    theirs, ours = contexts("other.example")
    async with serving(theirs) as server, asking(ours) as client:
        with pytest.raises(ssl.SSLCertVerificationError, match="IP address mismatch"):
            await ask(client, server)
