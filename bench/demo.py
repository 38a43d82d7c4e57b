"""Break everything that the demo can break, one after the other, and say how long it took to be whole again.

    ./run bench demo [--within 60] [--only process,disk] [--json]

Starts `up --demo` in a home and on ports of its own, uses nothing but the command line as a person would, approves
where a person is asked, and ends everything. The times are those on the tickets: from the break to the ticket, to the
end of the repair, to the resolution; where an approval is needed, `within` counts from the approval on.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from console.demo.breaking import FAULTS, Fault
from console.demo.past_plan import CHAIN
from tests.ports import free_port

ROOT = Path(__file__).resolve().parents[1]
LOOK_EVERY_S = 0.5
GIVE_UP_S = 180.0
WHO = "bench"
COLUMNS = ("fault", "ticket", "to_ticket_s", "to_approval_s", "to_repair_s", "to_resolution_s", "how", "verdict")


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What became of one fault; seconds since it was broken, None for what did not happen."""

    fault: str
    ticket: str | None
    to_ticket_s: float | None = None
    to_approval_s: float | None = None
    to_repair_s: float | None = None
    to_resolution_s: float | None = None
    how: str = ""
    verdict: str = "as promised"


class Watchdesk:
    """One `up --demo`, used by commands."""

    def __init__(self, home: Path) -> None:
        self._home = home
        own = {name: value for name, value in os.environ.items() if not name.startswith("WATCHDESK_")}
        ports = {"WATCHDESK_PORT": str(free_port()), "WATCHDESK_PREFECT_PORT": str(free_port())}
        self._environment = own | ports | {"WATCHDESK_HOME": str(home), "PYTHONPATH": str(ROOT)}

    def say(self, *words: str) -> str:
        """The output of a command. Raises RuntimeError with what it complained of."""
        done = subprocess.run(
            [sys.executable, "-P", "-m", "console", *words],
            env=self._environment,
            cwd=self._home.parent,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            message = f"watchdesk {' '.join(words)}: {done.returncode}: {done.stdout}{done.stderr}"
            raise RuntimeError(message)
        return done.stdout

    def ask(self, *words: str) -> Any:
        return json.loads(self.say(*words, "-o", "json"))

    def ticket_since(self, monitor: str, since: datetime) -> dict[str, Any] | None:
        """The first ticket about the monitor that was opened since then."""
        found = [
            ticket
            for ticket in self.ask("tickets", "list")
            if ticket["monitor"] == monitor and ticket["kind"] == "incident" and instant(ticket["opened_at"]) >= since
        ]
        return min(found, key=lambda ticket: str(ticket["opened_at"]), default=None)

    def plan_for(self, number: str, monitor: str) -> str | None:
        """The hash of the plan that waits for a person, if one does."""
        runbook = next(found["id"] for found in self.ask("runbooks", "list") if monitor in found["monitors"])
        plans = self.ask("runbooks", "show", runbook)["waiting_plans"]
        return next((str(plan["hash"]) for plan in plans if plan["ticket"] == number), None)


def main(argv: Sequence[str]) -> int:
    """Print the table; 1 when a fault was not healed as promised."""
    options = _options(argv)
    with tempfile.TemporaryDirectory(prefix="watchdesk-demo-") as folder:
        desk = Watchdesk(Path(folder) / "home")
        started = time.monotonic()
        try:
            desk.say("up", "--demo", "--detach")
            ready_s = time.monotonic() - started
            states = {ticket["state"] for ticket in desk.ask("tickets", "list")}
            outcomes = [drive(desk, FAULTS[name], options.within) for name in options.only]
        finally:
            desk.say("down")
    good = all(outcome.verdict == "as promised" for outcome in outcomes) and len(states) >= 3
    document = {"ready_s": round(ready_s, 1), "states_when_ready": sorted(states)}
    if options.json:
        print(json.dumps(document | {"faults": [asdict(outcome) for outcome in outcomes]}, indent=2))
    else:
        print(f"ready after {ready_s:.1f} s, with tickets in these states: {', '.join(sorted(states))}")
        print(_table(outcomes))
    return 0 if good else 1


def drive(desk: Watchdesk, fault: Fault, within_s: float) -> Outcome:
    """Break it, approve when asked, wait for the end."""
    broken_at = datetime.now(UTC)
    desk.say("demo", "break", fault.name)
    ticket = _wait(lambda: desk.ticket_since(fault.monitor, broken_at))
    if ticket is None:
        return Outcome(fault=fault.name, ticket=None, verdict=f"no ticket within {GIVE_UP_S:g} s")
    number = str(ticket["number"])
    approved_at = None
    if fault.needs_approval:
        plan = _wait(lambda: desk.plan_for(number, fault.monitor))
        if plan is None:
            return Outcome(fault=fault.name, ticket=number, verdict="no plan waits for approval")
        approved_at = datetime.now(UTC)
        desk.say("runbooks", "approve", plan, "--as", WHO)
    _wait(lambda: desk.ask("tickets", "show", number)["resolved_at"])
    return _outcome(desk, fault, number, (broken_at, approved_at), within_s)


def _outcome(
    desk: Watchdesk, fault: Fault, number: str, marks: tuple[datetime, datetime | None], within_s: float
) -> Outcome:
    shown = desk.ask("tickets", "show", number)
    broken_at, approved_at = marks
    repaired = [entry["at"] for entry in shown["timeline"] if entry["kind"] == "remediation_finished"]

    def after(at: str | None) -> float | None:
        return None if at is None else round((instant(at) - broken_at).total_seconds(), 1)

    resolution_s = after(shown["resolved_at"])
    waited_s = 0.0 if approved_at is None else (approved_at - broken_at).total_seconds()
    return Outcome(
        fault=fault.name,
        ticket=number,
        to_ticket_s=after(shown["opened_at"]),
        to_approval_s=None if approved_at is None else round(waited_s, 1),
        to_repair_s=after(repaired[-1] if repaired else None),
        to_resolution_s=resolution_s,
        how=str(shown["resolution_code"]),
        verdict=_verdict(desk, fault, shown, None if resolution_s is None else resolution_s - waited_s, within_s),
    )


def _verdict(desk: Watchdesk, fault: Fault, shown: dict[str, Any], took_s: float | None, within_s: float) -> str:
    if took_s is None:
        return f"not resolved within {GIVE_UP_S:g} s: {shown['state']}"
    if took_s > within_s:
        return f"took {took_s:.0f} s, and {within_s:g} s were promised"
    wanted = "recovered_no_action" if fault.name == "html" else "fixed_by_runbook"
    if shown["resolution_code"] != wanted:
        return f"resolved as {shown['resolution_code']}, not as {wanted}"
    above = CHAIN.get(fault.monitor, ())
    stray = [name for name in above if desk.ticket_since(name, instant(shown["opened_at"]))]
    attached = sum(entry["kind"] == "member_attached" for entry in shown["timeline"])
    if stray or (above and not attached):  # healed fast enough, not all of them were ever confirmed to fail
        return f"{attached} of {len(above)} folded in, tickets of their own: {', '.join(stray) or 'none'}"
    return "as promised"


def _wait(look: Callable[[], Any]) -> Any:
    """What it finds, or None when it finds nothing for too long."""
    until = time.monotonic() + GIVE_UP_S
    while not (found := look()) and time.monotonic() < until:
        time.sleep(LOOK_EVERY_S)
    return found or None


def instant(text: str) -> datetime:
    return datetime.fromisoformat(text)


def _table(outcomes: Sequence[Outcome]) -> str:
    rows = [["" if (cell := getattr(outcome, name)) is None else str(cell) for name in COLUMNS] for outcome in outcomes]
    titles = [name.replace("_s", " s").replace("_", " ") for name in COLUMNS]
    widths = [max(len(row[place]) for row in (titles, *rows)) for place in range(len(COLUMNS))]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) for row in (titles, *rows)
    )


def _options(argv: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="./run bench demo", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--within", type=float, default=60.0, help="seconds from break, or approval, to resolution")
    parser.add_argument("--only", type=lambda text: text.split(","), default=list(FAULTS), help="faults, by commas")
    parser.add_argument("--json", action="store_true")
    return parser.parse_args(argv)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
