"""Process probes of real processes."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from pydantic import ValidationError

from monitors.kinds import KINDS
from tests.monitors.probes.looking import look


@pytest.fixture
def sleeper(tmp_path: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A process with a name of its own."""
    program = tmp_path / "wd-sleeper"
    shutil.copy("/bin/sleep", program)
    process = subprocess.Popen([program, "60"])
    yield process
    process.kill()
    process.wait()


def test_a_process_is_found_by_its_name(sleeper: subprocess.Popen[bytes]) -> None:
    seen = look("process", "wd-sleeper", wanted=["count", "fds", "cpu_percent"])
    assert sleeper.poll() is None
    assert (seen.error, seen.values["count"], seen.suggested) == (None, 1, "ok")
    assert seen.values["rss_bytes"] > 0
    assert 0 <= seen.values["age"] < 60
    assert seen.values["fds"] >= 0
    assert 0 <= seen.values["cpu_percent"] < 50


def test_a_process_is_found_by_its_pid_file(sleeper: subprocess.Popen[bytes], tmp_path: Path) -> None:
    (tmp_path / "pid").write_text(f"{sleeper.pid}\n")
    assert look("process", {"pid_file": str(tmp_path / "pid")}).values["count"] == 1


def test_a_pid_that_went_to_a_younger_process_is_not_it(sleeper: subprocess.Popen[bytes], tmp_path: Path) -> None:
    path = tmp_path / "pid"
    path.write_text(str(sleeper.pid))
    os.utime(path, (1_000_000_000, 1_000_000_000))  # written long before that process began
    seen = look("process", {"pid_file": str(path)})
    assert seen.error == f"no process of {path} runs"


def test_a_process_that_does_not_run_is_an_error() -> None:
    assert look("process", "wd-nobody").error == "no process wd-nobody runs"


def test_none_is_a_number_when_a_condition_speaks_of_it() -> None:
    seen = look("process", "wd-nobody", wanted=["count"])
    assert (seen.error, dict(seen.values), seen.suggested) == (None, {"count": 0}, "critical")


def test_a_dead_process_that_nobody_has_buried_does_not_count(sleeper: subprocess.Popen[bytes]) -> None:
    sleeper.kill()
    os.waitid(os.P_PID, sleeper.pid, os.WEXITED | os.WNOWAIT)
    assert look("process", "wd-sleeper").error is not None


def test_a_missing_pid_file_is_an_error(tmp_path: Path) -> None:
    assert look("process", {"pid_file": str(tmp_path / "gone")}).error is not None


def test_a_pid_file_without_a_number_is_unknown(tmp_path: Path) -> None:
    (tmp_path / "pid").write_text("starting…")
    seen = look("process", {"pid_file": str(tmp_path / "pid")})
    assert (seen.error, seen.blind is not None) == (None, True)


@pytest.mark.parametrize("form", [{}, {"name": "a", "pid_file": "/a"}, {"pid_file": "a"}])
def test_a_form_without_exactly_one_way_is_refused(form: dict[str, str]) -> None:
    with pytest.raises(ValidationError):
        KINDS["process"].form.validate_python(form)
