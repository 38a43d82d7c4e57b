"""A monitor beside a desk: its results come one by one, and everything that is told about it is kept."""

from dataclasses import dataclass, field

from monitors.monitor import Monitor
from monitors.state import MonitorState
from monitors.telling import Telling, tell
from tests.monitors.making import LETTERS, fresh, monitor, step
from watchdesk.signals import HealthSignal, SignalKind

CHILD = monitor(id="shop-db", needs=("router",), attempts=1)
ROUTER = monitor(id="router", attempts=2)
PROBLEM, RECOVERED = SignalKind.PROBLEM, SignalKind.RECOVERED


@dataclass
class Desk:
    """A monitor whose results come one by one, and everything that was told about it."""

    subject: Monitor = field(default_factory=monitor)
    state: MonitorState = field(default_factory=fresh)
    parents: dict[str, MonitorState] = field(default_factory=dict)
    signals: list[HealthSignal] = field(default_factory=list)
    at: float = 0.0

    def result(self, letter: str, at: float | None = None) -> Telling:
        self.at = self.at + 60.0 if at is None else at
        self.state = step(self.subject, self.state, LETTERS[letter], self.at)
        return self.tell(self.at)

    def results(self, letters: str) -> "Desk":
        for letter in letters.replace(" ", ""):
            self.result(letter)
        return self

    def tell(self, now: float) -> Telling:
        telling = tell(self.subject, self.state, self.parents, now)
        self.state = telling.state
        self.signals += telling.signals
        return telling

    @property
    def facts(self) -> list[str]:
        return [f"{signal.kind} {signal.health}" for signal in self.signals]
