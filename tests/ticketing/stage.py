"""A small desk for tests: one catalogue, and signals, evidence and tickets made with one call."""

from dataclasses import replace
from datetime import datetime, timedelta
from itertools import count
from typing import Any

from sqlalchemy.orm import Session

from tests.clock import START
from ticketing import inbox, incidents, lookup, recovery, timeline
from ticketing.decision import Decision
from ticketing.desk import Desk
from ticketing.tables.ticket import Ticket
from watchdesk.calendars import Calendars
from watchdesk.catalogue import Catalogue, Place, Service, ServiceLevelAgreement
from watchdesk.database import Database
from watchdesk.health import Health
from watchdesk.signals import (
    HealthSignal,
    RecoveryEvidence,
    Remediation,
    RemediationState,
    ResolvePolicy,
    Sample,
    SignalKind,
)

SECOND = timedelta(seconds=1)
POLICY = ResolvePolicy(after=3, grace=2 * SECOND, reopen_within=timedelta(hours=1))
_numbers = count(1)


def at(seconds: float) -> datetime:
    """An instant, in seconds after the beginning of the test's morning."""
    return START + timedelta(seconds=seconds)


def service(name: str = "shop", tier: int = 1, owner: str = "payments") -> Service:
    return Service(
        id=name,
        title=name.title(),
        owner=owner,
        tier=tier,
        depends_on=(),
        hours="always",
        slo=None,
        sla=ServiceLevelAgreement(respond=None, resolve=None),
        place=Place(file="services/test.yaml", line=1),
    )


def desk(**given: Any) -> Desk:
    """Shop is critical and belongs to payments, host is minor and belongs to platform."""
    services = {"shop": service(), "host": service("host", 3, "platform")}
    return Desk(Catalogue(services=services), given.pop("calendars", Calendars()), **given)


def signal(kind: SignalKind = SignalKind.PROBLEM, seconds: float = 0, **given: Any) -> HealthSignal:
    """A signal about shop-web as observed some seconds into the morning; each call is a new event."""
    observed_at = at(seconds)
    bad = {SignalKind.BLIND: Health.UNKNOWN, SignalKind.PROBLEM: Health.CRITICAL, SignalKind.FLAPPING: Health.CRITICAL}
    monitor = given.get("monitor", "shop-web")
    health = given.get("health", bad.get(kind, Health.OK))
    prefix = "blind" if kind in {SignalKind.BLIND, SignalKind.SEEING} else "monitor"
    told = HealthSignal(
        event_id=f"event-{next(_numbers)}",
        kind=kind,
        monitor=monitor,
        service="shop",
        item=None,
        fingerprint=f"{prefix}/{monitor}",
        title=f"{monitor} fails",
        health=health,
        observed_at=observed_at,
        since=observed_at,
        summary=f"it is {health}",
        samples=(sample(seconds, health),),
        resolve=POLICY,
        every=SECOND,
        runbook="restart-shop",
    )
    return replace(told, **given)


def sample(seconds: float, health: Health = Health.OK) -> Sample:
    return Sample(at=at(seconds), health=health, latency_s=0.01, summary=f"it is {health}")


def evidence(since: float, until: float, health: Health = Health.OK, **given: Any) -> RecoveryEvidence:
    """What a monitor of one check a second shows that has been in this health between two instants."""
    good = health is Health.OK
    streak = int(until - since) + 1 if good else 0
    shown = RecoveryEvidence(
        monitor=given.get("monitor", "shop-web"),
        exists=True,
        health=health,
        ok_streak=streak,
        ok_since=at(since) if good else None,
        last_sample_at=at(until),
        is_stale=False,
        is_flapping=False,
        unknown_since=at(since) if health is Health.UNKNOWN else None,
        samples=tuple(sample(until - back, health) for back in range(min(5, int(until - since) + 1) - 1, -1, -1)),
    )
    return replace(shown, **given)


def remediation(ticket: Ticket, state: RemediationState, ended: float | None = None) -> Remediation:
    return Remediation(
        id="r-1",
        runbook="restart-shop",
        runbook_version="v1",
        ticket_id=ticket.id,
        monitor="shop-web",
        attempt=1,
        state=state,
        started_at=START,
        ended_at=None if ended is None else at(ended),
        steps=(),
    )


def take(database: Database, told: HealthSignal, seconds: float | None = None, at_desk: Desk | None = None) -> Decision:
    """Tell the desk and let it decide, in one transaction, as of its observation or of a later instant."""
    now = told.observed_at if seconds is None else at(seconds)
    with database.writing() as session:
        inbox.accept(session, told, now)
        return incidents.take(session, told, at_desk or desk(), now)


def review(
    database: Database, number: str, shown: RecoveryEvidence, seconds: float | None = None, at_desk: Desk | None = None
) -> Decision:
    """Look at a ticket again as of the evidence's newest sample, or of a later instant."""
    now = (shown.last_sample_at or START) if seconds is None else at(seconds)
    with database.writing() as session:
        return recovery.review(session, lookup.by_number(session, number).id, shown, at_desk or desk(), now)


def ticket(database: Database, number: str = "INC-1001") -> Ticket:
    """The ticket as it is stored now."""
    with database.reading() as session:
        found = lookup.by_number(session, number)
        session.expunge(found)
        return found


def kinds(session: Session, found: Ticket) -> list[str]:
    """The kinds of the ticket's timeline, oldest first."""
    return [row.kind for row in timeline.entries(session, found.id)]
