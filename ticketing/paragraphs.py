"""The paragraphs of a ticket's description, one function each; every text from outside is cleaned on the way."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from ticketing.clocks import ClockView
from ticketing.plain_text import lines_of, one_line
from ticketing.service_level import ClockState, Promise
from ticketing.views import TicketDetail, TicketView
from ticketing.vocabulary import TERMINAL
from watchdesk.catalogue import Catalogue, Service
from watchdesk.definitions.quantities import format_duration
from watchdesk.fingerprints import is_own
from watchdesk.health import Health
from watchdesk.signals import Remediation, RemediationState, Sample

MOST_SAMPLES = 20
MOST_REFUSALS = 5
PROMISES = {Promise.RESPOND: "Response", Promise.RESOLVE: "Resolution"}
ZERO = timedelta(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """What is known around a ticket. `earlier` are tickets of the same condition, newest first.

    `tz` is the time zone of the reader, `url` the console's address.
    """

    clocks: tuple[ClockView, ...] = ()
    earlier: tuple[TicketView, ...] = ()
    remediations: tuple[Remediation, ...] = ()
    tz: str = "UTC"
    url: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Paragraph:
    """One matter: a heading, sentences, and output of programs to be shown as it is."""

    heading: str
    lines: tuple[str, ...]
    output: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Matter:
    """What the paragraphs are about: a ticket, its service as far as it is known, and what is known around it."""

    detail: TicketDetail
    service: Service | None
    around: Surroundings

    @property
    def url(self) -> str | None:
        """The ticket's page."""
        base = self.around.url
        return f"{base.rstrip('/')}/tickets/{self.detail.ticket.number}" if base else None

    def when(self, instant: datetime) -> str:
        """An instant in the reader's time zone."""
        return f"{instant.astimezone(ZoneInfo(self.around.tz)):%Y-%m-%d %H:%M:%S %Z}"


def measured(matter: Matter) -> Paragraph:
    ticket = matter.detail.ticket
    lines = [one_line(ticket.summary)] if ticket.summary else []
    lines += [f"{one_line(name, 80)}: {one_line(value, 300)}" for name, value in matter.detail.measured.items()]
    samples = _samples(matter)
    if samples:
        lines.append(_streak(samples))
        lines += [_sample(matter, sample) for sample in samples[-3:]]
    if ticket.monitor:
        again = "status" if is_own(ticket.monitor) else f"monitors run {one_line(ticket.monitor)}"
        lines.append(f"Look again: watchdesk {again}")
    if matter.detail.definition:
        lines.append(f"Expected by: {one_line(matter.detail.definition)}")
    return Paragraph(heading="What was measured", lines=tuple(lines))


def seen(matter: Matter) -> Paragraph:
    detail, ticket = matter.detail, matter.detail.ticket
    lines = [f"First seen failing {matter.when(detail.failing_since or ticket.opened_at)}"]
    if detail.last_failure_at is not None:
        lines.append(f"Last seen failing {matter.when(detail.last_failure_at)}")
    times = "once" if ticket.occurrences == 1 else f"{ticket.occurrences} times"
    reopened = f", reopened {ticket.reopen_count} ×" if ticket.reopen_count else ""
    lines.append(f"Occurred {times}{reopened}" + (", and is flapping" if ticket.is_flapping else ""))
    if detail.blind_since is not None:
        lines.append(f"Nobody can see it since {matter.when(detail.blind_since)}")
    return Paragraph(heading="Since when", lines=tuple(lines))


def done(matter: Matter) -> Paragraph:
    lines = [_remediation(matter, remediation) for remediation in matter.around.remediations]
    refused = [entry for entry in matter.detail.timeline if entry.kind == "remediation_refused"]
    lines += [f"Not run: {one_line(entry.text)}" for entry in refused[-MOST_REFUSALS:]]
    if not lines:
        runbook = matter.detail.runbook
        lines = [f"Nothing yet; its runbook is {one_line(runbook)}" if runbook else "Nothing: it has no runbook"]
    if matter.detail.escalated_at is not None:
        lines.append(f"Escalated {matter.when(matter.detail.escalated_at)}: automation leaves it to people")
    return Paragraph(heading="What was done", lines=tuple(lines), output=_last_output(matter))


def ends(matter: Matter) -> Paragraph:
    return Paragraph(heading="When it ends", lines=tuple(_ends(matter)))


def promised(matter: Matter) -> Paragraph | None:
    lines = tuple(_clock(matter, clock) for clock in matter.around.clocks)
    return Paragraph(heading="What was promised", lines=lines) if lines else None


def graded(matter: Matter) -> Paragraph:
    return Paragraph(heading="Priority", lines=(one_line(matter.detail.derivation),))


def routed(matter: Matter) -> Paragraph | None:
    ticket = matter.detail.ticket
    lines = []
    if ticket.assignment_group:
        group = one_line(ticket.assignment_group)
        owns = matter.service is not None and matter.service.owner == ticket.assignment_group
        why = f", which owns the service {one_line(ticket.service or '')}" if owns else ""
        lines.append(f"For the group {group}{why}")
    if ticket.assignee:
        lines.append(f"Assigned to {one_line(ticket.assignee)}")
    return Paragraph(heading="Whose it is", lines=tuple(lines)) if lines else None


def history(matter: Matter) -> Paragraph | None:
    lines = [_earlier(matter, ticket) for ticket in matter.around.earlier]
    if matter.detail.recurrence_of:
        lines.append(f"This is a recurrence of {matter.detail.recurrence_of}")
    if matter.detail.problem:
        lines.append(f"Its cause is looked for in {matter.detail.problem}")
    return Paragraph(heading="What happened before", lines=tuple(lines)) if lines else None


def links(matter: Matter) -> Paragraph | None:
    return Paragraph(heading="More", lines=(matter.url,)) if matter.url else None


def _samples(matter: Matter) -> tuple[Sample, ...]:
    opening = [bundle for bundle in matter.detail.evidence if bundle.phase == "opening"]
    return opening[-1].samples[-MOST_SAMPLES:] if opening else ()


def _streak(samples: tuple[Sample, ...]) -> str:
    bad = 0
    for sample in reversed(samples):
        if sample.health is Health.OK:
            break
        bad += 1
    marks = " ".join(sample.health.value for sample in samples)
    count = "1 bad sample" if bad == 1 else f"{bad} bad samples in a row"
    return f"{count}; the last {len(samples)}, oldest first: {marks}"


def _sample(matter: Matter, sample: Sample) -> str:
    latency = f" in {sample.latency_s * 1000:.0f} ms" if sample.latency_s is not None else ""
    return f"{matter.when(sample.at)}: {sample.health}{latency}: {one_line(sample.summary, 200)}"


def _remediation(matter: Matter, remediation: Remediation) -> str:
    steps = ", ".join(f"{one_line(step.id, 60)} {step.state}" for step in remediation.steps)
    proof = " and the monitor stayed healthy" if remediation.state is RemediationState.SUCCEEDED else ""
    reason = f": {one_line(remediation.reason)}" if remediation.reason else ""
    name = f"{one_line(remediation.runbook)} ({one_line(remediation.runbook_version, 12)})"
    ran = f"{matter.when(remediation.started_at)}, attempt {remediation.attempt}"
    return f"Runbook {name}, {ran}: {remediation.state}{proof}{reason}. Steps: {steps or 'none'}"


def _last_output(matter: Matter) -> str:
    steps = [step for remediation in matter.around.remediations[-1:] for step in remediation.steps if step.output]
    return lines_of("\n".join(f"$ {step.id}\n{step.output}" for step in steps))


def _ends(matter: Matter) -> Iterator[str]:
    detail, ticket = matter.detail, matter.detail.ticket
    if ticket.state in TERMINAL:
        yield _over(matter)
        return
    if detail.recovered_at is not None:
        yield f"The monitor recovered {matter.when(detail.recovered_at)}"
    policy = detail.policy
    proof = f"{policy.after} good samples in a row over at least {format_duration(policy.grace)}"
    if detail.held_by:
        yield f"It stays open while a person works on it: {one_line(detail.held_by)}"
    elif detail.blind_since is not None:
        yield f"It cannot resolve by itself while nobody can see the target; then it takes {proof}"
    elif ticket.is_major:
        yield "A major incident is resolved by a person only"
    else:
        yield f"It resolves by itself after {proof}, all taken after the last failure; silence never counts"
    if policy.reopen_within:
        yield f"A recurrence within {format_duration(policy.reopen_within)} of its resolution reopens it"


def _over(matter: Matter) -> str:
    ticket = matter.detail.ticket
    by = f" by {one_line(ticket.resolved_by)}" if ticket.resolved_by else ""
    code = f", {ticket.resolution_code}" if ticket.resolution_code else ""
    when = f" {matter.when(ticket.resolved_at)}" if ticket.resolved_at else ""
    note = f": {one_line(matter.detail.resolution_note)}" if matter.detail.resolution_note else ""
    return f"It is {ticket.state}{when}{by}{code}{note}"


def _clock(matter: Matter, clock: ClockView) -> str:
    within = f"{PROMISES[clock.promise]} within {format_duration(clock.within)} of '{clock.calendar}' hours"
    if clock.state is ClockState.PAUSED:
        return f"{within}: paused, {format_duration(max(clock.within - clock.elapsed, ZERO))} left"
    if clock.completed_at is not None:
        word = {ClockState.KEPT: "kept", ClockState.BROKEN: "broken"}.get(clock.state, "cancelled")
        return f"{within}: {word} ({matter.when(clock.completed_at)})"
    if clock.breached_at is not None:
        return f"{within}: broken since {matter.when(clock.breached_at)}"
    return f"{within}: due {matter.when(clock.due_at)}" if clock.due_at else within


def _earlier(matter: Matter, ticket: TicketView) -> str:
    code = ticket.resolution_code or ticket.state
    took = (
        f" after {format_duration(_whole_seconds(ticket.resolved_at - ticket.opened_at))}" if ticket.resolved_at else ""
    )
    return f"{ticket.number}, {matter.when(ticket.opened_at)}: {code}{took}"


def topology(matter: Matter, catalogue: Catalogue) -> Paragraph | None:
    detail, service = matter.detail, matter.service
    lines = []
    if service is not None and service.depends_on:
        lines.append(f"Depends on: {', '.join(one_line(name) for name in service.depends_on)}")
    affected = affected_by(detail.ticket.service or "", catalogue)
    if affected:
        lines.append(f"Depend on it: {', '.join(one_line(name) for name in affected)}")
    for member in detail.members:
        if member.role == "member":
            ended = f" ({member.ended_as})" if member.ended_as else ""
            lines.append(f"Also fails because of it: {one_line(member.monitor)}, {one_line(member.title, 200)}{ended}")
    return Paragraph(heading="What is connected", lines=tuple(lines)) if lines else None


def affected_by(service: str, catalogue: Catalogue) -> tuple[str, ...]:
    """The services that depend on this one, directly or through others, nearest first."""
    found: list[str] = []
    nearest = [service]
    while nearest:
        nearest = sorted(
            other.id
            for other in catalogue.services.values()
            if other.id != service and other.id not in found and set(other.depends_on) & set(nearest)
        )
        found += nearest
    return tuple(found)


def _whole_seconds(duration: timedelta) -> timedelta:
    return timedelta(seconds=round(duration.total_seconds()))
