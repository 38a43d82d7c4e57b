"""Monitors, observations and states as tests need them, with everything that does not matter filled in."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

from monitors.monitor import Monitor
from monitors.observation import Observation
from monitors.state import MonitorState, Verdict
from monitors.transition import advance
from watchdesk.catalogue import Place
from watchdesk.health import Health
from watchdesk.signals import ResolvePolicy

OK, WARNING, CRITICAL, UNKNOWN = Health.OK, Health.WARNING, Health.CRITICAL, Health.UNKNOWN
LETTERS = {"O": OK, "W": WARNING, "C": CRITICAL, "U": UNKNOWN}
MINUTE = timedelta(minutes=1)
RESOLVE = ResolvePolicy(after=3, grace=5 * MINUTE, reopen_within=60 * MINUTE)
SHOP = Monitor(
    id="shop-web",
    kind="http",
    form=None,
    title="Shop answers",
    service="shop",
    every=MINUTE,
    timeout=timedelta(seconds=10),
    attempts=3,
    retry=timedelta(seconds=20),
    resolve=RESOLVE,
    place=Place(file="monitors/shop.yaml", line=3),
    version="v1",
)


def monitor(**changes: Any) -> Monitor:
    """A monitor like SHOP, with changes."""
    return replace(SHOP, **changes)


def seen(at: float = 0.0, values: dict[str, Any] | None = None, **changes: Any) -> Observation:
    """An observation that took a tenth of a second."""
    return Observation(monitor=SHOP.id, at=at, ended=at + 0.1, latency_s=0.1, values=values or {}, **changes)


def fresh(name: str = SHOP.id) -> MonitorState:
    """A monitor that was never looked at."""
    return MonitorState(monitor=name)


def step(subject: Monitor, state: MonitorState, health: Health, at: float) -> MonitorState:
    """The state after one more result at that instant."""
    return advance(subject, state, seen(at), Verdict(health=health, summary=f"is {health}"))


def after(
    letters: str, subject: Monitor = SHOP, state: MonitorState | None = None, begin: float = 60.0
) -> MonitorState:
    """The state after results a minute apart, spelled as letters (O W C U); blanks are ignored."""
    state = fresh(subject.id) if state is None else state
    for place, letter in enumerate(letters.replace(" ", "")):
        state = step(subject, state, LETTERS[letter], begin + 60.0 * place)
    return state
