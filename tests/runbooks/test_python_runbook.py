"""Python functions as runbooks: the same model, run in a process of their own."""

from pathlib import Path

from runbooks.definition import load_runbooks
from runbooks.execution import Means, run_step
from runbooks.model import Effect, Runbook
from runbooks.params import Values
from runbooks.steps.kind import Look, Situation
from watchdesk.definitions.faults import Faults
from watchdesk.health import Health

SOURCE = '''
"""A runbook in Python."""
from runbooks.decorator import runbook


@runbook(
    id="greet", title="Greet", owner="ops", risk=1, match={"monitors": ["door"]}, effect="repeatable", timeout="5s",
    params={"name": {"type": "name", "value": "ana"}}, verify={"recheck": "origin", "within": "10s"},
)
def greet_them(name):
    print(f"hello {name}")
    return name != "nobody"
'''
MEANS = Means(Situation(item=None, look=lambda _: Look(Health.OK, ""), pause=lambda _: None), str)


def load(tmp_path: Path, source: str = SOURCE) -> tuple[dict[str, Runbook], list[str]]:
    folder = tmp_path / "runbooks"
    folder.mkdir(exist_ok=True)
    (folder / "greet.py").write_text(source)
    faults = Faults()
    found = load_runbooks(tmp_path, faults)
    return found, [str(fault) for fault in faults]


def test_a_decorated_function_is_a_runbook_of_one_step(tmp_path: Path) -> None:
    found, faults = load(tmp_path)
    assert faults == []
    (step,) = found["greet"].steps
    assert (step.id, step.kind, step.effect) == ("greet-them", "python", Effect.REPEATABLE)
    assert step.timeout.total_seconds() == 5


def test_its_step_calls_the_function_with_its_parameters(tmp_path: Path) -> None:
    step = load(tmp_path)[0]["greet"].steps[0]
    result = run_step(step, Values(plain={"name": "ana"}), MEANS)
    assert (result.is_ok, result.output) == (True, "hello ana\n")
    refused = run_step(step, Values(plain={"name": "nobody"}), MEANS)
    assert (refused.is_ok, refused.output.splitlines()[0]) == (False, "hello nobody")
    assert refused.output.endswith("greet.py:greet_them returned False\n")


def test_a_file_that_changed_since_it_was_planned_is_not_run(tmp_path: Path) -> None:
    step = load(tmp_path)[0]["greet"].steps[0]
    (tmp_path / "runbooks" / "greet.py").write_text(SOURCE.replace("hello", "HELLO"))
    result = run_step(step, Values(plain={"name": "ana"}), MEANS)
    assert not result.is_ok
    assert "is not the version that was planned" in result.output


def test_its_faults_stand_at_the_function(tmp_path: Path) -> None:
    found, faults = load(tmp_path, SOURCE.replace('owner="ops", ', ""))
    assert found == {}
    assert faults == ["runbooks/greet.py:6:1: the key 'owner' is missing"]


def test_a_file_that_raises_is_a_fault_at_its_line(tmp_path: Path) -> None:
    assert load(tmp_path, "import os\n\nraise ValueError('no')\n")[1] == [
        "runbooks/greet.py:3:1: cannot be run: ValueError: no"
    ]
    assert load(tmp_path, "import sys\nsys.exit(5)\n")[1] == ["runbooks/greet.py:2:1: cannot be run: SystemExit: 5"]
    assert load(tmp_path, "def broken(:\n")[1][0].startswith("runbooks/greet.py:1:")
