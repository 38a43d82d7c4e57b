"""Addresses that carry a login: a database's is checked before it is opened, and none is shown with its password."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import unquote

HIDDEN = "***"
LARGEST_PORT = 65535
PARTS = re.compile(
    r"(?P<scheme>[\w.-]+)(\+(?P<driver>[\w.-]+))?://"
    r"((?P<user>[^:/@]*)(:(?P<password>[^@]*))?@)?"
    r"(?P<host>\[[^\]]*\]|[^:/?]*)(:(?P<port>[^/?]*))?"
    r"(/(?P<name>[^?]*))?(\?(?P<query>.*))?"
)
LOGIN = re.compile(r"(://[^:/?@]*):.*@")  # up to the last @: a password that holds one shows nothing of itself
IN_QUERY = re.compile(r"([?&](?:sslpassword|password)=)[^&]*")
Drivers = Mapping[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True, kw_only=True)
class DatabaseAddress:
    """The parts of a database's URL; `driver`, `host` and `query` are empty and `port` None when none is written."""

    scheme: str
    driver: str
    host: str
    port: int | None
    name: str
    query: str

    @property
    def is_sqlite(self) -> bool:
        return self.scheme == "sqlite"


def database_address(url: str, drivers: Drivers) -> DatabaseAddress:
    """The parts of `url`. `drivers` has the schemes that are taken, each with the drivers that may be named behind +.

    Raises ValueError with what is wrong and how it is written; the sentence holds no password.
    """
    found = PARTS.fullmatch(url)
    if found is None:
        message = f"this is no address of a database; {_written(drivers)}"
        raise ValueError(message)
    address = DatabaseAddress(
        scheme=found["scheme"],
        driver=found["driver"] or "",
        host=found["host"],
        port=_port(found["port"]),
        name=unquote(found["name"] or ""),
        query=found["query"] or "",
    )
    _check(address, drivers)
    return address


def without_password(url: str) -> str:
    """The address as it may be shown and logged."""
    return IN_QUERY.sub(rf"\1{HIDDEN}", LOGIN.sub(rf"\1:{HIDDEN}@", url))


def _check(address: DatabaseAddress, drivers: Drivers) -> None:
    if address.scheme not in drivers:
        message = f"the scheme '{address.scheme}' is none that is understood; {_written(drivers)}"
        raise ValueError(message)
    known = drivers[address.scheme]
    if address.driver and address.driver not in known:
        message = f"the driver '{address.driver}' is not here; leave it out, or write {' or '.join(known)}"
        raise ValueError(message)
    if "@" in address.host:
        message = "there is a second '@'; inside a user name or a password '@' is written %40"
        raise ValueError(message)
    if address.is_sqlite and (address.host or not address.name):
        message = "the path of the file is missing; write it behind sqlite:///, an absolute one with four slashes"
        raise ValueError(message)
    if not address.is_sqlite and not address.name:
        message = f"the name of the database is missing at the end; {_written(drivers)}"
        raise ValueError(message)


def _port(text: str | None) -> int | None:
    """Not repeated in the message: what stands there may be the rest of a password with a slash in it."""
    if not text:
        return None
    if text.isascii() and text.isdigit() and 0 < int(text) <= LARGEST_PORT:
        return int(text)
    message = f"the port is no number from 1 to {LARGEST_PORT}; in a password '@' is written %40"
    raise ValueError(message)


def _written(drivers: Drivers) -> str:
    others = "".join(f" or {scheme}:///FILE" for scheme in drivers if scheme == "sqlite")
    return f"write postgresql://USER:PASSWORD@HOST:PORT/NAME{others}"
