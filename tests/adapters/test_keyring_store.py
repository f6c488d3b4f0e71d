from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from relaytui.adapters.keyring_store import MAX_BYTES, KeyringStore, Trouble
from relaytui.core.tc3 import Credential, Secret
from relaytui.ports import FoundCredential, NoCredential, NotKept, SecretStore
from tests.keyrings import Forgetful, Hanging, Late, Locked, Memory, Raising

CREDENTIAL = Credential("AKIDexample", Secret("planted-key"), Secret("planted-token"))
Use = Callable[[Memory], None]


@pytest.fixture
def hanging(use_keyring: Use) -> Iterator[Hanging]:
    backend = Hanging()
    use_keyring(backend)
    yield backend
    backend.released.set()


def why(answer: object, trouble: Trouble) -> str:
    """The reason of an answer that has this trouble's fix, and shows no secret."""
    assert isinstance(answer, NoCredential | NotKept), answer
    assert answer.advice == trouble.value
    assert "planted" not in f"{answer}"
    return answer.reason


def test_what_is_kept_is_found_and_can_be_forgotten(use_keyring: Use) -> None:
    backend = Memory()
    use_keyring(backend)
    store: SecretStore = KeyringStore()
    assert store.keep("prod", CREDENTIAL) == "keyring (keyrings)"
    ((place, text),) = backend.entries.items()
    assert place == ("relaytui:prod", "credentials")
    assert json.loads(text) == {"v": 1, "id": "AKIDexample", "key": "planted-key", "token": "planted-token"}
    assert store.find("prod") == FoundCredential(CREDENTIAL, "keyring (keyrings)")
    other = store.find("test")
    assert isinstance(other, NoCredential)
    assert other.absent
    assert "relaytui login test" in other.advice
    assert store.forget("prod") is True
    assert store.forget("prod") is False
    assert not backend.entries


def test_another_secret_is_kept_beside_the_credentials_of_a_profile_of_the_same_name(use_keyring: Use) -> None:
    use_keyring(Memory())
    store = KeyringStore()
    missing = store.find_secret("pager")
    assert isinstance(missing, NotKept)
    assert missing.advice == "run relaytui alert secret pager"
    assert isinstance(store.keep_secret("pager", Secret("Bearer planted")), str)
    assert store.find_secret("pager") == Secret("Bearer planted")
    assert isinstance(store.find("pager"), NoCredential)


def test_an_entry_that_somebody_else_wrote_is_told_and_not_shown(use_keyring: Use) -> None:
    backend = Memory()
    backend.entries["relaytui:prod", "credentials"] = "planted-password"
    use_keyring(backend)
    found = KeyringStore().find("prod")
    assert isinstance(found, NoCredential)
    assert not found.absent
    assert "not an entry of relaytui's" in found.reason
    assert "planted" not in str(found)


def test_what_windows_could_not_take_is_refused_everywhere(use_keyring: Use) -> None:
    backend = Memory()
    use_keyring(backend)
    store = KeyringStore()
    assert isinstance(store.keep("prod", Credential("a", Secret("k" * 64), Secret("t" * 1000))), str)
    kept = store.keep("prod", Credential("a", Secret("k" * 64), Secret("t" * (MAX_BYTES // 2))))
    assert isinstance(kept, NotKept)
    assert "1280 characters" in kept.reason
    assert len(backend.entries) == 1


def test_one_that_forgets_is_found_out_when_it_is_written(use_keyring: Use) -> None:
    use_keyring(Forgetful())
    assert "does not give it back" in why(KeyringStore().keep("prod", CREDENTIAL), Trouble.LOST)


def test_one_that_nobody_unlocks(use_keyring: Use) -> None:
    use_keyring(Locked())
    for answer in (KeyringStore().find("prod"), KeyringStore().keep("prod", CREDENTIAL), KeyringStore().forget("prod")):
        assert "locked" in why(answer, Trouble.LOCKED)


@pytest.mark.parametrize(
    "kind", [RuntimeError, FileNotFoundError, TypeError, SystemExit, KeyboardInterrupt, GeneratorExit]
)
def test_whatever_it_raises_is_an_answer_without_its_text(use_keyring: Use, kind: type[BaseException]) -> None:
    use_keyring(Raising(kind))
    for answer in (KeyringStore().find("prod"), KeyringStore().keep("prod", CREDENTIAL), KeyringStore().forget("prod")):
        assert kind.__name__ in why(answer, Trouble.REFUSED)
    find = KeyringStore().find("prod")
    assert isinstance(find, NoCredential)
    assert not find.absent


def test_one_that_hangs_is_given_up_and_not_asked_again(hanging: Hanging) -> None:
    store = KeyringStore(call_seconds=0.3)
    begun = time.monotonic()
    found = store.find("prod")
    assert "did not answer within 0.3 s" in why(found, Trouble.HUNG)
    assert time.monotonic() - begun < 3
    why(store.keep("prod", CREDENTIAL), Trouble.HUNG)
    why(store.forget("prod"), Trouble.HUNG)
    assert hanging.calls == 1


def test_what_was_said_not_to_be_kept_is_not_kept_later(use_keyring: Use) -> None:
    use_keyring(backend := Late())
    why(KeyringStore(call_seconds=0.1).keep("prod", CREDENTIAL), Trouble.HUNG)
    (thread,) = (thread for thread in threading.enumerate() if thread.name == "relaytui-keyring")
    backend.released.set()
    thread.join()
    assert not backend.entries
    refused = KeyringStore(wanted=lambda: False).keep("prod", CREDENTIAL)
    assert "was not waited for" in why(refused, Trouble.LOCKED)
    assert not backend.entries
    assert KeyringStore().keep("prod", CREDENTIAL) == "keyring (keyrings)"


def test_a_thread_that_hangs_keeps_nobody_from_leaving(hanging: Hanging) -> None:
    KeyringStore(call_seconds=0.1).find("prod")
    (thread,) = (thread for thread in threading.enumerate() if thread.name == "relaytui-keyring")
    assert thread.daemon
    assert not hanging.released.is_set()


def answer_of_a_fresh_process(**environ: str) -> dict[str, Any]:
    """What the store says in a process whose keyring is chosen by the environment."""
    script = (
        "import json\n"
        "from relaytui.adapters.keyring_store import KeyringStore\n"
        "from relaytui.core.tc3 import Credential, Secret\n"
        "found, store = KeyringStore().find('prod'), KeyringStore()\n"
        "kept = store.keep('prod', Credential('a', Secret('planted')))\n"
        "print(json.dumps({'reason': found.reason, 'advice': found.advice, 'absent': found.absent, 'kept': str(kept)}))"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], env=os.environ | environ, capture_output=True, timeout=60, check=True
    )
    assert b"planted" not in done.stdout + done.stderr
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


@pytest.mark.parametrize(
    ("backend", "name"),
    [
        ("keyring.backends.fail.Keyring", "none runs"),
        ("keyring.backends.null.Keyring", "null"),
        ("tests.keyrings.Memory", "keyrings"),
    ],
)
def test_back_ends_that_are_not_the_systems_are_no_safe_place(backend: str, name: str) -> None:
    answer = answer_of_a_fresh_process(PYTHON_KEYRING_BACKEND=backend, PYTHONPATH=str(Path.cwd()))
    assert answer["reason"] == f"no safe keyring here ({name})"
    assert answer["advice"] == Trouble.MISSING.value
    assert answer["absent"]
    assert "no safe keyring" in answer["kept"]


def test_a_back_end_that_cannot_even_be_loaded() -> None:
    answer = answer_of_a_fresh_process(PYTHON_KEYRING_BACKEND="no.such.Module")
    assert "ModuleNotFoundError" in answer["reason"]
    assert not answer["absent"]


def test_each_trouble_has_its_own_fix() -> None:
    assert len({trouble.value for trouble in Trouble}) == 5
