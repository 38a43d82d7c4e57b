"""The demo as a newcomer meets it: up, something really broken, healed and proved, and gone without a trace."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from bench.demo import ROOT, Watchdesk, drive
from console.demo.breaking import FAULTS
from console.supervision import marks

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]
PROMISED_S = 60.0 * 4  # a busy test machine is allowed to be slow; ./run bench demo holds it to a minute


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Watchdesk]:
    home = tmp_path_factory.mktemp("demo") / "home"
    found = Watchdesk(home)
    try:
        found.say("up", "--demo", "--detach")
        yield found
        found.say("down")
        assert marks.of_home(home) == []
    finally:
        marks.kill(marks.of_home(home))


def test_a_newcomer_sees_tickets_in_several_states(desk: Watchdesk) -> None:
    tickets = desk.ask("tickets", "list")
    assert len({ticket["state"] for ticket in tickets}) >= 3
    assert {monitor["health"] for monitor in desk.ask("monitors", "list")} <= {"ok", "warning"}


@pytest.mark.parametrize("name", ["process", "chain", "database"])
def test_what_is_broken_is_healed_and_proved(desk: Watchdesk, name: str) -> None:
    outcome = drive(desk, FAULTS[name], PROMISED_S)
    assert outcome.verdict == "as promised"


def test_without_a_demo_nothing_can_be_broken(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-P", "-m", "console", "demo", "break", "process"],
        env=dict(os.environ) | {"WATCHDESK_HOME": str(tmp_path), "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 6
    assert "up --demo" in done.stderr
