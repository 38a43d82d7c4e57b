"""`./run bench chaos --trials 50`: kill -9 in the middle of incidents and running remediations, and count the harm.

One Watchdesk watches a small web service. Each trial breaks the service, waits for a moment (the fault is fresh; its
incident is open; a step that must not run twice is under way), kills one process (the shift, the runner, the Prefect
server, or shift and runner together), and waits until all is well again. Then it is counted, from outside: tickets
lost or doubled, effects of the `once` step beyond one an attempt, and what is still said to be running.
"""

import argparse
import json
import random
import statistics
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import psutil
from sqlalchemy import select
from sqlalchemy.orm import Session

from runbooks.tables import LIVE_STATES, RemediationRow, RemediationStepRow
from tests.end_to_end.whole import RUNNER, SERVER, Desk, a_desk
from ticketing.views import TicketView
from watchdesk.signals import Remediation, StepState

PATIENCE_S = 240.0
RUNBOOK = """
apiVersion: watchdesk/v1
id: mend
title: Mend the shop, with an effect that must not happen twice
owner: payments
risk: 1
trust: {level: automatic, because: "it is measured here"}
match: {monitors: [shop-web], health: [critical], max_age: 5m}
limits: {cooldown: 1s, attempts: {max: 3, per: incident}, concurrency: {max: 1}, rate: "1000/10m"}
steps:
  - {id: look, run: {argv: [id], timeout: 5s}, effect: readonly}
  - id: charge
    run: {argv: ["${PYTHON}", "${SHOP_FOLDER}/charge.py"], timeout: 20s}
    effect: once
    probe: {run: {argv: ["${PYTHON}", "${SHOP_FOLDER}/charged.py"], timeout: 9s}}
  - id: mend
    run: {argv: ["${PYTHON}", "-c", "open('${SHOP_FOLDER}/mended', 'a').write('x')"], timeout: 9s}
    effect: repeatable
verify: {recheck: origin, within: 30s, stable_for: 1s}
rollback: []
on_failure: {escalate: true}
"""
# The effect happens first and the step takes a while longer: a kill in between is the case that tempts to repeat it.
CHARGE = """
import pathlib, time
folder = pathlib.Path(__file__).parent
with (folder / "charges").open("a") as log:
    log.write((folder / "trial").read_text() + "\\n")
time.sleep(1.5)
"""
CHARGED = """
import pathlib, sys
folder = pathlib.Path(__file__).parent
log = folder / "charges"
sys.exit(0 if log.exists() and (folder / "trial").read_text() in log.read_text().split() else 1)
"""
VICTIMS = ("shift", "runner", "server", "shift and runner")
MOMENTS = ("fault", "incident", "step")


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """What was done, and what was found once all was well again. `healed_s` counts from the kill."""

    number: int
    victim: str
    moment: str
    healed_s: float
    harm: tuple[str, ...]


def main() -> int:
    words = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    words.add_argument("--trials", type=int, default=50)
    words.add_argument("--seed", type=int, default=1)
    words.add_argument("--to", type=Path, help="write the figures as JSON into this file")
    chosen = words.parse_args()
    with tempfile.TemporaryDirectory(prefix="chaos-") as name, a_desk(Path(name), RUNBOOK) as desk:
        (desk.shop.folder / "charge.py").write_text(CHARGE)
        (desk.shop.folder / "charged.py").write_text(CHARGED)
        desk.up()
        trials = list(run(desk, chosen.trials, random.Random(chosen.seed)))
    print(table(trials))
    if chosen.to is not None:
        chosen.to.write_text(json.dumps(figures(trials), indent=1) + "\n", "utf-8")
    return 1 if any(trial.harm for trial in trials) else 0


def run(desk: Desk, count: int, dice: random.Random) -> list[Trial]:
    """Every victim at every moment in turn, in an order of the dice."""
    every = [(victim, moment) for victim in VICTIMS for moment in MOMENTS]
    trials = []
    for number in range(1, count + 1):
        if number % len(every) == 1:
            dice.shuffle(every)
        victim, moment = every[number % len(every)]
        trials.append(one(desk, number, victim, moment))
        harm = "; ".join(trials[-1].harm) or "no harm"
        print(f"{number:3} {victim:16} at {moment:8} healed after {trials[-1].healed_s:5.1f} s  {harm}", flush=True)
    return trials


def one(desk: Desk, number: int, victim: str, moment: str) -> Trial:
    """One trial, from peace to peace."""
    wait(desk.is_at_peace, desk, "peace")
    known = {ticket.number for ticket in desk.incidents()}
    (desk.shop.folder / "trial").write_text(f"trial-{number}")
    desk.shop.break_it()
    reach(desk, number, moment, known)
    killed_at = time.monotonic()
    for process in processes_of(desk, victim):
        process.kill()
    wait(
        lambda: desk.shop.is_well and len(desk.incidents()) > len(known) and not desk.live_incidents(), desk, "healing"
    )
    healed_s = time.monotonic() - killed_at
    wait(desk.is_at_peace, desk, "peace")
    fresh = [ticket for ticket in desk.incidents() if ticket.number not in known]
    return Trial(number=number, victim=victim, moment=moment, healed_s=healed_s, harm=harm_of(desk, number, fresh))


def reach(desk: Desk, number: int, moment: str, known: set[str]) -> None:
    if moment == "incident":
        wait(lambda: len(desk.incidents()) > len(known), desk, "an incident")
    elif moment == "step":
        wait(lambda: charges(desk, number), desk, "the step")


def processes_of(desk: Desk, victim: str) -> list[psutil.Process]:
    """The processes to kill; the shift last, so that its runner cannot see it die."""
    found = []
    if "runner" in victim:
        found += desk.processes(RUNNER)
    if "server" in victim:
        found += desk.processes(SERVER)
    if "shift" in victim:
        found.append(psutil.Process(desk.watcher.pid))
    return found


def harm_of(desk: Desk, number: int, fresh: list[TicketView]) -> tuple[str, ...]:
    """What must not be, in words; empty when nothing of it is."""
    harm = []
    if len(fresh) != 1:
        harm.append(f"{len(fresh)} incidents for one fault")
    attempts = [attempt for ticket in fresh for attempt in desk.remediations(ticket)]
    allowed = sum(has_begun(attempt, "charge") for attempt in attempts)
    if len(charges(desk, number)) > allowed:
        harm.append(f"the once step took effect {len(charges(desk, number))} times in {allowed} attempts")
    with desk.reading() as session:
        harm += left_running(session)
    return tuple(harm)


def has_begun(attempt: Remediation, step: str) -> bool:
    return any(report.id == step and report.state is not StepState.PENDING for report in attempt.steps)


def left_running(session: Session) -> list[str]:
    """Remediations and steps that the journal still takes for alive, though nothing is wrong any more."""
    attempts = session.scalars(select(RemediationRow.id).where(RemediationRow.state.in_(LIVE_STATES))).all()
    running = RemediationStepRow.state == StepState.RUNNING.value
    steps = session.scalars(select(RemediationStepRow.remediation_id).where(running)).all()
    return [f"remediation {name} is left running" for name in sorted({*attempts, *steps})]


def charges(desk: Desk, number: int) -> list[str]:
    path = desk.shop.folder / "charges"
    return [line for line in path.read_text().split() if line == f"trial-{number}"] if path.exists() else []


def wait(true: Callable[[], object], desk: Desk, what: str) -> None:
    until = time.monotonic() + PATIENCE_S
    while not true():
        if time.monotonic() > until:
            sys.exit(f"waited {PATIENCE_S:.0f} s in vain for {what}\n{desk.logs()}")
        time.sleep(0.05)


def figures(trials: list[Trial]) -> dict[str, object]:
    """Per victim: trials, trials with harm, and seconds from the kill to the resolved incident."""
    groups = defaultdict(list)
    for trial in trials:
        groups[trial.victim].append(trial)
    return {
        victim: {
            "trials": len(group),
            "harmed": sum(bool(trial.harm) for trial in group),
            "healed_s": {
                "median": round(statistics.median(trial.healed_s for trial in group), 1),
                "worst": round(max(trial.healed_s for trial in group), 1),
            },
        }
        for victim, group in sorted(groups.items())
    }


def table(trials: list[Trial]) -> str:
    lines = [f"{'killed':18}{'trials':>8}{'harm':>6}{'median s':>10}{'worst s':>9}"]
    for victim, found in figures(trials).items():
        assert isinstance(found, dict)
        times = found["healed_s"]
        lines.append(f"{victim:18}{found['trials']:8}{found['harmed']:6}{times['median']:10}{times['worst']:9}")
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())
