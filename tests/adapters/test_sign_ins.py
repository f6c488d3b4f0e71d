from __future__ import annotations

from pathlib import Path

import pytest

from relaytui.adapters.sign_ins import SignIn, SignIns

ONE = SignIn("keyring (SecretService)", 1_795_000_000.5)


def test_what_is_noted_is_read_by_the_next(tmp_path: Path) -> None:
    path = tmp_path / "state" / "sign-ins.json"
    assert SignIns(path).read() == {}
    SignIns(path).note("prod", ONE)
    SignIns(path).note("test", SignIn("plain text", None))
    assert SignIns(path).read() == {"prod": ONE, "test": SignIn("plain text", None)}
    SignIns(path).note("prod", None)
    SignIns(path).note("other", None)
    assert list(SignIns(path).read()) == ["test"]


@pytest.mark.parametrize(
    "raw",
    [b"", b"[]", b"{", b"\xff", b'{"prod": 1}', b'{"prod": {"place": "x"}}', b"[" * 100_000],
    ids=lambda raw: repr(raw[:20]),
)
def test_a_damaged_memory_is_an_empty_one(tmp_path: Path, raw: bytes) -> None:
    path = tmp_path / "sign-ins.json"
    path.write_bytes(raw)
    assert SignIns(path).read() == {}
    SignIns(path).note("prod", ONE)
    assert SignIns(path).read() == {"prod": ONE}


def test_a_place_that_cannot_be_written_loses_only_the_memory(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    signs = SignIns(tmp_path / "file" / "sign-ins.json")
    signs.note("prod", ONE)
    assert signs.read() == {}
