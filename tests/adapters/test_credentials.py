from __future__ import annotations

from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from relaytui.adapters.credentials import EnvironmentCredentials
from relaytui.core.tc3 import Secret
from relaytui.ports import CredentialStore, FoundCredential, NoCredential

PAIR = {"TENCENTCLOUD_SECRET_ID": "AKIDexample", "TENCENTCLOUD_SECRET_KEY": "keyexample"}
FUNCTION_PAIR = {"TENCENTCLOUD_SECRETID": "AKIDfunction", "TENCENTCLOUD_SECRETKEY": "keyfunction"}


def found(environ: Mapping[str, str]) -> FoundCredential:
    store: CredentialStore = EnvironmentCredentials(environ)
    answer = store.find("default")
    assert isinstance(answer, FoundCredential), answer
    return answer


def missing(environ: Mapping[str, str], profile: str = "default") -> str:
    answer = EnvironmentCredentials(environ).find(profile)
    assert isinstance(answer, NoCredential)
    text = f"{answer.reason}: {answer.advice}"
    assert not any(value and value in text for value in environ.values())
    return text


def test_a_pair_is_found_and_stripped() -> None:
    answer = found({name: f" {value}\n" for name, value in PAIR.items()})
    assert answer.source == "environment"
    assert answer.credential.secret_id == "AKIDexample"
    assert answer.credential.secret_key == Secret("keyexample")
    assert answer.credential.token is None


@pytest.mark.parametrize("name", ["TENCENTCLOUD_TOKEN", "TENCENTCLOUD_SECURITY_TOKEN", "TENCENTCLOUD_SESSION_TOKEN"])
def test_each_name_of_a_token_is_read(name: str) -> None:
    assert found({**PAIR, name: "temporary"}).credential.token == Secret("temporary")


def test_the_first_token_that_is_set_counts() -> None:
    tokens = {"TENCENTCLOUD_TOKEN": "", "TENCENTCLOUD_SECURITY_TOKEN": "b", "TENCENTCLOUD_SESSION_TOKEN": "c"}
    assert found({**PAIR, **tokens}).credential.token == Secret("b")


def test_cloud_functions_have_their_own_spelling_with_its_own_token() -> None:
    credential = found({**FUNCTION_PAIR, "TENCENTCLOUD_SESSIONTOKEN": "t", "TENCENTCLOUD_TOKEN": "other"}).credential
    assert credential.secret_id == "AKIDfunction"
    assert credential.token == Secret("t")


def test_the_usual_spelling_goes_first_and_takes_no_token_of_the_other() -> None:
    credential = found({**PAIR, **FUNCTION_PAIR, "TENCENTCLOUD_SESSIONTOKEN": "t"}).credential
    assert credential.secret_id == "AKIDexample"
    assert credential.token is None


@pytest.mark.parametrize("pair", [PAIR, FUNCTION_PAIR])
@pytest.mark.parametrize("blank", [None, "", "  "])
def test_half_a_pair_names_what_is_missing(pair: dict[str, str], blank: str | None) -> None:
    for name in pair:
        environ = {other: value for other, value in pair.items() if other != name}
        assert f"{name} is not" in missing(environ if blank is None else {**environ, name: blank})


def test_nothing_at_all_names_both_variables() -> None:
    text = missing({})
    assert "TENCENTCLOUD_SECRET_ID" in text
    assert "TENCENTCLOUD_SECRET_KEY" in text


def test_the_environment_does_not_speak_for_another_profile() -> None:
    assert "'prod'" in missing(PAIR, "prod")


@pytest.mark.parametrize("name", [*PAIR, "TENCENTCLOUD_TOKEN"])
@pytest.mark.parametrize("value", ["two words", "line\nbreak", "ключ", "a\x00b"])
def test_a_value_that_cannot_be_a_credential_is_refused_by_name(name: str, value: str) -> None:
    assert name in missing({**PAIR, name: value})


@given(st.text("abcXYZ019+/=", min_size=8), st.text("abcXYZ019+/=", min_size=8))
def test_nothing_found_shows_its_secrets(key: str, token: str) -> None:
    answer = found({**PAIR, "TENCENTCLOUD_SECRET_KEY": key, "TENCENTCLOUD_TOKEN": token})
    shown = f"{answer} {answer!r} {answer.credential}"
    assert key not in shown
    assert token not in shown
