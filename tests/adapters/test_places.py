from __future__ import annotations

from pathlib import Path

from relaytui.adapters.places import config_path, hashed, list_path, plaintext_folder, sign_ins_path


def test_every_file_is_in_its_owners_home(tmp_path: Path) -> None:
    for path in (config_path({}), list_path({}), plaintext_folder(), sign_ins_path()):
        assert path.is_relative_to(tmp_path)
        assert "relaytui" in path.parts
    assert config_path({}).name == "config.toml"
    assert list_path({}).name == "watchlist.toml"


def test_a_variable_names_another_configuration_or_list() -> None:
    assert list_path({"RELAYTUI_LIST": "x.toml"}) == Path("x.toml")
    assert config_path({"RELAYTUI_CONFIG": "x/y.toml"}) == Path("x/y.toml")
    assert config_path({"RELAYTUI_CONFIG": ""}) == config_path({})


def test_a_name_tells_nothing_of_what_it_is_made_of() -> None:
    name = hashed("AKIDexample", "trtc.tencentcloudapi.com")
    assert "AKID" not in name
    assert name != hashed("AKIDexampletrtc", ".tencentcloudapi.com")
