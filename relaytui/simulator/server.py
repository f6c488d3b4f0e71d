"""The api on a real loopback socket: here the faults happen that need one.

Small answers go out at once: asyncio sets TCP_NODELAY on every connection.
"""

from __future__ import annotations

import asyncio
import ipaddress
import os
import socket
import ssl
import struct
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from types import TracebackType
from typing import Self, TypeVar

import h11

from relaytui.simulator.api import MAX_BODY_BYTES, Api, Reply, Request
from relaytui.simulator.control import PREFIX, Control
from relaytui.simulator.world import FaultKind

T = TypeVar("T")

_DOOR_INTERVAL = 0.05
"""Seconds between looks at whether the plan refuses connections."""


class NotLoopbackError(ValueError):
    """The simulator was asked to listen where others could reach it."""


class SimulatorServer:
    """Serves an api over HTTP/1.1 on loopback, while inside `async with`; port 0 takes any free one.

    `clock` gives Unix seconds. Entering raises OSError where the port is taken; making one for another host than
    loopback raises NotLoopbackError.
    """

    def __init__(
        self,
        api: Api,
        port: int = 0,
        *,
        host: str = "127.0.0.1",
        ssl_context: ssl.SSLContext | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.api = api
        self.host = _loopback(host)
        self.port = port
        self._ssl = ssl_context
        self._clock = clock
        self._control = Control(api)
        self._conversations: set[asyncio.Task[None]] = set()
        self._socket: socket.socket | None = None
        self._listener: asyncio.Server | None = None
        self._door: asyncio.Task[None] | None = None

    @property
    def url(self) -> str:
        """The endpoint, as clients take it."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{'https' if self._ssl else 'http'}://{host}:{self.port}"

    async def __aenter__(self) -> Self:
        self._socket = self._bind()
        self.port = self._socket.getsockname()[1]
        await self.mind_the_door()
        self._door = asyncio.create_task(self._keep_the_door())
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._door is not None:
            self._door.cancel()
            await asyncio.wait([self._door])
        await self._shut()
        if self._socket is not None:
            self._socket.close()

    async def mind_the_door(self) -> None:
        """Refuse or take connections as the world's plan says now; looked at on its own 20 times a second."""
        refusing = self.api.world.is_refusing(self._clock())
        if refusing and self._listener is not None:
            await self._shut()
            self._socket = self._bind()
        elif not refusing and self._listener is None:
            self._listener = await asyncio.start_server(self._converse, sock=self._socket, ssl=self._ssl)

    async def _keep_the_door(self) -> None:
        while True:
            await asyncio.sleep(_DOOR_INTERVAL)
            await self.mind_the_door()

    def _bind(self) -> socket.socket:
        """A bound socket that does not listen yet: connections are refused and nobody else gets the port."""
        bound = socket.socket(socket.AF_INET6 if ":" in self.host else socket.AF_INET)
        if os.name == "posix":
            bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            bound.bind((self.host, self.port))
        except OSError:
            bound.close()
            raise
        return bound

    async def _shut(self) -> None:
        """Stop listening and hang up on everybody."""
        if self._listener is not None:
            self._listener.close()
            self._listener = None
        await asyncio.sleep(0)  # A connection just accepted gets its conversation, so that it can be ended.
        while self._conversations:
            for conversation in self._conversations:
                conversation.cancel()
            await asyncio.wait(self._conversations)
        await asyncio.sleep(0)  # The transports close their sockets in the loop's next round.

    async def _converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        conversation = asyncio.current_task()
        assert conversation is not None  # noqa: S101 asyncio runs this as a task
        self._conversations.add(conversation)
        # The task ends here anyway, so a swallowed cancellation does no harm; Python 3.11 complains about any other.
        with suppress(asyncio.CancelledError, OSError):
            try:
                connection = h11.Connection(h11.SERVER)
                while (request := await _read_request(connection, reader, writer)) is not None:
                    if not await self._answer(request, connection, reader, writer):
                        break
                    connection.start_next_cycle()
                writer.close()
                await writer.wait_closed()
            finally:
                writer.transport.abort()
                self._conversations.discard(conversation)

    async def _answer(
        self, request: Request, connection: h11.Connection, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> bool:
        """Answer, with what the world's faults do to it; whether the connection may go on."""
        if request.target.startswith(PREFIX):
            reply = self._control.handle(request, self._clock())
        else:
            if uplink := self.api.world.uplink(self._clock()):
                await asyncio.sleep(uplink)
            reply = self.api.handle(request, self._clock())
        await asyncio.sleep(reply.delay)
        fault = reply.wire
        length = len(reply.body)
        match fault.kind if fault else None:
            case FaultKind.STALL:
                while await reader.read(65536):
                    pass
                return False
            case FaultKind.RESET:
                _reset(writer)
                return False
            case FaultKind.WRONG_LENGTH if fault:
                writer.write(_head(connection, reply, max(0, length + fault.length_error)) + reply.body)
                return False
            case FaultKind.HALF_BODY:
                writer.write(_head(connection, reply, length) + reply.body[: length // 2])
                return False
        data = _head(connection, reply, length)
        data += connection.send(h11.Data(data=reply.body)) or b""
        data += connection.send(h11.EndOfMessage()) or b""
        if fault and fault.kind is FaultKind.DRIP:
            for byte in data:
                writer.write(bytes([byte]))
                await writer.drain()
                await asyncio.sleep(fault.seconds)
        else:
            writer.write(data)
            await writer.drain()
        return connection.our_state is h11.DONE and connection.their_state is h11.DONE


async def _read_request(
    connection: h11.Connection, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
) -> Request | None:
    """The next request, or None where there is no further one; a broken one is answered 400."""
    head: h11.Request | None = None
    body = bytearray()
    while True:
        try:
            event = connection.next_event()
        except h11.RemoteProtocolError as error:
            reply = Reply(error.error_status_hint, {"Connection": "close"}, f"{error}\n".encode())
            writer.write(_head(connection, reply, len(reply.body)) + reply.body)
            return None
        match event:
            case h11.NEED_DATA:
                if connection.they_are_waiting_for_100_continue:
                    writer.write(connection.send(h11.InformationalResponse(status_code=100, headers=[])) or b"")
                connection.receive_data(await reader.read(65536))
            case h11.Request():
                head = event
            case h11.Data() if len(body) <= MAX_BODY_BYTES:  # What is more is only seen to be too much.
                body += event.data
            case h11.EndOfMessage() if head is not None:
                headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in head.headers}
                return Request(head.method.decode(), head.target.decode("latin-1"), headers, bytes(body))
            case h11.ConnectionClosed():
                return None


def _head(connection: h11.Connection, reply: Reply, length: int) -> bytes:
    headers = [*reply.headers.items(), ("Content-Length", str(length))]
    return connection.send(h11.Response(status_code=reply.status, headers=headers)) or b""


def _reset(writer: asyncio.StreamWriter) -> None:
    """End the connection with RST: a linger time of zero makes the kernel drop it instead of saying good-bye."""
    linger = struct.pack("hh" if os.name == "nt" else "ii", 1, 0)
    writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
    writer.transport.abort()


def _loopback(host: str) -> str:
    address = "127.0.0.1" if host == "localhost" else host
    try:
        if ipaddress.ip_address(address).is_loopback:
            return address
    except ValueError:
        pass
    raise NotLoopbackError(f"the simulator listens on loopback only (127.0.0.1 or ::1), not on {host!r}")


class SimulatorThread:
    """A SimulatorServer in a thread with a loop of its own while inside `with`, beside whatever else runs."""

    def __init__(self, server: SimulatorServer) -> None:
        self.server = server
        self._loop: asyncio.AbstractEventLoop
        self._thread = threading.Thread(target=self._run, name="simulator", daemon=True)
        self._started = threading.Event()
        self._stopping = asyncio.Event()
        self._error: BaseException | None = None

    @property
    def url(self) -> str:
        """The endpoint, as clients take it."""
        return self.server.url

    def call(self, function: Callable[[], T]) -> T:
        """Run `function` between two requests, in the server's thread; what it returns or raises."""

        async def run() -> T:
            return function()

        return asyncio.run_coroutine_threadsafe(run(), self._loop).result()

    def __enter__(self) -> Self:
        self._thread.start()
        self._started.wait()
        if self._error is not None:
            self._thread.join()
            raise self._error
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _traceback: TracebackType | None
    ) -> None:
        self._loop.call_soon_threadsafe(self._stopping.set)
        self._thread.join()

    def _run(self) -> None:
        try:
            asyncio.run(self._serve())
        except BaseException as error:  # noqa: BLE001 handed to the thread that waits for the start
            self._error = error
        finally:
            self._started.set()

    async def _serve(self) -> None:
        self._loop = asyncio.get_running_loop()
        async with self.server:
            self._started.set()
            await self._stopping.wait()
