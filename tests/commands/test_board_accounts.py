"""The accounts of a board, against a real API on a socket and a keyring in memory."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from relaytui.adapters.places import config_path, sign_ins_path
from relaytui.cli import main
from relaytui.commands.board_accounts import SESSION, BoardAccounts
from relaytui.commands.options import Refusal, find_settings
from relaytui.core.endpoint import Endpoint, read_endpoint
from relaytui.core.observation import FailureKind
from relaytui.core.profile import Profile
from relaytui.core.task import TaskKey, WatchedTask
from relaytui.core.tc3 import Credential, Secret
from relaytui.ports import Account, NoCredential, NotKept
from relaytui.simulator.server import SimulatorThread
from relaytui.simulator.world import ACCOUNT
from tests.keyrings import Forgetful, Locked, Memory

PATIENT: Any = {"verified": True, "waiting": lambda: None, "wanted": lambda: True}
WRONG = Credential(ACCOUNT.credential.secret_id, Secret("planted-wrong"))


@pytest.fixture
def given() -> list[Account]:
    return []


@pytest.fixture
def accounts(simulator: SimulatorThread, monkeypatch: pytest.MonkeyPatch, given: list[Account]) -> BoardAccounts:
    """The accounts of a run that began without any credential."""
    monkeypatch.delenv("TENCENTCLOUD_SECRET_ID")
    monkeypatch.delenv("TENCENTCLOUD_SECRET_KEY")
    settings = find_settings({}, os.environ)
    assert not isinstance(settings, Refusal)
    return BoardAccounts(settings, {"default": NoCredential("none", "sign in")}, os.environ, give=given.append)


def here(accounts: BoardAccounts, name: str = "default") -> Profile:
    endpoint = read_endpoint(os.environ["RELAYTUI_ENDPOINT"])
    assert isinstance(endpoint, Endpoint)
    return accounts.named(name) or Profile(name, endpoint)


def test_a_wrong_key_is_refused_and_the_right_one_is_used_and_kept(
    accounts: BoardAccounts, given: list[Account], use_keyring: Callable[[Memory], None]
) -> None:
    use_keyring(keyring := Memory())
    profile = here(accounts)
    refused = accounts.verify(profile, WRONG)
    assert refused is not None
    assert (refused.kind, refused.code) == (FailureKind.CREDENTIALS, "AuthFailure.SignatureFailure")
    assert accounts.verify(profile, ACCOUNT.credential) is None
    accounts.use(profile, ACCOUNT.credential)
    (account,) = given
    assert (account.profile, account.credential) == ("default", ACCOUNT.credential)
    assert accounts.views()[0].source == SESSION
    assert accounts.keep(profile, ACCOUNT.credential, **PATIENT) == "keyring (keyrings)"
    assert json.loads(keyring.entries["relaytui:default", "credentials"])["id"] == ACCOUNT.credential.secret_id
    (view,) = accounts.views()
    assert (view.source, view.secret_id) == ("keyring (keyrings)", ACCOUNT.credential.masked_id)
    assert view.verified_at is not None
    assert "planted" not in f"{refused} {view}"
    assert main(["check", "running"]) == 0


@pytest.mark.usefixtures("simulator")
def test_a_new_profile_is_written_into_the_configuration(
    accounts: BoardAccounts, use_keyring: Callable[[Memory], None]
) -> None:
    use_keyring(Memory())
    profile = here(accounts, "fresh")
    accounts.use(profile, ACCOUNT.credential)
    assert accounts.keep(profile, ACCOUNT.credential, **PATIENT) == "keyring (keyrings)"
    assert accounts.named("fresh") == profile
    written = config_path(os.environ).read_text()
    assert "[profiles.fresh]" in written
    assert ACCOUNT.credential.secret_key.reveal() not in written
    assert accounts.keep(profile, ACCOUNT.credential, **PATIENT) == "keyring (keyrings)"
    assert config_path(os.environ).read_text() == written


def test_of_a_new_profile_key_and_settings_are_kept_or_neither(
    accounts: BoardAccounts, use_keyring: Callable[[Memory], None]
) -> None:
    path = config_path(os.environ)
    use_keyring(Forgetful())
    assert isinstance(accounts.keep(here(accounts, "fresh"), ACCOUNT.credential, **PATIENT), NotKept)
    assert not path.exists()
    use_keyring(keyring := Memory())
    path.parent.rmdir()
    path.parent.write_text("a file where the folder should be")
    kept = accounts.keep(here(accounts, "fresh"), ACCOUNT.credential, **PATIENT)
    assert isinstance(kept, NotKept)
    assert "cannot be written" in kept.reason
    assert not keyring.entries


@pytest.mark.usefixtures("simulator")
def test_the_default_profile_takes_another_endpoint_until_one_is_written(
    accounts: BoardAccounts, use_keyring: Callable[[Memory], None]
) -> None:
    use_keyring(Memory())
    assert not accounts.is_written("default")
    abroad = replace(here(accounts), endpoint=Endpoint("https", "trtc.intl.tencentcloudapi.com"))
    accounts.use(abroad, ACCOUNT.credential)
    accounts.keep(abroad, ACCOUNT.credential, **PATIENT)
    assert accounts.is_written("default")
    assert 'endpoint = "https://trtc.intl.tencentcloudapi.com"' in config_path(os.environ).read_text()


def test_what_was_kept_unverified_is_not_called_verified(
    accounts: BoardAccounts, use_keyring: Callable[[Memory], None]
) -> None:
    use_keyring(Memory())
    accounts.keep(here(accounts), ACCOUNT.credential, **PATIENT | {"verified": False})
    (view,) = accounts.views()
    assert (view.source, view.verified_at) == ("keyring (keyrings)", None)


def test_what_is_not_wanted_any_more_is_not_kept(
    accounts: BoardAccounts, use_keyring: Callable[[Memory], None]
) -> None:
    use_keyring(keyring := Memory())
    kept = accounts.keep(here(accounts), ACCOUNT.credential, **PATIENT | {"wanted": lambda: False})
    assert isinstance(kept, NotKept)
    assert not keyring.entries
    assert accounts.views()[0].source == ""


def test_what_no_keyring_keeps_is_not_called_verified(
    accounts: BoardAccounts, use_keyring: Callable[[Memory], None]
) -> None:
    for keyring, reason in ((Forgetful(), "does not give it back"), (Locked(), "locked")):
        use_keyring(keyring)
        found = accounts.keep(here(accounts), ACCOUNT.credential, **PATIENT)
        assert isinstance(found, NotKept)
        assert reason in found.reason
    assert not sign_ins_path().exists()


def test_a_profile_that_comes_with_the_list_is_given_before_its_tasks(
    accounts: BoardAccounts, given: list[Account], use_keyring: Callable[[Memory], None]
) -> None:
    use_keyring(Memory())
    taken: list[tuple[WatchedTask, ...]] = []
    tasks = tuple(WatchedTask(TaskKey(name, "ap-singapore", 1, "a")) for name in ("default", "late", "late"))
    accounts.serve(tasks, lambda each: taken.append(each) if len(given) == 1 else None)
    assert taken == [tasks]
    (account,) = given
    assert account.profile == "late"
    assert isinstance(account.credential, NoCredential)
    assert "relaytui login late" in account.credential.advice
