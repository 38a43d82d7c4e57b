"""Runs the steps of an example runbook."""

from collections.abc import Callable, Mapping

import pytest

from runbooks.execution import Means, run_step
from runbooks.params import resolve
from runbooks.steps.kind import Look, Situation, StepResult
from tests.runbooks.performing import TRIGGER, Environment, load
from watchdesk.health import Health


@pytest.fixture
def perform(monkeypatch: pytest.MonkeyPatch) -> Callable[..., list[StepResult]]:
    """Runs a runbook's steps in order, with so many variables set; stops at the first that fails."""

    def run(name: str, environment: Environment, secrets: Mapping[str, str] | None = None) -> list[StepResult]:
        for variable, value in environment.items():
            monkeypatch.setenv(variable, str(value))
        runbook = load()[name]
        situation = Situation(item=None, look=lambda _: Look(Health.OK, ""), pause=lambda _: None)
        values = resolve(runbook.params, TRIGGER, None)
        results: list[StepResult] = []
        for step in runbook.steps:
            results.append(run_step(step, values, Means(situation, (secrets or {}).__getitem__)))
            if not results[-1].is_ok:
                break
        return results

    return run
