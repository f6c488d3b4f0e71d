from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from relaytui.adapters.places import plaintext_folder
from relaytui.adapters.plaintext_store import PlaintextStore
from relaytui.commands.sources import Sources
from relaytui.core.keepsake import write_credential
from relaytui.core.profile import Profile, Store
from relaytui.core.tc3 import Credential, Secret
from relaytui.ports import FoundCredential, NoCredential
from tests.keyrings import Locked, Memory

ENVIRON = {"TENCENTCLOUD_SECRET_ID": "environment", "TENCENTCLOUD_SECRET_KEY": "k"}
PROD = Profile("prod")


def entry(name: str) -> str:
    return write_credential(Credential(name, Secret("k"))).reveal()


@pytest.fixture
def keyring(use_keyring: Callable[[Memory], None]) -> Memory:
    """Every source holds a credential of its own."""
    backend = Memory()
    backend.entries["relaytui:prod", "credentials"] = entry("keyring")
    use_keyring(backend)
    PlaintextStore(plaintext_folder()).keep("prod", Credential("plaintext", Secret("k")))
    (Path.home() / ".tccli").mkdir()
    (Path.home() / ".tccli" / "prod.credential").write_text(json.dumps({"secretId": "tccli", "secretKey": "k"}))
    return backend


def found(sources: Sources, profile: Profile) -> str:
    answer = sources.find(profile)
    assert isinstance(answer, FoundCredential), answer
    return answer.credential.secret_id


def test_the_order_is_the_written_one(keyring: Memory) -> None:
    assert found(Sources(ENVIRON, "prod"), PROD) == "environment"
    # The environment speaks for the chosen profile alone.
    assert found(Sources(ENVIRON, "default"), PROD) == "keyring"
    assert found(Sources({}, "prod"), replace(PROD, store=Store.PLAINTEXT)) == "plaintext"
    assert found(Sources({}, "prod"), replace(PROD, store=Store.SESSION)) == "tccli"
    keyring.entries.clear()
    assert found(Sources({}, "prod"), PROD) == "tccli"
    (Path.home() / ".tccli" / "prod.credential").unlink()
    nothing = Sources({}, "prod").find(PROD)
    assert isinstance(nothing, NoCredential)
    assert nothing.absent


@pytest.mark.usefixtures("keyring")
def test_trouble_in_one_place_never_leads_to_another_account(use_keyring: Callable[[Memory], None]) -> None:
    use_keyring(Locked())
    answer = Sources({}, "prod").find(PROD)
    assert isinstance(answer, NoCredential)
    assert "profile 'prod': the keyring is locked" in answer.reason
    half = Sources({"TENCENTCLOUD_SECRET_ID": "half"}, "prod").find(PROD)
    assert isinstance(half, NoCredential)
    assert "TENCENTCLOUD_SECRET_KEY is not" in half.reason
