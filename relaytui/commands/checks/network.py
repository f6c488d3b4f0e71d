"""The way to each endpoint: proxy, name, connection, certificate, and how far the clocks are apart."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial

from relaytui.adapters.client import explain
from relaytui.adapters.reach import Certificate, Proxy, Way, proxy_for, resolve
from relaytui.commands.checks.checkup import Checkup, Level, Line, Told
from relaytui.core.endpoint import Endpoint
from relaytui.core.observation import CLOCK_TOLERANCE

_CONNECT_SECONDS = 3.0
_ANSWER_SECONDS = 2.0
_SOON = 14 * 86_400.0
"""Seconds before its end at which a certificate is worth a warning."""


def begin(checkup: Checkup, endpoints: Iterable[Endpoint]) -> None:
    """Go to each endpoint, or to the proxy before it, as the client would."""
    for endpoint in endpoints:
        proxy = proxy_for(endpoint)
        checkup.tell(_proxy_line(endpoint, proxy))
        if isinstance(proxy, str):
            continue
        host, port = (proxy.host, proxy.port) if proxy else (endpoint.host, _port(endpoint))
        resolved = checkup.begin(
            "dns",
            partial(_resolve, host, port, through_proxy=proxy is not None),
            seconds=4.5,
            fix="the name server does not answer: check DNS, VPN and /etc/resolv.conf",
            about=host,
        )
        checkup.after(
            resolved,
            "tcp",
            partial(_go, endpoint, proxy),
            seconds=9,
            fix="look for a firewall on the way",
            about=f"{host}:{port}",
        )


def _port(endpoint: Endpoint) -> int:
    return endpoint.port or (443 if endpoint.scheme == "https" else 80)


def _proxy_line(endpoint: Endpoint, proxy: Proxy | str | None) -> Line:
    if isinstance(proxy, str):
        return Line("proxy", Level.FAULT, proxy, "correct HTTPS_PROXY or ALL_PROXY", endpoint.host)
    if proxy is None:
        return Line("proxy", Level.OK, "none", about=endpoint.host)
    if proxy.scheme not in ("http", "https"):
        fix = "set HTTPS_PROXY to an HTTP proxy: relaytui speaks no SOCKS"
        return Line("proxy", Level.FAULT, f"{proxy} is no HTTP proxy", fix, endpoint.host)
    return Line("proxy", Level.OK, str(proxy), about=endpoint.host)


def _resolve(host: str, port: int, *, through_proxy: bool) -> Told[list[str]]:
    begun = time.monotonic()
    try:
        addresses = resolve(host, port)
    except OSError as error:
        return Told.of(_failed("dns", host, error, through_proxy=through_proxy))
    text = f"{', '.join(addresses[:3])}{' …' if addresses[3:] else ''}, {_took(begun)}"
    return Told.of(Line("dns", Level.OK, text, about=host), value=addresses)


def _go(endpoint: Endpoint, proxy: Proxy | None, _addresses: list[str]) -> Told[None]:
    return Told(tuple(asyncio.run(_each_step(endpoint, proxy))))


async def _each_step(endpoint: Endpoint, proxy: Proxy | None) -> list[Line]:
    """Every step of the way as far as it leads."""
    host, port = (proxy.host, proxy.port) if proxy else (endpoint.host, _port(endpoint))
    lines: list[Line] = []
    begun = time.monotonic()
    try:
        async with asyncio.timeout(_CONNECT_SECONDS):
            way = await Way.to(host, port)
    except OSError as error:
        return [_failed("tcp", f"{host}:{port}", error, _CONNECT_SECONDS, through_proxy=proxy is not None)]
    lines.append(Line("tcp", Level.OK, f"{way.address}, {_took(begun)}", about=f"{host}:{port}"))
    try:
        if proxy is not None:
            if not proxy.is_http:
                return lines
            step = "proxy"
            async with asyncio.timeout(_ANSWER_SECONDS):
                await way.through(proxy, endpoint)
        if endpoint.scheme == "https":
            step, begun = "tls", time.monotonic()
            async with asyncio.timeout(_ANSWER_SECONDS):
                lines.append(_tls_line(endpoint, await way.secure(endpoint.host), _took(begun)))
        step, begun = "clock", time.monotonic()
        async with asyncio.timeout(_ANSWER_SECONDS):
            server = await way.server_time(endpoint)
        lines.append(_clock_line(endpoint, server, time.monotonic() - begun))
    except OSError as error:
        line = _failed(step, endpoint.host, error, _ANSWER_SECONDS)
        # The live call says whether anybody answers; here nobody was asked a thing.
        lines.append(replace(line, level=Level.WARNING) if step == "clock" else line)
    finally:
        way.close()
    return lines


def _tls_line(endpoint: Endpoint, certificate: Certificate, took: str) -> Line:
    issuer = certificate.issuer or "an issuer that this system keeps to itself"
    text = f"{certificate.protocol}, trusted, issued by {issuer}"
    if certificate.expires_at is not None:
        text += f", until {datetime.fromtimestamp(certificate.expires_at, UTC):%Y-%m-%d}"
        if certificate.expires_at - time.time() < _SOON:
            fix = "tell whoever runs the endpoint or the proxy that its certificate ends soon"
            return Line("tls", Level.WARNING, f"{text}, {took}", fix, endpoint.host)
    return Line("tls", Level.OK, f"{text}, {took}", about=endpoint.host)


def _clock_line(endpoint: Endpoint, server: float | None, latency: float) -> Line:
    if server is None:
        fix = "look for a proxy, gateway or captive portal: the API dates its answers"
        return Line("clock", Level.WARNING, "the answer has no date", fix, endpoint.host)
    # The Date header has whole seconds and was written about half a round trip ago.
    offset = time.time() - (server + 0.5 + latency / 2)
    if abs(offset) < 1.5:
        return Line("clock", Level.OK, "as the server's, within 1 s", about=endpoint.host)
    text = f"{abs(offset):.0f} s {'ahead of' if offset > 0 else 'behind'} the server's"
    if abs(offset) <= CLOCK_TOLERANCE:
        return Line("clock", Level.OK, text, about=endpoint.host)
    fix = "set this machine's clock (timedatectl set-ntp true); until then requests are signed with the server's time"
    return Line("clock", Level.WARNING, text, fix, endpoint.host)


def _failed(check: str, about: str, error: OSError, seconds: float = 0.0, *, through_proxy: bool = False) -> Line:
    if isinstance(error, TimeoutError):
        fix = "nothing comes back: look for a firewall, a VPN or a proxy on the way"
        return Line(check, Level.FAULT, f"no answer within {seconds:g} s", fix, about)
    failure = explain(error)
    is_proxys = through_proxy or check == "proxy"
    fix = "check HTTPS_PROXY: host, port, user and password" if is_proxys else failure.advice
    return Line(check, Level.FAULT, f"{failure.message or failure.code}", fix, about)


def _took(begun: float) -> str:
    return f"{1000 * (time.monotonic() - begun):.0f} ms"
