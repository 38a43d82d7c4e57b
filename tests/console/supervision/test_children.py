"""A child that dies is started again, with growing patience; what carries the mark of a home is found and ended."""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from console.supervision import marks
from console.supervision.children import Child, Program
from console.supervision.tree import end_everything
from tests.clock import FrozenClock

STAY = ("-c", "import time; time.sleep(600)")
STUBBORN = (
    "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('up', flush=True); time.sleep(600)"
)


def environment(home: Path) -> dict[str, str]:
    return dict(os.environ) | {marks.HOME: str(home), marks.MARK: "test"}


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Path]:
    yield tmp_path
    marks.kill(marks.of_home(tmp_path))


def child(home: Path, clock: FrozenClock, *words: str) -> Child:
    return Child(Program(name="thing", words=words), environment(home), home, clock)


def until(true: Callable[[], object]) -> None:
    while not true():
        time.sleep(0.01)


def test_a_child_that_died_is_started_again_after_a_pause(home: Path, clock: FrozenClock) -> None:
    tended = child(home, clock, *STAY)
    tended.tend()
    first = tended.pid
    assert first is not None
    psutil.Process(first).kill()
    until(lambda: tended.pid is None)
    tended.tend()
    assert (tended.deaths, tended.pid) == (1, None)
    clock.advance(1)
    tended.tend()
    assert tended.pid not in (None, first)
    end_everything(home)
    tended.reap()


def test_the_pause_grows_while_a_child_keeps_dying(home: Path, clock: FrozenClock) -> None:
    tended = child(home, clock, "-c", "raise SystemExit(3)")
    starts = []
    for second in range(20):
        deaths = tended.deaths
        tended.tend()
        if tended.pid is not None or tended.deaths == deaths:
            until(lambda: tended.pid is None)
        if tended.deaths > deaths or second == 0:
            starts.append(second)
        clock.advance(1)
    assert 3 <= tended.deaths <= 6


def test_the_last_words_of_a_child_can_be_told(home: Path, clock: FrozenClock) -> None:
    tended = child(home, clock, "-c", "print('one'); raise SystemExit('no such port')")
    tended.tend()
    until(lambda: tended.pid is None)
    assert "no such port" in tended.last_words()


def test_everything_of_a_home_is_ended_also_what_ignores_the_request(
    home: Path, clock: FrozenClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("console.supervision.tree.CHILDREN_S", 0.3)
    tended = child(home, clock, *STAY)
    tended.tend()
    stubborn = subprocess.Popen(
        [sys.executable, "-c", STUBBORN], env=environment(home), stdout=subprocess.PIPE, start_new_session=True
    )
    assert stubborn.stdout is not None
    stubborn.stdout.readline()
    other = subprocess.Popen([sys.executable, *STAY], env=environment(home / "other"))
    assert end_everything(home) == 1
    assert marks.of_home(home) == []
    assert other.poll() is None
    other.kill()
    other.communicate()
    stubborn.communicate()
    tended.reap()


def test_a_process_that_a_dead_parent_left_behind_is_found(home: Path) -> None:
    code = f"import subprocess, sys; subprocess.Popen([sys.executable, *{STAY!r}], start_new_session=True)"
    subprocess.run([sys.executable, "-c", code], env=environment(home), check=True)
    assert len(marks.of_home(home)) == 1


def test_flow_runs_end_before_what_they_speak_to_also_one_that_begins_meanwhile(home: Path) -> None:
    successor = f"import subprocess, sys; subprocess.run([sys.executable, *{STAY!r}])"
    run = subprocess.Popen([sys.executable, "-c", successor], env=environment(home) | {marks.FLOW_RUN: "a-run"})
    server = subprocess.Popen([sys.executable, *STAY], env=environment(home))
    until(lambda: len(marks.flow_runs(home)) == 2)
    marks.end_flow_runs(home, 10)
    assert [process.pid for process in marks.of_home(home)] == [server.pid]
    for process in (run, server):
        process.kill()
        process.communicate()
