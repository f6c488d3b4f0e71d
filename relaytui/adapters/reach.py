"""The way to the API one step at a time: name, connection, proxy, certificate, clock. For finding out what is in it.

The client does all of this at once and says what failed; here each step has its own time and its own answer. What
fails raises OSError (of which ssl.SSLError and socket.gaierror are kinds) or TimeoutError; nobody is asked anything.
"""

from __future__ import annotations

import asyncio
import base64
import contextlib
import socket
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit
from urllib.request import getproxies, proxy_bypass

from relaytui.core.endpoint import Endpoint
from relaytui.core.tc3 import Secret
from relaytui.core.wire import server_time

_HEAD_LIMIT = 65_536


@dataclass(frozen=True, slots=True)
class Proxy:
    """A proxy on the way; `login` is "user:password" where it has one."""

    scheme: str
    host: str
    port: int
    login: Secret | None = None

    @property
    def is_http(self) -> bool:
        """Whether it is asked with CONNECT, over a plain connection."""
        return self.scheme == "http"

    def __str__(self) -> str:
        return f"{self.scheme}://{'…@' if self.login else ''}{self.host}:{self.port}"


def proxy_for(endpoint: Endpoint) -> Proxy | str | None:
    """The proxy that requests to this endpoint go through, None where they go straight, or why it is none."""
    if endpoint.is_loopback or proxy_bypass(endpoint.host):
        return None
    proxies = getproxies()
    text = proxies.get(endpoint.scheme) or proxies.get("all")
    if not text:
        return None
    try:
        url = urlsplit(text if "://" in text else f"http://{text}")
        port = url.port or (443 if url.scheme == "https" else 1080 if url.scheme.startswith("socks") else 80)
    except ValueError:
        # Without its text, which can hold a password.
        return "the proxy variable is no URL"
    if not url.hostname:
        return "the proxy variable names no host"
    login = f"{unquote(url.username)}:{unquote(url.password or '')}" if url.username else ""
    return Proxy(url.scheme, url.hostname, port, Secret(login) if login else None)


def resolve(host: str, port: int) -> list[str]:
    """The addresses of a name, those of IPv6 as they come; this can hang for half a minute and cannot be cancelled."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except UnicodeError as error:
        raise socket.gaierror(socket.EAI_NONAME, "this is no name that could be looked up") from error
    return list(dict.fromkeys(str(address[0]) for *_, address in found))


@dataclass(frozen=True, slots=True)
class Certificate:
    """What the server showed, as far as this system tells; `expires_at` is Unix seconds."""

    protocol: str
    issuer: str
    expires_at: float | None


class Way:
    """A connection towards the API, made step by step; close it in the end."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    @classmethod
    async def to(cls, host: str, port: int) -> Way:
        """Connect to the endpoint, or to the proxy before it."""
        return cls(*await asyncio.open_connection(host, port, happy_eyeballs_delay=0.25))

    @property
    def address(self) -> str:
        """The address that is connected to."""
        peer: tuple[str, int] | None = self._writer.get_extra_info("peername")
        return peer[0] if peer else "?"

    async def through(self, proxy: Proxy, endpoint: Endpoint) -> None:
        """Let the proxy connect to the endpoint; OSError with its answer where it does not."""
        host = f"[{endpoint.host}]" if ":" in endpoint.host else endpoint.host
        target = f"{host}:{endpoint.port or 443}"
        lines = [f"CONNECT {target} HTTP/1.1", f"Host: {target}"]
        if proxy.login:
            lines.append(f"Proxy-Authorization: Basic {base64.b64encode(proxy.login.reveal().encode()).decode()}")
        self._send(lines)
        status, _ = await self._head()
        if not status.partition(" ")[2].startswith("2"):
            raise OSError(f"the proxy answered {status[:80]}")

    async def secure(self, host: str, tls: ssl.SSLContext | None = None) -> Certificate:
        """Begin TLS, trusting what the client trusts, or `tls` in tests."""
        if tls is None:
            import truststore  # noqa: PLC0415 - only those who come this far need it

            tls = truststore.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        await self._writer.start_tls(tls, server_hostname=host)
        shown: Mapping[str, object] = self._writer.get_extra_info("peercert") or {}
        version: str | None = self._writer.get_extra_info("ssl_object").version()
        until = shown.get("notAfter")
        expires_at = float(ssl.cert_time_to_seconds(until)) if isinstance(until, str) else None
        return Certificate(version or "TLS", _issuer(shown), expires_at)

    async def server_time(self, endpoint: Endpoint) -> float | None:
        """The server's clock in Unix seconds, by the Date header of an answer to nobody's question; None without one.

        Nothing is signed, so no account's budget hears of it.
        """
        self._send(["GET / HTTP/1.1", f"Host: {endpoint.authority}", "User-Agent: relaytui", "Connection: close"])
        _, headers = await self._head()
        return server_time(headers)

    def close(self) -> None:
        """Hang up."""
        self._writer.transport.abort()

    def _send(self, lines: list[str]) -> None:
        self._writer.write("\r\n".join([*lines, "", ""]).encode("latin-1", "replace"))

    async def _head(self) -> tuple[str, dict[str, str]]:
        try:
            raw = await self._reader.readuntil(b"\r\n\r\n")
        except (asyncio.IncompleteReadError, asyncio.LimitOverrunError) as error:
            raise ConnectionResetError("the connection was closed before an answer had come") from error
        status, *lines = raw[:_HEAD_LIMIT].decode("latin-1").split("\r\n")
        pairs = (line.partition(":") for line in lines)
        return status, {name.strip().lower(): value.strip() for name, _, value in pairs}


def _issuer(certificate: Mapping[str, object]) -> str:
    """Who signed the certificate, by organisation and name; "" where the system keeps it to itself."""
    found: dict[str, str] = {}
    parts = certificate.get("issuer")
    for part in parts if isinstance(parts, tuple) else ():
        with contextlib.suppress(ValueError, TypeError):
            found |= dict(part)
    return ", ".join(filter(None, dict.fromkeys((found.get("organizationName", ""), found.get("commonName", "")))))
