"""Settings come from the environment, then the file, then defaults, and a wrong one is named with its remedy."""

from pathlib import Path

import pytest

from watchdesk.errors import SettingsInvalid
from watchdesk.settings import read_settings


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
