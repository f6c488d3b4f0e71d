from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from relaytui.core.entry import Refused
from relaytui.core.keepsake import make_credential, read_credential, write_credential
from relaytui.core.tc3 import Credential, Secret

PARTS = st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=1)


@given(PARTS, PARTS, st.none() | PARTS, st.none() | st.integers(0, 2**33))
def test_what_is_written_is_read_back(secret_id: str, key: str, token: str | None, expires: int | None) -> None:
    credential = Credential(secret_id, Secret(key), Secret(token) if token else None, expires)
    assert read_credential(write_credential(credential)) == credential


def test_it_is_one_compact_value() -> None:
    text = write_credential(Credential("a", Secret("b"), Secret("c"))).reveal()
    assert text == '{"v":1,"id":"a","key":"b","token":"c"}'


@given(st.text())
def test_foreign_text_is_refused_and_never_shown(text: str) -> None:
    read = read_credential(Secret(f"planted{text}"))
    assert isinstance(read, Refused)
    assert "planted" not in read.reason


@pytest.mark.parametrize(
    "value",
    [
        None,
        [],
        {},
        {"v": 2, "id": "a", "key": "planted"},
        {"v": 1, "id": "a"},
        {"v": 1, "id": 1, "key": "planted"},
        {"v": 1, "id": "a", "key": "planted", "token": 3},
        {"v": 1, "id": "a", "key": "planted", "expires": "planted"},
        {"v": 1, "id": "a", "key": "planted", "expires": True},
        {"v": 1, "id": "", "key": "planted"},
        {"v": 1, "id": "a", "key": "pla nted"},
    ],
)
def test_entries_that_are_not_whole(value: object) -> None:
    read = read_credential(Secret(json.dumps(value)))
    assert isinstance(read, Refused)
    assert "planted" not in read.reason


def test_parts_are_stripped_and_an_empty_token_is_none() -> None:
    assert make_credential(" id\n", Secret("\tkey "), Secret(" ")) == Credential("id", Secret("key"))


@pytest.mark.parametrize(
    ("secret_id", "key", "token", "told"),
    [
        ("", "k", "", "SecretId"),
        ("i", " ", "", "SecretKey"),
        ("i", "ключ", "", "SecretKey"),
        ("i", "k", "a b", "token"),
    ],
)
def test_the_part_that_is_wrong_is_named(secret_id: str, key: str, token: str, told: str) -> None:
    made = make_credential(secret_id, Secret(key), Secret(token))
    assert isinstance(made, Refused)
    assert told in made.reason
