"""Templates, with the filters that all pages share."""

from datetime import datetime, timedelta
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from improvement.words import percent, spoken
from watchdesk.definitions.quantities import format_duration

TEMPLATES = Path(__file__).parent / "templates"
STATIC = Path(__file__).parent / "static"


def environment(now: datetime) -> Environment:
    """Jinja2 for one answer; `ago` counts from `now`."""
    found = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=select_autoescape(default=True),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    found.filters["ago"] = lambda at: ago(_instant(at), now)
    found.filters["clock"] = lambda at: f"{_instant(at):%H:%M:%S}"
    found.filters["day"] = lambda at: f"{_instant(at):%Y-%m-%d %H:%M} UTC"
    found.filters["iso"] = lambda at: _instant(at).isoformat(timespec="seconds")
    found.filters["seconds_until"] = lambda at: (_instant(at) - now).total_seconds()
    found.filters["spoken"] = spoken
    found.filters["percent"] = percent
    return found


def _instant(at: datetime | str) -> datetime:
    return datetime.fromisoformat(at) if isinstance(at, str) else at


def ago(at: datetime, now: datetime) -> str:
    """How long ago, to the two largest units: `3d4h ago`."""
    passed = max(timedelta(0), now - at)
    seconds = int(passed.total_seconds())
    coarse = seconds - seconds % (3600 if seconds >= 86400 else 60 if seconds >= 3600 else 1)
    return f"{format_duration(timedelta(seconds=coarse))} ago"
