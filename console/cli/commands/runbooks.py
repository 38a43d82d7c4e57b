"""`runbooks`: what can be done about a failure, and what was done."""

import shlex
from collections.abc import Mapping
from typing import Any

import click

from console.cli.exits import Exit
from console.cli.instants import instant, to_instant
from console.cli.lazy import command
from console.cli.output import Column, output_option, pairs, show_list, show_one, table
from console.cli.workplace import as_option, workplace
from console.documents import runbooks as documents
from loop import approval, operations
from watchdesk.errors import Refused

COLUMNS = (
    Column(key="id", title="runbook"),
    Column(key="trust", title="trust"),
    Column(key="risk", title="risk"),
    Column(key="monitors", title="for"),
    Column(key="attempts", title="attempts"),
    Column(key="repaired", title="repaired"),
    Column(key="title", title="title"),
    Column(key="owner", title="owner", is_wide=True),
)
HISTORY = (
    Column(key="started_at", title="started"),
    Column(key="runbook", title="runbook"),
    Column(key="state", title="state"),
    Column(key="attempt", title="attempt"),
    Column(key="monitor", title="for"),
    Column(key="reason", title="because"),
    Column(key="id", title="remediation", is_wide=True),
)
WAITING = (
    Column(key="hash", title="plan"),
    Column(key="ticket", title="for"),
    Column(key="expires_at", title="expires"),
    Column(key="approve", title="say yes with"),
)
GUARDS = tuple(Column(key=key, title=key) for key in ("guard", "passes", "reason"))


@command("runbooks list")
@output_option
def list_runbooks(*, form: str) -> int:
    """All runbooks with trust level and the record of the last 30 days."""
    with workplace() as place, place.database.reading() as session:
        rows = documents.runbook_list(session, place.definitions(), place.clock.now())
    show_list(rows, COLUMNS, form, empty="no runbooks; write one into runbooks/ of the definitions folder")
    return Exit.OK


@command("runbooks show restart-shop", "runbooks show restart-shop -o yaml")
@click.argument("runbook")
@output_option
def show(*, runbook: str, form: str) -> int:
    """One runbook: definition, waiting plans, newest attempts."""
    with workplace() as place, place.database.reading() as session:
        document = documents.runbook_detail(session, place.definitions(), runbook, place.clock.now())
    show_one(document, form, text=lambda: _detail(document))
    return Exit.OK


@command("runbooks plan restart-shop --ticket INC-1042", "runbooks plan restart-shop --monitor shop-web")
@click.argument("runbook")
@click.option("--ticket", help="For this open incident.")
@click.option("--monitor", help="As if this monitor failed now; without either: its first monitor.")
@output_option
def plan(*, runbook: str, ticket: str | None, monitor: str | None, form: str) -> int:
    """What would run, word by word, and what each guard says to it now. Nothing is changed."""
    with workplace() as place:
        definitions, now = place.definitions(), place.clock.now()
        operations.require_runbook(definitions, runbook)
        found = definitions.runbooks[runbook]
        with place.database.reading() as session:
            if ticket is not None:
                preview = approval.preview(session, found, ticket, definitions, now)
            else:
                chosen = monitor or found.match.monitors[0]
                preview = approval.preview_for_monitor(session, found, chosen, definitions, now)
    document = documents.preview_document(preview)
    show_one(document, form, text=lambda: _planned(document, preview))
    return Exit.OK


@command("runbooks approve 4f1c09a2b7d3")
@click.argument("plan_hash", metavar="PLAN")
@as_option
@click.option("--decline", is_flag=True, help="Say no instead.")
def approve(*, plan_hash: str, who: str, decline: bool) -> int:
    """Approve a stored plan by the beginning of its hash. It runs once, and only if it is still the same plan."""
    with workplace() as place:
        definitions, now = place.definitions(), place.clock.now()
        with place.database.writing() as session:
            if decline:
                decided = approval.decline(session, plan_hash, who, now)
            else:
                planned = approval.plan_again(session, plan_hash, definitions, now)
                decided = approval.approve(session, plan_hash, who, planned, now)
    click.echo(f"plan {decided.hash[:12]} for {decided.ticket_number} is {decided.state}", err=True)
    return Exit.OK


@command("runbooks stop-all --because 'storage is being moved'", "runbooks stop-all --because drill --until 2h")
@click.option("--because", required=True, help="The reason, for whoever finds it stopped.")
@click.option("--until", type=instant, help="When it lifts itself; without it somebody resumes.")
@as_option
def stop_all(*, because: str, until: str | None, who: str) -> int:
    """The kill switch: no runbook starts, and running ones make no further effect."""
    with workplace() as place:
        now = place.clock.now()
        end = to_instant(until, now) if until else None
        operations.stop_all(place.database, operations.Order(who, because, now), end)
    click.echo(f"all runbooks are stopped until {end.isoformat(timespec='minutes') if end else 'resume-all'}", err=True)
    return Exit.OK


@command("runbooks resume-all")
@as_option
def resume_all(*, who: str) -> int:
    """Release the kill switch."""
    with workplace() as place:
        lifted = operations.resume_all(place.database, operations.Order(who, "resumed", place.clock.now()))
    if not lifted:
        message = "nothing was stopped"
        raise Refused(message)
    click.echo("runbooks may run again", err=True)
    return Exit.OK


@command("runbooks accept-inventory --as ana")
@as_option
def accept_inventory(*, who: str) -> int:
    """Say that services and items rightly vanished from the definitions: more than 30 % at once stop every runbook."""
    with workplace() as place:
        order = operations.Order(who, "accepted", place.clock.now())
        members = operations.accept_inventory(place.database, place.definitions(), order)
    click.echo(f"{members} services and items are taken for all there are", err=True)
    return Exit.OK


@command("runbooks history", "runbooks history --runbook restart-shop -o jsonl")
@click.option("--runbook", help="Only of this one.")
@click.option("--limit", type=click.IntRange(1, 10_000), default=50, show_default=True)
@output_option
def history(*, runbook: str | None, limit: int, form: str) -> int:
    """Past attempts, newest first."""
    with workplace() as place, place.database.reading() as session:
        rows = documents.history(session, runbook, limit)
    show_list(rows, HISTORY, form, empty="no runbook has run yet")
    return Exit.OK


def _detail(document: dict[str, Any]) -> str:
    facts = {name: value for name, value in document.items() if name not in {"content", "history", "waiting_plans"}}
    steps = [f"  {number}. {_step(step)}" for number, step in enumerate(document["content"].get("steps", ()), start=1)]
    parts = [pairs(facts), "\n".join(["steps", *steps])]
    if document["waiting_plans"]:
        waiting = [_waiting(plan) for plan in document["waiting_plans"]]
        parts.append(f"plans that wait for a person\n{table(waiting, WAITING)}")
    if document["history"]:
        parts.append(table(document["history"], HISTORY[:-1]))
    return "\n\n".join(parts)


def _step(step: Mapping[str, Any]) -> str:
    """What a step is called, whether it may be repeated, and what it does in the definition's own words."""
    doing = {kind: what for kind, what in step.items() if kind not in {"id", "effect", "title"}}
    effect = f" ({step['effect']})" if "effect" in step else ""
    return f"{step.get('id', '')}{effect}: " + "; ".join(f"{kind} {_words(what)}" for kind, what in doing.items())


def _words(what: Any) -> str:
    if isinstance(what, Mapping) and "argv" in what:
        rest = {name: value for name, value in what.items() if name != "argv"}
        return f"{shlex.join(str(word) for word in what['argv'])} {_words(rest)}".rstrip()
    if isinstance(what, Mapping):
        return " ".join(f"{name}={_words(value)}" for name, value in what.items())
    return " ".join(map(str, what)) if isinstance(what, list | tuple) else str(what)


def _waiting(plan: Mapping[str, Any]) -> dict[str, Any]:
    short = plan["hash"][:12]
    return {**plan, "hash": short, "approve": f"watchdesk runbooks approve {short}"}


def _planned(document: dict[str, Any], preview: approval.Preview) -> str:
    text = preview.plan.to_text() if preview.plan else f"no plan can be made: {preview.flaw}"
    verdict = "it would run" if document["would_run"] else "it would not run"
    return f"{text}\n\n{table(document['guards'], GUARDS)}\n\n{verdict}"
