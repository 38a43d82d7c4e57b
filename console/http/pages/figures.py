"""Figures of the last week and month that several pages show: made once, and kept for a while."""

from datetime import datetime, timedelta
from functools import partial
from typing import Any

from sqlalchemy.orm import Session

from console.http.desk import HttpDesk
from improvement.report import Period, Report, make
from loop.definitions import Definitions
from ticketing import queries
from ticketing.selection import Selection

WEEK, MONTH = timedelta(days=7), timedelta(days=30)
WEEK_LASTS_S = 20  # its figures hardly move, and every change of anything has the open pages look again
MONTH_LASTS_S = 300
WITHOUT_PERSON = frozenset({"fixed_by_runbook", "recovered_no_action"})


def week_report(session: Session, desk: HttpDesk, now: datetime) -> Report:
    """The report of the last seven days, at most twenty seconds old."""
    definitions = desk.shelf.current()
    make_week = partial(_report, session, definitions, now, WEEK)
    return desk.almanac.kept(("week", definitions.version), desk.clock.monotonic_s(), WEEK_LASTS_S, make_week)


def week_figures(report: Report) -> dict[str, Any]:
    """What is told of the week's report; a ratio or time that nothing was measured of is None."""
    ended = [i for i in report.incidents if i.resolved_at is not None]
    measured = [s.availability.ratio for s in report.services if s.availability.ratio is not None]
    return {
        "incidents": len(report.incidents),
        "resolved_without_person": sum(i.resolution_code in WITHOUT_PERSON for i in ended),
        "repaired_without_person": report.repaired_without_person,
        "resolved": len(ended),
        "lowest_availability": min(measured, default=None),
        "median_acknowledge_s": report.acknowledge.median_s,
        "median_restore_s": report.restore.median_s,
    }


def key_figures(session: Session, desk: HttpDesk, now: datetime) -> dict[str, Any]:
    """The strip over the queue: what is open and late, and how well it has gone lately."""
    definitions = desk.shelf.current()
    make_level = partial(_service_level, session, definitions, now)
    level = desk.almanac.kept(("level", definitions.version), desk.clock.monotonic_s(), MONTH_LASTS_S, make_level)
    week = week_figures(week_report(session, desk, now))
    return {
        "open": queries.count_open(session),
        "late": queries.count_tickets(session, Selection(is_open=True, due_before=now)),
        "median_acknowledge_s": week["median_acknowledge_s"],
        "resolved": week["resolved"],
        "resolved_without_person": week["resolved_without_person"],
        "service_level": level,
    }


def _service_level(session: Session, definitions: Definitions, now: datetime) -> float | None:
    """The share of all services' known time of a month in which they worked."""
    lines = [line.availability for line in _report(session, definitions, now, MONTH).services]
    up_s = sum(line.ok_s + line.warning_s for line in lines)
    known_s = up_s + sum(line.critical_s for line in lines)
    return up_s / known_s if known_s else None


def _report(session: Session, definitions: Definitions, now: datetime, length: timedelta) -> Report:
    services = {name: monitor.service for name, monitor in definitions.monitors.items()}
    return make(session, definitions.catalogue, services, Period(since=now - length, until=now), now)
