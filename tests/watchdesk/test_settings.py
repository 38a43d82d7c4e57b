"""Settings come from the environment, then the file, then defaults, and a wrong one is named with its remedy."""

from pathlib import Path

import pytest

from watchdesk.errors import SettingsInvalid
from watchdesk.settings import environment_of, read_settings


@pytest.fixture(autouse=True)
def in_an_empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def test_without_anything_the_console_listens_on_loopback(tmp_path: Path) -> None:
    settings = read_settings({})
    assert (settings.host, settings.port, settings.home) == ("127.0.0.1", 8420, tmp_path / ".watchdesk")


def test_the_environment_wins_over_the_file(tmp_path: Path) -> None:
    (tmp_path / "watchdesk.toml").write_text("port = 9000\nprefect_port = 9001\n")
    settings = read_settings({"WATCHDESK_PORT": "9100"})
    assert (settings.port, settings.prefect_port) == (9100, 9001)


def test_what_is_given_on_the_command_line_wins_over_all() -> None:
    assert read_settings({"WATCHDESK_PORT": "9100"}, port=9200).port == 9200


def test_a_key_that_is_not_known_is_refused_with_the_nearest(tmp_path: Path) -> None:
    (tmp_path / "watchdesk.toml").write_text("prot = 9000\n")
    with pytest.raises(SettingsInvalid, match="did you mean 'port'"):
        read_settings({})


def test_a_value_that_cannot_be_used_is_named_with_its_variable() -> None:
    with pytest.raises(SettingsInvalid, match=r"'port' = 'eighty'.*WATCHDESK_PORT"):
        read_settings({"WATCHDESK_PORT": "eighty"})


def test_a_postgresql_address_gets_the_driver_that_is_installed() -> None:
    assert read_settings({"WATCHDESK_DATABASE_URL": "postgresql://h/d"}).database == "postgresql+psycopg://h/d"


def test_relative_folders_are_made_absolute(tmp_path: Path) -> None:
    assert read_settings({"WATCHDESK_DEFINITIONS": "defs"}).definitions == tmp_path / "defs"


def test_the_home_can_stand_in_the_file_of_the_working_directory(tmp_path: Path) -> None:
    (tmp_path / "watchdesk.toml").write_text("home = 'state of the desk'\n")
    assert read_settings({}).home == tmp_path / "state of the desk"


def test_a_home_in_the_file_of_the_home_is_refused_with_the_place_where_it_can_stand(tmp_path: Path) -> None:
    (tmp_path / ".watchdesk").mkdir()
    (tmp_path / ".watchdesk" / "watchdesk.toml").write_text("home = '/elsewhere'\n")
    with pytest.raises(SettingsInvalid, match=r"'home' cannot stand .*working directory, or set WATCHDESK_HOME"):
        read_settings({})


def test_both_files_count_and_that_of_the_working_directory_wins(tmp_path: Path) -> None:
    (tmp_path / "state").mkdir()
    (tmp_path / "state" / "watchdesk.toml").write_text("port = 9000\nprefect_port = 9001\n")
    (tmp_path / "watchdesk.toml").write_text("home = 'state'\nport = 9100\n")
    settings = read_settings({})
    assert (settings.port, settings.prefect_port) == (9100, 9001)


def test_a_path_in_a_file_begins_at_the_folder_of_the_file(tmp_path: Path) -> None:
    (tmp_path / ".watchdesk").mkdir()
    (tmp_path / ".watchdesk" / "watchdesk.toml").write_text("definitions = 'defs'\n")
    assert read_settings({}).definitions == tmp_path / ".watchdesk" / "defs"


def test_a_wrong_value_is_told_with_the_file_it_stands_in(tmp_path: Path) -> None:
    (tmp_path / "watchdesk.toml").write_text("port = 'eighty'\n")
    with pytest.raises(SettingsInvalid, match=rf"'port' = 'eighty'.*{tmp_path / 'watchdesk.toml'}"):
        read_settings({})


@pytest.mark.parametrize("text", [b"port = \n", b"port = 1 # \xff\xfe\n"])
def test_a_file_that_cannot_be_understood_is_named(tmp_path: Path, text: bytes) -> None:
    (tmp_path / "watchdesk.toml").write_bytes(text)
    with pytest.raises(SettingsInvalid, match=r"watchdesk\.toml: not valid TOML"):
        read_settings({})


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    (tmp_path / "watchdesk.toml").mkdir()
    with pytest.raises(SettingsInvalid, match=r"watchdesk\.toml cannot be read"):
        read_settings({})


def test_a_misspelt_variable_is_refused_with_the_right_one() -> None:
    with pytest.raises(SettingsInvalid, match=r"WATCHDESK_DEFINITION .*did you mean WATCHDESK_DEFINITIONS"):
        read_settings({"WATCHDESK_DEFINITION": "/etc/watchdesk"})


def test_variables_that_only_begin_like_ours_are_left_alone() -> None:
    assert read_settings({"WATCHDESK_TEST_POSTGRES_URL": "x", "WATCHDESK_SHOP_PORT": "1"}).port == 8420


def test_one_port_for_two_servers_is_refused() -> None:
    with pytest.raises(SettingsInvalid, match="both 8421"):
        read_settings({"WATCHDESK_PORT": "8421"})


def test_a_child_of_ours_takes_nothing_from_a_file_where_it_happens_to_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    child = environment_of(read_settings({}))
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "watchdesk.toml").write_text("webhook_url = 'http://127.0.0.1/other'\n")
    monkeypatch.chdir(tmp_path / "elsewhere")
    assert read_settings(child).webhook_url is None


def test_a_home_below_the_users_own_folder_is_found(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    assert read_settings({"WATCHDESK_HOME": "~/desk"}).home == tmp_path / "desk"
