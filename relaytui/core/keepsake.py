"""A credential as text: how it is checked when it comes in, and the one compact JSON value that stores keep."""

from __future__ import annotations

import json
from typing import Any

from relaytui.core.entry import Refused
from relaytui.core.tc3 import Credential, Secret

_VERSION = 1


def make_credential(
    secret_id: str, secret_key: Secret, token: Secret | None = None, expires_at: float | None = None
) -> Credential | Refused:
    """The credential of these parts, or which of them is empty or cannot stand in a header; no part is ever shown.

    Blanks around a part are stripped; an empty token is none. `expires_at` is Unix seconds.
    """
    parts = {"SecretId": Secret(secret_id.strip()), "SecretKey": _stripped(secret_key)}
    if token is not None and (token := _stripped(token)):
        parts["token"] = token
    for name, part in parts.items():
        if not part:
            return Refused(f"the {name} is empty")
        if not is_clean(part):
            return Refused(f"the {name} holds a blank or a character that no credential has: copy it again")
    return Credential(secret_id.strip(), parts["SecretKey"], parts.get("token"), expires_at)


def is_clean(part: Secret) -> bool:
    """Whether every character can stand in a credential."""
    return all("!" <= character <= "~" for character in part.reveal())


def write_credential(credential: Credential) -> Secret:
    """The credential as compact JSON."""
    return Secret(
        json.dumps(
            {
                "v": _VERSION,
                "id": credential.secret_id,
                "key": credential.secret_key.reveal(),
                **({"token": credential.token.reveal()} if credential.token else {}),
                **({"expires": credential.expires_at} if credential.expires_at is not None else {}),
            },
            separators=(",", ":"),
        )
    )


def read_credential(text: Secret) -> Credential | Refused:
    """The credential that `write_credential` wrote, or why this is none; what it says instead is never shown."""
    value = _parse(text)
    if not isinstance(value, dict):
        return Refused("it is not an entry of relaytui's")
    if value.get("v") != _VERSION:
        return Refused("another version of relaytui wrote it")
    token, expires = value.get("token", ""), value.get("expires")
    texts = all(isinstance(part, str) for part in (value.get("id"), value.get("key"), token))
    if not texts or isinstance(expires, bool) or not isinstance(expires, int | float | None):
        return Refused("a part of it is missing or not a text")
    return make_credential(value["id"], Secret(value["key"]), Secret(token), expires)


def _stripped(part: Secret) -> Secret:
    return Secret(part.reveal().strip())


def _parse(text: Secret) -> Any:
    try:
        return json.loads(text.reveal())
    except (ValueError, RecursionError):
        # Not chained and not told: the error holds the whole text.
        return None
