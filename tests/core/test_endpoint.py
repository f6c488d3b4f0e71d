from __future__ import annotations

import pytest

from relaytui.core.endpoint import DEFAULT_ENDPOINT, Endpoint, read_endpoint
from relaytui.core.entry import Refused


@pytest.mark.parametrize(
    ("text", "url", "authority"),
    [
        (DEFAULT_ENDPOINT, "https://trtc.tencentcloudapi.com/", "trtc.tencentcloudapi.com"),
        ("trtc.intl.tencentcloudapi.com", "https://trtc.intl.tencentcloudapi.com/", "trtc.intl.tencentcloudapi.com"),
        (" https://TRTC.example.com/ ", "https://trtc.example.com/", "trtc.example.com"),
        ("https://host:443", "https://host/", "host"),
        ("https://host:8443", "https://host:8443/", "host:8443"),
        ("http://127.0.0.1:8000", "http://127.0.0.1:8000/", "127.0.0.1:8000"),
        ("http://127.8.9.1", "http://127.8.9.1/", "127.8.9.1"),
        ("http://localhost:80", "http://localhost/", "localhost"),
        ("http://[::1]:8000/", "http://[::1]:8000/", "[::1]:8000"),
        ("https://10.0.0.7", "https://10.0.0.7/", "10.0.0.7"),
    ],
)
def test_read(text: str, url: str, authority: str) -> None:
    endpoint = read_endpoint(text)
    assert isinstance(endpoint, Endpoint)
    assert (endpoint.url, endpoint.authority) == (url, authority)
    assert read_endpoint(str(endpoint)) == endpoint


@pytest.mark.parametrize(
    "text",
    ["http://trtc.tencentcloudapi.com", "http://10.0.0.7:8000", "http://localhost.example.com", "http://[::2]/"],
)
def test_plain_http_stays_on_this_machine(text: str) -> None:
    refused = read_endpoint(text)
    assert isinstance(refused, Refused)
    assert "https" in refused.reason


@pytest.mark.parametrize(
    "text",
    [
        "",
        "https://",
        "ftp://host",
        "https://host/path",
        "https://host?query",
        "https://host#part",
        "https://user:password@host",
        "https://host:port",
        "https://host:99999",
        "https://ho st",
        "https://-host",
        "https://[::1",
        "https://höst",
        "https://trtc..example.com",
        f"https://{'a' * 64}.example.com",
        f"https://{'a.' * 127}com",
        "https://ho\x1bst",
    ],
)
def test_refused(text: str) -> None:
    refused = read_endpoint(text)
    assert isinstance(refused, Refused)
    assert "\x1b" not in refused.reason


@pytest.mark.parametrize(
    ("text", "is_loopback"),
    [("http://localhost", True), ("https://127.0.0.2", True), ("https://[::1]", True), ("https://10.0.0.7", False)],
)
def test_which_endpoints_are_this_machine(text: str, is_loopback: bool) -> None:
    endpoint = read_endpoint(text)
    assert isinstance(endpoint, Endpoint)
    assert endpoint.is_loopback is is_loopback


def test_the_vendors_two_endpoints_have_words() -> None:
    for word, host in (("mainland", "trtc.tencentcloudapi.com"), (" international ", "trtc.intl.tencentcloudapi.com")):
        assert read_endpoint(word) == Endpoint("https", host)
