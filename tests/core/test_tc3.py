from __future__ import annotations

import copy
import io
import json
import pickle
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console
from rich.traceback import Traceback

from relaytui.core import tc3, wire
from relaytui.core.task import TaskKey

_FILE = json.loads((Path(__file__).parent / "tc3-vectors.json").read_text(encoding="utf-8"))
VECTORS: list[dict[str, Any]] = _FILE["vectors"] + _FILE["published_examples"]


@pytest.fixture(params=VECTORS, ids=lambda vector: vector["name"])
def vector(request: pytest.FixtureRequest) -> dict[str, Any]:
    chosen: dict[str, Any] = request.param
    return chosen


def body(vector: dict[str, Any]) -> bytes:
    return bytes.fromhex(vector["input"]["body_utf8_hex"])


def signed(vector: dict[str, Any]) -> dict[str, str]:
    """The signed headers, spelt and ordered as an HTTP library might."""
    given = vector["input"]
    values = {"X-TC-Action": given["action"], "Host": given["host"], "Content-Type": given["content_type"]}
    return {name: value for name, value in values.items() if name.lower() in given["signed_headers"].split(";")}


def test_there_are_all_the_vectors() -> None:
    assert len(_FILE["vectors"]) == 11
    assert len(_FILE["published_examples"]) == 3


def test_hashed_payload(vector: dict[str, Any]) -> None:
    assert body(vector) == vector["input"]["body"].encode()
    assert tc3.hashed_payload(body(vector)) == vector["output"]["hashed_payload"]


def test_signed_headers(vector: dict[str, Any]) -> None:
    assert tc3.signed_headers(signed(vector)) == vector["input"]["signed_headers"]


def test_canonical_request(vector: dict[str, Any]) -> None:
    canonical = tc3.canonical_request(signed(vector), vector["output"]["hashed_payload"])
    assert canonical == vector["output"]["canonical_request"]


def test_scope(vector: dict[str, Any]) -> None:
    date = tc3.utc_date(vector["input"]["timestamp"])
    assert date == vector["output"]["date"]
    assert tc3.credential_scope(date, vector["input"]["service"]) == vector["output"]["credential_scope"]


def test_string_to_sign(vector: dict[str, Any]) -> None:
    output = vector["output"]
    text = tc3.string_to_sign(vector["input"]["timestamp"], output["credential_scope"], output["canonical_request"])
    assert text == output["string_to_sign"]


def test_the_three_keys(vector: dict[str, Any]) -> None:
    date_key = tc3.secret_date(tc3.Secret(vector["input"]["secret_key"]), vector["output"]["date"])
    service_key = tc3.secret_service(date_key, vector["input"]["service"])
    keys = (date_key.hex(), service_key.hex(), tc3.secret_signing(service_key).hex())
    assert keys == tuple(vector["output"][f"secret_{stage}_hex"] for stage in ("date", "service", "signing"))


def test_signature(vector: dict[str, Any]) -> None:
    key = bytes.fromhex(vector["output"]["secret_signing_hex"])
    assert tc3.signature(key, vector["output"]["string_to_sign"]) == vector["output"]["signature"]


def test_authorization(vector: dict[str, Any]) -> None:
    given = vector["input"]
    authorization = tc3.authorization(
        tc3.Credential(given["secret_id"], tc3.Secret(given["secret_key"])),
        service=given["service"],
        timestamp=given["timestamp"],
        headers=signed(vector),
        body=body(vector),
    )
    assert authorization == vector["output"]["authorization"]


@pytest.mark.parametrize("example", _FILE["published_examples"], ids=lambda example: example["name"])
def test_what_the_vendor_printed(example: dict[str, Any]) -> None:
    """The documents' own values, apart from what was computed for the file."""
    published, given = example["published"], example["input"]
    assert tc3.hashed_payload(body(example)) == published["hashed_payload"]
    authorization = tc3.authorization(
        tc3.Credential(given["secret_id"], tc3.Secret(given["secret_key"])),
        service=given["service"],
        timestamp=given["timestamp"],
        headers=signed(example),
        body=body(example),
    )
    assert authorization.endswith(f"Signature={published['signature']}")


@pytest.mark.parametrize(
    "vector",
    [vector for vector in _FILE["vectors"] if vector["output"].get("sdk_headers")],
    ids=lambda vector: vector["name"],
)
def test_all_headers_are_those_of_the_sdk(vector: dict[str, Any]) -> None:
    given, expected = vector["input"], dict(vector["output"]["sdk_headers"])
    del expected["X-TC-RequestClient"]  # Its name and version; ours are none of the API's business.
    token = tc3.Secret(given["token"]) if given["token"] else None
    headers = wire.request_headers(
        TaskKey("default", given["region"], 1, "any"),
        tc3.Credential(given["secret_id"], tc3.Secret(given["secret_key"]), token),
        host=given["host"],
        timestamp=given["timestamp"],
        body=body(vector),
    )
    assert headers == expected


# Secrets.

KEY = "very-secret-key-of-ours"
TOKEN = "very-secret-token-of-ours"
ID = "AKIDthisIsTheWholeSecretIdOfOurs"


def credential() -> tc3.Credential:
    return tc3.Credential(ID, tc3.Secret(KEY), tc3.Secret(TOKEN), expires_at=1.0)


def is_masked(text: str) -> bool:
    return not any(secret in text for secret in (KEY, TOKEN, ID))


@pytest.mark.parametrize(
    "show",
    [repr, str, "{}".format, "{!r}".format, "{0!s:>80}".format, ascii, lambda value: "%s %r" % (value, value)],  # noqa: UP031 this way, too
)
def test_printing_masks(show: Any) -> None:
    for value in (credential(), [credential()], {"a": credential()}, tc3.Secret(KEY), (tc3.Secret(TOKEN),)):
        assert is_masked(show(value))


def test_two_credentials_can_be_told_apart_by_their_masks() -> None:
    assert credential().masked_id == "AKID…Ours"
    assert str(credential()) == "Credential(AKID…Ours)"
    assert is_masked(tc3.Credential("short", tc3.Secret("x")).masked_id)
    assert "short" not in str(tc3.Credential("short", tc3.Secret("x")))


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_pickling_is_refused(protocol: int) -> None:
    for value in (credential(), tc3.Secret(KEY), {"deep": [credential()]}):
        with pytest.raises(TypeError, match="cannot be pickled"):
            pickle.dumps(value, protocol)


def test_a_deep_copy_shows_as_little() -> None:
    secret = tc3.Secret(KEY)
    assert copy.deepcopy({"secret": secret})["secret"] is secret
    assert is_masked(repr(copy.deepcopy(secret)))


def test_secrets_compare_by_value_and_are_true_when_there() -> None:
    assert tc3.Secret("a") == tc3.Secret("a") != tc3.Secret("b")
    assert tc3.Secret("a") != "a"
    assert hash(tc3.Secret("a")) == hash(tc3.Secret("a"))
    assert tc3.Secret("a")
    assert not tc3.Secret("")


def shown_with_locals() -> str:
    """The exception being handled, as rich prints it when told to show everything."""
    output = io.StringIO()
    Console(file=output, width=400).print(Traceback(show_locals=True, locals_max_string=1000))
    return output.getvalue()


def crash_with(monkeypatch: pytest.MonkeyPatch, stage: str) -> str:
    """What a rich traceback with locals shows of a crash in this stage of signing."""

    def crash(*_: object) -> None:
        raise RuntimeError("crash")

    monkeypatch.setattr(tc3, stage, crash)
    try:
        tc3.authorization(credential(), service="trtc", timestamp=1, headers={"Host": "h"}, body=b"")
    except RuntimeError:
        return shown_with_locals()
    pytest.fail(f"{stage} is not part of signing")


@pytest.mark.parametrize(
    "stage",
    [
        "utc_date",
        "credential_scope",
        "hashed_payload",
        "canonical_request",
        "string_to_sign",
        "secret_date",
        "secret_service",
        "secret_signing",
        "signature",
        "signed_headers",
    ],
)
def test_a_traceback_with_locals_shows_no_secret(monkeypatch: pytest.MonkeyPatch, stage: str) -> None:
    shown = crash_with(monkeypatch, stage)
    assert "credential = " in shown
    assert is_masked(shown)


def test_a_crash_inside_the_first_key_shows_no_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the key itself is in hand: a date of the wrong type makes the digest raise."""
    monkeypatch.setattr(tc3, "utc_date", lambda _: 20_000_101)
    try:
        tc3.authorization(credential(), service="trtc", timestamp=1, headers={"Host": "h"}, body=b"")
    except AttributeError:
        shown = shown_with_locals()
    assert "secret_date" in shown
    assert is_masked(shown)
