"""What is known about a monitor now: the persisted state that verdicts advance."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from watchdesk.health import Health, StateType

NOTHING: Mapping[str, Any] = {}  # shared by the verdicts of a steady sweep; nobody changes it


class Verdict(NamedTuple):
    """The judgement on one observation. `reasons` names each expectation that did not hold and what was seen;
    `measured` the values that the expectations spoke of, as text. `memory` is what hysteresis and for-durations
    must remember for the next judgement.
    """

    health: Health
    summary: str
    reasons: tuple[str, ...] = ()
    measured: Mapping[str, str] = NOTHING
    memory: Mapping[str, float] = NOTHING


@dataclass(slots=True, kw_only=True)
class MonitorState:
    """Now. All instants are seconds since the epoch; None means never.

    Not frozen, as that makes it three times as dear (a sweep makes thousands a second); nobody changes one.

    `health` with `state_type` and `attempt` is Icinga's triple (attempt counts failures of a soft problem, and is 1
    again after hard). `hard_health` is the last confirmed verdict. `since` is when `health` began. `problem_since`
    is the first bad sample of the present problem. `ok_streak`/`ok_since` count good samples in a row.
    `told` is what was last told to the desk about this monitor ('', 'problem:critical', 'blind' …), so that each
    fact is told once. `flap_bits` holds the ring of recent changes, oldest in the highest bit; `flap_count` how many
    bits are filled; `changed_at` holds the instants of changes, oldest first, where the rule counts them in time.
    `held_since` says since when a confirmed problem waits for its parents' verdict.
    """

    monitor: str
    health: Health = Health.UNKNOWN
    state_type: StateType = StateType.SOFT
    attempt: int = 1
    hard_health: Health = Health.UNKNOWN
    since: float | None = None
    last_at: float | None = None
    last_latency_s: float | None = None
    problem_since: float | None = None
    unknown_since: float | None = None
    ok_streak: int = 0
    ok_since: float | None = None
    recovered_at: float | None = None
    told: str = ""
    held_since: float | None = None
    flap_bits: int = 0
    flap_count: int = 0
    flap_last: Health | None = None
    flap_percent: float = 0.0
    is_flapping: bool = False
    changed_at: tuple[float, ...] = ()
    summary: str = ""
    memory: Mapping[str, float] = field(default_factory=dict)
    measured: Mapping[str, str] = field(default_factory=dict)
    definition_version: str = ""
