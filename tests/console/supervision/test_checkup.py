"""What `doctor` asks from outside: it changes nothing, and every no has a remedy."""

import os
import socket
import subprocess
import sys
from pathlib import Path

from console.supervision import marks
from console.supervision.checkup import Check, checks
from tests.ports import free_port
from watchdesk.settings import Settings


def found(home: Path, **given: object) -> dict[str, Check]:
    facts = {"home": home, "port": free_port(), "prefect_port": free_port()}
    return {check.name: check for check in checks(Settings.model_validate(facts | given))}


def test_asking_about_a_home_that_is_not_there_does_not_make_it(tmp_path: Path) -> None:
    home = tmp_path / "home"
    assert all(check.is_well for check in found(home).values())
    assert not home.exists()


def test_a_port_that_is_taken_while_nothing_is_up_has_a_remedy(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        check = found(tmp_path, port=port)[f"port {port}"]
    assert (check.is_well, check.remedy) == (False, "set WATCHDESK_PORT")


def test_processes_whose_supervisor_is_gone_are_told_with_the_remedy(tmp_path: Path) -> None:
    environment = dict(os.environ) | {marks.HOME: str(tmp_path), marks.MARK: "gone"}
    left = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"], env=environment)
    answers = found(tmp_path)
    left.kill()
    left.communicate()
    check = answers["processes"]
    assert not any(name.startswith("port") for name in answers)  # taken by those very processes
    assert not check.is_well
    assert "1 process is left" in check.finding
    assert "up" in check.remedy


def test_a_database_that_is_away_is_a_finding_and_no_error(tmp_path: Path) -> None:
    check = found(tmp_path, database_url="postgresql://nobody@127.0.0.1:1/none")["database"]
    assert not check.is_well


def test_asking_about_a_home_without_a_database_does_not_make_one(tmp_path: Path) -> None:
    assert found(tmp_path)["database"].is_well
    assert not (tmp_path / "watchdesk.db").exists()


def test_a_database_that_prefect_cannot_use_is_a_finding_with_its_own_variable(tmp_path: Path) -> None:
    check = found(tmp_path, prefect_database_url="postgresql://nobody@127.0.0.1:1/none")["Prefect's database"]
    assert not check.is_well
    assert "WATCHDESK_PREFECT_DATABASE_URL" in check.finding
