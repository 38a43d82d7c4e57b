"""The tree of commands: every command, where it lives and what it does, so that help needs no command loaded."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Leaf:
    """One command: `at` is module:attribute below console.cli.commands; `words` its one line of help."""

    at: str
    words: str


@dataclass(frozen=True, slots=True)
class Branch:
    """A noun with its verbs; `default` is the verb meant when only the noun is given."""

    words: str
    leaves: Mapping[str, Leaf]
    default: str | None = "list"


MONITORS = Branch(
    "What is observed, and how it is.",
    {
        "list": Leaf("monitors:list_monitors", "All monitors with their health."),
        "show": Leaf("monitors:show", "One monitor: definition, state, latest results, outages."),
        "run": Leaf("probing:run", "Probe one monitor now, here, and judge it; nothing is recorded."),
        "pause": Leaf("monitors:pause", "Stop probing a monitor until an instant, with the reason."),
        "resume": Leaf("monitors:resume", "Probe a paused monitor again."),
        "explain": Leaf("explaining:monitor", "Why a monitor is in its state, from what was recorded."),
    },
)

TICKETS = Branch(
    "Who must know: incidents and what became of them.",
    {
        "list": Leaf("tickets:list_tickets", "Tickets, newest first; open ones with --open."),
        "show": Leaf("tickets:show", "One ticket with evidence, remediations, refusals and timeline."),
        "ack": Leaf("ticket_acts:ack", "Acknowledge: a person has it; the machine will not resolve it."),
        "assign": Leaf("ticket_acts:assign", "Give it to a person or a group."),
        "note": Leaf("ticket_acts:note", "Write on its timeline."),
        "resolve": Leaf("ticket_acts:resolve", "Resolve it, with the code that says how."),
        "reopen": Leaf("ticket_acts:reopen", "Take a resolved ticket up again, with the reason."),
        "hold": Leaf("ticket_acts:hold", "Put it on hold, with the reason it waits for."),
        "release": Leaf("ticket_acts:release", "End the hold."),
        "merge": Leaf("ticket_acts:merge", "End it as the duplicate of another, which takes over what it was about."),
        "cancel": Leaf("ticket_acts:cancel", "Cancel it: a duplicate, or not an incident."),
        "explain": Leaf("explaining:ticket", "Why it was opened, why its priority, why it is not resolved yet."),
        "timeline": Leaf("tickets:timeline", "What happened, in order, with the check of its hash chain."),
    },
)

RUNBOOKS = Branch(
    "What to do about it, safely.",
    {
        "list": Leaf("runbooks:list_runbooks", "All runbooks with trust level and record."),
        "show": Leaf("runbooks:show", "One runbook: steps, limits, verification."),
        "plan": Leaf("runbooks:plan", "What would run now, and what the guards would say; nothing is changed."),
        "run": Leaf("repairing:run", "Run it for an open ticket, through all guards."),
        "approve": Leaf("runbooks:approve", "Approve a stored plan; it is bound to its hash and expires."),
        "stop-all": Leaf("runbooks:stop_all", "The kill switch: no remediation starts any more."),
        "resume-all": Leaf("runbooks:resume_all", "Release the kill switch."),
        "accept-inventory": Leaf("runbooks:accept_inventory", "Say that services and items rightly vanished."),
        "history": Leaf("runbooks:history", "Past remediations, newest first."),
        "explain": Leaf("explaining:runbook", "Why it ran, or why it did not."),
    },
)

SERVICES = Branch(
    "What the business uses.",
    {
        "list": Leaf("services:list_services", "All services with health, owner and open tickets."),
        "show": Leaf("services:show", "One service: its promises, monitors, dependencies, tickets."),
    },
)

MAINTENANCE = Branch(
    "Windows in which failures open no tickets.",
    {
        "add": Leaf("maintenance:add", "Announce a window for services."),
        "list": Leaf("maintenance:list_windows", "Windows that are open or to come."),
        "end": Leaf("maintenance:end", "End a window now."),
    },
)

CONNECTORS = Branch(
    "Where tickets are told to other systems.",
    {
        "list": Leaf("connectors:list_connectors", "Connectors with what waits and what failed."),
        "test": Leaf("connectors:test", "Reach the other side and say what was found."),
        "dead": Leaf("connectors:dead", "Deliveries that were given up."),
        "retry": Leaf("connectors:retry", "Put a given-up delivery back into its lane."),
    },
)

DB = Branch(
    "The database.",
    {
        "upgrade": Leaf("db:upgrade", "Bring the schema to this version."),
        "backup": Leaf("db:backup", "All tables into one verified file, on SQLite and PostgreSQL alike."),
        "restore": Leaf("db:restore", "Put a backup in place of what is there."),
        "check": Leaf("db:check", "Schema, integrity, hash chains of all timelines."),
    },
    default=None,
)

DEMO = Branch(
    "A small world of real services, to be broken and healed.",
    {
        "list": Leaf("demo:list_faults", "What can be broken, how it is healed, and how it is now."),
        "break": Leaf("demo:break_fault", "Break one thing, really."),
        "mend": Leaf("demo:mend_fault", "Put one thing right by hand."),
        "off": Leaf("demo:off", "Take the demo away, with everything it ever recorded, and nothing else."),
    },
)

CONFIG = Branch(
    "Settings.",
    {
        "show": Leaf("config:show", "Every setting with its value; secrets are hidden."),
        "schema": Leaf("config:schema", "JSON Schema of watchdesk.toml."),
    },
    default="show",
)

TREE: Mapping[str, Leaf | Branch] = {
    "up": Leaf("running:up", "Start everything on this machine and print the address."),
    "down": Leaf("running:down", "Stop everything that up started."),
    "status": Leaf("status:status", "Is it running, how are the monitors, who watches."),
    "doctor": Leaf("doctor:doctor", "Look for what is wrong with this installation, and say the remedy."),
    "check": Leaf("checking:check", "Validate all definitions of a folder; every fault at once."),
    "monitors": MONITORS,
    "tickets": TICKETS,
    "runbooks": RUNBOOKS,
    "services": SERVICES,
    "maintenance": MAINTENANCE,
    "connectors": CONNECTORS,
    "report": Leaf("report:report", "What happened in a period, as one HTML page or JSON."),
    "demo": DEMO,
    "status-page": Leaf("status_page:status_page", "The public status page as one file, for any web server."),
    "db": DB,
    "config": CONFIG,
    "schema": Leaf("schema:schema", "JSON Schema of a kind of definition file, for editors."),
    "completion": Leaf("shell:completion", "Completion for bash, zsh or fish."),
    "docs": Leaf("docs:docs", "The reference, by topic or by error code."),
    "version": Leaf("shell:version", "The version."),
}
