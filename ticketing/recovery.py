"""Recovery: an open incident looked at again, and resolved only with proof that its condition is over."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from ticketing import changes, guard, lookup, members, resolution
from ticketing import evidence as evidence_store
from ticketing.decision import Decision, Outcome, about
from ticketing.desk import Desk
from ticketing.entry import Entry, EntryKind, Visibility
from ticketing.evidence import Proof
from ticketing.outbox import Operation
from ticketing.proof import Case, Finding, Standing, good_since, is_stale, judge
from ticketing.resolution import Resolved
from ticketing.tables.ticket import Ticket, TicketSignal
from ticketing.vocabulary import OPEN, EvidencePhase, ResolutionCode, TicketKind, TicketState, machine
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
UNSEEN = frozenset({Finding.PAUSED, Finding.BLIND})
SEEN = frozenset(Finding) - UNSEEN - {Finding.REMEDIATING, Finding.RETIRED}
FAILING = frozenset({Health.WARNING, Health.CRITICAL})
# The condition is well, as far as it goes: the state may say so.
RECOVERING = frozenset({Finding.GRACE, Finding.MEMBERS, Finding.MAJOR})


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """One look at a ticket: what its monitor shows, when, and the members that still fail."""

    seen: RecoveryEvidence
    now: datetime
    failing: tuple[TicketSignal, ...] = ()


def review(session: Session, ticket_id: str, evidence: RecoveryEvidence, desk: Desk, now: datetime) -> Decision:
    """Look at one ticket again and do what its condition warrants; writes nothing when nothing has changed.

    `evidence` is about the ticket's own monitor; members are looked at through `desk.look`.
    """
    ticket = lookup.by_id(session, ticket_id)
    if members.active(session, ticket_id) or _needs_change(ticket, Look(seen=evidence, now=now)):
        ticket = lookup.held(session, ticket_id)
    if not _is_reviewed(ticket):
        return about(ticket, Outcome.ENDED, f"{ticket.number} is {ticket.state}; nothing is left to prove")
    failing = tuple(members.refresh(session, ticket, desk.look, now))
    look = Look(seen=evidence, now=now, failing=failing)
    standing = standing_of(ticket, look)
    for step in plan(ticket, standing, look):
        step(session, ticket, standing, look)
    if standing.finding is Finding.MEMBERS:
        _split_what_stays(session, ticket, look, desk)
    return about(ticket, OUTCOMES[standing.finding], standing.reason)


def standing_of(ticket: Ticket, look: Look) -> Standing:
    """The judgement on a ticket as it stands."""
    return judge(case_of(ticket, look), look.seen, look.now)


def case_of(ticket: Ticket, look: Look) -> Case:
    """What the ticket brings to the judgement; a blindness or flapping that is seen to be over no longer counts."""
    seen = look.seen
    return Case(
        is_about_blindness=(ticket.fingerprint or "").startswith("blind/"),
        is_remediating=ticket.state == TicketState.REMEDIATING,
        is_major=ticket.is_major,
        holder=guard.holder(ticket, look.now),
        last_failure_at=ticket.last_failure_at or ticket.opened_at,
        sighted_at=_sighted_at(ticket, seen) if ticket.blind_since is not None else ticket.sighted_at,
        flapping_since=None if _is_steady(ticket, seen) else ticket.flapping_since,
        failing_members=tuple(member.monitor for member in look.failing),
        after=ticket.resolve_after,
        grace=ticket.resolve_grace,
        every=ticket.every,
    )


def plan(ticket: Ticket, standing: Standing, look: Look) -> list["Step"]:
    """What the judgement asks for, in order; empty when the ticket says it all already."""
    finding = standing.finding
    has_lost_sight = finding in UNSEEN and not (ticket.fingerprint or "").startswith("blind/")
    wishes: list[tuple[bool, Step]] = [
        (finding in SEEN and ticket.blind_since is not None, _sight),
        (_is_steady(ticket, look.seen), _steady),
        (has_lost_sight and ticket.blind_since is None, _lose_sight),
        (finding is Finding.FLAPPING and ticket.flapping_since is None, _flap),
        (finding is Finding.FAILING and _looks_recovered(ticket), _fail_again),
        (finding in RECOVERING and ticket.state == TicketState.NEW and not _is_held(ticket, look), _recover),
        (finding in {Finding.MAJOR, Finding.PERSON} and ticket.recovery_posted_at is None, _post),
        (finding in {Finding.PROVED, Finding.RETIRED}, _resolve),
    ]
    return [step for is_wished, step in wishes if is_wished]


def _needs_change(ticket: Ticket, look: Look) -> bool:
    return _is_reviewed(ticket) and bool(plan(ticket, standing_of(ticket, look), look))


def _is_reviewed(ticket: Ticket) -> bool:
    return ticket.kind == TicketKind.INCIDENT and ticket.state in OPEN and ticket.monitor is not None


def _is_held(ticket: Ticket, look: Look) -> bool:
    return guard.is_person_at_work(ticket, look.now)


def _looks_recovered(ticket: Ticket) -> bool:
    return ticket.state == TicketState.RECOVERING or ticket.recovery_posted_at is not None


def _is_steady(ticket: Ticket, seen: RecoveryEvidence) -> bool:
    """Whether samples newer than the beginning of flapping say that it is over."""
    if ticket.flapping_since is None or seen.is_flapping or seen.is_stale or seen.last_sample_at is None:
        return False
    return seen.last_sample_at > ticket.flapping_since


def _sighted_at(ticket: Ticket, seen: RecoveryEvidence) -> datetime | None:
    """From when good samples count after blindness: a streak that is older than the blindness does not."""
    if seen.ok_since is not None and ticket.blind_since is not None and seen.ok_since > ticket.blind_since:
        return seen.ok_since
    return seen.last_sample_at


def _sight(session: Session, ticket: Ticket, standing: Standing, look: Look) -> None:
    text = f"{look.seen.monitor} can be seen again: {look.seen.health}. {standing.reason}"
    entry = Entry(kind=EntryKind.SEEING, text=text, actor=RECOVERY)
    sighted_at = _sighted_at(ticket, look.seen)
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
    gone: dict[str, Any] = {"recovered_at": None, "recovery_posted_at": None}
    changes.change(session, ticket, entry, look.now, **gone, **_back(ticket))


def _recover(session: Session, ticket: Ticket, standing: Standing, look: Look) -> None:
    text = f"{look.seen.monitor} is healthy again: {standing.reason}"
    entry = Entry(kind=EntryKind.RECOVERING, text=text, actor=RECOVERY)
    state = TicketState.RECOVERING.value
    changes.change(session, ticket, entry, look.now, state=state, recovered_at=look.seen.ok_since)


def _post(session: Session, ticket: Ticket, standing: Standing, look: Look) -> None:
    """Say once, with evidence, that it recovered, and leave the ticket to its person."""
    since = good_since(case_of(ticket, look), look.seen) or look.now
    why = f"{look.seen.monitor} has been healthy since {since:%H:%M:%S} UTC"
    if not look.seen.exists:
        why = f"{look.seen.monitor} is gone from the definitions"
    digest = _keep_proof(session, ticket, why, look)
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
    proof = _proof(ticket, standing.reason, look)
    resolved = Resolved(code=_code(ticket, standing), why=standing.reason, actor=RECOVERY, proof=proof)
    resolution.resolve(session, ticket, resolved, look.now)


def _code(ticket: Ticket, standing: Standing) -> ResolutionCode:
    if standing.finding is Finding.RETIRED:
        return ResolutionCode.TARGET_RETIRED
    fixed_at, failed_at = ticket.remediation_succeeded_at, ticket.last_failure_at or ticket.opened_at
    has_fixed = fixed_at is not None and fixed_at > failed_at
    return ResolutionCode.FIXED_BY_RUNBOOK if has_fixed else ResolutionCode.RECOVERED_NO_ACTION


def _keep_proof(session: Session, ticket: Ticket, why: str, look: Look) -> str:
    return evidence_store.keep(session, ticket, _proof(ticket, why, look), look.now)


def _proof(ticket: Ticket, why: str, look: Look) -> Proof:
    """The good samples, and the rule they were measured by."""
    seen = look.seen
    start = good_since(case_of(ticket, look), seen)
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
    return {"state": TicketState.NEW.value} if ticket.state == TicketState.RECOVERING else {}


def _split_what_stays(session: Session, ticket: Ticket, look: Look, desk: Desk) -> None:
    """Members that go on failing long after the primary has recovered get tickets of their own."""
    start, newest = good_since(case_of(ticket, look), look.seen), look.seen.last_sample_at
    if start is None or newest is None:
        return
    for member in look.failing:
        seen = desk.look(member.monitor)
        is_fresh = seen is not None and not is_stale(member.every, seen, look.now)
        has_settled = newest - start >= ticket.resolve_grace + members.settle_time(ticket, member)
        if seen is not None and is_fresh and seen.health in FAILING and has_settled:
            members.split(session, ticket, member, seen, look.now)


Step = Callable[[Session, Ticket, Standing, Look], None]
