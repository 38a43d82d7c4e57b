"""The course of each fault of the demo: seen, ticketed, repaired, proved, resolved; how far it has come now."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from console.demo.breaking import FAULTS, Fault
from console.demo.overview import fault_rows
from runbooks.queries import remediations_of
from ticketing import queries as tickets
from ticketing.selection import Page, Selection
from ticketing.views import TicketView
from ticketing.vocabulary import OPEN, TicketState
from watchdesk.errors import Refused
from watchdesk.fingerprints import is_about_blindness
from watchdesk.signals import Remediation, RemediationState

RECENTLY = timedelta(minutes=15)
MOST = 200
UNDER_WAY = frozenset(
    {RemediationState.LEASED, RemediationState.RUNNING, RemediationState.ROLLING_BACK, RemediationState.VERIFYING}
)
AFTER_THE_STEPS = frozenset({RemediationState.VERIFYING, RemediationState.SUCCEEDED})


@dataclass(frozen=True, slots=True)
class Stage:
    """One station of the course; `standing` is done, now or ahead."""

    name: str
    standing: str
    says: str


def courses(session: Session, now: datetime) -> list[dict[str, Any]]:
    """Each fault as `demo list` has it, with its newest incident of the last quarter of an hour, and its `stages`."""
    newest = _newest(session, now)
    rows = []
    for row in fault_rows(session):
        ticket = newest.get(row["monitor"])
        attempts = remediations_of(session, ticket.id) if ticket else ()
        stages = list(_stages(FAULTS[row["fault"]], row, ticket, attempts)) if ticket or _is_bad(row) else []
        rows.append(row | {"last": _told(ticket), "stages": stages})
    return rows


def require_whole(session: Session, fault: Fault) -> None:
    """Raises Refused while the fault's monitor has an open ticket: it is broken already."""
    row = next(row for row in fault_rows(session) if row["fault"] == fault.name)
    if row["ticket"]:
        message = f"'{fault.name}' is broken already: {row['ticket']} about {fault.monitor} is open"
        raise Refused(message)


def _newest(session: Session, now: datetime) -> Mapping[str, TicketView]:
    """The newest incident of each monitor that is open or was opened a little while ago."""
    mine = tuple(fault.monitor for fault in FAULTS.values())
    lately = Selection(kinds=("incident",), monitors=mine, opened_since=now - RECENTLY)
    still_open = Selection(kinds=("incident",), monitors=mine, is_open=True)
    found = (*tickets.list_tickets(session, still_open), *tickets.list_tickets(session, lately, Page(limit=MOST)))
    return {t.monitor: t for t in sorted(found, key=lambda t: (t.state in OPEN, t.opened_at)) if t.monitor}


def _told(ticket: TicketView | None) -> dict[str, Any] | None:
    if ticket is None:
        return None
    took = ticket.resolved_at - ticket.opened_at if ticket.resolved_at else None
    return {
        "number": ticket.number,
        "title": ticket.title,
        "state": ticket.state,
        "opened_at": ticket.opened_at,
        "resolved_at": ticket.resolved_at,
        "took_s": took.total_seconds() if took else None,
        "waits_for_approval": ticket.awaiting_approval_since is not None,
    }


def _is_bad(row: Mapping[str, Any]) -> bool:
    return row["health"] not in {None, "ok"}


def _stages(
    fault: Fault, row: Mapping[str, Any], ticket: TicketView | None, attempts: tuple[Remediation, ...]
) -> Iterator[Stage]:
    yield Stage("fault", "done", f"{fault.monitor} sees it")
    if ticket is None:
        yield Stage("ticket", "now", "after a second look")
        yield from (Stage(name, "ahead", "") for name in ("runbook", "proof", "resolved"))
        return
    yield Stage("ticket", "done", ticket.number)
    is_over = ticket.state not in OPEN
    runbook = _runbook(ticket, attempts[-1] if attempts else None, is_over)
    yield runbook
    is_proving = ticket.state == TicketState.RECOVERING or (runbook.standing == "done" and not is_over)
    yield Stage("proof", "done" if is_over else "now" if is_proving else "ahead", "by the monitor's own fresh checks")
    yield Stage("resolved", "done" if is_over else "ahead", str(row["heals"]) if not is_over else "")


def _runbook(ticket: TicketView, attempt: Remediation | None, is_over: bool) -> Stage:  # noqa: FBT001
    if attempt is None:
        if ticket.awaiting_approval_since is not None and not is_over:
            return Stage("runbook", "now", "waits for your approval")
        if is_about_blindness(ticket.fingerprint or ""):
            return Stage("runbook", "done", "none, on purpose")
        return Stage("runbook", "done" if is_over else "now", "none ran" if is_over else "is chosen and checked")
    if attempt.state in UNDER_WAY and attempt.state not in AFTER_THE_STEPS and not is_over:
        done = sum(step.ended_at is not None for step in attempt.steps)
        return Stage("runbook", "now", f"{attempt.runbook} runs, {done} of {len(attempt.steps)} steps done")
    if attempt.state in AFTER_THE_STEPS or is_over:
        return Stage("runbook", "done", f"{attempt.runbook} ran")
    return Stage("runbook", "now", f"{attempt.runbook}: {attempt.state.value.replace('_', ' ')}")
