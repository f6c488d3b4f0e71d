from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from relaytui.adapters.config import (
    EXAMPLE,
    AlarmsTable,
    BadConfig,
    ConfigFile,
    JournalTable,
    ProfileTable,
    append_profile,
    parse_config,
    read_config,
    take_out,
)
from relaytui.adapters.settings import BadSetting, Settings, read_settings
from relaytui.core.journal_limits import JournalLimits
from relaytui.core.profile import Profile, Store, Written
from relaytui.core.reach import Reach
from tests.permissions import no_permission

TWO = """\
# my accounts
interval = 5.5

[profiles.prod]
sdk_app_id = 1600012345   # the live one
budget = 12
[profiles."test"]
store = 'session'
"""


def values(text: str) -> Mapping[str, Written]:
    read = parse_config(text, "config.toml")
    assert not isinstance(read, BadConfig), read
    return read


def refusal(text: str) -> str:
    read = parse_config(text, "config.toml")
    assert isinstance(read, BadConfig)
    assert "\n" not in str(read)
    return str(read)


def test_every_value_has_its_name_and_its_line() -> None:
    assert values(TWO) == {
        "interval": ("config.toml:2 interval", "5.5"),
        "profiles.prod": ("config.toml:4 [profiles.prod]", ""),
        "profiles.prod.sdk_app_id": ("config.toml:5 profiles.prod.sdk_app_id", "1600012345"),
        "profiles.prod.budget": ("config.toml:6 profiles.prod.budget", "12"),
        "profiles.test": ("config.toml:7 [profiles.test]", ""),
        "profiles.test.store": ("config.toml:8 profiles.test.store", "session"),
    }


def test_the_example_documents_every_setting_and_is_taken() -> None:
    whole = re.sub(r"^# (\w+ = )", r"\1", EXAMPLE, flags=re.MULTILINE)
    document = tomllib.loads(whole)
    # The keys are listed by the screen, which knows them.
    assert set(document) == set(ConfigFile.__struct_fields__) - {"keys"}
    (profile,) = document["profiles"].values()
    assert set(profile) == set(ProfileTable.__struct_fields__)
    assert set(document["alarms"]) == set(AlarmsTable.__struct_fields__)
    assert set(document["journal"]) == set(JournalTable.__struct_fields__)
    lines = whole.splitlines()
    for number, line in enumerate(lines):
        if re.match(r"\w+ = ", line) and lines[number - 1] != "[views]":
            assert lines[number - 1].startswith("# "), line


def test_who_saves_the_example_changes_nothing() -> None:
    settings = read_settings({}, {}, values(EXAMPLE))
    assert isinstance(settings, Settings)
    assert settings == Settings()
    assert settings.profiles == {"default": Profile()}


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("intervall = 1", "config.toml:1: no setting is called 'intervall' (did you mean interval?)"),
        ("[profile.prod]\nregion = 'x'", "config.toml: profile: Expected text in quotes, got a table"),
        (
            "\n[profiles.prod]\nbugdet = 1",
            "config.toml:3: no setting is called 'profiles.prod.bugdet' (did you mean budget?)",
        ),
        ("\n\ninterval = '5'", "config.toml:3: interval: Expected a number, got text in quotes"),
        (
            "[profiles.prod]\nsdk_app_id = '14'",
            "config.toml:2: profiles.prod.sdk_app_id: Expected a whole number, got text in quotes",
        ),
        ("[profiles.prod]\nbudget = true", "config.toml:2: profiles.prod.budget: Expected a number, got true or false"),
        ("profiles = 3", "config.toml:1: profiles: Expected a table, got a whole number"),
        ("profiles.prod = 3", "config.toml: profiles.*: Expected a table, got a whole number"),
        ('[profiles."../x"]\nbudget = 1', "a profile's name has letters"),
        ("[profiles.prod]\nsecret_key = 'planted'", "config.toml:2: 'profiles.prod.secret_key': secrets never stand"),
        ("[alarms]\ncomand = []", "config.toml:2: no setting is called 'alarms.comand' (did you mean command?)"),
        (
            "[alarms]\ncommand = 'page-me'",
            'config.toml:2: alarms.command: Expected a list such as ["program", "argument"], got text in quotes',
        ),
        ("[alarms]\ncommand = ['a', 3]", "config.toml: alarms.command[1]: Expected text in quotes, got a whole number"),
        ("[alarms]\nbell = 1", "config.toml:2: alarms.bell: Expected true or false, got a whole number"),
        (
            "[alarms.webhook_headers]\nX = 1",
            "config.toml: alarms.webhook_headers.*: Expected text in quotes, got a whole number",
        ),
        ("[views]\nnight = 3", "config.toml:2: views.night: give a filter as a text"),
        ("views = 3", "config.toml:1: views: Expected a table, got a whole number"),
        ("alarms = 3", "config.toml:1: alarms: Expected a table, got a whole number"),
        ("[alarms]\nwebhook_token = 'planted'", "config.toml:2: 'alarms.webhook_token': secrets never stand"),
        ("interval = ", "config.toml: not TOML: Invalid value (at end of document)"),
        ("interval = 1\ninterval = 2", "Cannot overwrite a value"),
        ("x = " + "[" * 10_000, "not TOML"),
    ],
    ids=lambda text: text[:30],
)
def test_what_may_not_stand_there_is_told_with_its_place(text: str, told: str) -> None:
    assert told in refusal(text)
    assert "planted" not in refusal(text)


@given(st.text())
def test_any_text_is_an_answer(text: str) -> None:
    assert parse_config(text, "x") is not None


@pytest.mark.parametrize(
    ("raw", "told"),
    [(b"interval = 1\n\xff", ":2: byte 0xff is not UTF-8"), (b"#" * 1_000_001, "more than"), (b"a\x00b", "not TOML")],
    ids=["encoding", "huge", "binary"],
)
def test_files_that_are_no_settings(tmp_path: Path, raw: bytes, told: str) -> None:
    path = tmp_path / "config.toml"
    path.write_bytes(raw)
    assert told in str(read_config(path))


def test_a_missing_file_a_folder_and_a_byte_order_mark(tmp_path: Path) -> None:
    assert "there is no such file" in str(read_config(tmp_path / "none"))
    assert "directory" in str(read_config(tmp_path))
    path = tmp_path / "config.toml"
    path.write_bytes(b"\xef\xbb\xbfinterval = 1\r\n")
    assert read_config(path) == {"interval": (f"{path}:1 interval", "1")}


def test_no_permission(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.touch()
    with no_permission(path):
        assert "cannot be read" in str(read_config(path))


def test_a_profile_is_added_and_everything_else_stays(tmp_path: Path) -> None:
    path = tmp_path / "new" / "config.toml"
    assert append_profile(path, "one", {"region": "ap-mumbai", "sdk_app_id": 7}) == path.read_text()
    first = path.read_text()
    assert tomllib.loads(first) == {"profiles": {"one": {"region": "ap-mumbai", "sdk_app_id": 7}}}
    path.write_text(TWO)
    added = append_profile(path, "new", {})
    assert path.read_text() == f"{TWO.rstrip()}\n\n{added}"
    assert "profiles.new" in values(path.read_text())


def test_a_profile_that_was_added_is_taken_out_and_nothing_else(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    assert isinstance(added := append_profile(path, "new", {"region": "x"}), str)
    assert take_out(path, added) is None
    assert not path.exists()
    path.write_text(TWO)
    assert isinstance(added := append_profile(path, "new", {"region": "x"}), str)
    path.write_text(f"{path.read_text()}\n[views]\nmine = 'a'\n")
    assert take_out(path, added) is None
    assert path.read_text() == f"{TWO.rstrip()}\n\n\n[views]\nmine = 'a'\n"
    assert "cannot be written" in str(take_out(tmp_path / "none", added))


@pytest.mark.parametrize("text", ["profiles = {}\n", "[profiles.new]\n", "intervall = 1\n"])
def test_where_nothing_can_be_added_nothing_is_changed(tmp_path: Path, text: str) -> None:
    path = tmp_path / "config.toml"
    path.write_text(text)
    assert "cannot be added" in str(append_profile(path, "new", {"region": "x"}))
    assert path.read_text() == text


def test_the_alarms_of_the_file_are_settings_with_their_origin() -> None:
    text = """\
[alarms]
alarm_after = 2
repeat = 0
command = ["/bin/page", "--high"]
webhook = "https://hooks.example.com/x"
resolved = true
bell = false

[alarms.webhook_headers]
Authorization = "keyring:pager"
"""
    settings = read_settings({}, {}, values(text))
    assert isinstance(settings, Settings)
    assert settings.alarms == Reach(
        alarm_after=2,
        repeat=0,
        command=("/bin/page", "--high"),
        webhook="https://hooks.example.com/x",
        webhook_headers={"Authorization": "keyring:pager"},
        resolved=True,
        bell=False,
    )
    assert settings.origins["alarms.command"] == "config.toml:4 alarms.command"
    assert settings.configured == frozenset()


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("alarm_after = 0", "config.toml:2 alarms.alarm_after '0': give a number of answers from 1 to 20"),
        ("repeat = -1", "give minutes, at most 1440, or 0 for never"),
        ("webhook = 'http://hooks.example.com/planted'", "use https"),
        ("webhook_headers = {Authorization = 'Bearer planted'}", "is a secret, which never stands in this file"),
        ("command = ['']", "give the program first"),
    ],
)
def test_bad_alarms_are_refused_with_their_place(text: str, told: str) -> None:
    refused = read_settings({}, {}, values(f"[alarms]\n{text}"))
    assert isinstance(refused, BadSetting)
    assert told in str(refused)
    assert "planted" not in str(refused)


def test_how_much_the_journal_keeps_is_a_setting() -> None:
    settings = read_settings({}, {}, values("[journal]\ndays = 7.5\n"))
    assert isinstance(settings, Settings)
    assert settings.journal == JournalLimits(days=7.5)
    assert settings.origins == {"journal.days": "config.toml:2 journal.days"}


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("days = 0", "config.toml:2 journal.days '0': give days, above 0 and at most 3650"),
        ("megabytes = -3", "give megabytes, above 0 and at most 100000"),
        ("megabytes = inf", "give megabytes"),
    ],
)
def test_a_journal_of_no_days_or_of_no_size_is_refused(text: str, told: str) -> None:
    refused = read_settings({}, {}, values(f"[journal]\n{text}"))
    assert isinstance(refused, BadSetting)
    assert told in str(refused)


def test_flags_and_variables_change_the_chosen_profile_and_no_other() -> None:
    settings = read_settings(
        {"budget": "3"}, {"RELAYTUI_PROFILE": "prod", "RELAYTUI_ENDPOINT": "https://x.example"}, values(TWO)
    )
    assert isinstance(settings, Settings)
    prod, test = settings.named("prod"), settings.named("test")
    assert (settings.profile, settings.budget, settings.sdk_app_id) == ("prod", 3, 1600012345)
    assert (prod.budget, str(prod.endpoint)) == (3, "https://x.example")
    assert test == Profile("test", store=Store.SESSION)
    assert settings.named("unknown") == Profile("unknown")
    assert settings.configured == {"prod", "test"}
    assert settings.origins == {
        "profile": "RELAYTUI_PROFILE",
        "interval": "config.toml:2 interval",
        "profiles.prod.budget": "--budget",
        "profiles.prod.endpoint": "RELAYTUI_ENDPOINT",
        "profiles.prod.sdk_app_id": "config.toml:5 profiles.prod.sdk_app_id",
        "profiles.test.store": "config.toml:8 profiles.test.store",
    }


def test_the_vendors_region_comes_after_the_file() -> None:
    environ = {"TENCENTCLOUD_REGION": "vendor-region"}
    settings = read_settings({}, environ, values("[profiles.default]\nregion = 'file-region'\n[profiles.other]\n"))
    assert isinstance(settings, Settings)
    assert settings.region == "file-region"
    assert settings.named("other").region == "ap-singapore"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("[profiles.b]\nbudget = 21", "config.toml:2 profiles.b.budget '21': give requests per second"),
        ("[profiles.b]\nendpoint = 'http://x.example'", "use https"),
        ("[profiles.b]\nsdk_app_id = -1", "positive whole number"),
        ("[profiles.b]\nstore = 'plain'", "did you mean plaintext?"),
        ("interval = nan", "give seconds"),
        ("profile = 'a/b'", "a profile's name"),
        ("tasks = ''", "give the file"),
    ],
)
def test_a_bad_value_in_the_file_is_refused_for_every_profile(text: str, told: str) -> None:
    assert told in str(read_settings({}, {}, values(text)))
