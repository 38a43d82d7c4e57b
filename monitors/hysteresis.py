"""Thresholds over time: a bad value counts after `for`, and a bad verdict stays until `recover` holds."""

from collections.abc import Mapping
from typing import Any

from monitors.expectation import Expectation
from watchdesk.health import Health

BAD, CRITICAL, COUNTED = "bad since", "critical since", "counted"


def judge_limits(
    expectation: Expectation, values: Mapping[str, Any], at: float, before: Mapping[str, float]
) -> tuple[Health, dict[str, float]]:
    """The verdict of thresholds at the instant `at`, and what must be remembered for the next one.

    `before` is what was remembered, of all expectations. A value that is not known changes no memory. Between the
    limits and `recover` the verdict is the milder of those that the limits give.
    """
    now = _by_value(expectation, values)
    if expectation.recover is None and not expectation.for_at_least:
        return now, {}
    own = _own(expectation, before)
    if now is Health.UNKNOWN:
        return now, own
    if now is Health.OK:
        return _lingering(expectation, values, own)
    return _counted(expectation, now, at, own)


def _by_value(expectation: Expectation, values: Mapping[str, Any]) -> Health:
    """What the present value alone says; the critical limit is looked at first."""
    for limit, health in ((expectation.crit, Health.CRITICAL), (expectation.warn, Health.WARNING)):
        answer = limit.holds(values) if limit is not None else False
        if answer is None:
            return Health.UNKNOWN
        if answer:
            return health
    return Health.OK


def _own(expectation: Expectation, before: Mapping[str, float]) -> dict[str, float]:
    keys = (_key(expectation, word) for word in (BAD, CRITICAL, COUNTED))
    return {key: before[key] for key in keys if key in before}


def _key(expectation: Expectation, word: str) -> str:
    return f"{expectation.text} | {word}"


def _lingering(
    expectation: Expectation, values: Mapping[str, Any], own: dict[str, float]
) -> tuple[Health, dict[str, float]]:
    was_counted = _key(expectation, COUNTED) in own
    if not was_counted or expectation.recover is None or expectation.recover.holds(values):
        return Health.OK, {}
    own.pop(_key(expectation, CRITICAL), None)
    return _milder(expectation), own


def _milder(expectation: Expectation) -> Health:
    return Health.WARNING if expectation.warn is not None else Health.CRITICAL


def _counted(
    expectation: Expectation, now: Health, at: float, own: dict[str, float]
) -> tuple[Health, dict[str, float]]:
    """A bad value: each limit counts once the value has been beyond it for long enough, without a break."""
    needed = expectation.for_at_least.total_seconds()
    memory = {_key(expectation, BAD): min(own.get(_key(expectation, BAD), at), at)}
    if now is Health.CRITICAL:
        memory[_key(expectation, CRITICAL)] = min(own.get(_key(expectation, CRITICAL), at), at)
    health = Health.OK
    if now is Health.CRITICAL and at - memory[_key(expectation, CRITICAL)] >= needed:
        health = Health.CRITICAL
    elif expectation.warn is not None and at - memory[_key(expectation, BAD)] >= needed:
        health = Health.WARNING
    elif expectation.recover is not None and _key(expectation, COUNTED) in own:
        health = _milder(expectation)  # it was bad and has not recovered since
    if health is not Health.OK:
        memory[_key(expectation, COUNTED)] = at
    return health, memory
