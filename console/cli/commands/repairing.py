"""`runbooks run`: a person starts a runbook for an open incident; guards and proof are the same as ever."""

from functools import partial
from typing import Any

import click

from console.cli.exits import Exit
from console.cli.lazy import command
from console.cli.output import Column, coloured, output_option, show_one, table
from console.cli.workplace import Workplace, workplace
from console.documents.plain import plain
from loop import operations
from loop.crew import probe_services, read_secret
from loop.evidence import MonitorEyes, gather
from loop.library import Library
from loop.repair import Repair, Surroundings, Trigger
from runbooks.queries import refusals_of
from ticketing import queries
from ticketing.views import OpenIncident
from watchdesk.errors import NotFound, Refused
from watchdesk.ids import new_id
from watchdesk.signals import Remediation, RemediationState

STEPS = tuple(Column(key=key, title=key) for key in ("id", "state", "exit_code", "output"))


@command("runbooks run restart-shop --ticket INC-1042")
@click.argument("runbook")
@click.option("--ticket", required=True, help="The open incident to repair.")
@output_option
def run(*, runbook: str, ticket: str, form: str) -> int:
    """Run it for an open incident, through all guards, and wait for the proof.

    Exits with 6 when a guard says no (the reasons are on the ticket), with 1 when it was not repaired.
    """
    with workplace() as place:
        done = _repair(place, runbook, ticket)
    document: dict[str, Any] = plain(done)
    show_one(document, form, text=lambda: _words(document))
    return Exit.OK if done.state is RemediationState.SUCCEEDED else Exit.UNHEALTHY


def _repair(place: Workplace, runbook: str, number: str) -> Remediation:
    library = Library(place.root, place.database, place.clock)
    definitions = library.current()
    operations.require_runbook(definitions, runbook)
    trigger = _trigger(place, library, _incident(place, number))
    repair = _workbench(place, library)
    remediation = repair.consider(trigger, definitions.runbooks[runbook])
    if remediation is None:
        raise Refused(_reasons(place, trigger.ticket_id, runbook))
    click.echo(f"{runbook} runs for {number}; waiting for the proof …", err=True)
    return repair.carry_out(remediation)


def _workbench(place: Workplace, library: Library) -> Repair:
    services = probe_services(place.settings, place.database, place.clock)
    eyes = MonitorEyes(place.database, place.clock, library, services)
    surroundings = Surroundings(definitions=library.current, secret=partial(read_secret, place.settings))
    return Repair(place.database, place.clock, new_id(place.clock.now()), eyes, surroundings)


def _incident(place: Workplace, number: str) -> OpenIncident:
    with place.database.reading() as session:
        ticket = queries.show(session, number).ticket
        opened = {incident.id: incident for incident in queries.open_incidents(session, place.clock.now())}
    if ticket.id not in opened:
        message = f"{ticket.number} is {ticket.state}; only an open incident of a monitor can be repaired"
        raise Refused(message)
    return opened[ticket.id]


def _trigger(place: Workplace, library: Library, incident: OpenIncident) -> Trigger:
    """The failure as the monitor shows it now. That a person is at work is no hindrance: it is they who ask."""
    now = place.clock.now()
    with place.database.reading() as session:
        seen = gather(session, [incident.monitor], library, now)[incident.monitor]
    if seen.last_sample_at is None:
        message = f"the monitor '{incident.monitor}' has no sample; nothing says that it fails"
        raise NotFound(message)
    return Trigger(
        ticket_id=incident.id,
        ticket_number=incident.number,
        monitor=incident.monitor,
        service=incident.service,
        item=incident.item,
        health=seen.health,
        since=incident.since,
        observed_at=seen.last_sample_at,
        is_person_at_work=False,
    )


def _reasons(place: Workplace, ticket_id: str, runbook: str) -> str:
    with place.database.reading() as session:
        said = [refusal for refusal in refusals_of(session, ticket_id) if refusal.runbook == runbook]
    newest = max(said, key=lambda refusal: refusal.last_at, default=None)
    why = f"guard '{newest.guard}': {newest.reason}" if newest else "a guard said no"
    return f"{runbook} was not run; {why}; see: watchdesk runbooks explain {runbook}"


def _words(document: dict[str, Any]) -> str:
    head = f"{document['runbook']}, attempt {document['attempt']}: {coloured(document['state'])} {document['reason']}"
    return f"{head.rstrip()}\n\n{table(document['steps'], STEPS)}"
