"""Exit codes: what a script may rely on."""

from enum import IntEnum


class Exit(IntEnum):
    """The exit codes of every command; `monitors run --nagios` alone has others (0, 1, 2, 3)."""

    OK = 0
    UNHEALTHY = 1
    USAGE = 2
    DEFINITION_INVALID = 3
    NOT_FOUND = 4
    NOT_REACHABLE = 5
    REFUSED = 6
    TIMED_OUT = 7
    INTERNAL = 70
    INTERRUPTED = 130
    CUT_OFF = 141


MEANING = {
    Exit.OK: "Done. A list or a status is 0 whatever it shows.",
    Exit.UNHEALTHY: "Something was found unhealthy (`monitors run`, `doctor`, `db check`, `tickets timeline`, "
    "`connectors test`), a runbook did not repair, a backup is not whole, or `up` ended while it started.",
    Exit.USAGE: "The command was not understood, or a setting cannot be used.",
    Exit.DEFINITION_INVALID: "Definitions have faults; all of them are listed.",
    Exit.NOT_FOUND: "No such ticket, monitor, runbook, service or topic.",
    Exit.NOT_REACHABLE: "Watchdesk is not running, or its database (of a fitting schema) or a file cannot be reached.",
    Exit.REFUSED: "A rule says no: the lifecycle, a guard, an approval.",
    Exit.TIMED_OUT: "It did not happen in time.",
    Exit.INTERNAL: "A fault of Watchdesk itself; a report was written and its path printed.",
    Exit.INTERRUPTED: "Interrupted from the keyboard.",
    Exit.CUT_OFF: "Whoever read the output went away before its end, as `head` does.",
}
