"""Credentials in files that only their owner may read; for those who ask for it by the word `plaintext`."""

from __future__ import annotations

import os
import stat
from pathlib import Path

from relaytui.adapters.private_file import write_private
from relaytui.adapters.regular_file import read_regular
from relaytui.core.entry import Refused
from relaytui.core.keepsake import read_credential, write_credential
from relaytui.core.tc3 import Credential, Secret
from relaytui.ports import FoundCredential, NoCredential, NotKept

_LIMIT = 65_536


class PlaintextStore:
    """One file per profile, mode 0600, in a folder of mode 0700; a file that others can read is refused."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def _path(self, profile: str) -> Path:
        return self._folder / f"{profile}.json"

    def find(self, profile: str) -> FoundCredential | NoCredential:
        """The profile's credential now, or why there is none."""
        path = self._path(profile)
        again = f"run relaytui login {profile}"
        try:
            if exposed := self._exposed(path):
                return NoCredential(f"others can read {exposed}", f"change the key, then chmod go-rwx {exposed}")
            text = Secret(read_regular(path, _LIMIT).decode())
        except FileNotFoundError:
            return NoCredential(f"no file {path}", again, absent=True)
        except OSError as error:
            return NoCredential(f"{path} cannot be read: {error.strerror or error}", again)
        except UnicodeDecodeError:
            return NoCredential(f"{path} is not UTF-8", again)
        credential = read_credential(text)
        if isinstance(credential, Refused):
            return NoCredential(f"{path}: {credential.reason}", again)
        return FoundCredential(credential, f"plain text in {path}")

    def keep(self, profile: str, credential: Credential) -> str | NotKept:
        """Write the profile's file."""
        path = self._path(profile)
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            if exposed := self._exposed(self._folder):
                return NotKept(f"others can read {exposed}", f"chmod go-rwx {exposed}")
            write_private(path, write_credential(credential).reveal())
        except OSError as error:
            return NotKept(f"{path} cannot be written: {error.strerror or error}", "see that there is room and access")
        return f"plain text in {path}"

    def forget(self, profile: str) -> bool | NotKept:
        """Delete the profile's file."""
        path = self._path(profile)
        try:
            path.unlink()
        except FileNotFoundError:
            return False
        except OSError as error:
            return NotKept(f"{path} cannot be deleted: {error.strerror or error}", "delete it by hand")
        return True

    def _exposed(self, path: Path) -> Path | None:
        """The file or folder that others may read. Windows has no such bits: a home is its owner's there."""
        if os.name == "nt":
            return None
        for place in (self._folder, path):
            if stat.S_IMODE(place.stat().st_mode) & 0o077:
                return place
        return None
