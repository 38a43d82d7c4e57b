"""`monitors run`: one look, now, here."""

from typing import Any

import click

from console.cli.exits import Exit
from console.cli.lazy import command
from console.cli.output import output_option, pairs, show_one
from console.cli.workplace import workplace
from console.documents.plain import plain
from loop import operations
from loop.crew import probe_services
from monitors.engine.once import probe_once
from monitors.observation import Observation
from monitors.state import MonitorState, Verdict
from monitors.verdict import judge
from watchdesk.health import Health

NAGIOS = {Health.OK: 0, Health.WARNING: 1, Health.CRITICAL: 2, Health.UNKNOWN: 3}


@command("monitors run shop-web", "monitors run shop-web --nagios")
@click.argument("monitor")
@click.option("--nagios", is_flag=True, help="Exit with 0, 1, 2 or 3 as a monitoring plugin does.")
@output_option
def run(*, monitor: str, nagios: bool, form: str) -> int:
    """Probe one monitor now, from here, and judge it as it stands alone. Nothing is recorded, nobody is told.

    Exits with 1 when it is not ok; with --nagios with 0 ok, 1 warning, 2 critical, 3 unknown.
    """
    with workplace() as place:
        definitions = place.definitions()
        operations.require_monitor(definitions, monitor)
        found = definitions.monitors[monitor]
        services = probe_services(place.settings, place.database, place.clock)(definitions)
        observation = probe_once(found, services)
    verdict = judge(found, observation, MonitorState(monitor=monitor))
    document = _document(observation, verdict)
    show_one(document, form, text=lambda: _words(document))
    if nagios:
        return NAGIOS[verdict.health]
    return Exit.OK if verdict.health is Health.OK else Exit.UNHEALTHY


def _document(observation: Observation, verdict: Verdict) -> dict[str, Any]:
    found: dict[str, Any] = plain(
        {
            "id": observation.monitor,
            "health": verdict.health,
            "summary": verdict.summary,
            "reasons": verdict.reasons,
            "latency_s": observation.latency_s,
            "error": observation.error,
            "blind": observation.blind,
            "values": observation.values,
        }
    )
    return found


def _words(document: dict[str, Any]) -> str:
    reasons = "".join(f"\n  {reason}" for reason in document["reasons"])
    facts = {name: document[name] for name in ("latency_s", "error", "blind")} | document["values"]
    return f"{document['id']} is {document['health']}: {document['summary']}{reasons}\n{pairs(facts, '  ')}"
