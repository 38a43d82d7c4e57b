"""Why a ticket was opened, why its priority, who has it, what was tried, and why it is not resolved yet."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from loop.definitions import Definitions
from loop.evidence import gather
from loop.explanation import Explanation, Reason
from runbooks import queries as runbooks
from ticketing import clocks, outbox, queries
from ticketing.proof import Finding, Standing, judge
from ticketing.views import EntryView, OpenIncident, TicketDetail
from watchdesk.definitions.quantities import format_duration
from watchdesk.signals import RecoveryEvidence

OPENING = frozenset({"opened", "reopened", "occurred", "severity_changed", "member_attached"})


@dataclass(frozen=True, slots=True)
class Premises:
    """The definitions at hand, in the form in which evidence is gathered."""

    definitions: Definitions

    def current(self) -> Definitions:
        return self.definitions


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """What is looked at. `incident` is None unless the ticket is an open incident about a monitor."""

    session: Session
    definitions: Definitions
    detail: TicketDetail
    incident: OpenIncident | None
    now: datetime


def of_ticket(session: Session, definitions: Definitions, number: str, now: datetime) -> Explanation:
    """The decision chain of one ticket. Raises TicketNotFound."""
    detail = queries.show(session, number, now)
    monitor = detail.ticket.monitor
    opened = queries.open_incidents(session, now, monitor) if monitor is not None else ()
    incident = next((incident for incident in opened if incident.id == detail.ticket.id), None)
    case = Case(session=session, definitions=definitions, detail=detail, incident=incident, now=now)
    questions: tuple[Callable[[Case], Reason], ...] = (
        _opening, _priority, _owner, _promises, _repairs, _resolution, _deliveries,
    )  # fmt: skip
    return Explanation(
        subject=detail.ticket.number, answer=_answer(case), reasons=tuple(ask(case) for ask in questions)
    )


def _answer(case: Case) -> str:
    ticket = case.detail.ticket
    if case.incident is None:
        end = f" as {ticket.resolution_code} by {ticket.resolved_by or 'nobody'}" if ticket.resolution_code else ""
        return f"{ticket.title}: {ticket.state}{end}"
    return f"{ticket.title}: {ticket.state}, because {standing_of(case).reason}"


def standing_of(case: Case) -> Standing:
    """The judgement that the next look of the machine would make of an open incident."""
    assert case.incident is not None  # noqa: S101  asked for open incidents only
    seen = evidence_of(case)
    return judge(case.incident.watched.case(seen), seen, case.now)


def evidence_of(case: Case) -> RecoveryEvidence:
    """What the ticket's own monitor shows now."""
    assert case.incident is not None  # noqa: S101  asked for open incidents only
    name = case.incident.monitor
    return gather(case.session, [name], Premises(case.definitions), case.now)[name]


def _opening(case: Case) -> Reason:
    detail = case.detail
    lines = [_line(entry) for entry in detail.timeline if entry.kind in OPENING]
    lines += [f"at that moment {path} was {value}" for path, value in detail.measured.items()]
    for told in queries.decisions(case.session, detail.ticket.monitor or "", 50):
        if told.ticket == detail.ticket.number and told.reason:
            lines.append(f"{told.observed_at:%H:%M:%S} UTC told '{told.kind}', decided '{told.outcome}': {told.reason}")
    lines += [f"it recurs: {detail.recurrence_of} was the last time"] if detail.recurrence_of else []
    lines += [f"rule: {detail.definition}, version {detail.definition_version}"] if detail.definition else []
    return Reason(question="Why was it opened?", lines=tuple(lines), facts={"fingerprint": detail.ticket.fingerprint})


def _priority(case: Case) -> Reason:
    detail = case.detail
    lines = [detail.derivation or f"impact {detail.impact}, urgency {detail.urgency} give {detail.ticket.priority}"]
    if detail.escalated_at is not None:
        lines.append(f"escalated at {detail.escalated_at:%Y-%m-%d %H:%M:%S} UTC")
    facts = {"impact": detail.impact, "urgency": detail.urgency, "priority": detail.ticket.priority}
    return Reason(question="Why this priority?", lines=tuple(lines), facts=facts)


def _owner(case: Case) -> Reason:
    ticket, detail = case.detail.ticket, case.detail
    lines = [f"group {ticket.assignment_group or 'none'}: it owns the service {ticket.service or '(none)'}"]
    lines.append(f"person {ticket.assignee or 'none'}")
    if detail.held_by:
        lines.append(f"a person is at work, so the machine leaves it alone: {detail.held_by}")
    return Reason(question="Who has it?", lines=tuple(lines))


def _promises(case: Case) -> Reason:
    lines = []
    for clock in clocks.of_ticket(case.session, case.detail.ticket.id):
        due = f"due {clock.due_at:%Y-%m-%d %H:%M:%S} UTC" if clock.due_at else "not running"
        late = f", missed at {clock.breached_at:%H:%M:%S} UTC" if clock.breached_at else ""
        spent, promised = format_duration(_whole(clock.elapsed)), format_duration(clock.within)
        lines.append(f"{clock.promise}: {spent} of {promised} in hours '{clock.calendar}', {clock.state}, {due}{late}")
    return Reason(question="What was promised?", lines=tuple(lines) or ("nothing: its service has no agreement",))


def _repairs(case: Case) -> Reason:
    ticket_id = case.detail.ticket.id
    lines = [
        f"{attempt.runbook}, attempt {attempt.attempt}: {attempt.state}"
        + (f", {attempt.reason}" if attempt.reason else "")
        for attempt in runbooks.remediations_of(case.session, ticket_id)
    ]
    lines += [
        f"{refusal.runbook} was not run, {refusal.count} ×, guard '{refusal.guard}': {refusal.reason}"
        for refusal in runbooks.refusals_of(case.session, ticket_id)
    ]
    none = f"the runbook {case.detail.runbook} has not run yet" if case.detail.runbook else "it names no runbook"
    return Reason(question="What was tried?", lines=tuple(lines) or (none,))


def _resolution(case: Case) -> Reason:
    if case.incident is None:
        lines = [_line(entry) for entry in case.detail.timeline if entry.kind in {"resolved", "cancelled", "closed"}]
        lines += [f"proof: {bundle.summary}" for bundle in case.detail.evidence if bundle.phase == "resolution"]
        return Reason(question="Why is it over?", lines=tuple(lines) or ("it is not an incident of a monitor",))
    standing, seen, policy = standing_of(case), evidence_of(case), case.detail.policy
    lines = [
        f"{standing.finding}: {standing.reason}",
        f"{seen.monitor} is {seen.health}, {seen.ok_streak} good samples in a row",
        f"wanted: {policy.after} good samples in a row over {format_duration(policy.grace)}, after the failure",
        _when(standing, seen, case),
    ]
    return Reason(question="Why is it not resolved yet?", lines=tuple(lines), facts={"finding": standing.finding})


def _when(standing: Standing, seen: RecoveryEvidence, case: Case) -> str:
    """When the machine would resolve it, if all goes well from here."""
    policy, watched = case.detail.policy, case.incident.watched if case.incident else None
    if standing.finding is Finding.PROVED:
        return "the next look of the machine resolves it"
    if standing.finding in {Finding.PERSON, Finding.MAJOR}:
        return "only a person resolves it now, or hands it back with 'watchdesk tickets release'"
    if standing.finding is Finding.GRACE and watched is not None and seen.ok_since is not None:
        begins = standing.since or seen.ok_since
        needed = max(policy.grace, watched.every * (policy.after - 1))
        return f"if it stays healthy, about {begins + needed:%H:%M:%S} UTC"
    least = max(policy.grace, (watched.every if watched else timedelta()) * (policy.after - 1))
    return f"at the earliest {format_duration(least)} after its next good sample"


def _deliveries(case: Case) -> Reason:
    lines = [
        f"{delivery.connector}: {delivery.op} {delivery.state}" + (f", {delivery.error}" if delivery.error else "")
        for delivery in outbox.deliveries_of(case.session, case.detail.ticket.id)
    ]
    return Reason(question="Who was told?", lines=tuple(lines) or ("nobody outside: no connector was on",))


def _line(entry: EntryView) -> str:
    return f"{entry.at:%Y-%m-%d %H:%M:%S} UTC {entry.actor}: {entry.text}"


def _whole(span: timedelta) -> timedelta:
    return timedelta(seconds=round(span.total_seconds()))
