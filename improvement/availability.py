"""Availability of a service from the states of its monitors: exact, with unknown time shown and never counted up."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from watchdesk.health import BADNESS, Health


@dataclass(frozen=True, slots=True, kw_only=True)
class Stretch:
    """One monitor's health over [start, end). None: nobody was looking."""

    start: datetime
    end: datetime
    health: Health | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceAvailability:
    """The service over a window: seconds by worst state, and the stretches, oldest first.

    `ratio` = (ok + warning) / (ok + warning + critical); None when nothing is known. `unknown_ratio` is the share of
    the window in which the state was unknown or nobody was looking.
    """

    ok_s: float
    warning_s: float
    critical_s: float
    unknown_s: float
    unmeasured_s: float
    stretches: tuple[Stretch, ...]

    @property
    def ratio(self) -> float | None:
        known = self.ok_s + self.warning_s + self.critical_s
        return (self.ok_s + self.warning_s) / known if known else None

    @property
    def unknown_ratio(self) -> float:
        whole = self.ok_s + self.warning_s + self.critical_s + self.unknown_s + self.unmeasured_s
        return (self.unknown_s + self.unmeasured_s) / whole if whole else 1.0


def of_service(monitors: Sequence[Sequence[Stretch]], since: datetime, until: datetime) -> ServiceAvailability:
    """The worst of its monitors at each instant: critical, then unknown, then warning.

    A monitor that was not looking counts only where no other monitor of the service was looking either.
    """
    stretches = tuple(_merged(_worst_stretches(monitors, since, until)))
    seconds = dict.fromkeys((*Health, None), 0.0)
    for stretch in stretches:
        seconds[stretch.health] += (stretch.end - stretch.start) / timedelta(seconds=1)
    return ServiceAvailability(
        ok_s=seconds[Health.OK],
        warning_s=seconds[Health.WARNING],
        critical_s=seconds[Health.CRITICAL],
        unknown_s=seconds[Health.UNKNOWN],
        unmeasured_s=seconds[None],
        stretches=stretches,
    )


def _worst_stretches(monitors: Sequence[Sequence[Stretch]], since: datetime, until: datetime) -> Iterable[Stretch]:
    """Sweeps over the borders of all stretches, holding each monitor's present state."""
    borders: list[tuple[datetime, int, Health | None]] = []
    for index, stretches in enumerate(monitors):
        for stretch in stretches:
            start, end = max(stretch.start, since), min(stretch.end, until)
            if start < end:
                borders += [(start, index, stretch.health), (end, index, None)]
    present: dict[int, Health | None] = {}
    at = since
    for when, index, health in sorted(borders, key=lambda border: (border[0], border[2] is not None)):
        if when > at:
            yield Stretch(start=at, end=when, health=_worst(present.values()))
            at = when
        present[index] = health
    if at < until:
        yield Stretch(start=at, end=until, health=_worst(present.values()))


def _worst(states: Iterable[Health | None]) -> Health | None:
    return max((state for state in states if state is not None), key=BADNESS.__getitem__, default=None)


def _merged(stretches: Iterable[Stretch]) -> Iterable[Stretch]:
    held: Stretch | None = None
    for stretch in stretches:
        if held is not None and held.health is stretch.health:
            held = Stretch(start=held.start, end=stretch.end, health=held.health)
            continue
        if held is not None:
            yield held
        held = stretch
    if held is not None:
        yield held
