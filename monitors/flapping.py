"""Flapping: a weighted share of changes among the last results, as Icinga 2 and as Nagios compute it.

Icinga 2 counts the changes among the last 20 results with weights from 0.8 (oldest) to 1.18 and is strict
(`> high` starts, `> low` goes on). Nagios counts those among the last 21 recorded states with weights from 0.75 to
1.25, records no problem that is still soft, and is not strict (`>= high` starts, `<= low` stops).

Both count results, so a slow monitor must change for hours and a fast one that fails every few minutes is never
caught. A rule may count the changes of a time as well.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from monitors.monitor import FlapRule
from watchdesk.health import Health, StateType

RING = 20
LEAST_CHANGES = 3
MOST_KEPT = 100  # instants of changes; a rule cannot want more
WEIGHTS: Mapping[str, tuple[float, ...]] = {
    "icinga": tuple(0.8 + 0.02 * place for place in range(RING)),
    "nagios": tuple(0.75 + 0.5 * place / (RING - 1) for place in range(RING)),
}


@dataclass(frozen=True, slots=True)
class Ring:
    """The last changes: a bit each, newest lowest; `count` are filled; `last` is the health recorded last."""

    bits: int = 0
    count: int = 0
    last: Health | None = None
    percent: float = 0.0
    is_flapping: bool = False


def record(rule: FlapRule, ring: Ring, health: Health, state_type: StateType) -> Ring:
    """The ring after one more result. The first result ever is no change."""
    if rule.algorithm == "nagios" and state_type is StateType.SOFT and health is not Health.OK:
        return ring
    if ring.last is None:
        return Ring(0, 0, health, 0.0, is_flapping=False)
    bits = (ring.bits << 1 | (health is not ring.last)) & (1 << RING) - 1
    percent = share_of_changes(rule.algorithm, bits)
    return Ring(bits, min(ring.count + 1, RING), health, percent, _is_flapping(rule, ring.is_flapping, bits, percent))


def latest_changes(rule: FlapRule, before: tuple[float, ...], at: float, *, has_changed: bool) -> tuple[float, ...]:
    """The instants of the changes that count in time, oldest first; none for a rule that does not count in time."""
    if rule.within is None:
        return ()
    begin = at - rule.within.total_seconds()
    kept = tuple(instant for instant in before if begin < instant <= at)
    return (*kept, at)[-MOST_KEPT:] if has_changed else kept


def is_flapping_in_time(rule: FlapRule, changed_at: tuple[float, ...], *, was_flapping: bool) -> bool:
    """Whether as many changes as the rule wants fell into its time; it goes on until half of them are left."""
    if rule.within is None:
        return False
    return len(changed_at) > rule.changes // 2 if was_flapping else len(changed_at) >= rule.changes


def share_of_changes(algorithm: str, bits: int) -> float:
    """Weighted percent of changes; the oldest stands in the highest of 20 bits and weighs least."""
    weights = WEIGHTS[algorithm]
    weighed = sum(weights[RING - 1 - place] for place in range(RING) if bits >> place & 1)
    return round(weighed * 100 / RING, 6)


def _is_flapping(rule: FlapRule, was_flapping: bool, bits: int, percent: float) -> bool:  # noqa: FBT001  a state
    if was_flapping:
        return percent > rule.low
    if bits.bit_count() < LEAST_CHANGES:
        return False
    return percent >= rule.high if rule.algorithm == "nagios" else percent > rule.high


def unchanged(bits: int, count: int) -> int:
    """How many results in a row, the last one recorded included, were the same; at most 21."""
    return (bits & -bits).bit_length() if bits else count + 1
