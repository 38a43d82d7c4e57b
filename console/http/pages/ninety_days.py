"""The last ninety days of services: the past ones are made once, as they do not change any more; today is fresh."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from functools import partial

from sqlalchemy.orm import Session

from console.http.desk import HttpDesk
from improvement.days import DAYS, DayOfService, days_of_service
from improvement.facts import stretches_of
from loop.definitions import Definitions

Days = tuple[DayOfService, ...]
PAST_LASTS_S = 3600  # a result that comes late may still touch yesterday


def ninety_days(session: Session, desk: HttpDesk, services: Iterable[str], now: datetime) -> dict[str, Days]:
    """The days, oldest first, of each of the services that is watched."""
    definitions, now_s = desk.shelf.current(), desk.clock.monotonic_s()
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    mine = monitors_of(definitions, services)
    today = stretches_of(session, midnight, now, [name for names in mine.values() for name in names])
    found = {}
    for service, names in mine.items():
        make = partial(_past, session, names, midnight)
        past = desk.almanac.kept(("days", service, tuple(names), midnight), now_s, PAST_LASTS_S, make)
        found[service] = past + days_of_service(today, names, now, days=1)
    return found


def monitors_of(definitions: Definitions, services: Iterable[str]) -> dict[str, list[str]]:
    """The monitors of each of the services that has any."""
    found: dict[str, list[str]] = {service: [] for service in services}
    for monitor in definitions.monitors.values():
        if monitor.service in found:
            found[monitor.service].append(monitor.id)
    return {service: names for service, names in found.items() if names}


def _past(session: Session, names: list[str], midnight: datetime) -> Days:
    """The whole days before today."""
    stretches = stretches_of(session, midnight - timedelta(days=DAYS), midnight, names)
    return days_of_service(stretches, names, midnight - timedelta.resolution, days=DAYS - 1)
