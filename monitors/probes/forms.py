"""Parts that the forms of several kinds share: short spellings, addresses, paths."""

import re
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, StringConstraints

_HOST = r"[A-Za-z0-9_](?:[A-Za-z0-9._-]*[A-Za-z0-9_.])?"
_ADDRESS = re.compile(rf"({_HOST}|\[[0-9A-Fa-f:.]+(?:%[A-Za-z0-9._-]+)?\]):(\d{{1,5}})")


def short_for(key: str, schema: Any) -> BeforeValidator:
    """Lets a plain text stand for a mapping with only `key`; `schema` is the model that the mapping fills."""

    def read(given: object) -> object:
        return {key: given} if isinstance(given, str) else given

    return BeforeValidator(read, json_schema_input_type=str | schema)


def split_address(address: str) -> tuple[str, int]:
    """Host and port of `HOST:PORT` or `[IPv6]:PORT`. Raises ValueError."""
    found = _ADDRESS.fullmatch(address)
    if not found or not 0 < int(found.group(2)) <= 65535:
        message = f"'{address}' is not an address; write HOST:PORT like db.example.org:5432 or [::1]:5432"
        raise ValueError(message)
    return found.group(1).strip("[]"), int(found.group(2))


def _check_address(address: str) -> str:
    split_address(address)
    return address


def _check_host(host: str) -> str:
    if not re.fullmatch(rf"{_HOST}|[0-9A-Fa-f:.]+(?:%[A-Za-z0-9._-]+)?", host):
        message = f"'{host}' is not a host; write a name, an address or an item"
        raise ValueError(message)
    return host


def _check_absolute(path: str) -> str:
    if not path.startswith("/") or "\0" in path:
        message = f"'{path}' is not an absolute path; begin it with /"
        raise ValueError(message)
    return path


Address = Annotated[str, AfterValidator(_check_address)]
HostName = Annotated[str, AfterValidator(_check_host)]
AbsolutePath = Annotated[str, AfterValidator(_check_absolute)]
Line = Annotated[str, StringConstraints(min_length=1, max_length=8192, pattern=r"^[^\r\n\x00]*$")]
