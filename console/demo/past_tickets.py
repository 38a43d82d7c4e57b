"""The tickets of the demo's past, told to the desk as they would have happened, one story after the other."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

from console.demo.past_plan import Past, Story
from console.demo.past_repairs import Repair, agree, ask, give_up, repair
from console.demo.past_stage import SEEN_AFTER, Stage
from ticketing import clocks, people, problems
from ticketing.people import Resolution
from ticketing.tables.ticket import Ticket
from ticketing.vocabulary import ResolutionCode, TicketState

OPERATOR = "demo-operator"
SECOND, MINUTE = timedelta(seconds=1), timedelta(minutes=1)
CLOSED_AFTER = timedelta(days=7)
FAILED_ATTEMPTS = 3
FILLS_AGAIN = "demo-uploads"


def tell_all(stage: Stage, pasts: tuple[Past, ...], now: datetime) -> list[str]:
    """Every past as a ticket, oldest first; returns the ids. The clocks of promises are measured at the end."""
    told = [(past, STORIES[past.story](stage, past)) for past in pasts]
    for past, ticket in told:
        if ticket.state == TicketState.RESOLVED and past.over < now - CLOSED_AFTER:
            people.close(stage.session, ticket.number, who=OPERATOR, now=past.over + CLOSED_AFTER)
    found = [ticket.id for _, ticket in told]
    newest = next(ticket for past, ticket in reversed(told) if past.monitor == FILLS_AGAIN)
    fills = sum(past.monitor == FILLS_AGAIN for past in pasts)
    because = f"the upload folder filled up {fills} times in {(now - pasts[0].since).days} days"
    found.append(problems.draft(stage.session, newest, because, now - timedelta(days=4)).id)
    for ticket_id in found:
        clocks.refresh(stage.session, ticket_id, stage.desk, now)
    return found


def _repaired(stage: Stage, past: Past) -> Ticket:
    ticket = stage.open(past)
    repair(stage, ticket, past, Repair(since=past.since + SEEN_AFTER + SECOND, until=past.over + 3 * SECOND))
    return _recovered(stage, ticket, past)


def _approved(stage: Stage, past: Past) -> Ticket:
    ticket = stage.open(past)
    ask(stage, ticket, past, past.since + SEEN_AFTER + SECOND)
    agreed_at = past.over - 20 * SECOND
    agree(stage, ticket, OPERATOR, agreed_at)
    made = Repair(since=agreed_at + SECOND, until=past.over + 3 * SECOND, approved_by=OPERATOR)
    repair(stage, ticket, past, made)
    return _recovered(stage, ticket, past)


def _escalated(stage: Stage, past: Past) -> Ticket:
    ticket = stage.open(past)
    for number in range(FAILED_ATTEMPTS):
        at = past.since + SEEN_AFTER + SECOND + 30 * number * SECOND
        repair(stage, ticket, past, Repair(since=at, until=at + 24 * SECOND, has_worked=False))
    give_up(stage, ticket, past, past.since + 100 * SECOND)
    return _by_person(stage, ticket, past, "its disk was full of core files; deleted, and their limit lowered")


def _person(stage: Stage, past: Past) -> Ticket:
    return _by_person(stage, stage.open(past), past, "settings of the last deployment taken back by hand")


def _by_person(stage: Stage, ticket: Ticket, past: Past, note: str) -> Ticket:
    people.acknowledge(stage.session, ticket.number, who=OPERATOR, now=past.since + 4 * MINUTE)
    stage.recover(past)
    resolution = Resolution(code=ResolutionCode.FIXED_BY_PERSON.value, note=note)
    people.resolve(stage.session, ticket.number, resolution, who=OPERATOR, now=past.over + 2 * MINUTE)
    return ticket


def _itself(stage: Stage, past: Past) -> Ticket:
    return _recovered(stage, stage.open(past), past)


def _blind(stage: Stage, past: Past) -> Ticket:
    ticket = stage.open_blind(past)
    stage.see_again(past)
    stage.prove(ticket, past)
    return ticket


def _no_incident(stage: Stage, past: Past) -> Ticket:
    ticket = stage.open(past)
    resolution = Resolution(code=ResolutionCode.NOT_AN_INCIDENT.value, note="a load test that was announced")
    people.cancel(stage.session, ticket.number, resolution, who=OPERATOR, now=past.since + 5 * MINUTE)
    stage.recover(past)
    return ticket


def _open(stage: Stage, past: Past) -> Ticket:
    ticket = stage.open(past)
    people.acknowledge(stage.session, ticket.number, who=OPERATOR, now=past.since + 40 * MINUTE)
    note = "The backup disk is full; a larger one is ordered. Until then backups are made by hand."
    people.note(stage.session, ticket.number, note, who=OPERATOR, now=past.since + 55 * MINUTE)
    return ticket


def _recovered(stage: Stage, ticket: Ticket, past: Past) -> Ticket:
    stage.recover(past)
    stage.prove(ticket, past)
    return ticket


STORIES: Mapping[Story, Callable[[Stage, Past], Ticket]] = {
    Story.REPAIRED: _repaired,
    Story.APPROVED: _approved,
    Story.ESCALATED: _escalated,
    Story.PERSON: _person,
    Story.ITSELF: _itself,
    Story.BLIND: _blind,
    Story.NO_INCIDENT: _no_incident,
    Story.OPEN: _open,
}
