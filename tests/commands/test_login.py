"""`login`, `logout` and `profiles`, and what `check` makes of what they keep."""

from __future__ import annotations

import io
import json
import os
import stat
import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest

from relaytui.adapters.places import config_path, plaintext_folder, sign_ins_path
from relaytui.cli import main
from relaytui.simulator.server import SimulatorThread
from relaytui.simulator.world import ACCOUNT, Fault, FaultKind, World
from tests.commands.conftest import APP
from tests.commands.schemas import validator
from tests.keyrings import Forgetful, Memory

ID, KEY = ACCOUNT.credential.secret_id, ACCOUNT.credential.secret_key.reveal()
ENTRY = ("relaytui:prod", "credentials")


@pytest.fixture
def keyring(use_keyring: Callable[[Memory], None]) -> Memory:
    backend = Memory()
    use_keyring(backend)
    return backend


@pytest.fixture
def api(simulator: SimulatorThread, monkeypatch: pytest.MonkeyPatch) -> SimulatorThread:
    """The simulator, with no credential in the environment."""
    monkeypatch.delenv("TENCENTCLOUD_SECRET_ID")
    monkeypatch.delenv("TENCENTCLOUD_SECRET_KEY")
    return simulator


@pytest.fixture
def type_in(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Gives the function that puts lines on standard input."""

    def type_in(*lines: str) -> None:
        raw = "".join(f"{line}\n" for line in lines).encode()
        monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(raw)))

    return type_in


def tccli(name: str, **more: object) -> None:
    path = Path.home() / ".tccli" / f"{name}.credential"
    path.parent.mkdir(exist_ok=True)
    path.write_text(json.dumps({"secretId": ID, "secretKey": KEY, **more}))


@pytest.mark.usefixtures("api")
def test_what_is_typed_is_verified_kept_and_used(
    keyring: Memory, type_in: Callable[..., None], capsys: pytest.CaptureFixture[str]
) -> None:
    type_in(ID, KEY, "")
    assert main(["login", "prod"]) == 0
    told = capsys.readouterr().err
    assert "saved: profile prod, SecretId AKID…MPLE, verified, in keyring (keyrings)" in told
    assert f"write [profiles.prod] in {config_path({})}" in told
    assert json.loads(keyring.entries[ENTRY])["key"] == KEY
    assert main(["check", "running", "--profile", "prod"]) == 0
    assert capsys.readouterr().err == "relaytui: profile prod: credential from keyring (keyrings)\n"
    assert main(["logout", "prod"]) == 0
    assert "taken out of the keyring" in capsys.readouterr().err
    assert not keyring.entries
    assert main(["check", "running", "--profile", "prod"]) == 5
    told = capsys.readouterr().err
    for looked in ("environment", "no entry in the keyring", "~/.tccli/prod.credential", "relaytui login prod"):
        assert looked in told


@pytest.mark.parametrize(
    ("fault", "wanted"),
    [
        (Fault(kind=FaultKind.ERROR, code="AuthFailure.SecretIdNotFound"), (5, "Check SecretId")),
        (Fault(kind=FaultKind.ERROR, code="AuthFailure.UnauthorizedOperation"), (5, "CAM policy")),
        (Fault(kind=FaultKind.ERROR, code="RequestLimitExceeded"), (4, "--no-verify")),
        (Fault(kind=FaultKind.RESET), (4, "--no-verify")),
        (Fault(kind=FaultKind.HTML), (4, "--no-verify")),
    ],
)
def test_what_the_api_does_not_take_is_not_saved(
    fault: Fault,
    wanted: tuple[int, str],
    api: SimulatorThread,
    keyring: Memory,
    capsys: pytest.CaptureFixture[str],
) -> None:
    code, told = wanted
    api.call(lambda: api.server.api.world.plan(fault))
    tccli("default")
    assert main(["login", "--from", "tccli"]) == code
    line = capsys.readouterr().err
    assert line.startswith("relaytui: not saved: ")
    assert told in line
    assert not keyring.entries
    assert main(["login", "--from", "tccli", "--no-verify"]) == 0
    assert "not verified" in capsys.readouterr().err
    assert keyring.entries


@pytest.mark.usefixtures("api")
def test_a_wrong_key_is_not_saved_and_not_shown(
    keyring: Memory, type_in: Callable[..., None], capsys: pytest.CaptureFixture[str]
) -> None:
    type_in(ID, "planted-key")
    assert main(["login"]) == 5
    shown = capsys.readouterr()
    assert "AuthFailure.SignatureFailure" in shown.err
    assert "planted" not in shown.out + shown.err
    assert not keyring.entries


def test_a_refusal_of_the_made_up_task_shows_that_the_key_is_right(
    api: SimulatorThread, world: World, keyring: Memory, type_in: Callable[..., None]
) -> None:
    api.call(lambda: world.plan(Fault(kind=FaultKind.ERROR, code="FailedOperation.SdkAppIdNotExist")))
    type_in(ID, KEY)
    assert main(["login"]) == 0
    assert keyring.entries


@pytest.mark.usefixtures("api")
def test_credentials_of_other_tools_are_taken_over(
    keyring: Memory, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    tccli("work")
    (Path.home() / ".tccli" / "work.configure").write_text('{"_sys_param": {"region": "ap-mumbai"}}')
    assert main(["login", "prod", "--from", "tccli:work"]) == 0
    assert "tccli has region = 'ap-mumbai'" in capsys.readouterr().err
    assert ENTRY in keyring.entries
    keyring.entries.clear()
    assert main(["login", "prod", "--from", "tccli"]) == 5
    assert "~/.tccli/prod.credential" in capsys.readouterr().err
    assert main(["login", "prod", "--from", "env"]) == 5
    assert "nothing in the environment" in capsys.readouterr().err
    monkeypatch.setenv("TENCENTCLOUD_SECRET_ID", ID)
    monkeypatch.setenv("TENCENTCLOUD_SECRET_KEY", KEY)
    assert main(["login", "prod", "--from=env"]) == 0
    assert ENTRY in keyring.entries


@pytest.mark.parametrize(
    ("argv", "told"),
    [
        (["--from", "nowhere"], "give tccli, tccli:NAME or env"),
        (["--from", "tccli:../x"], "a profile's name"),
        (["../x"], "a profile's name"),
        (["--region", "a b"], "--region 'a b'"),
        (["--secret-key", "x"], "no option --secret-key"),
    ],
)
@pytest.mark.usefixtures("keyring")
def test_a_wrong_command_line(argv: list[str], told: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["login", *argv]) == 2
    assert told in capsys.readouterr().err


@pytest.mark.usefixtures("keyring", "api")
@pytest.mark.parametrize("lines", [(), ("",), (ID,), (ID, "two words"), ("\x00", KEY), (ID, KEY, "t t")])
def test_what_is_no_credential_is_not_saved(
    lines: tuple[str, ...], keyring: Memory, type_in: Callable[..., None], capsys: pytest.CaptureFixture[str]
) -> None:
    type_in(*lines)
    assert main(["login"]) == 2
    shown = capsys.readouterr().err
    assert shown.startswith("relaytui: not saved: the ")
    assert KEY not in shown
    assert not keyring.entries


@pytest.mark.usefixtures("api", "keyring")
def test_a_login_adds_a_new_profile_to_the_file_and_leaves_an_old_one(
    type_in: Callable[..., None], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    path = config_path({})
    path.parent.mkdir(parents=True)
    path.write_text("# mine\ninterval = 5\n")
    type_in(ID, KEY)
    monkeypatch.delenv("RELAYTUI_SDK_APP_ID")
    assert main(["login", "prod", "--sdk-app-id", "1400188366", "--region", "ap-singapore"]) == 0
    assert f"added [profiles.prod] to {path}" in capsys.readouterr().err
    assert path.read_text() == (
        '# mine\ninterval = 5\n\n[profiles.prod]\nregion = "ap-singapore"\nsdk_app_id = 1400188366\n'
    )
    assert main(["check", "running", "--profile", "prod"]) == 0
    assert main(["login", "prod", "--region", "ap-mumbai"]) == 2
    assert "already in" in capsys.readouterr().err


@pytest.mark.usefixtures("api")
def test_plain_text_only_by_that_word(type_in: Callable[..., None], capsys: pytest.CaptureFixture[str]) -> None:
    type_in(ID, KEY)
    assert main(["login"]) == 5
    assert 'set store = "plaintext"' in capsys.readouterr().err
    assert not plaintext_folder().exists()
    path = config_path({})
    path.parent.mkdir(parents=True)
    path.write_text('[profiles.default]\nstore = "plaintext"\n')
    type_in(ID, KEY)
    assert main(["login"]) == 0
    assert "in plain text in " in capsys.readouterr().err
    if os.name == "posix":
        assert stat.S_IMODE((plaintext_folder() / "default.json").stat().st_mode) == 0o600
    assert main(["check", "running"]) == 0
    assert "credential from plain text in" in capsys.readouterr().err
    assert main(["logout"]) == 0
    assert main(["check", "running"]) == 5


@pytest.mark.usefixtures("api")
def test_a_keyring_that_loses_what_it_takes_is_not_called_saved(
    use_keyring: Callable[[Memory], None], type_in: Callable[..., None], capsys: pytest.CaptureFixture[str]
) -> None:
    use_keyring(Forgetful())
    type_in(ID, KEY)
    assert main(["login"]) == 5
    assert "not saved: the keyring took the secret and does not give it back" in capsys.readouterr().err
    assert not sign_ins_path().exists()


@pytest.mark.usefixtures("api", "keyring")
def test_a_secret_that_is_kept_nowhere_is_asked_for_at_a_terminal(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    path = config_path({})
    path.parent.mkdir(parents=True)
    path.write_text('[profiles.default]\nstore = "session"\n')
    assert main(["login"]) == 2
    assert "never saved" in capsys.readouterr().err
    assert main(["check", "running"]) == 5
    for stream in ("stdin", "stderr"):
        monkeypatch.setattr(f"sys.{stream}.isatty", lambda: True)
    typed = iter([ID, KEY, ""])
    monkeypatch.setattr("getpass.getpass", lambda _: next(typed))
    capsys.readouterr()
    assert main(["check", "running"]) == 0
    assert "credential from you, for this session only" in capsys.readouterr().err


@pytest.mark.usefixtures("api")
def test_tcclis_files_are_used_where_they_are(capsys: pytest.CaptureFixture[str]) -> None:
    tccli("default", type="oauth", expiresAt=4_000_000_000)
    assert main(["check", "running"]) == 0
    assert "credential from ~/.tccli/default.credential, expires 2096-10-02 07:06 UTC" in capsys.readouterr().err
    tccli("default", type="oauth", expiresAt=1)
    assert main(["check", "running"]) == 5
    assert "run tccli once" in capsys.readouterr().err


@pytest.mark.usefixtures("api")
def test_profiles_tell_where_each_credential_is_from(
    keyring: Memory, type_in: Callable[..., None], capsys: pytest.CaptureFixture[str]
) -> None:
    path = config_path({})
    path.parent.mkdir(parents=True)
    path.write_text('[profiles.prod]\nregion = "ap-mumbai"\n[profiles.none]\n')
    type_in(ID, KEY)
    assert main(["login", "prod"]) == 0
    type_in(ID, KEY)
    assert main(["login", "unlisted"]) == 0
    capsys.readouterr()
    assert main(["profiles", "--json"]) == 0
    shown = capsys.readouterr().out
    rows = {row["profile"]: row for row in map(json.loads, shown.splitlines())}
    for row in rows.values():
        validator("profiles").validate(row)
    assert KEY not in shown
    assert list(rows) == ["default", "prod", "none", "unlisted"]
    assert rows["default"]["chosen"]
    assert (rows["prod"]["source"], rows["prod"]["region"]) == ("keyring (keyrings)", "ap-mumbai")
    assert rows["prod"]["verified_at"].endswith("Z")
    assert rows["prod"]["secret_id"] == "AKID…MPLE"
    assert rows["none"]["source"] is None
    assert "relaytui login none" in rows["none"]["problem"]
    keyring.entries.clear()
    assert main(["profiles"]) == 0
    table = capsys.readouterr()
    assert "the keyring (keyrings) has lost what login put there" in table.err
    assert [line.split()[0] for line in table.out.splitlines()] == ["PROFILE", "default*", "prod", "none", "unlisted"]


@pytest.mark.usefixtures("api", "keyring")
def test_logging_out_tells_what_is_still_there(capsys: pytest.CaptureFixture[str]) -> None:
    tccli("default")
    assert main(["logout"]) == 0
    told = capsys.readouterr().err
    assert "nothing was kept in the keyring" in told
    assert "still has a credential from ~/.tccli/default.credential" in told


@pytest.mark.usefixtures("api", "keyring")
def test_a_list_may_name_several_profiles(
    type_in: Callable[..., None],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """A task without an SdkAppId gets that of the profile it names."""
    for profile in ("prod", "test"):
        type_in(ID, KEY)
        assert main(["login", profile]) == 0
    path = config_path({})
    path.parent.mkdir(parents=True)
    url = os.environ["RELAYTUI_ENDPOINT"]
    path.write_text(f'[profiles.prod]\nendpoint = "{url}"\nsdk_app_id = {APP}\n[profiles.test]\nendpoint = "{url}"\n')
    monkeypatch.delenv("RELAYTUI_SDK_APP_ID")
    (tmp_path / "list.csv").write_text("task_id,profile\nrunning,prod\n-k3+x_y..,test\n")
    assert main(["check", "--tasks", str(tmp_path / "list.csv")]) == 2
    assert "no SdkAppId" in capsys.readouterr().err
    path.write_text(path.read_text() + f"sdk_app_id = {APP}\n")
    assert main(["check", "--tasks", str(tmp_path / "list.csv")]) == 0
    shown = capsys.readouterr()
    assert len(shown.out.splitlines()) == 2
    assert shown.err.count("credential from keyring") == 2


@pytest.mark.usefixtures("api", "keyring")
def test_one_secret_id_with_two_keys_is_told_before_anything_is_asked(
    keyring: Memory, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for profile, key in (("prod", "planted-one"), ("test", "planted-two")):
        keyring.entries[f"relaytui:{profile}", "credentials"] = json.dumps({"v": 1, "id": ID, "key": key})
    (tmp_path / "list.csv").write_text("task_id,profile\na,prod\nb,test\n")
    assert main(["check", "--tasks", str(tmp_path / "list.csv")]) == 5
    told = capsys.readouterr().err
    assert "one SecretId but two keys" in told
    assert "planted" not in told


@pytest.mark.usefixtures("api")
def test_a_new_profile_without_a_keyring_is_asked_for_by_the_word(
    type_in: Callable[..., None], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["login", "prod"]) == 5
    assert "relaytui login --store plaintext" in capsys.readouterr().err
    type_in(ID, KEY)
    assert main(["login", "prod", "--store", "plaintext"]) == 0
    assert "in plain text in" in capsys.readouterr().err
    assert tomllib.loads(config_path({}).read_text()) == {"profiles": {"prod": {"store": "plaintext"}}}
    assert main(["check", "running", "--profile", "prod"]) == 0
    assert "credential from plain text" in capsys.readouterr().err
    assert main(["login", "other", "--store", "session"]) == 2


NEW = ["login", "prod", "--region", "ap-mumbai"]


@pytest.mark.usefixtures("api")
def test_no_key_is_kept_for_a_profile_that_cannot_be_written(
    keyring: Memory, type_in: Callable[..., None], capsys: pytest.CaptureFixture[str]
) -> None:
    config_path({}).parent.write_text("a file where the folder should be")
    type_in(ID, KEY)
    assert main(NEW) == 2
    told = capsys.readouterr().err
    assert f"not saved: {config_path({})}: cannot be written" in told
    assert not keyring.entries
    assert not sign_ins_path().exists()


@pytest.mark.usefixtures("api")
@pytest.mark.parametrize("before", ["", "theme = 'dark'\n"])
def test_no_profile_is_written_whose_key_is_not_kept(
    before: str, use_keyring: Callable[[Memory], None], type_in: Callable[..., None]
) -> None:
    use_keyring(Forgetful())
    path = config_path({})
    if before:
        path.parent.mkdir(parents=True)
        path.write_text(before)
    type_in(ID, KEY)
    assert main(NEW) == 5
    assert (path.read_text() if path.exists() else "") == before
