"""Typed parameters: a value is checked against its type, and a reference becomes exactly one piece of text.

`${params.NAME}` stands for one argument, or for a part of one; what it brings is never parsed again.
"""

import ipaddress
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from pathlib import PurePosixPath
from typing import Any
from urllib.parse import urlsplit

from runbooks.errors import ParameterInvalid
from runbooks.model import Parameter, Trigger
from watchdesk.catalogue import Item

REFERENCE = re.compile(r"\$\{([^}]*)\}")
NAMED = re.compile(r"params\.([A-Za-z_][A-Za-z0-9_-]*)")
NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._@-]{0,127}")
UNIT = re.compile(r"[A-Za-z0-9_][A-Za-z0-9:_.@\\-]{0,250}\.(service|socket|timer|mount|target|path|slice|scope)")
HOST = re.compile(r"(?=.{1,253}$)[A-Za-z0-9_]([A-Za-z0-9_-]{0,62})(\.[A-Za-z0-9_]([A-Za-z0-9_-]{0,62}))*\.?")
SECRET = re.compile(r"secret:([A-Za-z0-9][A-Za-z0-9._-]{0,127})")
LONGEST_TEXT = 65_536
SOURCES = ("item", "address", "service", "monitor", "ticket")
NEVER_IN_ARGV = frozenset({"text", "secret"})


@dataclass(frozen=True, slots=True)
class Values:
    """Checked values by parameter name. Of a secret only its name is here, until a step is about to run."""

    plain: Mapping[str, str]
    secrets: Mapping[str, str] = field(default_factory=dict)


def resolve(params: Mapping[str, Parameter], trigger: Trigger, item: Item | None) -> Values:
    """Every parameter's value, checked. Raises ParameterInvalid naming the parameter; there is no default."""
    plain: dict[str, str] = {}
    secrets: dict[str, str] = {}
    for parameter in params.values():
        text = check(parameter, _given(parameter, trigger, item))
        (secrets if parameter.type == "secret" else plain)[parameter.name] = text
    return Values(plain=plain, secrets=secrets)


def check(parameter: Parameter, value: object) -> str:
    """`value` as the text that a step gets. Raises ParameterInvalid saying what does not fit."""
    if value is None or value == "" or isinstance(value, bool):
        message = f"parameter '{parameter.name}' has no value; an empty target is never taken for 'all'"
        raise ParameterInvalid(message)
    text = str(value)
    if wrong := TYPES[parameter.type](parameter, text) or _not_allowed(parameter, text):
        message = f"parameter '{parameter.name}' = {_shown(parameter, text)}: {wrong}"
        raise ParameterInvalid(message)
    return text


def references(content: Any) -> Iterator[str]:
    """What stands between `${` and `}` in every text of `content`, as written."""
    if isinstance(content, str):
        yield from REFERENCE.findall(content)
    elif isinstance(content, Mapping):
        for value in content.values():
            yield from references(value)
    elif isinstance(content, list | tuple):
        for value in content:
            yield from references(value)


def fill(content: Any, values: Mapping[str, str]) -> Any:
    """`content` with each reference replaced inside its own text; a list keeps its length, a value its place."""
    if isinstance(content, str):
        return REFERENCE.sub(lambda found: _value_of(found.group(1), values), content)
    if isinstance(content, Mapping):
        return {key: fill(value, values) for key, value in content.items()}
    if isinstance(content, list | tuple):
        return [fill(value, values) for value in content]
    return content


def _value_of(reference: str, values: Mapping[str, str]) -> str:
    found = NAMED.fullmatch(reference)
    if found is None or found.group(1) not in values:
        message = f"'${{{reference}}}' names no parameter"
        raise ParameterInvalid(message)
    return values[found.group(1)]


def _given(parameter: Parameter, trigger: Trigger, item: Item | None) -> str | None:
    if parameter.source is None:
        return parameter.value
    return {
        "item": trigger.item,
        "address": item.address if item else None,
        "service": trigger.service,
        "monitor": trigger.monitor,
        "ticket": trigger.ticket_number,
    }[parameter.source]


def _shown(parameter: Parameter, text: str) -> str:
    return "(a secret)" if parameter.type == "secret" else repr(text[:80])


def _not_allowed(parameter: Parameter, text: str) -> str | None:
    if parameter.allow and not any(fnmatchcase(text, pattern) for pattern in parameter.allow):
        return f"not allowed here; allowed are {', '.join(parameter.allow)}"
    return None


def _name(_: Parameter, text: str) -> str | None:
    return (
        None if NAME.fullmatch(text) else "a name is letters, digits, '.', '_', '@', '-', and begins with none of '.@-'"
    )


def _int(parameter: Parameter, text: str) -> str | None:
    if not re.fullmatch(r"-?(0|[1-9][0-9]{0,17})", text):
        return "not a whole number"
    least = 0 if parameter.minimum is None else parameter.minimum
    if int(text) < least or (parameter.maximum is not None and int(text) > parameter.maximum):
        return f"must be {least} or more" + ("" if parameter.maximum is None else f" and {parameter.maximum} or less")
    return None


def _port(_: Parameter, text: str) -> str | None:
    is_port = re.fullmatch(r"[1-9][0-9]{0,4}", text) and int(text) <= 65535
    return None if is_port else "a port is a number from 1 to 65535"


def _path(_: Parameter, text: str) -> str | None:
    if not text.startswith("/") or text.startswith("//"):
        return "a path must be absolute"
    if len(text) > 4096 or _has_control(text) or any(sign in text for sign in "*?"):
        return "a path has no wildcards and no control characters"
    if ".." in PurePosixPath(text).parts:
        return "a path must not climb with '..'"
    return "the root folder is never a target" if PurePosixPath(text) == PurePosixPath("/") else None


def _choice(parameter: Parameter, text: str) -> str | None:
    return None if text in parameter.choices else f"must be one of {', '.join(parameter.choices)}"


def _host(_: Parameter, text: str) -> str | None:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return None if HOST.fullmatch(text) else "not a host name and not an address"
    return None


def _url(_: Parameter, text: str) -> str | None:
    try:
        parts = urlsplit(text)
        has_host = bool(parts.hostname) and (parts.port is None or parts.port > 0)
    except ValueError:
        has_host = False
        parts = urlsplit("")
    is_url = parts.scheme in {"http", "https"} and has_host and len(text) <= 4096
    if not is_url or _has_control(text) or any(sign in text for sign in " \"'`\\<>"):
        return "not an http or https URL"
    return None


def _unit(_: Parameter, text: str) -> str | None:
    return None if UNIT.fullmatch(text) else "not a systemd unit with its suffix, like nginx.service"


def _text(_: Parameter, text: str) -> str | None:
    if len(text) > LONGEST_TEXT:
        return f"longer than {LONGEST_TEXT} characters"
    return "holds control characters" if _has_control(text.replace("\n", "").replace("\t", "")) else None


def _secret(_: Parameter, text: str) -> str | None:
    return None if SECRET.fullmatch(text) else "a secret is written secret:NAME"


def _has_control(text: str) -> bool:
    return any(ord(sign) < 32 or 0x7F <= ord(sign) < 0xA0 for sign in text)


TYPES: Mapping[str, Callable[[Parameter, str], str | None]] = {
    "name": _name,
    "int": _int,
    "port": _port,
    "path": _path,
    "choice": _choice,
    "host": _host,
    "url": _url,
    "unit": _unit,
    "item": _name,
    "text": _text,
    "secret": _secret,
}
