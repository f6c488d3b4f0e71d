"""A server on loopback that does to each request whatever a test says, and a proxy."""

from __future__ import annotations

import asyncio
import contextlib
import json
import socket
import ssl
import struct
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from types import TracebackType
from typing import Self

import trustme

RUNNING_BODY = json.dumps({"Response": {"Status": "InProgress", "RequestId": "r-1"}}).encode()


@dataclass
class Request:
    """One request as it came over the socket; header names in lower case."""

    line: str
    headers: dict[str, str]
    body: bytes


async def read_request(reader: asyncio.StreamReader) -> Request:
    head = (await reader.readuntil(b"\r\n\r\n")).decode()
    line, *rest = head.strip().split("\r\n")
    headers = {name.lower(): value.strip() for name, value in (header.split(":", 1) for header in rest)}
    return Request(line, headers, await reader.readexactly(int(headers.get("content-length", "0"))))


def reply(body: bytes = RUNNING_BODY, status: str = "200 OK", **headers: str) -> bytes:
    """A whole HTTP reply; header names with underscores."""
    fields = {"Content-Type": "application/json", "Content-Length": str(len(body))}
    fields |= {name.replace("_", "-"): value for name, value in headers.items()}
    lines = [f"HTTP/1.1 {status}", *(f"{name}: {value}" for name, value in fields.items() if value), "", ""]
    return "\r\n".join(lines).encode() + body


Handler = Callable[[Request, asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


def answering(*replies: bytes) -> Handler:
    """Give these replies in turn, the last one again and again."""
    waiting = list(replies)

    async def handle(_request: Request, _reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(waiting.pop(0) if len(waiting) > 1 else waiting[0])

    return handle


def reset(writer: asyncio.StreamWriter) -> None:
    """End the connection with RST."""
    raw: socket.socket = writer.get_extra_info("socket")
    raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()


class _Listener:
    """Listens on a free loopback port while its `with` block runs; ends what is left of its connections after it."""

    def __init__(self, tls: ssl.SSLContext | None = None) -> None:
        self._tls = tls
        self._busy: set[asyncio.Task[None]] = set()
        self.port = 0

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._connected, "127.0.0.1", 0, ssl=self._tls)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.close()
        for task in self._busy:
            task.cancel()
        await asyncio.gather(*self._busy, return_exceptions=True)
        await self._server.wait_closed()

    def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.ensure_future(self._serve(reader, writer))
        self._busy.add(task)
        task.add_done_callback(self._busy.discard)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await self.serve(reader, writer)
        except (OSError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()
            with contextlib.suppress(OSError):
                await writer.wait_closed()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        raise NotImplementedError


class Peer(_Listener):
    """Reads requests and hands each to the handler, until the connection is closed."""

    def __init__(self, handle: Handler | None = None, tls: ssl.SSLContext | None = None, greeting: bytes = b"") -> None:
        super().__init__(tls)
        self._greeting = greeting
        self._handle = handle or answering(reply())
        self.requests: list[Request] = []
        self.connections = 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        writer.write(self._greeting)
        while not writer.is_closing():
            request = await read_request(reader)
            self.requests.append(request)
            await self._handle(request, reader, writer)
            await writer.drain()


class Proxy(_Listener):
    """An HTTP proxy that knows CONNECT and leads everything to one port of this machine."""

    def __init__(self, port: int = 0, refusal: bytes = b"", on_connect: Callable[[], None] = lambda: None) -> None:
        super().__init__()
        self._target = port
        self._refusal = refusal
        self._on_connect = on_connect
        self.lines: list[str] = []

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.lines.append((await read_request(reader)).line)
        self._on_connect()
        if self._refusal:
            writer.write(self._refusal)
            await writer.drain()
            return
        onward_reader, onward_writer = await asyncio.open_connection("127.0.0.1", self._target)
        writer.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
        try:
            await asyncio.gather(_pump(reader, onward_writer), _pump(onward_reader, writer))
        finally:
            onward_writer.close()


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while data := await reader.read(65_536):
        writer.write(data)
        await writer.drain()
    writer.close()


@dataclass
class Authority:
    """A certificate authority of the test's own."""

    ca: trustme.CA = field(default_factory=trustme.CA)

    def serving(self, cert: trustme.LeafCert) -> ssl.SSLContext:
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        cert.configure_cert(context)
        return context

    def trusting(self) -> ssl.SSLContext:
        context = ssl.create_default_context()
        self.ca.configure_trust(context)
        return context


@asynccontextmanager
async def closed_port() -> AsyncIterator[int]:
    """A port of this machine on which nobody listens."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        yield taken.getsockname()[1]
