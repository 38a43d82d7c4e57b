"""An address of a database is checked word by word, and never shown with its password."""

import pytest

from watchdesk.addresses import database_address, without_password
from watchdesk.errors import SettingsInvalid
from watchdesk.settings import OURS, read_settings

SECRET = "opensesame"
WRONG = {
    "a scheme of another database": (f"mysql://me:{SECRET}@h/d", "the scheme 'mysql'"),
    "a driver that is not here": (f"postgresql+psycopg2://me:{SECRET}@h/d", "the driver 'psycopg2' is not here"),
    "a port that is no number": (f"postgresql://me:{SECRET}@h:54x2/d", "the port is no number"),
    "a port that no machine has": (f"postgresql://me:{SECRET}@h:70000/d", "the port is no number"),
    "a password with an at sign": (f"postgresql://me:{SECRET}@{SECRET}@h/d", "second '@'"),
    "no name": (f"postgresql://me:{SECRET}@h", "the name of the database is missing"),
    "no address at all": ("everything", "no address of a database"),
    "a file without its path": ("sqlite://", "the path of the file is missing"),
}


@pytest.mark.parametrize("case", WRONG)
def test_a_wrong_address_is_a_wrong_setting_named_with_its_variable(case: str) -> None:
    url, reason = WRONG[case]
    with pytest.raises(SettingsInvalid, match=rf"'database_url' = .*({reason}).*WATCHDESK_DATABASE_URL") as raised:
        read_settings({"WATCHDESK_DATABASE_URL": url})
    assert SECRET not in str(raised.value)


def test_prefects_address_is_checked_as_well() -> None:
    with pytest.raises(SettingsInvalid, match=r"'prefect_database_url' .*the scheme 'oracle'"):
        read_settings({"WATCHDESK_PREFECT_DATABASE_URL": "oracle://h/d"})


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://h/d",
        "postgres://me@h:5432/d?sslmode=require",
        "postgresql+psycopg://me:p%40ss/word@[::1]:5432/d",
        "postgresql:///d?host=/run/postgresql",
        "sqlite:////srv/watchdesk.db",
    ],
)
def test_a_right_address_is_taken(url: str) -> None:
    assert read_settings({"WATCHDESK_DATABASE_URL": url}).database_url == url


def test_the_parts_of_an_address_are_found() -> None:
    found = database_address("postgresql://me:x@db.example.org:6432/desk%20one?sslmode=require", OURS)
    assert (found.host, found.port, found.name, found.query) == (
        "db.example.org",
        6432,
        "desk one",
        "sslmode=require",
    )


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("postgresql://me:opensesame@h/d", "postgresql://me:***@h/d"),
        ("postgresql://me:open@sesame@h/d", "postgresql://me:***@h/d"),
        ("postgresql://me:open/sesame@h/d", "postgresql://me:***@h/d"),
        ("postgresql://h/d?user=me&password=opensesame&x=1", "postgresql://h/d?user=me&password=***&x=1"),
        ("postgresql://h:5432/d", "postgresql://h:5432/d"),
        ("smtp://me@h:25", "smtp://me@h:25"),
    ],
)
def test_no_address_is_shown_with_its_password(url: str, shown: str) -> None:
    assert without_password(url) == shown
