"""HTTP/1.1 over kept connections, as a transport for httpx: asyncio moves the bytes and h11 reads them.

httpx's own transport spends 2 to 5 ms of processor time on a request over TLS, which at 80 polls a second is more than
the whole program may take, and loads two more libraries (30 % of what `relaytui check` costs). It looks at all open
connections at every request; here the one used last is taken, whatever the number of others.
"""

from __future__ import annotations

import asyncio
import re
import ssl
import time
from collections.abc import AsyncIterator, Callable
from typing import Any

import h11
import httpx

_ERRNO = re.compile(r"\[Errno (\d+)\]")


class _Connection(asyncio.Protocol):
    """One connection: bytes in, h11 events out. Between two requests it must stay silent to be usable."""

    def __init__(self) -> None:
        self.idle_since = 0.0
        self._http = h11.Connection(h11.CLIENT)
        self._transport: asyncio.Transport
        self._waiting: asyncio.Future[None] | None = None
        self._error: Exception | None = None
        self._ended = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)  # noqa: S101 - what create_connection makes
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        if self._http.our_state is h11.IDLE:
            # Nobody asked: whatever it is, the answer to the next question would be taken for it.
            self.close()
        else:
            self._http.receive_data(data)
        self._wake()

    def eof_received(self) -> None:
        self._end(None)

    def connection_lost(self, exc: Exception | None) -> None:
        self._end(exc)

    def _end(self, error: Exception | None) -> None:
        self._error = self._error or error
        if not self._ended:
            self._ended = True
            self._http.receive_data(b"")
        self._wake()

    def _wake(self) -> None:
        if self._waiting is not None and not self._waiting.done():
            self._waiting.set_result(None)

    @property
    def is_usable(self) -> bool:
        """Whether another request can go out here."""
        return not (self._ended or self._transport.is_closing()) and self._http.our_state is h11.IDLE

    def send(self, request: httpx.Request, body: bytes) -> bool:
        """Send the request; whether all of it has been handed to the network, and not only to a buffer of ours."""
        target = request.url.raw_path
        try:
            head = h11.Request(method=request.method.encode(), target=target, headers=request.headers.raw)
            parts = (head, h11.Data(data=body), h11.EndOfMessage())
            data = b"".join(self._http.send(part) or b"" for part in parts)
        except h11.LocalProtocolError as error:
            raise httpx.LocalProtocolError(str(error)) from error
        self._transport.write(data)
        return self._transport.get_write_buffer_size() == 0

    async def next_event(self) -> Any:
        """What comes next of the answer; raises OSError or httpx.RemoteProtocolError where it is cut off."""
        while True:
            try:
                event = self._http.next_event()
            except h11.RemoteProtocolError as error:
                raise self._error or httpx.RemoteProtocolError(str(error)) from error
            if event is h11.NEED_DATA:
                self._waiting = asyncio.get_running_loop().create_future()
                await self._waiting
            elif isinstance(event, h11.ConnectionClosed):
                raise self._error or httpx.RemoteProtocolError("the server disconnected without an answer")
            elif not isinstance(event, h11.InformationalResponse):
                return event

    def renew(self) -> bool:
        """Get ready for another request; whether that can be."""
        if self._http.our_state is h11.DONE and self._http.their_state is h11.DONE and not self._http.trailing_data[0]:
            self._http.start_next_cycle()
        return self.is_usable

    def close(self) -> None:
        """Hang up."""
        self._transport.abort()


class _Answer(httpx.AsyncByteStream):
    """The body of an answer, which gives its connection back when it has been read to its end."""

    def __init__(self, connection: _Connection, give_back: Callable[[_Connection], None]) -> None:
        self._connection = connection
        self._give_back = give_back

    async def __aiter__(self) -> AsyncIterator[bytes]:
        while isinstance(event := await self._connection.next_event(), h11.Data):
            yield bytes(event.data)

    async def aclose(self) -> None:
        self._give_back(self._connection)


class Connections(httpx.AsyncBaseTransport):
    """Connections to wherever requests go, kept for `idle_seconds` after their last use; no proxies.

    How many there are is bounded by who asks: a lane's pacer never has more requests under way than its slots allow.
    """

    def __init__(self, tls: ssl.SSLContext | None, *, idle_seconds: float) -> None:
        self._tls = tls
        self._idle_seconds = idle_seconds
        self._idle: dict[tuple[str, str, int], list[_Connection]] = {}
        """By origin, the one used last at the end."""

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send the request and read the head of its answer. Traced as httpx's own transport does, as far as used."""
        trace = request.extensions.get("trace", _no_trace)
        body = await request.aread()
        url = request.url
        port = url.port or (443 if url.scheme == "https" else 80)
        origin = (url.scheme, url.host, port)
        connection = self._take(origin)
        if connection is None:
            await trace("connection.connect_tcp.started", {"host": url.host, "port": port})
            connection = await self._connect(*origin)
        try:
            if connection.send(request, body):
                await trace("http11.send_request_body.complete", {"request": request})
            head = await connection.next_event()
        except BaseException:
            connection.close()
            raise
        return httpx.Response(
            head.status_code,
            headers=head.headers.raw_items(),
            stream=_Answer(connection, lambda connection: self._give_back(origin, connection)),
            extensions={"http_version": b"HTTP/" + head.http_version, "reason_phrase": head.reason},
        )

    async def aclose(self) -> None:
        """Hang up all connections that nobody uses."""
        for connections in self._idle.values():
            for connection in connections:
                connection.close()
        self._idle.clear()
        # The sockets are closed in the loop's next round.
        await asyncio.sleep(0)

    def _take(self, origin: tuple[str, str, int]) -> _Connection | None:
        idle = self._idle.get(origin, [])
        oldest = time.monotonic() - self._idle_seconds
        while idle and idle[0].idle_since < oldest:
            idle.pop(0).close()
        while idle:
            connection = idle.pop()
            if connection.is_usable:
                return connection
            connection.close()
        return None

    def _give_back(self, origin: tuple[str, str, int], connection: _Connection) -> None:
        if connection.renew():
            connection.idle_since = time.monotonic()
            self._idle.setdefault(origin, []).append(connection)
        else:
            connection.close()

    async def _connect(self, scheme: str, host: str, port: int) -> _Connection:
        tls = (self._tls or ssl.create_default_context()) if scheme == "https" else None
        try:
            _, connection = await asyncio.get_running_loop().create_connection(
                # The delay lets IPv4 go ahead where IPv6 leads nowhere.
                _Connection,
                host,
                port,
                ssl=tls,
                happy_eyeballs_delay=0.25,
            )
        except OSError as error:
            # Several addresses failed: asyncio only says so in its text, and an errno makes the right subclass.
            if error.errno is None and (number := _ERRNO.search(str(error))):
                raise OSError(int(number[1]), str(error)) from error
            raise
        return connection


async def _no_trace(_event: str, _info: object) -> None:
    pass
