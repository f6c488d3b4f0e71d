from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from relaytui.adapters.vendor_files import VendorFiles
from relaytui.core.tc3 import Credential, Secret
from relaytui.ports import CredentialStore, FoundCredential, NoCredential
from tests.permissions import no_permission

NOW = 1_795_000_000.0
PLAIN = {"secretId": "AKIDplain", "secretKey": "planted-key"}
OAUTH = {**PLAIN, "type": "oauth", "token": "planted-token", "expiresAt": int(NOW) + 600, "oauth": {"openId": "x"}}


@pytest.fixture
def home(tmp_path: Path) -> Path:
    home = tmp_path / "someone"
    (home / ".tccli").mkdir(parents=True)
    (home / ".tencentcloud").mkdir()
    return home


def tccli(home: Path, content: object, name: str = "default") -> None:
    text = content if isinstance(content, str) else json.dumps(content)
    (home / ".tccli" / f"{name}.credential").write_text(text, "utf-8")


def sdk(home: Path, text: str) -> None:
    (home / ".tencentcloud" / "credentials").write_text(text, "utf-8")


def find(home: Path, profile: str = "default") -> FoundCredential | NoCredential:
    store: CredentialStore = VendorFiles(home, system=home / "etc-credentials", now=lambda: NOW)
    return store.find(profile)


def refusal(home: Path, profile: str = "default", *, absent: bool = False) -> str:
    found = find(home, profile)
    assert isinstance(found, NoCredential)
    assert found.absent is absent
    assert "planted" not in str(found)
    return f"{found.reason}: {found.advice}"


def test_tcclis_key_is_found_by_the_profiles_name(home: Path) -> None:
    tccli(home, PLAIN, "prod")
    assert find(home, "prod") == FoundCredential(
        Credential("AKIDplain", Secret("planted-key")), "~/.tccli/prod.credential"
    )
    assert "no file ~/.tccli/test.credential" in refusal(home, "test", absent=True)


@pytest.mark.parametrize("kind", ["oauth", "sso"])
def test_a_temporary_key_has_its_token_and_its_end(home: Path, kind: str) -> None:
    tccli(home, {**OAUTH, "type": kind})
    found = find(home)
    assert isinstance(found, FoundCredential)
    assert found.credential == Credential("AKIDplain", Secret("planted-key"), Secret("planted-token"), NOW + 600)


def test_one_that_has_expired_says_what_renews_it(home: Path) -> None:
    tccli(home, {**OAUTH, "expiresAt": int(NOW)})
    told = refusal(home)
    assert "expired 2026-" in told
    assert "run tccli once" in told
    assert "log in again" in told


def test_a_file_is_read_again_when_it_changes_and_only_then(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tccli(home, PLAIN)
    files = VendorFiles(home, now=lambda: NOW)
    found = files.find("default")
    assert isinstance(found, FoundCredential)
    assert found.again is not None
    opened: list[Path] = []
    with monkeypatch.context() as patch:
        patch.setattr(Path, "open", lambda path, _mode: opened.append(path))
        assert found.again() == found
    assert not opened
    tccli(home, OAUTH)
    renewed = found.again()
    assert isinstance(renewed, FoundCredential)
    assert renewed.credential.token == Secret("planted-token")
    (home / ".tccli" / "default.credential").unlink()
    assert isinstance(found.again(), NoCredential)


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("", "not a JSON object"),
        ("[1]", "not a JSON object"),
        ('{"secretKey": "planted', "not a JSON object"),
        ("[" * 100_000, "not a JSON object"),
        ({"secretId": "a"}, "SecretKey is empty"),
        ({**PLAIN, "secretId": ["planted"]}, "not a text"),
        ({**PLAIN, "secretKey": "plan ted"}, "SecretKey holds"),
        ({**OAUTH, "expiresAt": "planted"}, "expiresAt"),
        ({**OAUTH, "expiresAt": 1e300}, "expiresAt"),
        ({**PLAIN, "role-arn": "qcs::cam", "role-session-name": "x"}, "names a role"),
        ({"type": "cvm-role"}, "names a role"),
    ],
    ids=lambda value: str(value)[:30],
)
def test_what_cannot_be_used_ends_the_search_in_one_line(home: Path, content: object, told: str) -> None:
    tccli(home, content)
    line = refusal(home)
    assert told in line
    assert "~/.tccli/default.credential" in line
    assert "\n" not in line


def test_bytes_that_are_no_text_and_a_folder(home: Path) -> None:
    (home / ".tccli" / "default.credential").write_bytes(b'\xff{"secretKey": "planted"}')
    assert "UTF-8" in refusal(home)
    (home / ".tccli" / "default.credential").unlink()
    (home / ".tccli" / "default.credential").mkdir()
    assert "cannot be read" in refusal(home)


@pytest.mark.parametrize(
    "text",
    [
        "[default]\nsecret_id = AKIDsdk\nsecret_key = planted%key\n",
        "[default]\nsecret_id='AKIDsdk'\nsecret_key=\"planted%key\"\n[other]\nsecret_id=x\n",
        "\ufeff[default]\r\nSECRET_ID=AKIDsdk\r\nsecret_key=planted%key\r\nrole_arn=\r\n",
    ],
)
def test_the_sdks_file_with_its_quirks(home: Path, text: str) -> None:
    sdk(home, text)
    assert find(home) == FoundCredential(Credential("AKIDsdk", Secret("planted%key")), "~/.tencentcloud/credentials")


def test_the_sdks_file_is_for_one_profile_and_comes_second(home: Path) -> None:
    sdk(home, "[default]\nsecret_id=AKIDsdk\nsecret_key=planted")
    assert "prod" in refusal(home, "prod", absent=True)
    tccli(home, PLAIN)
    found = find(home)
    assert isinstance(found, FoundCredential)
    assert found.credential.secret_id == "AKIDplain"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("secret_key = planted", "not an INI file"),
        ("[prod]\nsecret_key = planted", "no section [default]"),
        ("[default]\nsecret_key = planted", "SecretId is empty"),
    ],
)
def test_an_sdks_file_that_cannot_be_used(home: Path, text: str, told: str) -> None:
    sdk(home, text)
    assert told in refusal(home)


def test_the_systems_file_counts_only_where_there_is_none_at_home(home: Path, tmp_path: Path) -> None:
    system = tmp_path / "etc" / "credentials"
    system.parent.mkdir()
    system.write_text("[default]\nsecret_id=AKIDsystem\nsecret_key=planted")
    files = VendorFiles(home, system=system)
    assert files.find("default") == FoundCredential(Credential("AKIDsystem", Secret("planted")), str(system))
    assert isinstance(files.find("prod"), NoCredential)
    sdk(home, "[other]\n")
    found = files.find("default")
    assert isinstance(found, NoCredential), "what is wrong at home is not made good by another account"
    assert "~/.tencentcloud/credentials" in found.reason
    sdk(home, "[default]\nsecret_id=AKIDsdk\nsecret_key=planted")
    assert files.find("default") == FoundCredential(
        Credential("AKIDsdk", Secret("planted")), "~/.tencentcloud/credentials"
    )


def test_where_there_is_none_every_place_is_named(home: Path) -> None:
    line = refusal(home, absent=True)
    for name in ("~/.tccli/default.credential", "~/.tencentcloud/credentials", "etc-credentials"):
        assert name in line


def test_what_tccli_is_set_to(home: Path) -> None:
    files = VendorFiles(home)
    assert files.tccli_settings("prod") == {}
    path = home / ".tccli" / "prod.configure"
    path.write_text(
        json.dumps({"_sys_param": {"region": "ap-mumbai", "output": "json"}, "trtc": {"endpoint": "trtc.example"}}),
        "utf-8",
    )
    assert files.tccli_settings("prod") == {"region": "ap-mumbai", "endpoint": "trtc.example"}
    path.write_text('{"_sys_param": 7, "trtc": {"endpoint": null}}', "utf-8")
    assert files.tccli_settings("prod") == {}


@given(st.binary(max_size=200))
def test_any_bytes_are_an_answer(tmp_path_factory: pytest.TempPathFactory, raw: bytes) -> None:
    home = tmp_path_factory.getbasetemp() / "any"
    for folder, name in ((".tccli", "default.credential"), (".tencentcloud", "credentials")):
        (home / folder).mkdir(parents=True, exist_ok=True)
        (home / folder / name).write_bytes(raw)
    assert find(home) is not None


def test_a_file_that_may_not_be_read(home: Path) -> None:
    tccli(home, PLAIN)
    with no_permission(home / ".tccli" / "default.credential"):
        assert "cannot be read: Permission denied" in refusal(home)
