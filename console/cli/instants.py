"""Instants as people type them: `30m`, `14:00`, `2026-03-02T14:00`, `2026-03-02T14:00+01:00`."""

from datetime import datetime, timedelta

import click

from watchdesk.definitions.quantities import parse_duration


class DurationType(click.ParamType):
    """A duration such as `30m`, `24h`, `7d`."""

    name = "duration"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> timedelta:
        if isinstance(value, timedelta):
            return value
        try:
            return parse_duration(str(value))
        except ValueError as error:
            self.fail(str(error), param, ctx)


class InstantType(click.ParamType):
    """An instant, kept as text until `to_instant` knows the present: `30m` means from now."""

    name = "instant"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> str:
        text = str(value)
        try:
            to_instant(text, datetime.fromisoformat("2026-01-01T00:00:00+00:00"))
        except ValueError:
            message = f"'{text}' is neither a duration like 30m nor a time like 14:00 or 2026-03-02T14:00"
            self.fail(message, param, ctx)
        return text


DURATION = DurationType()
INSTANT = InstantType()


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
