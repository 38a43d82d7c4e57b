"""Templates, with the filters that all pages share."""

from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, pass_context, select_autoescape
from jinja2.runtime import Context

from console.drawings.stripes import day_stripes, stripes
from improvement.words import percent, spoken
from ticketing.vocabulary import ResolutionCode
from watchdesk.wording import counted

TEMPLATES = Path(__file__).parent / "templates"
STATIC = Path(__file__).parent / "static"
NOW = timedelta(seconds=3)
LOST = "\N{REPLACEMENT CHARACTER}"
BREAKING = (*range(0x7F, 0xA0), *range(0xD800, 0xE000))  # C1 controls; halves of signs, which UTF-8 does not know
TURNING = (*range(0x202A, 0x202F), *range(0x2066, 0x206A))  # embeddings, overrides and isolates of direction
SIGNS = {code: chr(0x2400 + code) for code in range(32) if code not in {9, 10, 13}}  # pictures of the C0 controls
SIGNS |= dict.fromkeys((*BREAKING, *TURNING), LOST)


@cache
def environment() -> Environment:
    """Jinja2 with templates compiled once. Whoever renders passes `now`; pieces are imported `with context`."""
    found = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=select_autoescape(default=True),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
        finalize=_shown,
    )
    found.filters["ago"] = pass_context(_ago)
    found.filters["moment"] = pass_context(_moment)
    found.filters["seconds_until"] = pass_context(_seconds_until)
    found.filters["clock"] = lambda at: f"{_instant(at):%H:%M:%S}"
    found.filters["day"] = lambda at: f"{_instant(at):%Y-%m-%d %H:%M} UTC"
    found.filters["iso"] = lambda at: _instant(at).isoformat(timespec="seconds")
    found.filters["spoken"] = spoken
    found.filters["percent"] = percent
    found.filters["brief"] = brief
    found.filters["uncoded"] = uncoded
    found.filters["counted"] = counted
    found.filters["stripes"] = stripes
    found.filters["day_stripes"] = day_stripes
    return found


def ago(at: datetime, now: datetime) -> str:
    """How long ago, coarsely: `just now`, `38 s ago`, `4 h 12 min ago`."""
    passed = now - at
    if passed < NOW:
        return "just now"
    seconds = int(passed.total_seconds())
    return f"{spoken(seconds)} ago"


def brief(text: object, most: int = 300) -> str:
    """At most so many characters, and how many are left out."""
    whole = str(text)
    return whole if len(whole) <= most else f"{whole[:most]}… ({len(whole) - most} more characters in the JSON)"


def uncoded(text: str) -> str:
    """A text of the machine with resolution codes as people say them: fixed by runbook. What people wrote stays so."""
    for code in ResolutionCode:
        text = text.replace(code.value, code.spoken)
    return text


def _shown(value: Any) -> Any:
    """Controls, which HTML does not allow, and what turns the direction of text around are shown as signs."""
    return value.translate(SIGNS) if type(value) is str else value


def _ago(context: Context, at: datetime | str) -> str:
    return ago(_instant(at), context["now"])


def _moment(context: Context, at: datetime | str) -> str:
    """The time of day, with its day when that is not today."""
    found, now = _instant(at), context["now"]
    return f"{found:%H:%M:%S}" if found.date() == now.date() else f"{found:%d %b %H:%M:%S}"


def _seconds_until(context: Context, at: datetime | str) -> float:
    seconds: float = (_instant(at) - context["now"]).total_seconds()
    return seconds


def _instant(at: datetime | str) -> datetime:
    return datetime.fromisoformat(at) if isinstance(at, str) else at
