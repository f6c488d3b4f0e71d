"""The credential that stands in the environment. Values are never printed, only the names of variables."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from relaytui.core.keepsake import is_clean
from relaytui.core.tc3 import Credential, Secret
from relaytui.ports import FoundCredential, NoCredential


@dataclass(frozen=True, slots=True)
class _Names:
    """One spelling of the variables; a token is only used with the key of its own spelling."""

    secret_id: str
    secret_key: str
    tokens: tuple[str, ...]


_SPELLINGS = (
    _Names(
        "TENCENTCLOUD_SECRET_ID",
        "TENCENTCLOUD_SECRET_KEY",
        ("TENCENTCLOUD_TOKEN", "TENCENTCLOUD_SECURITY_TOKEN", "TENCENTCLOUD_SESSION_TOKEN"),
    ),
    # What cloud functions are given: no underscore inside.
    _Names("TENCENTCLOUD_SECRETID", "TENCENTCLOUD_SECRETKEY", ("TENCENTCLOUD_SESSIONTOKEN",)),
)


class EnvironmentCredentials:
    """The credential in the environment variables of the vendor's tools. Blanks around a value are stripped.

    It speaks for one `profile`, the chosen one: another account's tasks, asked with it, would all be not found.
    """

    def __init__(self, environ: Mapping[str, str], profile: str = "default") -> None:
        self._environ = environ
        self._profile = profile

    def find(self, profile: str) -> FoundCredential | NoCredential:
        """The profile's credential now, or why there is none; half a pair is named, never completed elsewhere."""
        if profile != self._profile:
            return NoCredential(
                f"the environment is for profile {self._profile!r}, not for {profile!r}",
                f"give --profile {profile} to use the environment for it",
                absent=True,
            )
        for names in _SPELLINGS:
            if self._value(names.secret_id) or self._value(names.secret_key):
                return self._pair(names)
        wanted = _SPELLINGS[0]
        return NoCredential(
            "nothing in the environment",
            f"set {wanted.secret_id} and {wanted.secret_key} in the environment",
            absent=True,
        )

    def _pair(self, names: _Names) -> FoundCredential | NoCredential:
        token_name = next((name for name in names.tokens if self._value(name)), None)
        for name in (names.secret_id, names.secret_key):
            if not self._value(name):
                other = names.secret_key if name == names.secret_id else names.secret_id
                return NoCredential(f"half a credential: {other} is set and {name} is not", f"set {name} too")
        for name in (names.secret_id, names.secret_key, *([token_name] if token_name else [])):
            if not is_clean(Secret(self._value(name))):
                return NoCredential(
                    f"{name} holds a blank or a character that no credential has", "copy it again, without quotes"
                )
        credential = Credential(
            self._value(names.secret_id),
            Secret(self._value(names.secret_key)),
            Secret(self._value(token_name)) if token_name else None,
        )
        return FoundCredential(credential, "environment")

    def _value(self, name: str) -> str:
        return self._environ.get(name, "").strip()
