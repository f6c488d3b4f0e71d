"""One HTTP client per lane: asks the status API and turns whatever happens into an Observation."""

from __future__ import annotations

import asyncio
import errno
import socket
import ssl
import threading
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, ParamSpec, TypeVar

import httpx

from relaytui.adapters.connections import Connections
from relaytui.core import wire
from relaytui.core.endpoint import Endpoint
from relaytui.core.observation import CLOCK_TOLERANCE, Failure, FailureKind, Observation
from relaytui.core.task import Status, TaskKey
from relaytui.core.tc3 import Credential, redact
from relaytui.core.text import plain
from relaytui.ports import Clock, FoundCredential, NoCredential

CALL_SECONDS = 5.0
"""Seconds that one call may take from the first byte of the connection to the last byte of the answer."""
REPLY_LIMIT = 65_536
"""Bytes of an answer beyond which it is not the API's (which has some 120)."""
CONNECTIONS = 64
"""Connections at most: httpx needs time in proportion to those open (performance-floors.md 0.5)."""
IDLE_CONNECTIONS = 20

_P = ParamSpec("_P")
_T = TypeVar("_T")


class _LookupThreads(ThreadPoolExecutor):
    """A daemon thread per call, for name look-ups: one can hang for half a minute, asyncio gives it to a small pool.

    Neither the exit of the program nor the next look-up waits for one that hangs.
    """

    def submit(self, fn: Callable[_P, _T], /, *args: _P.args, **kwargs: _P.kwargs) -> Future[_T]:
        future: Future[_T] = Future()

        def work() -> None:
            if not future.set_running_or_notify_cancel():
                return
            try:
                future.set_result(fn(*args, **kwargs))
            except Exception as error:  # noqa: BLE001 - it belongs to whoever waits for the call
                future.set_exception(error)

        threading.Thread(target=work, name="relaytui-lookup", daemon=True).start()
        return future


class _Progress:
    """How far one call has come, as httpx traces it."""

    def __init__(self, written: Callable[[], None]) -> None:
        self._written = written
        self._method = b"POST"
        self.connected_to = ""
        """The host that was connected to last, "" where a connection was reused."""

    async def trace(self, event: str, info: Mapping[str, Any]) -> None:
        match event:
            case "connection.connect_tcp.started":
                self.connected_to = info["host"]
            case "http11.send_request_headers.started":
                self._method = info["request"].method
            case "http11.send_request_body.complete" if self._method == b"POST":
                # Not the CONNECT to a proxy, after which the question itself has yet to go out.
                self._written()


class RelayClient:
    """Asks `DescribeStreamIngest` over one connection pool for its whole life; implements `StatusSource`.

    `current`, where given, is asked for the credential before every question: files of temporary keys change.
    `idle_seconds` is how long an unused connection is kept: more than the longest interval, or every poll connects
    anew. `tls` replaces the system's certificates in tests.
    """

    def __init__(
        self,
        endpoint: Endpoint,
        credential: Credential,
        *,
        clock: Clock,
        current: Callable[[], FoundCredential | NoCredential] | None = None,
        idle_seconds: float = 90.0,
        call_seconds: float = CALL_SECONDS,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self._endpoint = endpoint
        self._credential = credential
        self._current = current
        self._clock = clock
        self._call_seconds = call_seconds
        self._offset: float | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._unusable: Failure | None = None
        try:
            trusted = _trust(endpoint, tls)
            self._http = httpx.AsyncClient(
                verify=trusted or False,
                # Proxies are httpx's own business.
                transport=None if _is_proxied(endpoint) else Connections(trusted, idle_seconds=idle_seconds),
                timeout=None,  # noqa: S113 - asyncio.timeout bounds the whole call; httpx's limits are per read
                limits=httpx.Limits(
                    max_connections=CONNECTIONS,
                    max_keepalive_connections=IDLE_CONNECTIONS,
                    keepalive_expiry=idle_seconds,
                ),
                # A proxy for loopback would carry our requests off this machine.
                trust_env=not endpoint.is_loopback,
                headers={"Accept-Encoding": "identity", "User-Agent": "relaytui"},
            )
        except (ImportError, ValueError, httpx.InvalidURL) as error:
            # A proxy variable that httpx cannot use; without the client every question has this answer.
            # An InvalidURL quotes what it takes for the port, which can be part of a password.
            text = "the proxy variable is no URL" if isinstance(error, httpx.InvalidURL) else plain(str(error))
            self._unusable = Failure(FailureKind.NETWORK, "proxy", text)
            self._http = httpx.AsyncClient(trust_env=False, verify=False)  # noqa: S501 - never sends anything

    @property
    def expires_at(self) -> float | None:
        """When the credential ends (Unix seconds); None where it does not."""
        return self._credential.expires_at

    async def aclose(self) -> None:
        """Give back all connections."""
        await self._http.aclose()

    async def observe(self, key: TaskKey, *, written: Callable[[], None]) -> Observation:
        """Ask about one task once; every failure is an Observation, and none is retried here."""
        begun = self._clock.monotonic()
        if (unusable := self._unusable or self._renew()) is not None:
            return Observation(key, unusable, self._clock.wall(), begun, replied=False)
        if self._loop is None:
            self._loop = asyncio.get_running_loop()
            self._loop.set_default_executor(_LookupThreads())
        progress = _Progress(written)
        try:
            async with asyncio.timeout(self._call_seconds):
                outcome, request_id, server_time = await self._call(key, progress)
        except TimeoutError:
            text = f"no whole answer within {self._call_seconds:g} s"
            return self._observation(key, Failure(FailureKind.TIMEOUT, "timeout", text), begun, replied=False)
        except (UnicodeEncodeError, httpx.LocalProtocolError):
            # Without the library's text, which quotes the header.
            text = "SecretId or token holds a character that no header can carry"
            return self._observation(key, Failure(FailureKind.CREDENTIALS, "credential", text), begun, replied=False)
        except (httpx.HTTPError, httpx.InvalidURL, httpx.StreamError, OSError) as error:
            failure = explain(error)
            if isinstance(error, httpx.ConnectError) and progress.connected_to not in ("", self._endpoint.host):
                failure = Failure(FailureKind.NETWORK, "proxy", f"{progress.connected_to}: {failure.message}")
            return self._observation(key, failure, begun, replied=False)
        return self._observation(key, outcome, begun, request_id=request_id, server_time=server_time)

    async def _call(self, key: TaskKey, progress: _Progress) -> tuple[Status | Failure, str, float | None]:
        body = wire.request_body(key)
        headers = wire.request_headers(
            key, self._credential, host=self._endpoint.authority, timestamp=int(self._signing_time()), body=body
        )
        async with self._http.stream(
            "POST", self._endpoint.url, content=body, headers=headers, extensions={"trace": progress.trace}
        ) as response:
            reply = bytearray()
            async for chunk in response.aiter_raw():
                reply += chunk
                if len(reply) > REPLY_LIMIT:
                    text = f"more than {REPLY_LIMIT} bytes"
                    return Failure(FailureKind.MALFORMED, "too large", text), "", None
        names = {name.lower(): value for name, value in response.headers.items()}
        outcome, request_id = wire.read_reply(response.status_code, names, bytes(reply))
        if isinstance(outcome, Failure) and not outcome.came_from_api:
            # Whoever answered instead may show what it was sent, and what it says is shown in turn.
            harmless = redact(reply.decode("utf-8", "replace")).encode()
            outcome, request_id = wire.read_reply(response.status_code, names, harmless)
        return outcome, request_id, wire.server_time(names)

    def _renew(self) -> Failure | None:
        """Take over the credential as it is now, or say why there is none to sign with."""
        if self._current is not None:
            found = self._current()
            if isinstance(found, NoCredential):
                return found.failure
            self._credential = found.credential
        expires_at = self._credential.expires_at
        if expires_at is not None and expires_at <= self._clock.wall():
            return Failure(FailureKind.CREDENTIALS, "expired", "the temporary credential has expired: log in again")
        return None

    def _signing_time(self) -> float:
        """The time to sign with: ours, or the server's where ours is known to be far off."""
        if self._offset is not None and abs(self._offset) > CLOCK_TOLERANCE:
            return self._clock.wall() + self._offset
        return self._clock.wall()

    def _observation(
        self,
        key: TaskKey,
        outcome: Status | Failure,
        begun: float,
        *,
        request_id: str = "",
        server_time: float | None = None,
        replied: bool = True,
    ) -> Observation:
        at, moment = self._clock.wall(), self._clock.monotonic()
        latency = moment - begun
        offset = None
        if server_time is not None:
            # The Date header has whole seconds and was written about half a round trip ago.
            offset = self._offset = server_time + 0.5 + latency / 2 - at
        return Observation(key, outcome, at, moment, latency, request_id, offset, replied)


def _is_proxied(endpoint: Endpoint) -> bool:
    """Whether a proxy may have to be asked; httpx then looks up which, or that NO_PROXY excepts this host."""
    return not endpoint.is_loopback and any(name != "no" for name in urllib.request.getproxies())


def _trust(endpoint: Endpoint, tls: ssl.SSLContext | None) -> ssl.SSLContext | None:
    if tls is not None:
        return tls
    if endpoint.scheme == "http":
        return None
    import truststore  # noqa: PLC0415 - 20 ms that plain http on loopback need not pay

    return truststore.SSLContext(ssl.PROTOCOL_TLS_CLIENT)


def explain(error: Exception) -> Failure:
    """Which failure a library's exception stands for; the one place where exceptions become values."""
    causes = list(_causes(error))
    text = plain(str(error)) or type(error).__name__
    if isinstance(error, httpx.ProxyError):
        return Failure(FailureKind.NETWORK, "proxy", text)
    if isinstance(error, httpx.TimeoutException):
        return Failure(FailureKind.TIMEOUT, "timeout", text)
    for cause in causes:
        match cause:
            case ssl.SSLCertVerificationError():
                return Failure(FailureKind.NETWORK, "tls", plain(str(cause)))
            case ssl.SSLError():
                return Failure(FailureKind.NETWORK, "no tls", plain(str(cause)))
            case socket.gaierror():
                return Failure(FailureKind.NETWORK, "dns", _words(cause))
            case ConnectionRefusedError():
                return Failure(FailureKind.NETWORK, "refused", _words(cause))
            case ConnectionResetError() | BrokenPipeError():
                return Failure(FailureKind.NETWORK, "reset", _words(cause) or text)
            case OSError(errno=errno.ENETUNREACH | errno.EHOSTUNREACH | errno.ENETDOWN):
                return Failure(FailureKind.NETWORK, "unreachable", _words(cause))
            case _:
                continue
    if isinstance(error, httpx.RemoteProtocolError) and "illegal" not in text:
        return Failure(FailureKind.NETWORK, "cut off", "the connection was closed before a whole answer had come")
    if isinstance(error, (httpx.RemoteProtocolError, httpx.DecodingError, httpx.InvalidURL)):
        return Failure(FailureKind.MALFORMED, "not the API", text)
    return Failure(FailureKind.NETWORK, type(error).__name__, text)


def _words(error: OSError) -> str:
    """What happened, without Python's "[Errno 111]" before it."""
    return plain(error.strerror or str(error))


def _causes(error: BaseException) -> Iterator[BaseException]:
    """The exception, what it was raised from, and the members of groups among them."""
    seen: set[int] = set()
    waiting = [error]
    while waiting:
        one = waiting.pop(0)
        if id(one) in seen:
            continue
        seen.add(id(one))
        yield one
        waiting += [cause for cause in (one.__cause__, one.__context__) if cause is not None]
        if isinstance(one, BaseExceptionGroup):
            waiting += one.exceptions
