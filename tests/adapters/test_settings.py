from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from relaytui.adapters.settings import BadSetting, Settings, read_settings
from relaytui.core.endpoint import Endpoint
from relaytui.core.profile import Written


def test_without_flags_and_environment_the_defaults_hold() -> None:
    settings = read_settings({}, {})
    assert settings == Settings()
    assert isinstance(settings, Settings)
    assert str(settings.endpoint) == "https://trtc.tencentcloudapi.com"
    assert (settings.budget, settings.interval, settings.region, settings.profile) == (
        10,
        15,
        "ap-singapore",
        "default",
    )


FLAGS = {
    "endpoint": "https://flag.example",
    "budget": "1",
    "interval": "2",
    "sdk_app_id": "3",
    "region": "flag-region",
    "tasks": "flag.csv",
}
ENVIRON = {
    "RELAYTUI_ENDPOINT": "https://environment.example",
    "RELAYTUI_BUDGET": "4",
    "RELAYTUI_INTERVAL": "5",
    "RELAYTUI_SDK_APP_ID": "6",
    "RELAYTUI_REGION": "environment-region",
    "RELAYTUI_TASKS": "environment.csv",
    "TENCENTCLOUD_REGION": "vendor-region",
}
BY_FLAG = Settings(Endpoint("https", "flag.example"), 1, 2, 3, "flag-region", Path("flag.csv"))
BY_ENVIRONMENT = Settings(
    Endpoint("https", "environment.example"), 4, 5, 6, "environment-region", Path("environment.csv")
)


@given(st.sets(st.sampled_from(list(FLAGS))), st.sets(st.sampled_from([*FLAGS])))
def test_a_flag_beats_the_environment_and_that_beats_the_default(flags: set[str], variables: set[str]) -> None:
    settings = read_settings(
        {name: FLAGS[name] if name in flags else None for name in FLAGS},
        {f"RELAYTUI_{name.upper()}": ENVIRON[f"RELAYTUI_{name.upper()}"] for name in variables},
    )
    for name in FLAGS:
        wanted = BY_FLAG if name in flags else BY_ENVIRONMENT if name in variables else Settings()
        assert getattr(settings, name) == getattr(wanted, name)


def test_the_vendors_region_is_only_the_last_resort() -> None:
    assert read_settings({}, {"TENCENTCLOUD_REGION": "vendor-region"}) == Settings(region="vendor-region")
    settings = read_settings({}, ENVIRON)
    assert isinstance(settings, Settings)
    assert settings.region == "environment-region"


def test_tcclis_profile_is_only_the_last_resort() -> None:
    vendor = {"TCCLI_PROFILE": "vendor"}

    def profile(environ: dict[str, str], written: dict[str, Written] | None = None) -> str:
        settings = read_settings({}, environ, written)
        assert isinstance(settings, Settings)
        return settings.profile

    assert profile(vendor) == "vendor"
    assert profile(vendor | {"RELAYTUI_PROFILE": "ours"}) == "ours"
    assert profile(vendor, {"profile": Written("config.toml:1 profile", "written")}) == "written"


def test_an_empty_variable_is_not_set_and_an_empty_flag_is_a_mistake() -> None:
    assert read_settings({}, {"RELAYTUI_REGION": "", "TENCENTCLOUD_REGION": "ap-mumbai"}) == Settings(
        region="ap-mumbai"
    )
    assert isinstance(read_settings({"region": ""}, {}), BadSetting)


@pytest.mark.parametrize(
    ("text", "url"),
    [
        ("trtc.intl.tencentcloudapi.com", "https://trtc.intl.tencentcloudapi.com"),
        ("https://Example.COM/", "https://example.com"),
        ("https://example.com:443", "https://example.com"),
        ("http://127.0.0.1:8080", "http://127.0.0.1:8080"),
        ("http://[::1]:8080", "http://[::1]:8080"),
        ("http://localhost:1", "http://localhost:1"),
    ],
)
def test_endpoints_that_are_taken(text: str, url: str) -> None:
    settings = read_settings({"endpoint": text}, {})
    assert isinstance(settings, Settings)
    assert str(settings.endpoint) == url


@pytest.mark.parametrize(
    ("flag", "variable", "value", "told"),
    [
        ("endpoint", "RELAYTUI_ENDPOINT", "http://example.com", "use https"),
        ("endpoint", "RELAYTUI_ENDPOINT", "http://127.0.0.1.example.com", "use https"),
        ("endpoint", "RELAYTUI_ENDPOINT", "ftp://example.com", "scheme and host"),
        ("endpoint", "RELAYTUI_ENDPOINT", "https://example.com/path", "scheme and host"),
        ("endpoint", "RELAYTUI_ENDPOINT", "https://user:word@example.com", "scheme and host"),
        ("endpoint", "RELAYTUI_ENDPOINT", "https://example.com:99999", "not a URL"),
        ("endpoint", "RELAYTUI_ENDPOINT", "https://", "host name"),
        ("budget", "RELAYTUI_BUDGET", "0", "at most 20"),
        ("budget", "RELAYTUI_BUDGET", "20.5", "at most 20"),
        ("budget", "RELAYTUI_BUDGET", "nan", "at most 20"),
        ("budget", "RELAYTUI_BUDGET", "fast", "requests per second"),
        ("interval", "RELAYTUI_INTERVAL", "-1", "seconds"),
        ("interval", "RELAYTUI_INTERVAL", "inf", "seconds"),
        ("interval", "RELAYTUI_INTERVAL", "1_0", "seconds"),
        ("sdk_app_id", "RELAYTUI_SDK_APP_ID", "14oo188366", "positive whole number"),
        ("region", "RELAYTUI_REGION", "ap singapore", "ap-singapore"),
        ("region", "TENCENTCLOUD_REGION", "ap/singapore", "ap-singapore"),
    ],
)
def test_a_bad_value_is_named_with_its_place_and_what_is_right(flag: str, variable: str, value: str, told: str) -> None:
    for flags, environ, place in (
        ({flag: value}, {}, "--" + flag.replace("_", "-")),
        ({}, {variable: value}, variable),
    ):
        bad = read_settings(flags, environ)
        assert isinstance(bad, BadSetting)
        assert str(bad).startswith(f"{place} '{value}': ")
        assert told in str(bad)
        assert "\n" not in str(bad)


def test_a_good_flag_hides_a_bad_variable() -> None:
    assert read_settings({"budget": "3"}, {"RELAYTUI_BUDGET": "x"}) == Settings(budget=3)


def test_views_are_filters_with_a_name_and_read_at_once() -> None:
    settings = read_settings({}, {}, {"views.night": Written("c:3 views.night", "group:cup")})
    assert isinstance(settings, Settings)
    assert settings.views == {"night": "group:cup"}
    assert settings.origins["views.night"] == "c:3 views.night"
    bad = read_settings({}, {}, {"views.bad": Written("c:4 views.bad", "/[/")})
    assert isinstance(bad, BadSetting)
    assert str(bad).startswith("c:4 views.bad '/[/': no regular expression")
