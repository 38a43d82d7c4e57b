"""kill -9 at every point of the journal and inside every step: nothing lost, nothing done twice, nothing left open."""

import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest

from runbooks import queries
from runbooks.model import Trigger
from runbooks.tables import LIVE_STATES, RemediationRow
from tests.clock import FrozenClock
from tests.loop.doomed import repairer
from tests.loop.workshop import Workshop
from watchdesk.clock import SystemClock
from watchdesk.database import Database
from watchdesk.signals import Remediation

pytestmark = pytest.mark.slow
ROOT = Path(__file__).resolve().parents[2]
SIGKILLED = -9
WORKER_DIES = """
launcher = pathlib.Path(f"/proc/{os.getppid()}/stat").read_text().rsplit(")", 1)[1].split()[1]
def die():
    if not (fate := EFFECTS.with_name("fate")).exists():
        fate.touch(); os.kill(int(launcher), 9); time.sleep(20)
"""
ONCE = "EFFECTS.open('a').write('1')"
PROBE = "sys.exit(0 if EFFECTS.exists() and '1' in EFFECTS.read_text() else 1)"


class Nursery:
    """A process that forks a doomed worker for each trial."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.loop.doomed"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            cwd=ROOT,
        )

    def run(self, **trial: str) -> int:
        """The exit status of the worker."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(trial) + "\n")
        self._process.stdin.flush()
        answer = next(line for line in self._process.stdout if line.startswith("exit "))
        return int(answer.split()[1])

    def close(self) -> None:
        self._process.communicate()


@pytest.fixture(scope="module")
def nursery() -> Iterator[Nursery]:
    made = Nursery()
    yield made
    made.close()


@dataclass
class Scene:
    """A remediation that was begun by a worker that is to die."""

    workshop: Workshop
    trigger: Trigger
    remediation: str
    nursery: Nursery

    def die(self, transaction: int, moment: str) -> int:
        database = self.workshop.database
        return self.nursery.run(
            database=database.engine.url.render_as_string(hide_password=False),
            remediation=self.remediation,
            folder=str(self.workshop.folder),
            transaction=str(transaction),
            moment=moment,
        )

    def relieve(self) -> Remediation:
        """What another worker makes of what it finds: orphans only, as after a real death."""
        relief = repairer(self.workshop.database, self.workshop.folder, "relief")
        for remediation in relief.orphans():
            relief.carry_out(remediation)
        with self.workshop.database.reading() as session:
            return queries.show(session, self.remediation)

    def effects(self, sign: str) -> int:
        return self.workshop.effects.read_text().count(sign) if self.workshop.effects.exists() else 0


def begin(database: Database, folder: Path, nursery: Nursery, steps: dict[str, str]) -> Scene:
    """An incident now, and its remediation begun by a worker that is gone already."""
    workshop = Workshop(database, FrozenClock(SystemClock().now()), folder)
    trigger = workshop.incident()
    probe = folder / "probe.py"
    probe.write_text(f"import sys, pathlib\nEFFECTS = pathlib.Path(sys.argv[1])\n{steps['probe']}\n")
    more = f"    probe: {{run: {{argv: [python3, {probe}, {workshop.effects}]}}}}\n"
    runbook = workshop.runbook(
        '  - id: evidence\n    run: {argv: ["true"]}\n    effect: readonly\n'
        + workshop.shell_free(steps["once"], effect="once", name="once", more=more)
        + workshop.shell_free(steps["restart"], name="restart"),
        verify="{recheck: origin, within: 5s, stable_for: 0s}",
    )
    begun = repairer(database, folder, "gone").consider(trigger, runbook)
    assert begun is not None
    _lapse(database, begun)
    return Scene(workshop, trigger, begun, nursery)


def _lapse(database: Database, remediation: str) -> None:
    """The one who began is this process, which lives; its lease is over."""
    with database.writing() as session:
        row = session.get_one(RemediationRow, remediation)
        row.lease_until = row.created_at - timedelta(seconds=1)


STEPS = {
    "once": ONCE,
    "probe": PROBE,
    "restart": "EFFECTS.open('a').write('2'); STATE.write_text('up')",
}


@pytest.mark.parametrize("moment", ["inside", "after"])
@pytest.mark.parametrize("transaction", range(1, 11))
def test_death_at_any_point_of_the_journal_loses_nothing_and_repeats_no_once_step(
    database: Database, tmp_path: Path, nursery: Nursery, transaction: int, moment: str
) -> None:
    scene = begin(database, tmp_path, nursery, STEPS)
    status = scene.die(transaction, moment)
    ended = scene.relieve()
    assert status == SIGKILLED or transaction == 10
    assert ended.state == "succeeded"
    assert scene.effects("1") == 1
    assert scene.effects("2") == 1
    assert {step.state for step in ended.steps} == {"succeeded"}


@pytest.mark.parametrize("order", ["before", "after"])
@pytest.mark.parametrize("step", ["once", "restart"])
def test_death_inside_a_step_is_settled_by_its_probe_or_by_repeating_it(
    database: Database, tmp_path: Path, nursery: Nursery, step: str, order: str
) -> None:
    effect = STEPS[step]
    dying = f"{WORKER_DIES}\ndie()\n{effect}" if order == "before" else f"{WORKER_DIES}\n{effect}\ndie()"
    scene = begin(database, tmp_path, nursery, STEPS | {step: dying})
    assert scene.die(0, "never") == SIGKILLED
    ended = scene.relieve()
    assert ended.state == "succeeded"
    assert scene.effects("1") == 1
    assert 1 <= scene.effects("2") <= 2


def test_a_once_step_that_nobody_can_decide_ends_unknown_and_escalates(
    database: Database, tmp_path: Path, nursery: Nursery
) -> None:
    steps = STEPS | {"once": f"{WORKER_DIES}\n{ONCE}\ndie()", "probe": "sys.exit(3)"}
    scene = begin(database, tmp_path, nursery, steps)
    assert scene.die(0, "never") == SIGKILLED
    ended = scene.relieve()
    assert ended.state == "unknown"
    assert [step.state for step in ended.steps] == ["succeeded", "unknown", "skipped"]
    assert scene.effects("1") == 1
    assert "escalated" in scene.workshop.timeline(scene.trigger)


def test_an_undecided_once_step_counts_as_repaired_when_the_monitor_says_so(
    database: Database, tmp_path: Path, nursery: Nursery
) -> None:
    once = f"{WORKER_DIES}\n{ONCE}; STATE.write_text('up')\ndie()"
    scene = begin(database, tmp_path, nursery, STEPS | {"once": once, "probe": "sys.exit(3)"})
    assert scene.die(0, "never") == SIGKILLED
    assert scene.relieve().state == "succeeded"
    assert scene.effects("1") == 1


def test_the_step_of_a_dead_worker_does_not_go_on_behind_its_back(
    database: Database, tmp_path: Path, nursery: Nursery
) -> None:
    late = f"{WORKER_DIES}\nimport subprocess\nsubprocess.Popen(['sleep', '30'])\ndie()\nEFFECTS.open('a').write('2')"
    scene = begin(database, tmp_path, nursery, STEPS | {"restart": f"{late}\nSTATE.write_text('up')"})
    assert scene.die(0, "never") == SIGKILLED
    assert scene.relieve().state == "succeeded"
    assert scene.effects("2") == 1


def test_workers_that_keep_dying_leave_nothing_running(database: Database, tmp_path: Path, nursery: Nursery) -> None:
    scene = begin(database, tmp_path, nursery, STEPS)
    for _ in range(25):
        if scene.die(2, "before") != SIGKILLED:
            break
    ended = scene.relieve()
    assert ended.state not in LIVE_STATES
    assert scene.effects("1") <= 1
