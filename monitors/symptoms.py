"""What is wrong, in one line: the title of a ticket. The symptom, and after it what was measured at first."""

import re
import textwrap

from monitors.monitor import Monitor
from watchdesk.fingerprints import is_own

LONGEST = 80  # reference for a machine-made ticket: a title that a mail's subject and a narrow list can show
ELLIPSIS = "…"
OPERATORS = {">": "more than", "<": "less than", ">=": "at least", "<=": "at most"}
_STATE_WORD = re.compile(r"^(?:OK|WARNING|CRITICAL|UNKNOWN)\b[\s:–-]*")  # a plugin's, and no title tells a state
_UNJUDGED = "cannot be judged: "
_LIMIT = re.compile(r" \((?:warning|critical) at (?:[\w.\[\]-]+ )?([<>=!].*)\)$")


def failing(monitor: Monitor, summary: str) -> str:
    """`The web shop does not answer: connection refused`. Without a `symptom` of the definition its title stands.

    The watch itself is titled by its symptoms already; when and who stands in the ticket.
    """
    return _line(monitor.symptom or monitor.title, "" if is_own(monitor.id) else _measured(summary))


def flapping(monitor: Monitor) -> str:
    return _line(monitor.symptom or monitor.title, "comes and goes")


def unseen(monitor: Monitor, summary: str) -> str:
    """Of a monitor that sees nothing: neither that it is so nor that it is not."""
    reason = _measured(summary)
    return _line(monitor.title, f"cannot be seen, {reason}" if reason else "cannot be seen")


def _measured(summary: str) -> str:
    """The first of the reasons, in which the worst stands."""
    first = summary.partition("; ")[0]
    found = _STATE_WORD.sub("", first.partition(_UNJUDGED)[2] or first).strip()
    return _LIMIT.sub(lambda beyond: f", {_spoken(beyond[1])}", found)


def _spoken(limit: str) -> str:
    operator, _, bound = limit.partition(" ")
    return f"{OPERATORS[operator]} {bound}" if operator in OPERATORS else f"limit {limit}"


def _line(what: str, measured: str) -> str:
    """At most so many characters, cut between words where there are any."""
    whole = " ".join(f"{what}: {measured}".split()) if measured else " ".join(what.split())
    if len(whole) <= LONGEST:
        return whole
    cut = textwrap.shorten(whole, LONGEST, placeholder=ELLIPSIS)
    return cut if len(cut) > LONGEST // 2 else whole[: LONGEST - 1] + ELLIPSIS
