"""Over any history, however badly it is seen: no false resolve, no ticket left behind, a timeline that tells all."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.orm import Session

from tests.ticketing.stage import POLICY, at, desk, evidence, remediation, sample
from tests.ticketing.world import KNOWN_BAD, STALE_AFTER_S, TURNS, Monitor, Turn
from ticketing import incidents, people, queries, recovery, remediations, timeline
from ticketing.errors import MoveRefused
from ticketing.people import Resolution
from ticketing.proof import Case, Finding, judge
from ticketing.selection import Selection
from ticketing.tables import Ticket
from ticketing.views import OpenIncident
from ticketing.vocabulary import ActorKind
from watchdesk.database import Database
from watchdesk.health import Health
from watchdesk.signals import HealthSignal, RemediationState, Sample

GRACE_S = POLICY.grace.total_seconds()
names = count(1)


@dataclass
class History:
    """One condition's life, told to a real desk inside one transaction."""

    session: Session
    monitor: Monitor
    late: list[Sample]
    now_s: float = 0
    known: tuple[OpenIncident, ...] = ()

    def live(self, turns: list[Turn]) -> None:
        for turn in turns:
            self.now_s += turn.seconds
            self._act(turn.act)
            for told in self._see(turn):
                for _ in range({"told": 1, "twice": 2, "lost": 0}[turn.word]):
                    incidents.take(self.session, told, desk(), at(self.now_s))
            self._review()
            for found in self.tickets():
                assert timeline.differences(self.session, found.id) == ()

    def recover(self) -> None:
        """Everything is well, is seen, and people let go; as many seconds as the policy asks for and some more."""
        for told in self.monitor.flap(begins=False):
            incidents.take(self.session, told, desk(), at(self.now_s))
        for _ in range(12):
            self.now_s += 1
            for told in self.monitor.apply(sample(self.now_s)):
                incidents.take(self.session, told, desk(), at(self.now_s))
            self._act("release")
            self._act("repaired")
            self._review()

    def tickets(self) -> list[Ticket]:
        return list(self.session.scalars(select(Ticket).where(Ticket.monitor == self.monitor.name)))

    def _see(self, turn: Turn) -> Iterator[HealthSignal]:
        if turn.act in {"flap", "steady"}:
            yield from self.monitor.flap(begins=turn.act == "flap")
        seen = sample(self.now_s, turn.truth)
        if turn.fate == "dead":
            self.now_s += STALE_AFTER_S + 5
        elif turn.fate == "late":
            self.late.append(seen)
        elif turn.fate != "lost":
            for _ in range(2 if turn.fate == "twice" else 1):
                yield from self.monitor.apply(seen)
            while self.late:
                yield from self.monitor.apply(self.late.pop())

    def _act(self, act: str) -> None:
        """What people and runbooks do to whatever is open; a refusal is an answer, too."""
        for found in self.tickets():
            try:
                self._act_on(found, act)
            except MoveRefused:
                continue

    def _act_on(self, found: Ticket, act: str) -> None:
        now = at(self.now_s)
        if act == "acknowledge":
            people.acknowledge(self.session, found.number, who="ana", now=now)
        elif act == "release":
            people.release(self.session, found.number, who="ana", now=now)
        elif act == "end":
            people.resolve(self.session, found.number, Resolution(), who="ana", now=now)
        elif act == "repair" and found.state == "new":
            remediations.started(self.session, found.id, remediation(found, RemediationState.RUNNING), now)
        elif act in {"repair", "repaired"} and found.state == "remediating":
            done = remediation(found, RemediationState.SUCCEEDED, self.now_s)
            remediations.finished(self.session, found.id, done, now)

    def _review(self) -> None:
        self.known = queries.open_incidents_again(self.session, self.known)
        assert self.known == queries.open_incidents(self.session)
        for open_one in queries.open_incidents(self.session, at(self.now_s)):
            if open_one.monitor != self.monitor.name:
                continue
            recovery.review(self.session, open_one.id, self.monitor.evidence(self.now_s), desk(), at(self.now_s))
            found = self.session.get_one(Ticket, open_one.id)
            if found.state == "resolved":
                assert_rightly_resolved(found, self.monitor.applied, self.now_s)


def assert_rightly_resolved(found: Ticket, applied: list[Sample], now_s: float) -> None:
    """By the samples alone: enough good ones, over the grace, after every bad one, and the newest is fresh."""
    if (found.fingerprint or "").startswith("blind/"):
        assert applied[-1].health is not Health.UNKNOWN
        return
    good = good_in_a_row(applied)
    assert len(good) >= POLICY.after
    assert (good[-1].at - good[0].at).total_seconds() >= GRACE_S
    assert (at(now_s) - good[-1].at).total_seconds() <= STALE_AFTER_S
    assert found.resolved_by_kind == ActorKind.MACHINE


def good_in_a_row(applied: list[Sample]) -> list[Sample]:
    """The good samples at the end; those before a silence do not count."""
    good: list[Sample] = []
    for one in applied:
        is_after_silence = bool(good) and (one.at - good[-1].at).total_seconds() > STALE_AFTER_S
        good = [*([] if is_after_silence else good), one] if one.health is Health.OK else []
    return good


@pytest.mark.slow
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(turns=TURNS)
def test_no_history_resolves_falsely_and_every_timeline_tells_its_ticket(sqlite: Database, turns: list[Turn]) -> None:
    check_history(sqlite, turns)


@pytest.mark.slow
@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(turns=TURNS)
def test_the_same_holds_on_postgresql(postgres: Database, turns: list[Turn]) -> None:
    check_history(postgres, turns)


def check_history(database: Database, turns: list[Turn]) -> None:
    with database.writing() as session:
        history = History(session=session, monitor=Monitor(f"m-{next(names)}"), late=[])
        history.live(turns)
        assert history.tickets()
        for found in history.tickets():
            assert timeline.verify(session, found.id) is None
        history.recover()
        assert {found.state for found in history.tickets() if found.kind == "incident"} == {"resolved"}
        for fingerprint in (f"monitor/{history.monitor.name}", f"blind/{history.monitor.name}"):
            assert (
                queries.count_tickets(session, Selection(is_open=True, kinds=("incident",), fingerprint=fingerprint))
                == 0
            )


HEALTHS = st.lists(st.sampled_from([*Health, Health.OK, Health.OK]), min_size=1, max_size=40)


@settings(max_examples=150)
@given(healths=HEALTHS, after=st.integers(1, 8), grace=st.integers(0, 20))
def test_the_judgement_is_proved_exactly_when_the_samples_prove_it(
    healths: list[Health], after: int, grace: int
) -> None:
    monitor = Monitor("m")
    list(monitor.apply(sample(0, Health.CRITICAL)))
    for second, health in enumerate(healths, start=1):
        list(monitor.apply(sample(second, health)))
    good = monitor.tail({Health.OK})
    is_proved = good >= after and good - 1 >= grace
    finding = judge(case(after, grace), monitor.evidence(len(healths)), at(len(healths))).finding
    assert (finding is Finding.PROVED) == is_proved
    if healths[-1] is Health.UNKNOWN:
        assert finding is Finding.BLIND
    if healths[-1] in KNOWN_BAD:
        assert finding is Finding.FAILING


@given(silence=st.integers(0, 10_000))
def test_silence_alone_never_turns_into_proof(silence: int) -> None:
    shown = evidence(5, 6)
    assert judge(case(3, 2), shown, at(6 + silence)).finding is not Finding.PROVED


def case(after: int, grace: int) -> Case:
    return Case(
        is_about_blindness=False,
        is_remediating=False,
        is_major=False,
        holder=None,
        last_failure_at=at(0),
        sighted_at=None,
        flapping_since=None,
        failing_members=(),
        after=after,
        grace=at(grace) - at(0),
        every=at(1) - at(0),
    )
