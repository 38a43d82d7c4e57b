"""The signals of one monitor in words: who says what, about what, since when."""

from dataclasses import dataclass
from datetime import UTC, datetime

from monitors import symptoms
from monitors.flapping import is_flapping_in_time
from monitors.monitor import Monitor
from monitors.state import MonitorState
from watchdesk.definitions.quantities import format_duration
from watchdesk.fingerprints import of_blindness, of_condition
from watchdesk.health import Health
from watchdesk.signals import HealthSignal, Sample, SignalKind

Instant = float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """One thing to say: `word` and `instant` make its event id, `began` is since when it has been so."""

    kind: SignalKind
    word: str
    instant: Instant
    began: Instant
    parents: tuple[str, ...] = ()
    summary: str | None = None

    @property
    def is_about_sight(self) -> bool:
        """Whether it is about the monitor's own sight rather than about what it looks at."""
        return self.kind in {SignalKind.BLIND, SignalKind.SEEING}


@dataclass(frozen=True, slots=True)
class Speaker:
    """Says facts about a monitor in its present state. Event ids are made of monitor, fact and instant alone."""

    monitor: Monitor
    state: MonitorState
    samples: tuple[Sample, ...]

    def problem(self, parents: tuple[str, ...]) -> HealthSignal:
        """A confirmed problem, put to the incident of the failed `parents` if there are any."""
        state = self.state
        word = f"{'attached' if parents else 'problem'}-{state.health}"
        began = state.problem_since
        return self._say(Fact(kind=SignalKind.PROBLEM, word=word, instant=state.since, began=began, parents=parents))

    def recovered(self, parents: tuple[str, ...]) -> HealthSignal:
        instant, began = self.state.ok_since, self.state.problem_since
        return self._say(
            Fact(kind=SignalKind.RECOVERED, word="recovered", instant=instant, began=began, parents=parents)
        )

    def flapping(self) -> HealthSignal:
        state = self.state
        words = f"{self._changes()}; now {state.health}"
        summary = f"{words} ({state.summary})" if state.summary and state.health is not Health.OK else words
        began = state.problem_since
        return self._say(
            Fact(kind=SignalKind.FLAPPING, word="flapping", instant=state.last_at, began=began, summary=summary)
        )

    def steady(self) -> HealthSignal:
        return self._say(
            Fact(kind=SignalKind.STEADY, word="steady", instant=self.state.last_at, began=self.state.problem_since)
        )

    def blind(self) -> HealthSignal:
        since = self.state.unknown_since
        return self._say(Fact(kind=SignalKind.BLIND, word="blind", instant=since, began=since))

    def seeing(self) -> HealthSignal:
        since = self.state.since
        return self._say(Fact(kind=SignalKind.SEEING, word="seeing", instant=since, began=since))

    def retired(self) -> HealthSignal:
        return self._say(
            Fact(kind=SignalKind.RETIRED, word="retired", instant=self.state.last_at, began=self.state.problem_since)
        )

    def _say(self, fact: Fact) -> HealthSignal:
        monitor, state = self.monitor, self.state
        return HealthSignal(
            event_id=f"{monitor.id}/{fact.word}/{round(_first(fact.instant, state.last_at) * 1000)}",
            kind=fact.kind,
            monitor=monitor.id,
            service=monitor.service,
            item=monitor.item,
            fingerprint=(of_blindness if fact.is_about_sight else of_condition)(monitor.id),
            title=self._title(fact),
            health=state.health,
            observed_at=_instant(_first(state.last_at, fact.instant)),
            since=_instant(_first(fact.began, state.since, state.last_at)),
            summary=state.summary if fact.summary is None else fact.summary,
            measured=state.measured,
            samples=self.samples,
            parents=fact.parents,
            runbook=None if fact.is_about_sight else monitor.runbook,
            resolve=monitor.resolve,
            every=monitor.every,
            definition=str(monitor.place),
            definition_version=monitor.version,
        )

    def _changes(self) -> str:
        """By which of its rule's counts it flaps."""
        rule, state = self.monitor.flap, self.state
        is_by_results = state.flap_percent > rule.low
        if rule.within is not None and is_flapping_in_time(rule, state.changed_at, was_flapping=not is_by_results):
            return f"{len(state.changed_at)} changes within {format_duration(rule.within)}"
        return f"{state.flap_percent:.0f}% weighted changes among the last results"

    def _title(self, fact: Fact) -> str:
        """What the ticket about it is called. Of an end the desk has the ticket already."""
        if fact.kind is SignalKind.PROBLEM:
            return symptoms.failing(self.monitor, self.state.summary)
        if fact.kind is SignalKind.FLAPPING:
            return symptoms.flapping(self.monitor)
        if fact.kind is SignalKind.BLIND:
            return symptoms.unseen(self.monitor, self.state.summary)
        return self.monitor.title


def _first(*instants: Instant) -> float:
    return next((instant for instant in instants if instant is not None), 0.0)


def _instant(epoch_s: float) -> datetime:
    return datetime.fromtimestamp(epoch_s, UTC)
