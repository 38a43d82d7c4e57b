"""`maintenance`: windows in which failures open no tickets, or in which automation must not change anything."""

from datetime import datetime, timedelta
from typing import Any

import click

from console.cli.choices import one_of
from console.cli.exits import Exit
from console.cli.instants import duration, instant, to_instant
from console.cli.lazy import command
from console.cli.output import Column, output_option, show_list
from console.cli.workplace import as_option, workplace
from loop import operations
from watchdesk import maintenance
from watchdesk.maintenance import Declaration, Declared
from watchdesk.windows import Occurrence, Window, WindowKind, next_start, occurrence_at

COLUMNS = (
    Column(key="id", title="window"),
    Column(key="kind", title="kind"),
    Column(key="starts_at", title="from"),
    Column(key="ends_at", title="to"),
    Column(key="covers", title="covers"),
    Column(key="reason", title="reason"),
    Column(key="source", title="declared by", is_wide=True),
)


@command(
    "maintenance add --service shop --for 2h --because CHG-412",
    "maintenance add --service '*' --from 22:00 --for 3h --because 'new switch' --kind freeze",
)
@click.option("--service", "services", multiple=True, help="A service; '*' is all of them.")
@click.option("--monitor", "monitors", multiple=True, help="A single monitor.")
@click.option("--from", "begins", type=instant, help="22:00, 2026-03-02T22:00 or 30m from now; without it: now.")
@click.option("--for", "lasts", type=duration, required=True, help="How long: 2h.")
@click.option("--because", required=True, help="The reason, for whoever finds it quiet.")
@click.option("--kind", type=one_of(WindowKind), default=WindowKind.MAINTENANCE.value, show_default=True)
@as_option
def add(**given: Any) -> int:
    """Announce a window. Failures in it open no ticket; at its end a fresh check decides."""
    with workplace() as place:
        now = place.clock.now()
        window = _declaration(given, now)
        order = operations.Order(given["who"], given["because"], now)
        declared = operations.declare_window(place.database, place.definitions(), order, window)
    click.echo(declared.id)
    return Exit.OK


@command("maintenance list")
@output_option
def list_windows(*, form: str) -> int:
    """Windows that are open or to come: declared ones and those of the definitions."""
    with workplace() as place:
        now, definitions = place.clock.now(), place.definitions()
        with place.database.reading() as session:
            declared = maintenance.declared(session, now)
    rows = [_row(window, now) for window in definitions.calendars.windows]
    rows += [_declared_row(window) for window in declared]
    shown = sorted((row for row in rows if row["starts_at"]), key=lambda row: row["starts_at"])
    show_list(shown, COLUMNS, form, empty="no window is open or to come")
    return Exit.OK


@command("maintenance end 01939a4e-5c1a-7000-8000-000000000000")
@click.argument("window")
@as_option
def end(*, window: str, who: str) -> int:
    """End a declared window now, or call it off before it began."""
    with workplace() as place:
        operations.end_window(place.database, operations.Order(who, "ended", place.clock.now()), window)
    click.echo(f"{window} has ended")
    return Exit.OK


def _declaration(given: dict[str, Any], now: datetime) -> Declaration:
    begins = to_instant(given["begins"], now) if given["begins"] else now
    lasts: timedelta = given["lasts"]
    return Declaration(
        starts_at=begins,
        ends_at=begins + lasts,
        services=given["services"],
        monitors=given["monitors"],
        reason=given["because"],
        kind=WindowKind(given["kind"]),
    )


def _declared_row(window: Declared) -> dict[str, Any]:
    return {
        "id": window.id,
        "kind": window.kind,
        "starts_at": window.starts_at,
        "ends_at": window.ends_at,
        "covers": [*window.services, *window.monitors],
        "reason": window.reason,
        "source": window.created_by,
    }


def _row(window: Window, now: datetime) -> dict[str, Any]:
    span: Occurrence | None = occurrence_at(window, now) or next_start(window, now)
    return {
        "id": window.id,
        "kind": window.kind,
        "starts_at": span.begins if span else None,
        "ends_at": span.ends if span else None,
        "covers": [*window.services, *window.monitors, *(f"{name}={value}" for name, value in window.tags.items())],
        "reason": window.reason,
        "source": "definitions",
    }
