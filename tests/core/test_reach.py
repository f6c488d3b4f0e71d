from __future__ import annotations

import json

import pytest

from relaytui.core.entry import Refused
from relaytui.core.reach import (
    Reach,
    SecretName,
    is_local,
    read_command,
    read_headers,
    read_webhook,
    secret_name,
    shown_webhook,
)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "https://hooks.slack.com/services/T0/B0/x?a=b",
        "http://127.0.0.1:8080/hook",
        "http://localhost/",
        "https://[::1]:8443/x",
        "keyring:slack",
        "env:SLACK_URL",
    ],
)
def test_urls_that_are_taken(text: str) -> None:
    assert read_webhook(f" {text} ") == text


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("http://hooks.slack.com/x", "use https"),
        ("ftp://host/x", "https://"),
        ("https://me:planted@host/x", "without user"),
        ("https://host/x#y", "without user"),
        ("https://[::1/x", "not a URL"),
        ("https://host:x/", "not a URL"),
        ("slack", "https://"),
        ("keyring:", "https://"),
        ("https:///x", "https://"),
    ],
)
def test_urls_that_are_refused(text: str, told: str) -> None:
    refused = read_webhook(text)
    assert isinstance(refused, Refused), refused
    assert told in refused.reason
    assert "planted" not in refused.reason


def test_what_stays_here() -> None:
    assert is_local("http://127.0.0.9:1/x")
    assert not is_local("https://host/x")
    assert not is_local("nothing")


def test_headers_bring_no_secret_but_its_name() -> None:
    headers = {"Authorization": "keyring:pager", "X-Team": "media", "X-Token": "env:TOKEN"}
    assert read_headers(json.dumps(headers)) == headers


@pytest.mark.parametrize(
    ("headers", "told"),
    [
        ({"Authorization": "Bearer planted"}, "'Authorization' is a secret, which never stands in this file"),
        ({"X-Api-Key": "planted"}, "relaytui alert secret NAME"),
        ({"X Y": "1"}, "is no header"),
        ({"": "1"}, "is no header"),
        ({"X": "a\nb"}, "holds what no header can"),
        ({"X": "é"}, "holds what no header can"),
    ],
)
def test_headers_that_are_refused(headers: dict[str, str], told: str) -> None:
    refused = read_headers(json.dumps(headers))
    assert isinstance(refused, Refused)
    assert told in refused.reason
    assert "planted" not in refused.reason


def test_commands() -> None:
    assert read_command('["/bin/page", "--high"]') == ("/bin/page", "--high")
    assert read_command("[]") == ()
    assert isinstance(read_command('[" "]'), Refused)
    assert isinstance(read_command('["a", "b\\u0000"]'), Refused)


def test_names_of_secrets() -> None:
    assert secret_name("keyring:a.b-c_1") == SecretName("keyring", "a.b-c_1")
    assert str(SecretName("env", "A")) == "env:A"
    assert [secret_name(text) for text in ("keyring:", "vault:a", "keyring:a b", "x keyring:a")] == [None] * 4


@pytest.mark.parametrize(
    ("webhook", "shown"),
    [
        ("", "-"),
        ("keyring:slack", "keyring:slack"),
        ("https://hooks.slack.com/services/planted", "https://hooks.slack.com/…"),
        ("https://host/?planted", "https://host/…"),
        ("https://host/", "https://host/"),
    ],
)
def test_a_url_is_shown_without_its_path(webhook: str, shown: str) -> None:
    assert shown_webhook(webhook) == shown


def test_how_often_an_alarm_is_repeated() -> None:
    assert (Reach().repeat_seconds, Reach(repeat=0).repeat_seconds) == (600, None)
