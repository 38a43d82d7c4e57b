"""Where the demo's past is told: a session, the definitions, the desk, and what the monitors said then."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from console.demo.past_plan import CHAIN, SAYS, Past
from loop.definitions import Definitions
from monitors.saying import Speaker
from monitors.state import MonitorState
from ticketing import incidents, lookup, recovery
from ticketing.desk import Desk
from ticketing.tables.ticket import Ticket
from watchdesk.fingerprints import of_blindness, of_condition
from watchdesk.health import Health, StateType
from watchdesk.signals import HealthSignal, RecoveryEvidence, Sample

SEEN_AFTER = timedelta(seconds=1.2)  # two failed checks, half a second apart, and a little
PROVED_AFTER = timedelta(seconds=3.5)
SECOND = timedelta(seconds=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """Everything needed to tell one past after the other."""

    session: Session
    definitions: Definitions
    desk: Desk

    def open(self, past: Past) -> Ticket:
        """The incident, opened as its monitor failed; monitors above it are folded into it."""
        for place, name in enumerate((past.monitor, *CHAIN.get(past.monitor, ()))):
            parents = (past.monitor,) if place else ()
            at = past.since + SEEN_AFTER + 0.4 * place * SECOND
            self.tell(self._speaker(past, name, at).problem(parents), at)
        return self.ticket_of(of_condition(past.monitor))

    def open_blind(self, past: Past) -> Ticket:
        at = past.since + 5 * SECOND
        self.tell(self._speaker(past, past.monitor, at).blind(), at)
        return self.ticket_of(of_blindness(past.monitor))

    def see_again(self, past: Past) -> None:
        """Sight returns, and good samples prove it."""
        speaker = self._well(past, past.monitor)
        self.tell(speaker.seeing(), past.over + SECOND)

    def recover(self, past: Past) -> None:
        """The monitors say that they are healthy again, the deepest first."""
        for place, name in enumerate((past.monitor, *CHAIN.get(past.monitor, ()))):
            parents = (past.monitor,) if place else ()
            self.tell(self._well(past, name).recovered(parents), past.over + SECOND + 0.4 * place * SECOND)

    def prove(self, ticket: Ticket, past: Past) -> None:
        """The desk looks at the ticket as often as it takes the samples to prove the recovery."""
        for look in range(1, 5):
            at = past.over + PROVED_AFTER + look * SECOND
            recovery.review(self.session, ticket.id, evidence(past, at), self.desk, at)

    def tell(self, signal: HealthSignal, now: datetime) -> None:
        incidents.take(self.session, signal, self.desk, now)

    def ticket_of(self, fingerprint: str) -> Ticket:
        """The open incident about a condition. Raises LookupError when the desk opened none."""
        found = lookup.live_incident(self.session, fingerprint)
        if found is None:
            message = f"no incident was opened for {fingerprint}"
            raise LookupError(message)
        return found

    def _speaker(self, past: Past, name: str, at: datetime) -> Speaker:
        state = MonitorState(
            monitor=name,
            health=past.health,
            hard_health=past.health,
            state_type=StateType.HARD,
            since=past.since.timestamp(),
            problem_since=past.since.timestamp(),
            unknown_since=past.since.timestamp() if past.health is Health.UNKNOWN else None,
            last_at=at.timestamp(),
            summary=SAYS[name].failing,
        )
        samples = tuple(
            Sample(at=past.since + step * 0.5 * SECOND, health=past.health, latency_s=None, summary=SAYS[name].failing)
            for step in range(2)
        )
        return Speaker(self.definitions.monitors[name], state, samples)

    def _well(self, past: Past, name: str) -> Speaker:
        state = MonitorState(
            monitor=name,
            health=Health.OK,
            hard_health=Health.OK,
            state_type=StateType.HARD,
            since=past.over.timestamp(),
            ok_since=past.over.timestamp(),
            problem_since=past.since.timestamp(),
            last_at=(past.over + 0.8 * SECOND).timestamp(),
            summary=SAYS[name].fine,
        )
        return Speaker(self.definitions.monitors[name], state, good_samples(past, past.over + SECOND))


def evidence(past: Past, at: datetime) -> RecoveryEvidence:
    """What the monitor shows a while after it was over."""
    samples = good_samples(past, at)
    return RecoveryEvidence(
        monitor=past.monitor,
        exists=True,
        health=Health.OK,
        ok_streak=len(samples),
        ok_since=past.over,
        last_sample_at=samples[-1].at,
        is_stale=False,
        is_flapping=False,
        unknown_since=None,
        samples=samples,
    )


def good_samples(past: Past, until: datetime) -> tuple[Sample, ...]:
    """One a second from the end of the failure on, oldest first."""
    says = SAYS[past.monitor]
    seconds = int((until - past.over).total_seconds())
    return tuple(
        Sample(at=past.over + step * SECOND, health=Health.OK, latency_s=says.usual_s, summary=says.fine)
        for step in range(seconds + 1)
    )
