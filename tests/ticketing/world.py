"""A monitored service with an unreliable sight of it: samples get lost, come twice or late, or stop coming at all."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any

from hypothesis import strategies as st

from tests.ticketing.stage import at, signal
from ticketing.proof import LEAST_STALENESS
from watchdesk.health import Health
from watchdesk.signals import HealthSignal, RecoveryEvidence, Sample, SignalKind

HARD_AFTER = 2
BLIND_AFTER = 4
STALE_AFTER_S = LEAST_STALENESS.total_seconds()
KNOWN_BAD = {Health.WARNING, Health.CRITICAL}


@dataclass(frozen=True)
class Turn:
    """What happens within some seconds: the truth, how it is seen, and how word of it travels."""

    seconds: int
    truth: Health
    fate: str
    word: str
    act: str


TRUTHS = [Health.OK] * 5 + [Health.CRITICAL] * 2 + [Health.WARNING, Health.UNKNOWN, Health.UNKNOWN]
FATES = ["seen"] * 7 + ["lost", "twice", "late", "dead", "dead"]
ACTS = [""] * 6 + ["repair", "repair", "acknowledge", "release", "release", "end", "flap", "steady"]
FAILURE = [Turn(seconds=1, truth=Health.CRITICAL, fate="seen", word="told", act="")] * HARD_AFTER

# Each history begins with a failure: there is always a ticket whose life is told.
TURNS = st.lists(
    st.builds(
        Turn,
        seconds=st.sampled_from([1, 1, 1, 2, 3, 20]),
        truth=st.sampled_from(TRUTHS),
        fate=st.sampled_from(FATES),
        word=st.sampled_from(["told", "told", "told", "twice", "lost"]),
        act=st.sampled_from(ACTS),
    ),
    min_size=10,
    max_size=25,
).map(lambda turns: FAILURE + turns)


@dataclass
class Monitor:
    """A very small monitor: it applies samples in order, confirms by repetition, and tells each fact once."""

    name: str
    applied: list[Sample] = field(default_factory=list)
    told: str = ""
    is_flapping: bool = False

    def apply(self, sample: Sample) -> Iterator[HealthSignal]:
        """Take a sample unless a newer one was applied, and say what it makes certain."""
        if self.applied and sample.at <= self.applied[-1].at:
            return
        self.applied.append(sample)
        bad, unknown = self.tail(KNOWN_BAD), self.tail({Health.UNKNOWN})
        if bad >= HARD_AFTER and self.told != sample.health:
            yield from self._say(SignalKind.PROBLEM, sample)
        elif unknown >= BLIND_AFTER and self.told != "blind":
            yield from self._say(SignalKind.BLIND, sample)
        elif sample.health is Health.OK and self.told == "blind":
            yield from self._say(SignalKind.SEEING, sample)
        elif sample.health is Health.OK and self.told in {*KNOWN_BAD}:
            yield from self._say(SignalKind.RECOVERED, sample)

    def evidence(self, now_s: float) -> RecoveryEvidence:
        streak = self.tail({Health.OK})
        last = self.applied[-1] if self.applied else None
        unknown = self.tail({Health.UNKNOWN})
        return RecoveryEvidence(
            monitor=self.name,
            exists=True,
            health=last.health if last else Health.UNKNOWN,
            ok_streak=streak,
            ok_since=self.applied[-streak].at if streak else None,
            last_sample_at=last.at if last else None,
            is_stale=last is None or (at(now_s) - last.at).total_seconds() > STALE_AFTER_S,
            is_flapping=self.is_flapping,
            unknown_since=self.applied[-unknown].at if unknown else None,
            samples=tuple(self.applied[-5:]),
        )

    def flap(self, *, begins: bool) -> Iterator[HealthSignal]:
        if self.applied and self.is_flapping is not begins:
            self.is_flapping = begins
            yield self._signal(SignalKind.FLAPPING if begins else SignalKind.STEADY, self.applied[-1])

    def _say(self, kind: SignalKind, sample: Sample) -> Iterator[HealthSignal]:
        was_blind, self.told = self.told == "blind", "blind" if kind is SignalKind.BLIND else sample.health.value
        if was_blind and kind is SignalKind.PROBLEM:
            yield self._signal(SignalKind.SEEING, sample)
        yield self._signal(kind, sample)

    def _signal(self, kind: SignalKind, sample: Sample) -> HealthSignal:
        facts: dict[str, Any] = {"health": sample.health, "observed_at": sample.at, "since": sample.at}
        return replace(signal(kind, monitor=self.name), samples=(sample,), **facts)

    def tail(self, healths: set[Health]) -> int:
        count = 0
        for sample in reversed(self.applied):
            if sample.health not in healths:
                break
            count += 1
        return count
