"""Credentials that the vendor's own tools left in the home folder: read only, and read again when they change."""

from __future__ import annotations

import configparser
import json
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

from relaytui.adapters.regular_file import read_regular
from relaytui.core.entry import Refused
from relaytui.core.keepsake import make_credential
from relaytui.core.tc3 import Credential, Secret
from relaytui.ports import FoundCredential, NoCredential

_LIMIT = 65_536
_Stamp = tuple[int, int, int]
_Parse = Callable[[Secret, str], Credential | NoCredential]
SYSTEM_FILE = Path("/etc/tencentcloud/credentials")
SDK_PROFILE = "default"
"""The one profile that the SDK's files know."""


class VendorFiles:
    """`~/.tccli/<profile>.credential`, and for the profile "default" then the files of the vendor's SDK.

    Those are `~/.tencentcloud/credentials` and, only where that is not there, the `system` one. `now` is Unix seconds:
    what has expired by then is not used (tencent-api.md 5.2, 5.4).
    """

    def __init__(self, home: Path, *, system: Path = SYSTEM_FILE, now: Callable[[], float] = time.time) -> None:
        self._home = home
        self._system = system
        self._now = now
        self._known: dict[Path, tuple[_Stamp | None, Credential | NoCredential]] = {}

    def find(self, profile: str) -> FoundCredential | NoCredential:
        """The profile's credential now, or why there is none; asks the disk only whether a file has changed."""
        looked = []
        for path, parse in self._files(profile):
            found = self._find(path, parse)
            if isinstance(found, FoundCredential) or not found.absent:
                return found
            looked.append(found.reason)
        return NoCredential(", ".join(looked), "configure tccli, or run relaytui login", absent=True)

    def _files(self, profile: str) -> Iterator[tuple[Path, _Parse]]:
        yield self._home / ".tccli" / f"{profile}.credential", _read_tccli
        if profile == SDK_PROFILE:
            yield self._home / ".tencentcloud" / "credentials", _read_sdk
            yield self._system, _read_sdk

    def tccli(self, name: str) -> FoundCredential | NoCredential:
        """What tccli keeps under this name."""
        return self._find(self._home / ".tccli" / f"{name}.credential", _read_tccli)

    def tccli_settings(self, name: str) -> dict[str, str]:
        """The region and the endpoint that tccli is set to under this name, as far as it says."""
        raw = _read(self._home / ".tccli" / f"{name}.configure")
        document = None if isinstance(raw, NoCredential) else _json(raw)
        found = {}
        for key, section in (("region", "_sys_param"), ("endpoint", "trtc")):
            value = document[section].get(key) if document and isinstance(document.get(section), dict) else None
            if isinstance(value, str) and value:
                found[key] = value
        return found

    def _find(self, path: Path, parse: _Parse) -> FoundCredential | NoCredential:
        shown = f"~/{path.relative_to(self._home).as_posix()}" if path.is_relative_to(self._home) else str(path)
        stamp = _stamp(path)
        known, credential = self._known.get(path, (None, None))
        if credential is None or known != stamp:
            raw = _read(path, shown)
            credential = raw if isinstance(raw, NoCredential) else parse(raw, shown)
            self._known[path] = stamp, credential
        if isinstance(credential, NoCredential):
            return credential
        if credential.expires_at is not None and credential.expires_at <= self._now():
            when = datetime.fromtimestamp(credential.expires_at, UTC).strftime("%Y-%m-%d %H:%M UTC")
            return NoCredential(
                f"the credential in {shown} expired {when}", "run tccli once, which renews it, or log in again with it"
            )
        return FoundCredential(credential, shown, partial(self._find, path, parse))


def _stamp(path: Path) -> _Stamp | None:
    """What changes when a file does; None where it cannot be looked at."""
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_mtime_ns, status.st_size, status.st_ino


def _read(path: Path, shown: str = "") -> Secret | NoCredential:
    try:
        return Secret(read_regular(path, _LIMIT).decode("utf-8-sig"))
    except (FileNotFoundError, NotADirectoryError):
        return NoCredential(f"no file {shown}", "configure tccli, or run relaytui login", absent=True)
    except OSError as error:
        return NoCredential(
            f"{shown} cannot be read: {error.strerror or error}", "make it a file that you can read, or take it away"
        )
    except UnicodeDecodeError:
        return NoCredential(f"{shown} is not UTF-8", "write it anew with the vendor's tool, or take it away")


def _json(raw: Secret) -> dict[str, Any] | None:
    try:
        document = json.loads(raw.reveal())
    except (ValueError, RecursionError):
        # Not chained and not told: the error holds the whole text.
        return None
    return document if isinstance(document, dict) else None


def _read_tccli(raw: Secret, shown: str) -> Credential | NoCredential:
    document = _json(raw)
    if document is None:
        return NoCredential(f"{shown} is not a JSON object", "configure tccli again")
    if document.get("role-arn") or document.get("type") == "cvm-role":
        return NoCredential(f"{shown} names a role, which relaytui cannot take on", "give it a key of its own")
    texts = [document.get(key, "") for key in ("secretId", "secretKey", "token")]
    expires = document.get("expiresAt")
    if not all(isinstance(text, str) for text in texts) or isinstance(expires, bool):
        return NoCredential(f"{shown} has a part that is not a text", "configure tccli again")
    if not isinstance(expires, int | float | None) or not 0 <= (expires or 0) < 2**40:
        return NoCredential(f"{shown}: expiresAt is no time in Unix seconds", "log in again with tccli")
    return _named(make_credential(texts[0], Secret(texts[1]), Secret(texts[2]), expires), shown)


def _read_sdk(raw: Secret, shown: str) -> Credential | NoCredential:
    # Raw, because "%" is literal there; a value may stand in quotes although the SDK itself would keep them.
    parser = configparser.RawConfigParser(strict=False)
    try:
        parser.read_string(raw.reveal())
    except configparser.Error:
        return NoCredential(f"{shown} is not an INI file", "write it as the vendor's SDK wants it")
    if not parser.has_section("default"):
        return NoCredential(f"{shown} has no section [default]", "write it as the vendor's SDK wants it")
    secret_id, secret_key = (_unquoted(parser.get("default", key, fallback="")) for key in ("secret_id", "secret_key"))
    return _named(make_credential(secret_id, Secret(secret_key)), shown)


def _unquoted(text: str) -> str:
    return text[1:-1] if len(text) >= 2 and text[0] == text[-1] and text[0] in "\"'" else text


def _named(credential: Credential | Refused, shown: str) -> Credential | NoCredential:
    if isinstance(credential, Refused):
        return NoCredential(f"{shown}: {credential.reason}", "correct it there, or run relaytui login")
    return credential
