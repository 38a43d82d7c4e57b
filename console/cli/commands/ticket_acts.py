"""`tickets`: what a person does with one."""

from collections.abc import Callable
from typing import Any

import click

from console.cli.choices import one_of
from console.cli.exits import Exit
from console.cli.instants import instant, to_instant
from console.cli.lazy import command
from console.cli.workplace import Workplace, as_option, workplace
from loop.desk_work import DeskWorker
from ticketing import queries
from ticketing.people import Hold, Resolution
from ticketing.vocabulary import HoldReason, ResolutionCode

number_argument = click.argument("number")


@command("tickets ack INC-1042", "tickets ack INC-1042 --as ana --note 'on it'")
@number_argument
@as_option
@click.option("--note", default="", help="A note, written along with it.")
def ack(*, number: str, who: str, note: str) -> int:
    """Acknowledge: a person has it. From now on the machine does not resolve it."""
    return _act(number, who, lambda worker, _: worker.acknowledge(number, note))


@command("tickets assign INC-1042 --to ana", "tickets assign INC-1042 --to group:payments")
@number_argument
@click.option("--to", required=True, help="A person; group:NAME for a group; - for nobody.")
@as_option
def assign(*, number: str, to: str, who: str) -> int:
    """Give it to a person or a group."""
    assignee = None if to == "-" else to
    return _act(number, who, lambda worker, place: worker.assign(number, assignee, place.definitions()))


@command("tickets note INC-1042 'the cable was loose'")
@number_argument
@click.argument("text")
@as_option
def note(*, number: str, text: str, who: str) -> int:
    """Write on its timeline. On an open ticket that keeps the machine from resolving it."""
    return _act(number, who, lambda worker, _: worker.note(number, text))


@command("tickets resolve INC-1042 --code fixed_by_person --note 'replaced the cable'")
@number_argument
@click.option("--code", type=one_of(ResolutionCode), default=ResolutionCode.FIXED_BY_PERSON.value)
@click.option("--note", default="", help="What was wrong and what helped.")
@as_option
def resolve(*, number: str, code: str, note: str, who: str) -> int:
    """Resolve it, with the code that says how."""
    return _act(number, who, lambda worker, _: worker.resolve(number, Resolution(code=code, note=note)))


@command("tickets reopen INC-1042 --because 'customers still see it'")
@number_argument
@click.option("--because", required=True, help="Why it is not over.")
@as_option
def reopen(*, number: str, because: str, who: str) -> int:
    """Take a resolved ticket up again."""
    return _act(number, who, lambda worker, _: worker.reopen(number, because))


@command("tickets hold INC-1042 --reason vendor --until 2026-03-09T09:00")
@number_argument
@click.option("--reason", type=one_of(HoldReason), required=True, help="What it waits for.")
@click.option("--until", type=instant, help="2d, 14:00 or 2026-03-09T09:00; then the machine ends the hold.")
@click.option("--note", default="", help="What exactly it waits for.")
@as_option
def hold(*, number: str, reason: str, until: str | None, note: str, who: str) -> int:
    """Put it on hold: its clocks pause, and the machine leaves it alone."""

    def act(worker: DeskWorker, place: Workplace) -> None:
        end = to_instant(until, place.clock.now()) if until else None
        worker.hold(number, Hold(reason=reason, until=end, note=note))

    return _act(number, who, act)


@command("tickets release INC-1042")
@number_argument
@as_option
def release(*, number: str, who: str) -> int:
    """Hand it back to the machine: proof of recovery resolves it again."""
    return _act(number, who, lambda worker, _: worker.release(number))


@command("tickets merge INC-1043 --into INC-1042")
@number_argument
@click.option("--into", required=True, help="The ticket that is kept.")
@as_option
def merge(*, number: str, into: str, who: str) -> int:
    """End it as the duplicate of another: what it was about belongs to that one from now on."""
    return _act(number, who, lambda worker, _: worker.merge(number, into))


@command("tickets cancel INC-1042 --code duplicate --note 'same as INC-1041'")
@number_argument
@click.option("--code", type=click.Choice(["duplicate", "not_an_incident"]), required=True)
@click.option("--note", default="", help="Which other ticket, or why it is none.")
@as_option
def cancel(*, number: str, code: str, note: str, who: str) -> int:
    """Take it off the desk for good."""
    return _act(number, who, lambda worker, _: worker.cancel(number, Resolution(code=code, note=note)))


def _act(number: str, who: str, act: Callable[[DeskWorker, Workplace], Any]) -> int:
    """Do it, and say how the ticket stands now."""
    with workplace() as place:
        act(DeskWorker(place.database, place.clock, who), place)
        with place.database.reading() as session:
            ticket = queries.show(session, number).ticket
    click.echo(f"{ticket.number} is {ticket.state}", err=True)
    return Exit.OK
