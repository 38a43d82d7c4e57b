"""What is happening on a ticket, in the few sentences that somebody needs who has just been told of it."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from improvement.words import spoken
from loop.definitions import Definitions
from ticketing.plain_text import one_line
from ticketing.views import TicketDetail
from ticketing.vocabulary import SignalRole
from watchdesk.fingerprints import is_own
from watchdesk.health import Health
from watchdesk.signals import RemediationState

ENDINGS = {
    "fixed_by_runbook": "a runbook repaired it, and the monitor proved it",
    "recovered_no_action": "it recovered without anybody acting",
    "fixed_by_person": "a person fixed it",
    "target_retired": "its target was retired",
    "duplicate": "it was a duplicate",
    "not_an_incident": "it was no incident",
}


def happening(detail: TicketDetail, definitions: Definitions, healths: Mapping[str, str], now: datetime) -> str:
    """Since when, what was seen, what it hangs on, what was folded in; `healths` are those of the services."""
    return " ".join(_sentences(detail, definitions, healths, now))


def progress(attempts: Sequence[Mapping[str, Any]]) -> str:
    """What a runbook does at this moment, from the attempts of a ticket's document; empty when none is at work."""
    last = attempts[-1] if attempts else None
    if last is None or last["ended_at"] is not None:
        return ""
    if last["state"] == RemediationState.VERIFYING:
        return "Runbook ran, proof is awaited"
    if last["state"] not in {RemediationState.LEASED, RemediationState.RUNNING, RemediationState.ROLLING_BACK}:
        return ""
    done = sum(step["ended_at"] is not None for step in last["steps"])
    return f"Runbook running {min(done + 1, len(last['steps']))} of {len(last['steps'])}"


def _sentences(
    detail: TicketDetail, definitions: Definitions, healths: Mapping[str, str], now: datetime
) -> Iterator[str]:
    ticket = detail.ticket
    since = detail.failing_since or ticket.opened_at
    seen = f": {one_line(ticket.summary, 300)}" if ticket.summary else ""
    is_monitored = ticket.monitor is not None and not is_own(ticket.monitor)
    source = f"{ticket.monitor} is {_word(ticket.severity)}{seen}" if is_monitored else one_line(ticket.summary)
    if ticket.resolved_at is None:
        lasted = spoken(int((now - since).total_seconds()))
        yield f"Since {since:%H:%M:%S} UTC, for {lasted}, {source}."
        yield from _surroundings(detail, definitions, healths)
    else:
        lasted = spoken(int((ticket.resolved_at - since).total_seconds()))
        yield f"It lasted {lasted}, from {since:%Y-%m-%d %H:%M:%S} UTC{seen}."
        yield f"It is over: {ENDINGS.get(ticket.resolution_code or '', ticket.resolution_code)}."


def _surroundings(detail: TicketDetail, definitions: Definitions, healths: Mapping[str, str]) -> Iterator[str]:
    service = definitions.catalogue.services.get(detail.ticket.service or "")
    uses = service.depends_on if service else ()
    bad = [f"{name} is {healths[name]}" for name in uses if healths.get(name, "ok") != "ok"]
    if bad:
        yield f"The service depends on {', '.join(uses)}: {', '.join(bad)}."
    elif uses:
        yield f"The service depends on {', '.join(uses)}, in which nothing is wrong."
    folded = sum(member.role == SignalRole.MEMBER for member in detail.members)
    if folded:
        yield f"{folded} other {'alert was' if folded == 1 else 'alerts were'} folded into this ticket."
    if detail.recovered_at is not None:
        yield "It is well again; a few more good checks will prove it."


def _word(severity: str | None) -> str:
    return severity or Health.UNKNOWN.value
