"""Recovery: an open incident looked at again, and resolved only with proof that its condition is over."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from ticketing import changes, lookup, members, resolution
from ticketing import evidence as evidence_store
from ticketing.decision import Decision, Outcome, about
from ticketing.desk import Desk
from ticketing.entry import Entry, EntryKind, Visibility
from ticketing.evidence import Proof
from ticketing.outbox import Operation
from ticketing.proof import Finding, Standing, is_stale, judge
from ticketing.resolution import Resolved
from ticketing.tables.ticket import Ticket
from ticketing.views import OpenIncident
from ticketing.vocabulary import OPEN, EvidencePhase, ResolutionCode, TicketKind, TicketState, machine
from ticketing.watched import Step, plan, watch
from watchdesk.health import Health
from watchdesk.signals import RecoveryEvidence

RECOVERY = machine("recovery")
OUTCOMES = {
    Finding.REMEDIATING: Outcome.REMEDIATING,
    Finding.RETIRED: Outcome.RESOLVED,
    Finding.PAUSED: Outcome.PAUSED,
    Finding.BLIND: Outcome.BLIND,
    Finding.FAILING: Outcome.FAILING,
    Finding.FLAPPING: Outcome.FLAPPING,
    Finding.GRACE: Outcome.RECOVERING,
    Finding.MEMBERS: Outcome.RECOVERING,
    Finding.MAJOR: Outcome.HELD,
    Finding.PERSON: Outcome.HELD,
    Finding.PROVED: Outcome.RESOLVED,
}
FAILING = frozenset({Health.WARNING, Health.CRITICAL})


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """One look at a ticket: what its monitor shows, what the desk knows, and when."""

    seen: RecoveryEvidence
    desk: Desk
    now: datetime


def review(session: Session, ticket_id: str, evidence: RecoveryEvidence, desk: Desk, now: datetime) -> Decision:
    """Look at one ticket again and do what its condition warrants; writes nothing when nothing has changed.

    `evidence` is about the ticket's own monitor; members are looked at through `desk.look`.
    """
    ticket = lookup.held(session, ticket_id)
    if not is_reviewed(ticket):
        return about(ticket, Outcome.ENDED, f"{ticket.number} is {ticket.state}; nothing is left to prove")
    look = Look(seen=evidence, desk=desk, now=now)
    failing = members.refresh(session, ticket, desk.look, now)
    watched = watch(ticket, tuple(member.monitor for member in failing), now)
    standing = judge(watched.case(evidence), evidence, now)
    for step in plan(watched, standing, evidence):
        STEPS[step](session, ticket, standing, look)
    if standing.finding is Finding.MEMBERS:
        _split_what_stays(session, ticket, standing, look)
    return about(ticket, OUTCOMES[standing.finding], standing.reason)


def has_something_to_say(incident: OpenIncident, evidence: RecoveryEvidence) -> bool:
    """Whether a review would change anything, told without the database; when unsure, yes."""
    watched = incident.watched
    if watched.failing_members and evidence.health is Health.OK:
        return True
    standing = judge(watched.case(evidence), evidence, evidence.last_sample_at or watched.last_failure_at)
    return bool(plan(watched, standing, evidence))


def is_reviewed(ticket: Ticket) -> bool:
    """Whether the machine has a say in it: an open incident about a monitor."""
    return ticket.kind == TicketKind.INCIDENT and ticket.state in OPEN and ticket.monitor is not None


def _sight(session: Session, ticket: Ticket, standing: Standing, look: Look) -> None:
    text = f"{look.seen.monitor} can be seen again: {look.seen.health}. {standing.reason}"
    entry = Entry(kind=EntryKind.SEEING, text=text, actor=RECOVERY)
    sighted_at = watch(ticket, (), look.now).counts_from(look.seen)
    changes.change(session, ticket, entry, look.now, blind_since=None, sighted_at=sighted_at)


def _lose_sight(session: Session, ticket: Ticket, standing: Standing, look: Look) -> None:
    since = standing.since or look.now
    text = f"Blind since {since:%H:%M:%S} UTC: {standing.reason}. Resolution waits for fresh samples"
    entry = Entry(kind=EntryKind.BLIND, text=text, actor=RECOVERY)
    changes.change(session, ticket, entry, look.now, blind_since=since, **_back(ticket))


def _steady(session: Session, ticket: Ticket, standing: Standing, look: Look) -> None:
    text = f"{look.seen.monitor} is steady again. {standing.reason}"
    entry = Entry(kind=EntryKind.STEADY, text=text, actor=RECOVERY)
    changes.change(session, ticket, entry, look.now, flapping_since=None)


def _flap(session: Session, ticket: Ticket, standing: Standing, look: Look) -> None:
    text = f"{standing.reason}: this ticket stays open until it is steady"
    entry = Entry(kind=EntryKind.FLAPPING, text=text, actor=RECOVERY)
    changes.change(session, ticket, entry, look.now, flapping_since=standing.since or look.now)


def _fail_again(session: Session, ticket: Ticket, standing: Standing, look: Look) -> None:
    entry = Entry(kind=EntryKind.FAILED_AGAIN, text=f"Not recovered after all: {standing.reason}", actor=RECOVERY)
    gone: dict[str, Any] = {"recovered_at": None, "recovery_posted_at": None} | _back(ticket)
    changes.change(session, ticket, entry, look.now, **gone)


def _recover(session: Session, ticket: Ticket, standing: Standing, look: Look) -> None:
    text = f"{look.seen.monitor} is healthy again: {standing.reason}"
    entry = Entry(kind=EntryKind.RECOVERING, text=text, actor=RECOVERY)
    state = TicketState.RECOVERING.value
    changes.change(session, ticket, entry, look.now, state=state, recovered_at=look.seen.ok_since)


def _post(session: Session, ticket: Ticket, standing: Standing, look: Look) -> None:
    """Say once, with evidence, that it recovered, and leave the ticket to its person."""
    since = standing.since or look.now
    why = f"{look.seen.monitor} has been healthy since {since:%H:%M:%S} UTC"
    if not look.seen.exists:
        why = f"{look.seen.monitor} is gone from the definitions"
    digest = evidence_store.keep(session, ticket, _proof(ticket, why, standing, look), look.now)
    entry = Entry(
        kind=EntryKind.RECOVERED,
        text=f"{why}. Not resolved, because {standing.reason}; resolve it, or release it to the machine",
        actor=RECOVERY,
        facts={"evidence": digest, "suggested_code": _code(ticket, standing).value},
        visibility=Visibility.PUBLIC,
        tell=Operation.UPDATE,
    )
    changes.change(session, ticket, entry, look.now, recovered_at=since, recovery_posted_at=look.now)


def _resolve(session: Session, ticket: Ticket, standing: Standing, look: Look) -> None:
    proof = _proof(ticket, standing.reason, standing, look)
    resolved = Resolved(
        code=_code(ticket, standing),
        why=standing.reason,
        actor=RECOVERY,
        proof=proof,
        recovered_at=standing.since,
    )
    resolution.resolve(session, ticket, resolved, look.now)


def _code(ticket: Ticket, standing: Standing) -> ResolutionCode:
    if standing.finding is Finding.RETIRED:
        return ResolutionCode.TARGET_RETIRED
    fixed_at, failed_at = ticket.remediation_succeeded_at, ticket.last_failure_at or ticket.opened_at
    has_fixed = fixed_at is not None and fixed_at > failed_at
    return ResolutionCode.FIXED_BY_RUNBOOK if has_fixed else ResolutionCode.RECOVERED_NO_ACTION


def _proof(ticket: Ticket, why: str, standing: Standing, look: Look) -> Proof:
    """The good samples, and the rule they were measured by."""
    seen, start = look.seen, standing.since
    return Proof(
        phase=EvidencePhase.RESOLUTION,
        monitor=seen.monitor,
        summary=why,
        samples=tuple(sample for sample in seen.samples if start is None or sample.at >= start),
        facts={
            "health": seen.health.value,
            "ok_streak": seen.ok_streak,
            "ok_since": None if seen.ok_since is None else seen.ok_since.isoformat(),
            "counted_since": None if start is None else start.isoformat(),
            "last_sample_at": None if seen.last_sample_at is None else seen.last_sample_at.isoformat(),
            "wanted_samples": ticket.resolve_after,
            "wanted_grace_s": ticket.resolve_grace.total_seconds(),
        },
    )


def _back(ticket: Ticket) -> dict[str, Any]:
    """From `recovering` back; nothing for a ticket in another state."""
    return {"state": TicketState.NEW.value, "recovered_at": None} if ticket.state == TicketState.RECOVERING else {}


def _split_what_stays(session: Session, ticket: Ticket, standing: Standing, look: Look) -> None:
    """Members that go on failing long after the primary has recovered get tickets of their own."""
    if standing.since is None or look.seen.last_sample_at is None:
        return
    well_for = look.seen.last_sample_at - standing.since
    for member in members.active(session, ticket.id):
        seen = look.desk.look(member.monitor)
        if seen is None or is_stale(member.every, seen, look.now) or seen.health not in FAILING:
            continue
        if well_for >= ticket.resolve_grace + members.settle_time(ticket, member):
            members.split(session, ticket, member, seen, look.now)


STEPS: Mapping[Step, Callable[[Session, Ticket, Standing, Look], None]] = {
    Step.SIGHT: _sight,
    Step.STEADY: _steady,
    Step.LOSE_SIGHT: _lose_sight,
    Step.FLAP: _flap,
    Step.FAIL_AGAIN: _fail_again,
    Step.RECOVER: _recover,
    Step.POST: _post,
    Step.RESOLVE: _resolve,
}
