from __future__ import annotations

import tomllib

import pytest

from relaytui.adapters.places import config_path
from relaytui.cli import main


def test_the_path_is_told_whether_the_file_is_there_or_not(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["config", "path"]) == 0
    assert capsys.readouterr().out == f"{config_path({})}\n"
    monkeypatch.setenv("RELAYTUI_CONFIG", "other.toml")
    assert main(["config", "path"]) == 0
    assert capsys.readouterr().out == "other.toml\n"


def test_the_example_can_be_saved_and_is_taken(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["config", "example"]) == 0
    text = capsys.readouterr().out
    assert tomllib.loads(text)["profiles"]
    path = config_path({})
    path.parent.mkdir(parents=True)
    path.write_text(text)
    assert main(["config", "check"]) == 0
    assert f"{path}:" in capsys.readouterr().out


def test_every_value_is_shown_with_where_it_came_from(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    path = config_path({})
    path.parent.mkdir(parents=True)
    path.write_text('profile = "prod"\n[profiles.prod]\nregion = "ap-mumbai"\n[profiles.test]\n')
    monkeypatch.setenv("RELAYTUI_INTERVAL", "7.5")
    assert main(["config", "check", "--budget", "3"]) == 0
    rows = {line.split()[0]: line.split(maxsplit=2)[1:] for line in capsys.readouterr().out.splitlines()}
    assert rows["profile"] == ["prod", f"{path}:1 profile"]
    assert rows["interval"] == ["7.5", "RELAYTUI_INTERVAL"]
    assert rows["tasks"] == ["-", "default"]
    assert rows["profiles.prod.budget"] == ["3", "--budget"]
    assert rows["profiles.prod.region"] == ["ap-mumbai", f"{path}:3 profiles.prod.region"]
    assert rows["profiles.test.budget"] == ["10", "default"]
    assert rows["journal.days"] == ["90", "default"]
    assert rows["alarms.resolved"] == ["off", "default"]
    assert rows["profiles.test.store"] == ["keyring", "default"]


@pytest.mark.parametrize("command", [["config", "check"], ["check", "1"], ["login"], ["logout"], ["profiles"], ["1"]])
def test_a_file_that_is_not_right_is_one_line_and_exit_code_2_for_every_command(
    command: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    path = config_path({})
    path.parent.mkdir(parents=True)
    path.write_text("\nintervall = 3\n")
    assert main(command) == 2
    shown = capsys.readouterr()
    assert shown.out == ""
    (line,) = shown.err.splitlines()
    assert f"{path}:2: no setting is called 'intervall' (did you mean interval?)" in line


def test_a_file_that_only_a_variable_names_must_be_there(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("RELAYTUI_CONFIG", "nowhere.toml")
    assert main(["check", "1"]) == 2
    assert "nowhere.toml: there is no such file" in capsys.readouterr().err


def test_a_profile_nearly_named_as_one_in_the_file(capsys: pytest.CaptureFixture[str]) -> None:
    path = config_path({})
    path.parent.mkdir(parents=True)
    path.write_text("[profiles.production]\n")
    assert main(["check", "1", "--sdk-app-id", "1400188366", "--profile", "porduction"]) == 5
    assert "did you mean production?" in capsys.readouterr().err


def test_what_to_do_must_be_said(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["config"]) == 2
    assert main(["config", "chek"]) == 2
    assert "path" in capsys.readouterr().err
