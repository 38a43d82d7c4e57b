"""Guards about the moment and the target: stopped, stale, unresolved, frozen, or in a person's hands."""

from sqlalchemy.orm import Session

from runbooks import stops
from runbooks.guards import Denial, Request
from runbooks.model import TrustLevel
from watchdesk import maintenance, windows
from watchdesk.definitions.quantities import format_duration


def refuse_when_stopped(session: Session, request: Request) -> Denial | None:
    stop = stops.active(session, request.now)
    if stop is None:
        return None
    until = stop.until.isoformat() if stop.until else "somebody resumes"
    return Denial(
        guard="kill_switch",
        reason=f"all runbooks are stopped by {stop.who} until {until}: {stop.because}",
        numbers={"who": stop.who, "since": stop.since.isoformat(), "until": until},
    )


def refuse_other_triggers(_: Session, request: Request) -> Denial | None:
    """Only a confirmed failure of a monitor and of a kind that the runbook names; before an effect it is re-read."""
    match, monitor = request.runbook.match, request.trigger.monitor
    if not request.is_ticket_open:
        return Denial(guard="trigger", reason=f"{request.trigger.ticket_number} is not open any more")
    if monitor not in match.monitors:
        return Denial(
            guard="trigger",
            reason=f"'{monitor}' is none of its monitors ({', '.join(match.monitors)})",
            numbers={"monitor": monitor},
        )
    evidence = request.evidence
    health = request.trigger.health if evidence is None or request.has_acted else evidence.health
    if health not in match.health:
        wanted = " or ".join(sorted(match.health))
        return Denial(
            guard="trigger",
            reason=f"{monitor} is {health}, and the runbook acts on {wanted} only",
            numbers={"health": health, "wanted": wanted},
        )
    if evidence is not None and evidence.is_stale and not request.has_acted:
        last = evidence.last_sample_at.isoformat() if evidence.last_sample_at else "never"
        return Denial(
            guard="trigger",
            reason=f"nobody has looked at {monitor} lately (last: {last}), so its failure is not certain",
            numbers={"last_sample_at": last},
        )
    return None


def refuse_stale_triggers(_: Session, request: Request) -> Denial | None:
    """What was true when the engine stood still may be long over (reference/runbooks.md, R8 and R13)."""
    if request.has_acted:
        return None  # what was begun in time may be ended; how the target is now is read again anyway
    age = request.now - request.trigger.observed_at
    most = request.runbook.match.max_age
    if age <= most:
        return None
    return Denial(
        guard="age",
        reason=f"the failure was seen {age.total_seconds():.0f} s ago, and counts for {format_duration(most)}",
        numbers={"age_s": round(age.total_seconds(), 1), "max_age_s": most.total_seconds()},
    )


def refuse_unresolved_targets(_: Session, request: Request) -> Denial | None:
    """An empty, unknown or ill-typed target never means 'all' (R1, R3)."""
    trigger, catalogue = request.trigger, request.catalogue
    flaw = request.flaw
    if not trigger.service or trigger.service not in catalogue.services:
        flaw = f"the service '{trigger.service}' is not defined"
    elif trigger.item is not None and trigger.item not in catalogue.items:
        flaw = f"the item '{trigger.item}' is not defined"
    elif request.plan is not None:
        named = (parameter.value for parameter in request.runbook.params.values() if parameter.type == "item")
        missing = [value for value in named if value is not None and value not in catalogue.items]
        flaw = f"the item '{missing[0]}' is not defined" if missing else flaw
    if flaw or request.plan is None:
        return Denial(guard="target", reason=f"the target does not resolve: {flaw}", numbers={"target": trigger.target})
    return None


def refuse_in_windows(session: Session, request: Request) -> Denial | None:
    service = request.trigger.service
    known = maintenance.all_windows(session, request.calendars.windows, request.now)
    subject = windows.Subject(monitor=request.trigger.monitor)
    window = windows.active(known, service, request.now, subject=subject)
    if window is None:
        return None
    return Denial(
        guard="window",
        reason=f"{service} is in the {window.kind} window '{window.id}': {window.reason}",
        numbers={"window": window.id, "kind": window.kind},
    )


def refuse_beside_a_person(_: Session, request: Request) -> Denial | None:
    """An approved plan runs beside the person who approved it; everything else waits for them."""
    if not request.trigger.is_person_at_work or request.runbook.trust.level is TrustLevel.APPROVE:
        return None
    return Denial(guard="person", reason=f"a person is working on {request.trigger.ticket_number}, or holds it")
