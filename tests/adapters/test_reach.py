from __future__ import annotations

import asyncio
import socket
import ssl
import time

import pytest
import trustme

from relaytui.adapters.reach import Proxy, Way, proxy_for, resolve
from relaytui.core.endpoint import Endpoint, read_endpoint
from relaytui.core.tc3 import Secret
from tests.adapters.peer import Authority, Peer, answering, closed_port, reply
from tests.adapters.peer import Proxy as ProxyPeer

API = Endpoint("https", "trtc.tencentcloudapi.com")


@pytest.mark.parametrize(
    ("variables", "wanted"),
    [
        ({}, "None"),
        ({"HTTPS_PROXY": "http://proxy.example:3128"}, "http://proxy.example:3128"),
        ({"https_proxy": "proxy.example:3128"}, "http://proxy.example:3128"),
        ({"ALL_PROXY": "http://proxy.example"}, "http://proxy.example:80"),
        ({"HTTPS_PROXY": "http://mei:pass%40word@proxy.example:3128"}, "http://…@proxy.example:3128"),
        ({"ALL_PROXY": "socks5://proxy.example"}, "socks5://proxy.example:1080"),
        ({"HTTPS_PROXY": "http://proxy.example:3128", "NO_PROXY": ".tencentcloudapi.com"}, "None"),
        ({"HTTP_PROXY": "http://proxy.example:3128"}, "None"),
        ({"HTTPS_PROXY": "http://mei:planted@proxy:port"}, "the proxy variable is no URL"),
        ({"HTTPS_PROXY": "http://"}, "the proxy variable names no host"),
    ],
)
def test_which_proxy_is_on_the_way(variables: dict[str, str], wanted: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    found = proxy_for(API)
    assert str(found) == wanted
    assert "planted" not in repr(found)
    assert "pass" not in repr(found)


def test_loopback_has_no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ALL_PROXY", "http://proxy.example")
    endpoint = read_endpoint("http://127.0.0.1:1")
    assert isinstance(endpoint, Endpoint)
    assert proxy_for(endpoint) is None


def test_a_name_and_an_address_resolve() -> None:
    assert resolve("127.0.0.1", 443) == ["127.0.0.1"]
    assert resolve("localhost", 443)


@pytest.mark.parametrize("name", ["no-such-host.invalid", "a..b", "x" * 70])
def test_what_is_no_name_is_an_error_of_the_look_up(name: str) -> None:
    with pytest.raises(socket.gaierror):
        resolve(name, 443)


async def test_each_step_of_the_way() -> None:
    authority = Authority()
    tls = authority.serving(authority.ca.issue_cert("localhost"))
    async with Peer(answering(reply(Date="Fri, 02 Jan 2026 03:04:05 GMT")), tls=tls) as peer:
        way = await Way.to("127.0.0.1", peer.port)
        assert way.address == "127.0.0.1"
        certificate = await way.secure("localhost", authority.trusting())
        assert certificate.protocol == "TLSv1.3"
        assert "trustme" in certificate.issuer
        assert certificate.expires_at is not None
        assert certificate.expires_at > time.time()
        assert await way.server_time(Endpoint("https", "localhost", peer.port)) == 1_767_323_045.0
        way.close()
        assert "authorization" not in peer.requests[0].headers


async def test_an_answer_without_a_date() -> None:
    async with Peer() as peer:
        way = await Way.to("127.0.0.1", peer.port)
        assert await way.server_time(Endpoint("http", "127.0.0.1", peer.port)) is None
        way.close()


async def test_a_certificate_that_nobody_trusts() -> None:
    authority = Authority()
    tls = authority.serving(authority.ca.issue_cert("localhost"))
    async with Peer(tls=tls) as peer:
        way = await Way.to("127.0.0.1", peer.port)
        with pytest.raises(ssl.SSLError):
            await way.secure("localhost", Authority(trustme.CA()).trusting())
        way.close()


async def test_nobody_listens() -> None:
    async with closed_port() as port:
        with pytest.raises(ConnectionRefusedError):
            await Way.to("127.0.0.1", port)


async def test_a_server_that_hangs_up() -> None:
    async def hang_up(_request: object, _reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.close()

    async with Peer(hang_up) as peer:
        way = await Way.to("127.0.0.1", peer.port)
        with pytest.raises(OSError, match="closed"):
            await way.server_time(Endpoint("http", "127.0.0.1", peer.port))
        way.close()


async def test_through_a_proxy() -> None:
    authority = Authority()
    tls = authority.serving(authority.ca.issue_cert("trtc.tencentcloudapi.com"))
    async with Peer(tls=tls) as peer, ProxyPeer(peer.port) as proxy:
        way = await Way.to("127.0.0.1", proxy.port)
        await way.through(Proxy("http", "127.0.0.1", proxy.port, Secret("mei:word")), API)
        assert "trustme" in (await way.secure(API.host, authority.trusting())).issuer
        way.close()
        assert proxy.lines == ["CONNECT trtc.tencentcloudapi.com:443 HTTP/1.1"]


async def test_a_proxy_that_refuses() -> None:
    refusal = b"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n"
    async with ProxyPeer(refusal=refusal) as proxy:
        way = await Way.to("127.0.0.1", proxy.port)
        with pytest.raises(OSError, match="407 Proxy Authentication Required"):
            await way.through(Proxy("http", "127.0.0.1", proxy.port), API)
        way.close()
