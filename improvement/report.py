"""The report a service owner reads in two minutes: how available, what broke, who repaired it, what makes noise."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from improvement.availability import ServiceAvailability, of_service
from improvement.distribution import Distribution, Duration, summarise, wilson
from improvement.facts import Facts, IncidentRecord, gather
from ticketing.history import services_by_monitor
from watchdesk.catalogue import Catalogue, Service
from watchdesk.fingerprints import is_own

REPAIRED_BY_MACHINE = {"fixed_by_runbook"}
WITHOUT_ACTION = {"recovered_no_action", "not_an_incident"}
NOISIEST = 8

MEASURES: Mapping[str, str] = {
    "availability": "time ok or warning ÷ time ok, warning or critical; a service is as bad as its worst monitor",
    "unknown_ratio": "time in which the state was unknown or nobody was looking ÷ the whole period",
    "incidents": "incidents of the service opened in the period",
    "repaired_without_person": "of these, resolved by a runbook after the same monitor had proved its repair",
    "detect": "first failed sample → ticket opened; reopened tickets are left out",
    "acknowledge": "ticket opened → first acknowledgement by a person; tickets nobody acknowledged are left out",
    "restore": "first failed sample → first good sample of the recovery that held (MTRS as a distribution)",
    "median": "Kaplan-Meier median, counting what has not ended yet, with a 95 % interval",
    "noise": "incidents that ended without anybody and anything having acted ÷ incidents of the monitor",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceLine:
    """One service over the period. `budget_left` is the share of the SLO's error budget not yet spent."""

    service: Service
    availability: ServiceAvailability
    incidents: int
    still_open: int
    repaired_without_person: int
    repaired_interval: tuple[float, float] | None
    budget_left: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class NoisyMonitor:
    """A monitor by the incidents it opened; `without_action` of them ended by themselves."""

    monitor: str
    service: str
    incidents: int
    without_action: int
    reopened: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """All figures of one period; `to_json` gives the same figures that the page shows.

    `own` are the incidents of the watch itself: they count for no service.
    """

    since: datetime
    until: datetime
    made_at: datetime
    services: tuple[ServiceLine, ...]
    detect: Distribution
    acknowledge: Distribution
    restore: Distribution
    remediations: Mapping[str, int]
    noisiest: tuple[NoisyMonitor, ...]
    incidents: tuple[IncidentRecord, ...]
    own: tuple[IncidentRecord, ...] = ()

    @property
    def repaired_without_person(self) -> int:
        return sum(line.repaired_without_person for line in self.services)

    def to_json(self) -> dict[str, Any]:
        """The report as a JSON document; times are ISO 8601, durations seconds, ratios 0-1."""
        return {
            "period": {"since": self.since.isoformat(), "until": self.until.isoformat()},
            "made_at": self.made_at.isoformat(),
            "services": [_service_json(line) for line in self.services],
            "times": {name: _times_json(getattr(self, name)) for name in ("detect", "acknowledge", "restore")},
            "remediations": dict(self.remediations),
            "noisiest": [
                {
                    "monitor": noisy.monitor,
                    "service": noisy.service,
                    "incidents": noisy.incidents,
                    "without_action": noisy.without_action,
                    "reopened": noisy.reopened,
                }
                for noisy in self.noisiest
            ],
            "watch": [_own_json(incident) for incident in self.own],
            "measures": dict(MEASURES),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Period:
    """What a report is about: [since, until), and the service when it is about one only."""

    since: datetime
    until: datetime
    service: str | None = None


def make(
    session: Session, catalogue: Catalogue, monitors: Mapping[str, str], period: Period, made_at: datetime
) -> Report:
    """The report of a period. `monitors` maps each defined monitor to its service.

    The time of a monitor that is defined no more still counts for the service that its incidents were about; that of
    the watch itself counts for none.
    """
    facts = gather(session, period.since, period.until)
    measured = {monitor for monitor, stretches in facts.stretches.items() if stretches and not is_own(monitor)}
    retired = measured - monitors.keys()
    owners = services_by_monitor(session, retired) | dict(monitors)
    incidents = tuple(i for i in facts.incidents if period.service in (None, i.service))
    services = [s for s in catalogue.services.values() if period.service in (None, s.id)]
    return Report(
        since=period.since,
        until=period.until,
        made_at=made_at,
        services=tuple(_line(service, facts, owners, period) for service in services),
        detect=summarise([Duration(seconds=i.detected_s) for i in incidents if i.detected_s is not None]),
        acknowledge=summarise([Duration(seconds=i.acknowledged_s) for i in incidents if i.acknowledged_s is not None]),
        restore=summarise([_restoring(i, period.until) for i in incidents if i.is_open or i.restored_s is not None]),
        remediations=_outcomes(facts, {i.number for i in incidents}),
        noisiest=_noisiest(incidents),
        incidents=incidents,
        own=tuple(i for i in facts.own if period.service in (None, i.service)),
    )


def _line(service: Service, facts: Facts, monitors: Mapping[str, str], period: Period) -> ServiceLine:
    mine = [facts.stretches.get(name, ()) for name, owner in monitors.items() if owner == service.id]
    availability = of_service(mine, period.since, period.until)
    incidents = [i for i in facts.incidents if i.service == service.id]
    repaired = sum(_is_repaired_by_machine(i) for i in incidents)
    return ServiceLine(
        service=service,
        availability=availability,
        incidents=len(incidents),
        still_open=sum(i.is_open for i in incidents),
        repaired_without_person=repaired,
        repaired_interval=wilson(repaired, len(incidents)),
        budget_left=_budget_left(service, availability),
    )


def _is_repaired_by_machine(incident: IncidentRecord) -> bool:
    return incident.resolution_code in REPAIRED_BY_MACHINE and incident.resolved_at is not None


def _budget_left(service: Service, availability: ServiceAvailability) -> float | None:
    """Error budget of the SLO's own period, spent by the critical time of this one."""
    if service.slo is None or service.slo.availability >= 1:
        return None
    budget_s = (1 - service.slo.availability) * service.slo.period.total_seconds()
    return 1 - availability.critical_s / budget_s


def _restoring(incident: IncidentRecord, until: datetime) -> Duration:
    if incident.restored_s is not None:
        return Duration(seconds=incident.restored_s)
    return Duration(seconds=max(0.0, (until - incident.failed_at).total_seconds()), is_over=False)


def _outcomes(facts: Facts, tickets: set[str]) -> dict[str, int]:
    counted = Counter(r.state for r in facts.remediations if r.ticket in tickets)
    return dict(sorted(counted.items()))


def _noisiest(incidents: Sequence[IncidentRecord]) -> tuple[NoisyMonitor, ...]:
    by_monitor: dict[str, list[IncidentRecord]] = {}
    for incident in incidents:
        by_monitor.setdefault(incident.monitor, []).append(incident)
    noisy = [
        NoisyMonitor(
            monitor=monitor,
            service=opened[0].service,
            incidents=len(opened),
            without_action=sum(i.resolution_code in WITHOUT_ACTION for i in opened),
            reopened=sum(i.reopened for i in opened),
        )
        for monitor, opened in by_monitor.items()
    ]
    return tuple(sorted(noisy, key=lambda n: (-n.incidents, -n.without_action, n.monitor))[:NOISIEST])


def _service_json(line: ServiceLine) -> dict[str, Any]:
    seconds = ("ok_s", "warning_s", "critical_s", "unknown_s", "unmeasured_s")
    return {
        "id": line.service.id,
        "title": line.service.title,
        "owner": line.service.owner,
        "availability": line.availability.ratio,
        "unknown_ratio": line.availability.unknown_ratio,
        "seconds": {name: getattr(line.availability, name) for name in seconds},
        "incidents": line.incidents,
        "still_open": line.still_open,
        "repaired_without_person": line.repaired_without_person,
        "repaired_without_person_interval": line.repaired_interval,
        "slo": line.service.slo and line.service.slo.availability,
        "error_budget_left": line.budget_left,
    }


def _own_json(incident: IncidentRecord) -> dict[str, Any]:
    return {
        "number": incident.number,
        "title": incident.title,
        "since": incident.failed_at.isoformat(),
        "resolved_at": incident.resolved_at and incident.resolved_at.isoformat(),
    }


def _times_json(found: Distribution) -> dict[str, Any]:
    return {
        "count": found.count,
        "unfinished": found.unfinished,
        "median_s": found.median_s,
        "median_interval_s": found.median_interval_s,
        "p90_s": found.p90_s,
        "shortest_s": found.shortest_s,
        "longest_s": found.longest_s,
    }
