"""Times as people type them: `30m`, `14:00`, `2026-03-02T14:00`, `2026-03-02T14:00+01:00`."""

from datetime import UTC, datetime, timedelta

import click

from watchdesk.definitions.quantities import parse_duration


def duration(value: str) -> timedelta:
    """An option's type: a duration such as `30m`, `24h`, `7d`."""
    try:
        return parse_duration(value)
    except ValueError as error:
        raise click.BadParameter(str(error)) from error


def instant(value: str) -> str:
    """An option's type: checked here, kept as text until `to_instant` knows the present, as `30m` means from now."""
    try:
        to_instant(value, datetime(2026, 1, 1, tzinfo=UTC))
    except ValueError as error:
        message = f"'{value}' is neither a duration like 30m nor a time like 14:00 or 2026-03-02T14:00"
        raise click.BadParameter(message) from error
    return value


def to_instant(text: str, now: datetime) -> datetime:
    """The instant that `text` names, seen from `now`. A clock time is the next such local time. Raises ValueError."""
    try:
        return now + parse_duration(text)
    except ValueError:
        pass
    if len(text) <= 5 and ":" in text:
        local = now.astimezone()
        hour, minute = (int(part) for part in text.split(":"))
        at = local.replace(hour=hour, minute=minute, second=0, microsecond=0)
        return at if at > local else at + timedelta(days=1)
    found = datetime.fromisoformat(text)
    return found if found.tzinfo else found.astimezone()
