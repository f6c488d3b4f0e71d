from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from relaytui.adapters.plaintext_store import PlaintextStore
from relaytui.core.tc3 import Credential, Secret
from relaytui.ports import FoundCredential, NoCredential, NotKept, SecretStore

CREDENTIAL = Credential("AKIDexample", Secret("planted-key"), Secret("planted-token"))
posix = pytest.mark.skipif(os.name != "posix", reason="modes are the system's that has them")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "share" / "credentials"


def trouble(answer: object) -> str:
    assert isinstance(answer, NoCredential | NotKept)
    assert "planted" not in str(answer)
    assert not getattr(answer, "absent", False)
    return f"{answer.reason}: {answer.advice}"


def test_what_is_kept_is_found_and_can_be_forgotten(folder: Path) -> None:
    store: SecretStore = PlaintextStore(folder)
    missing = store.find("prod")
    assert isinstance(missing, NoCredential)
    assert missing.absent
    place = store.keep("prod", CREDENTIAL)
    assert place == f"plain text in {folder / 'prod.json'}"
    assert store.find("prod") == FoundCredential(CREDENTIAL, str(place))
    assert store.forget("prod") is True
    assert store.forget("prod") is False


@posix
def test_only_its_owner_may_read_it(folder: Path) -> None:
    old = os.umask(0)
    try:
        PlaintextStore(folder).keep("prod", CREDENTIAL)
    finally:
        os.umask(old)
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert stat.S_IMODE((folder / "prod.json").stat().st_mode) == 0o600


@posix
def test_one_that_others_can_read_is_refused(folder: Path) -> None:
    store = PlaintextStore(folder)
    store.keep("prod", CREDENTIAL)
    (folder / "prod.json").chmod(0o640)
    assert "others can read" in trouble(store.find("prod"))
    (folder / "prod.json").chmod(0o600)
    folder.chmod(0o755)
    assert "others can read" in trouble(store.find("prod"))
    assert "others can read" in trouble(store.keep("prod", CREDENTIAL))


@pytest.mark.parametrize("raw", [b"", b"planted", b"\xffplanted", b'{"v":1,"id":"a"}'])
def test_a_file_that_is_not_ours(folder: Path, raw: bytes) -> None:
    store = PlaintextStore(folder)
    store.keep("prod", CREDENTIAL)
    (folder / "prod.json").write_bytes(raw)
    assert "relaytui login prod" in trouble(store.find("prod"))


def test_a_folder_in_the_files_place_and_a_file_in_the_folders(folder: Path, tmp_path: Path) -> None:
    store = PlaintextStore(folder)
    store.keep("prod", CREDENTIAL)
    (folder / "prod.json").unlink()
    (folder / "prod.json").mkdir(mode=0o700)
    assert "cannot be read" in trouble(store.find("prod"))
    assert "cannot be written" in trouble(store.keep("prod", CREDENTIAL))
    assert "cannot be deleted" in trouble(store.forget("prod"))
    (tmp_path / "file").touch()
    assert "cannot be written" in trouble(PlaintextStore(tmp_path / "file" / "x").keep("prod", CREDENTIAL))
