"""Where the API is: the endpoint URL, read strictly."""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass
from urllib.parse import urlsplit

from relaytui.core.entry import Refused

DEFAULT_ENDPOINT = "https://trtc.tencentcloudapi.com"
"""The host of the vendor's own tools; international accounts may need trtc.intl.tencentcloudapi.com."""
NAMED_ENDPOINTS = {"mainland": DEFAULT_ENDPOINT, "international": "https://trtc.intl.tencentcloudapi.com"}
_PORTS = {"https": 443, "http": 80}
_LABEL = r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?"
_HOST = re.compile(rf"(?=.{{1,253}}$){_LABEL}(\.{_LABEL})*")
"""A name that can be looked up: with an empty or too long label, looking it up raises instead of failing."""


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Scheme, host and port of the API; `port` is None where it is the scheme's own."""

    scheme: str
    host: str
    port: int | None = None

    @property
    def authority(self) -> str:
        """What the server sees as Host, and what is signed."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port is None else f"{host}:{self.port}"

    @property
    def url(self) -> str:
        """The URL that requests go to."""
        return f"{self.scheme}://{self.authority}/"

    @property
    def is_loopback(self) -> bool:
        """Whether requests stay on this machine."""
        address = _address(self.host)
        return self.host == "localhost" or (address is not None and address.is_loopback)

    def __str__(self) -> str:
        return f"{self.scheme}://{self.authority}"


def read_endpoint(text: str) -> Endpoint | Refused:
    """The endpoint that a URL, a bare host, or one of the words of `NAMED_ENDPOINTS` names.

    Plain http is for loopback only: a request on the way could be read and its answer forged.
    """
    written = NAMED_ENDPOINTS.get(text.strip(), text.strip())
    try:
        url = urlsplit(written if "://" in written else f"https://{written}")
        host, port = url.hostname or "", url.port
    except ValueError as error:
        return Refused(f"not a URL ({error}): give one such as {DEFAULT_ENDPOINT}")
    if url.scheme not in _PORTS or url.path not in ("", "/") or url.query or url.fragment or "@" in url.netloc:
        return Refused(f"give only scheme and host, such as {DEFAULT_ENDPOINT}")
    if _address(host) is None and not _HOST.fullmatch(host):
        return Refused(f"give a host name or address, such as {DEFAULT_ENDPOINT}")
    endpoint = Endpoint(url.scheme, host, None if port == _PORTS[url.scheme] else port)
    if endpoint.scheme == "http" and not endpoint.is_loopback:
        return Refused("plain http goes only to this machine (127.0.0.1, ::1, localhost): use https")
    return endpoint


def _address(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None
