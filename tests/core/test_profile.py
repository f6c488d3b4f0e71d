from __future__ import annotations

import pytest

from relaytui.core.entry import Refused
from relaytui.core.profile import Profile, Store, read_profile_name, read_store


def test_a_profile_that_nobody_configured_has_the_defaults() -> None:
    profile = Profile("prod")
    assert str(profile.endpoint) == "https://trtc.tencentcloudapi.com"
    assert (profile.region, profile.sdk_app_id, profile.budget, profile.store) == (
        "ap-singapore",
        None,
        10,
        Store.KEYRING,
    )


@pytest.mark.parametrize("name", ["default", "Prod-2_eu", "7", "a" * 64, " prod "])
def test_names_that_are_taken(name: str) -> None:
    assert read_profile_name(name) == name.strip()


@pytest.mark.parametrize(
    "name", ["", "..", "../x", "a/b", "a\\b", "a.b", "a+b", "a b", "-a", "_a", "a" * 65, "ü", "a\n:b"]
)
def test_names_that_could_lead_elsewhere_are_refused(name: str) -> None:
    assert isinstance(read_profile_name(name), Refused)


def test_where_the_secret_lives() -> None:
    assert [read_store(word) for word in Store] == list(Store)
    refused = read_store("plain")
    assert isinstance(refused, Refused)
    assert "keyring, plaintext, session (did you mean plaintext?)" in refused.reason
