"""The facts of a period, read once from the packages that keep them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from improvement.availability import Stretch
from monitors.availability import stretches as measured_stretches
from monitors.storage.codes import health_of
from monitors.storage.numbers import known_numbers
from runbooks import queries as runbook_queries
from ticketing.history import IncidentHistory, incidents_opened
from watchdesk.clock import from_epoch_ms, to_epoch_ms
from watchdesk.fingerprints import is_own


@dataclass(frozen=True, slots=True, kw_only=True)
class IncidentRecord:
    """One incident with its times in seconds; None where a stamp is missing.

    A reopened incident has no time to detect: its first failure is no longer on the ticket.
    """

    number: str
    title: str
    service: str
    monitor: str
    failed_at: datetime
    resolved_at: datetime | None
    resolution_code: str | None
    reopened: int
    is_open: bool
    detected_s: float | None
    acknowledged_s: float | None
    restored_s: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class RemediationRecord:
    """How one attempt of a runbook ended."""

    ticket: str
    runbook: str
    state: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What happened in a period; `stretches` by monitor, oldest first.

    `incidents` are those of services. What was wrong with the watch itself stands apart, in `own`.
    """

    incidents: tuple[IncidentRecord, ...]
    own: tuple[IncidentRecord, ...]
    remediations: tuple[RemediationRecord, ...]
    stretches: Mapping[str, tuple[Stretch, ...]]


def gather(session: Session, since: datetime, until: datetime) -> Facts:
    """Everything a report over [since, until) is made of."""
    opened = incidents_opened(session, since, until)
    numbers = {incident.id: incident.number for incident in opened}
    attempts = runbook_queries.outcomes_of(session, numbers)
    return Facts(
        incidents=tuple(_record(incident) for incident in opened if not is_own(incident.monitor)),
        own=tuple(_record(incident) for incident in opened if is_own(incident.monitor)),
        remediations=tuple(
            RemediationRecord(ticket=numbers[ticket], runbook=runbook, state=state)
            for ticket, runbook, state in attempts
        ),
        stretches=stretches_of(session, since, until),
    )


def stretches_of(
    session: Session, since: datetime, until: datetime, monitors: Iterable[str] | None = None
) -> dict[str, tuple[Stretch, ...]]:
    """The measured history of each monitor (None: of all), cut to the period and to what its last result speaks for."""
    numbers = known_numbers(session, monitors)
    measured = measured_stretches(session, numbers.values(), (to_epoch_ms(since), to_epoch_ms(until)))
    return {
        monitor: tuple(
            Stretch(start=from_epoch_ms(start), end=from_epoch_ms(end), health=health_of(code))
            for start, end, code in sorted(measured.get(number, ()))
        )
        for monitor, number in numbers.items()
    }


def _record(incident: IncidentHistory) -> IncidentRecord:
    return IncidentRecord(
        number=incident.number,
        title=incident.title,
        service=incident.service,
        monitor=incident.monitor,
        failed_at=incident.failed_at,
        resolved_at=incident.resolved_at,
        resolution_code=incident.resolution_code,
        reopened=incident.reopened,
        is_open=incident.is_open,
        detected_s=None if incident.reopened else _seconds(incident.failed_at, incident.opened_at),
        acknowledged_s=_seconds(incident.opened_at, incident.acknowledged_at),
        restored_s=_seconds(incident.failed_at, incident.restored_at),
    )


def _seconds(start: datetime, end: datetime | None) -> float | None:
    return None if end is None else max(0.0, (end - start).total_seconds())
