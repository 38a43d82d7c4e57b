"""A monitor: what is observed, how often, and what counts as healthy. A frozen value, made from a definition."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from monitors.expectation import Expectation
from watchdesk.catalogue import Place
from watchdesk.signals import ResolvePolicy


@dataclass(frozen=True, slots=True, kw_only=True)
class FlapRule:
    """Flap detection: `algorithm` is 'icinga' or 'nagios'; thresholds in percent of weighted changes among results.

    With `within`, as many as `changes` in that time are flapping too, whatever the rhythm.
    """

    algorithm: str = "icinga"
    high: float = 30.0
    low: float = 25.0
    changes: int = 6
    within: timedelta | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Monitor:
    """One monitor. `form` is the frozen value of its kind; `wanted` the first words of the paths its expectations
    speak of, so that a probe collects nothing else. `version` is a hash of everything that decides a verdict. `title`
    says what should be, `symptom` what users meet when it is not so.
    """

    id: str
    kind: str
    form: Any
    title: str
    symptom: str | None = None
    service: str
    item: str | None = None
    every: timedelta
    timeout: timedelta
    attempts: int
    retry: timedelta
    expectations: tuple[Expectation, ...] = ()
    wanted: frozenset[str] = frozenset()
    needs: tuple[str, ...] = ()
    runbook: str | None = None
    resolve: ResolvePolicy
    flap: FlapRule = field(default_factory=FlapRule)
    unknown_hold: timedelta = timedelta(minutes=5)
    tags: Mapping[str, str] = field(default_factory=dict)
    location: str | None = None
    place: Place
    version: str
