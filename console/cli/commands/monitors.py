"""`monitors`: what is observed, and how it is."""

from typing import Any

import click

from console.cli.choices import one_of
from console.cli.exits import Exit
from console.cli.instants import instant, to_instant
from console.cli.lazy import command
from console.cli.output import Column, output_option, pairs, show_list, show_one, table
from console.cli.workplace import as_option, workplace
from console.documents import monitors as documents
from loop import operations
from watchdesk.health import Health

COLUMNS = (
    Column(key="health", title="health"),
    Column(key="id", title="monitor"),
    Column(key="kind", title="kind"),
    Column(key="service", title="service"),
    Column(key="quiet", title="quiet", is_rare=True),
    Column(key="summary", title="seen"),
    Column(key="since", title="since"),
    Column(key="state_type", title="state", is_wide=True),
    Column(key="last_checked_at", title="checked", is_wide=True),
    Column(key="title", title="title", is_wide=True),
)
OUTAGES = (
    Column(key="start", title="from"),
    Column(key="end", title="to"),
    Column(key="worst", title="worst"),
    Column(key="summary", title="seen"),
)
SAMPLES = (
    Column(key="at", title="at"),
    Column(key="health", title="health"),
    Column(key="latency_s", title="latency_s"),
    Column(key="summary", title="seen"),
)


@command("monitors list", "monitors list --health critical -o json", "monitors list --service shop -o name")
@click.option("--health", type=one_of(Health), help="Only those in this health.")
@click.option("--service", help="Only those of this service.")
@output_option
def list_monitors(*, health: str | None, service: str | None, form: str) -> int:
    """All monitors with their health."""
    with workplace() as place, place.database.reading() as session:
        rows = documents.monitor_list(session, place.definitions(), place.clock.now())
    chosen = [row for row in rows if health in {None, row["health"]} and service in {None, row["service"]}]
    show_list(chosen, COLUMNS, form, empty="no monitors; write one into monitors/ of the definitions folder")
    return Exit.OK


@command("monitors show shop-web")
@click.argument("monitor")
@output_option
def show(*, monitor: str, form: str) -> int:
    """One monitor: its definition, its state, its latest results and the outages of the last day."""
    with workplace() as place, place.database.reading() as session:
        document = documents.monitor_detail(session, place.definitions(), monitor, place.clock.now())
    show_one(document, form, text=lambda: _detail(document))
    return Exit.OK


@command("monitors pause shop-web --until 2h --because 'moving the rack'")
@click.argument("monitor")
@click.option("--until", type=instant, help="2h, 14:00 or 2026-03-02T14:00; without it until somebody resumes.")
@click.option("--because", required=True, help="The reason, for whoever finds it paused.")
@as_option
def pause(*, monitor: str, until: str | None, because: str, who: str) -> int:
    """Stop probing a monitor; nothing is told about it meanwhile."""
    with workplace() as place:
        now = place.clock.now()
        end = to_instant(until, now) if until else None
        operations.pause(place.database, place.definitions(), operations.Order(who, because, now), monitor, end)
    click.echo(f"{monitor} is paused until {end.isoformat(timespec='minutes') if end else 'it is resumed'}")
    return Exit.OK


@command("monitors resume shop-web")
@click.argument("monitor")
@as_option
def resume(*, monitor: str, who: str) -> int:
    """Probe a paused monitor again, at once."""
    with workplace() as place:
        operations.resume(place.database, operations.Order(who, "resumed", place.clock.now()), monitor)
    click.echo(f"{monitor} is probed again")
    return Exit.OK


def _detail(document: dict[str, Any]) -> str:
    lists = ("results", "outages", "tickets")
    facts = {name: value for name, value in document.items() if name not in lists}
    parts = [pairs(facts)]
    if document["outages"]:
        parts.append("outages of the last day\n" + table(document["outages"], OUTAGES))
    if document["results"]:
        parts.append("latest results\n" + table(document["results"][-10:], SAMPLES))
    return "\n\n".join(parts)
