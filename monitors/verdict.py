"""The verdict on one observation: a failure of the target first, then what was expected of it."""

from collections.abc import Mapping
from typing import Any

from monitors.comparisons import Comparison
from monitors.conditions import Condition
from monitors.expectation import Expectation
from monitors.hysteresis import judge_limits
from monitors.monitor import Monitor
from monitors.observation import Observation
from monitors.state import NOTHING, MonitorState, Verdict
from watchdesk.health import BADNESS, Health

LONGEST_SUMMARY = 1000
MEANING = {True: Health.OK, False: Health.CRITICAL, None: Health.UNKNOWN}
SUGGESTED = {health.value: health for health in Health}


def judge(monitor: Monitor, observation: Observation, state: MonitorState) -> Verdict:
    """What the observation says about the monitor's health, given what `state` remembers.

    A transport error is critical before any condition is looked at; a probe that could not look is unknown. Of
    several expectations the worst counts. Without any, the kind's own verdict counts, http wants 200..399, and for
    the others success is ok.
    """
    if observation.error is not None:
        return _plain(Health.CRITICAL, observation.error or "the target failed", state.memory)
    if observation.blind is not None:
        return _plain(Health.UNKNOWN, observation.blind or "the probe could not look", state.memory)
    if monitor.expectations:
        return _by_expectations(monitor.expectations, observation, state)
    if observation.suggested is not None:
        return _plain(SUGGESTED.get(observation.suggested, Health.UNKNOWN), observation.text)
    if monitor.kind == "http":
        return _by_status(observation)
    return _plain(Health.OK, observation.text)


def _plain(health: Health, summary: str, memory: Mapping[str, float] = NOTHING) -> Verdict:
    return Verdict(health=health, summary=summary[:LONGEST_SUMMARY], reasons=(), measured=NOTHING, memory=memory)


def _by_status(observation: Observation) -> Verdict:
    status = observation.values.get("status")
    if status.__class__ is not int:
        return _plain(Health.UNKNOWN, "the answer has no status")
    if 200 <= status < 400:
        return _plain(Health.OK, observation.text)
    return _plain(Health.CRITICAL, f"status is {status}, expected 200..399")


def _by_expectations(expectations: tuple[Expectation, ...], observation: Observation, state: MonitorState) -> Verdict:
    bad: list[tuple[Health, str]] = []
    measured: dict[str, str] = {}
    memory: dict[str, float] = {}
    for expectation in expectations:
        health, kept = _one(expectation, observation, state.memory)
        seen = _seen(expectation, observation.values)
        measured |= seen
        memory |= kept
        if health is not Health.OK:
            bad.append((health, _reason(expectation, health, seen)))
    return _summed_up(bad, observation.text, measured, memory or NOTHING)


def _summed_up(
    bad: list[tuple[Health, str]], text: str, measured: Mapping[str, str], memory: Mapping[str, float]
) -> Verdict:
    """The worst of what was bad counts, and is named first."""
    if not bad:
        return Verdict(health=Health.OK, summary=text or "as expected", reasons=(), measured=measured, memory=memory)
    bad.sort(key=lambda one: -BADNESS[one[0]])
    reasons = tuple(words for _, words in bad)
    summary = "; ".join(reasons)[:LONGEST_SUMMARY]
    return Verdict(health=bad[0][0], summary=summary, reasons=reasons, measured=measured, memory=memory)


def _one(
    expectation: Expectation, observation: Observation, before: Mapping[str, float]
) -> tuple[Health, Mapping[str, float]]:
    if expectation.holds is not None:
        return MEANING[expectation.holds.holds(observation.values)], NOTHING
    return judge_limits(expectation, observation.values, observation.at, before)


def _seen(expectation: Expectation, values: Mapping[str, Any]) -> dict[str, str]:
    condition = expectation.holds or expectation.crit or expectation.warn
    return condition.seen(values) if condition is not None else {}


def _reason(expectation: Expectation, health: Health, seen: Mapping[str, str]) -> str:
    facts = ", ".join(f"{path} is {value}" for path, value in seen.items())
    if health is Health.UNKNOWN:
        return f"'{expectation.text}' cannot be judged: {facts}"
    if expectation.holds is not None:
        return f"{facts}, expected {_expected(expectation.holds)}"
    limit = expectation.crit if health is Health.CRITICAL else expectation.warn
    return f"{facts} ({health.value} at {limit.text if limit else expectation.text})"


def _expected(condition: Condition) -> str:
    """The condition, without what the fact before it has named already: `200` of `status == 200`, `> 3` of `n > 3`."""
    path = next(iter(condition.spoken))[0]
    if not isinstance(condition.root, Comparison) or not condition.text.startswith(path):
        return condition.text
    return condition.text.removeprefix(path).strip().removeprefix("==").strip()
