"""TC3-HMAC-SHA256 request signing, in the vendor's named stages (tencent-api.md section 2).

Each stage is a function of plain values, so that each can be held against the published vectors.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import NoReturn
from weakref import WeakValueDictionary

ALGORITHM = "TC3-HMAC-SHA256"
_MASK = "********"
_SHORTEST = 8
"""Characters of a secret that is worth looking for: no account has shorter ones, and "a" is in every text."""
_TELLTALE = re.compile(rf"AKID\w+|{ALGORITHM} [^\n]*Signature=\w+|(?i:authorization)\W{{1,4}}[^\n]*")


_alive: WeakValueDictionary[int, Secret] = WeakValueDictionary()


class Secret:
    """A secret text that shows itself only when asked by `reveal`, never by printing, formatting or pickling."""

    __slots__ = ("__weakref__", "_text")

    def __init__(self, text: str) -> None:
        self._text = text
        _alive[id(self)] = self

    def reveal(self) -> str:
        """The secret itself; the caller must not keep it in a local variable that a traceback could show."""
        return self._text

    def __repr__(self) -> str:
        return f"Secret({_MASK})"

    def __str__(self) -> str:
        return _MASK

    def __bool__(self) -> bool:
        return bool(self._text)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and hmac.compare_digest(self._text.encode(), other._text.encode())

    def __hash__(self) -> int:
        return hash(self._text)

    def __deepcopy__(self, memo: object) -> Secret:
        return self

    def __reduce__(self) -> NoReturn:
        raise TypeError("a Secret cannot be pickled")


def redact(text: str) -> str:
    """`text` without any secret that this process holds now, without SecretIds and without signatures."""
    for secret in sorted(_alive.values(), key=lambda secret: -len(secret.reveal())):
        if len(secret.reveal()) >= _SHORTEST:
            text = text.replace(secret.reveal(), _MASK)
    return _TELLTALE.sub(_MASK, text)


@dataclass(frozen=True, slots=True)
class Credential:
    """A SecretId with its SecretKey, and a session token where the key is temporary.

    `expires_at` is Unix seconds, None where the key does not expire. Prints masked and refuses to be pickled.
    """

    secret_id: str = field(repr=False)
    secret_key: Secret
    token: Secret | None = None
    expires_at: float | None = None

    @property
    def masked_id(self) -> str:
        """Enough of the SecretId to tell two apart, not enough to use."""
        return f"{self.secret_id[:4]}…{self.secret_id[-4:]}" if len(self.secret_id) >= 16 else _MASK

    def __str__(self) -> str:
        return f"Credential({self.masked_id})"

    def __reduce__(self) -> NoReturn:
        raise TypeError("a Credential cannot be pickled")


def hashed_payload(body: bytes) -> str:
    """Lower-case hex SHA-256 of the exact body bytes."""
    return hashlib.sha256(body).hexdigest()


def signed_headers(headers: Mapping[str, str]) -> str:
    """The names of the signed headers: lower-case, sorted, joined by semicolons."""
    return ";".join(sorted(name.lower() for name in headers))


def canonical_request(headers: Mapping[str, str], payload_hash: str) -> str:
    """The canonical form of a `POST /` with these signed headers and no query."""
    lines = sorted(f"{name.lower()}:{value.strip().lower()}\n" for name, value in headers.items())
    return f"POST\n/\n\n{''.join(lines)}\n{signed_headers(headers)}\n{payload_hash}"


def utc_date(timestamp: int) -> str:
    """The UTC calendar date of the request's own timestamp (Unix seconds), never of a second clock reading."""
    return datetime.fromtimestamp(timestamp, UTC).strftime("%Y-%m-%d")


def credential_scope(date: str, service: str) -> str:
    """The scope that a derived key is good for."""
    return f"{date}/{service}/tc3_request"


def string_to_sign(timestamp: int, scope: str, canonical: str) -> str:
    """What is signed: algorithm, timestamp, scope and the hash of the canonical request."""
    return f"{ALGORITHM}\n{timestamp}\n{scope}\n{hashlib.sha256(canonical.encode()).hexdigest()}"


def _hmac(key: bytes, text: str) -> bytes:
    return hmac.digest(key, text.encode(), "sha256")


def secret_date(secret_key: Secret, date: str) -> bytes:
    """First derived key: bound to the date."""
    # Straight into C: a frame of ours would hold the key in a local variable, and a traceback may show locals.
    return hmac.digest(b"TC3" + secret_key.reveal().encode(), date.encode(), "sha256")


def secret_service(date_key: bytes, service: str) -> bytes:
    """Second derived key: bound to the service."""
    return _hmac(date_key, service)


def secret_signing(service_key: bytes) -> bytes:
    """Third derived key: the one that signs."""
    return _hmac(service_key, "tc3_request")


def signature(signing_key: bytes, text: str) -> str:
    """Lower-case hex HMAC of the string to sign."""
    return _hmac(signing_key, text).hex()


def authorization(
    credential: Credential, *, service: str, timestamp: int, headers: Mapping[str, str], body: bytes
) -> str:
    """The Authorization header for a `POST /` that signs exactly `headers` (tencent-api.md 2.1).

    `timestamp` is Unix seconds and must be the value sent as X-TC-Timestamp.
    """
    date = utc_date(timestamp)
    scope = credential_scope(date, service)
    text = string_to_sign(timestamp, scope, canonical_request(headers, hashed_payload(body)))
    sign = signature(secret_signing(secret_service(secret_date(credential.secret_key, date), service)), text)
    names = signed_headers(headers)
    return f"{ALGORITHM} Credential={credential.secret_id}/{scope}, SignedHeaders={names}, Signature={sign}"
