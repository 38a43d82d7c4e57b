"""Who watches the watch: its interruptions, its lateness and a missing relief become tickets of its own, once each."""

import time
from collections.abc import Iterator
from contextlib import suppress
from datetime import timedelta
from pathlib import Path

import pytest

from improvement.report import Period, make
from loop.explain import of_ticket
from loop.own_monitors import ALONE_FOR, INTERRUPTION, LATE_FOR, OWN_MONITORS, POLICY, SERVICE
from loop.status import status
from tests.clock import FrozenClock
from tests.loop.posts import LOOK, DeadlyDatabase, Died, Post
from ticketing.views import TicketDetail
from watchdesk.database import Database
from watchdesk.errors import DatabaseUnavailable

A_WHILE = timedelta(minutes=1)


@pytest.fixture
def post(database: Database, clock: FrozenClock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Post]:
    """A post that was watched for a minute by a shift called first, which is on duty still."""
    monkeypatch.setattr("loop.watch.LONGEST_WAIT_S", 0.0)  # time is frozen: nothing comes of waiting
    monkeypatch.setattr("loop.watch.SHORTEST_TURN_S", 0.0)
    made = Post(database, clock, tmp_path)
    made.begin("first")
    made.go_on(A_WHILE)
    yield made
    made.close()


def only(found: list[TicketDetail]) -> TicketDetail:
    (ticket,) = found
    return ticket


def interrupt(post: Post, lasting: timedelta) -> None:
    """The shift on duty dies, and after a time another takes over and watches."""
    post.die()
    post.clock.advance(lasting)
    post.begin("second")
    post.turn()
    post.respond()


def test_a_first_start_opens_nothing(post: Post) -> None:
    assert post.own() == []


def test_a_shift_that_died_opens_one_incident_that_says_what_happened(post: Post) -> None:
    died_at = post.clock.now()
    interrupt(post, timedelta(hours=2))
    ticket = only(post.own())
    assert (ticket.ticket.title, ticket.ticket.state) == ("The watch was interrupted", "new")
    assert ticket.failing_since == died_at
    for words in (f"{died_at:%H:%M:%S} to {post.clock.now():%H:%M:%S} UTC", "2h", "shift first", "Shift second"):
        assert words in ticket.ticket.summary
    assert (ticket.runbook, ticket.ticket.priority in {"P3", "P4"}) == (None, True)


def test_the_owner_of_the_service_watchdesk_gets_it(post: Post) -> None:
    interrupt(post, A_WHILE)
    assert only(post.own()).ticket.assignment_group == "operations"


def test_nobody_gets_it_when_no_such_service_is_defined(sqlite: Database, clock: FrozenClock, tmp_path: Path) -> None:
    post = Post(sqlite, clock, tmp_path, services="services:\n  shop: {title: Shop, owner: payments, tier: 1}\n")
    post.begin("first")
    post.go_on(A_WHILE)
    interrupt(post, A_WHILE)
    assert only(post.own()).ticket.assignment_group is None
    post.close()


def test_it_resolves_by_proof_once_the_watch_has_been_well_for_a_while(post: Post) -> None:
    interrupt(post, A_WHILE)
    post.go_on(POLICY.grace - LOOK)
    assert only(post.own()).ticket.state == "recovering"
    post.go_on(3 * LOOK)
    resolved = only(post.own())
    assert (resolved.ticket.state, resolved.ticket.resolution_code) == ("resolved", "recovered_no_action")
    assert [bundle.phase for bundle in resolved.evidence] == ["opening", "resolution"]


@pytest.mark.parametrize("away", [timedelta(seconds=1), timedelta(days=3)])
def test_a_planned_stop_opens_nothing_however_long_it_lasts(post: Post, away: timedelta) -> None:
    post.stop()
    post.clock.advance(away)
    post.begin("second")
    post.go_on(A_WHILE)
    assert post.own() == []


def test_a_hand_over_opens_nothing(post: Post) -> None:
    post.stop("handed over to its relief")
    post.begin("second")
    post.go_on(A_WHILE)
    assert post.own() == []


def test_a_stop_in_the_middle_of_a_hand_over_is_planned_too(post: Post) -> None:
    post.stop("handed over to its relief")
    post.begin("second")
    post.stop()  # before its first turn
    post.clock.advance(timedelta(hours=8))
    post.begin("third")
    post.go_on(A_WHILE)
    assert post.own() == []


def test_a_hand_over_to_nobody_is_an_interruption(post: Post) -> None:
    post.stop("handed over to its relief")
    post.clock.advance(timedelta(minutes=10))
    post.begin("second")
    post.turn()
    post.respond()
    assert "handed over to its relief" in only(post.own()).ticket.summary


def test_a_shift_that_died_before_its_first_turn_was_written_tells_nothing_twice(post: Post) -> None:
    died_at = post.clock.now()
    post.die()
    post.begin("stillborn")  # killed before it could write: nothing of it but its name is on record
    post.clock.advance(A_WHILE)
    interrupt(post, timedelta())
    ticket = only(post.own())
    assert (ticket.failing_since, ticket.ticket.occurrences) == (died_at, 1)


def test_a_shift_that_died_between_telling_and_its_sign_of_life_tells_nothing_twice(post: Post) -> None:
    post.die()
    post.begin("second").turn()  # what it found is written; it dies before it is put on record that it has turned
    post.die()
    post.begin("third")
    post.go_on(A_WHILE)
    ticket = only(post.own())
    assert ticket.ticket.occurrences == 1


@pytest.mark.parametrize("moment", ["inside", "after"])
@pytest.mark.parametrize("transaction", [1, 2])
def test_death_at_any_transaction_of_a_first_turn_loses_and_doubles_nothing(
    post: Post, transaction: int, moment: str
) -> None:
    died_at = post.clock.now()
    post.die()
    with DeadlyDatabase(post.database, transaction, moment) as deadly:
        with pytest.raises(Died):
            post.begin("second", deadly).turn()
        with suppress(Died):
            post.close()
    post.clock.advance(A_WHILE)
    post.begin("third")
    post.go_on(A_WHILE)
    ticket = only(post.own())
    assert (ticket.failing_since, ticket.ticket.occurrences) == (died_at, 1)
    assert [entry.kind for entry in ticket.timeline].count("opened") == 1


def test_an_interruption_is_told_although_the_database_was_away_when_it_was_to_be(
    post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*_: object) -> str:
        raise DatabaseUnavailable

    died_at = post.clock.now()
    post.die()
    post.begin("second")
    with monkeypatch.context() as outage:
        outage.setattr("watchdesk.shifts.standing_ready", away)
        post.turn()
    assert post.own() == []
    post.go_on(A_WHILE)
    assert only(post.own()).failing_since == died_at


def test_two_interruptions_soon_after_one_another_are_one_incident_that_counts_them(post: Post) -> None:
    interrupt(post, A_WHILE)
    post.go_on(A_WHILE)
    post.die()
    post.begin("third")
    post.turn()
    post.respond()
    assert only(post.own()).ticket.occurrences == 2


def test_an_interruption_after_the_last_was_resolved_reopens_it(post: Post) -> None:
    interrupt(post, A_WHILE)
    post.go_on(POLICY.grace + A_WHILE)
    assert only(post.own()).ticket.state == "resolved"
    post.die()
    post.begin("third")
    post.turn()
    post.respond()
    assert (only(post.own()).ticket.state, only(post.own()).ticket.reopen_count) == ("new", 1)


def test_a_shift_that_was_held_up_says_so(post: Post) -> None:
    post.clock.advance(timedelta(minutes=2))
    post.turn()
    post.respond()
    ticket = only(post.own())
    assert "(2m)" in ticket.ticket.summary
    assert "held up" in ticket.ticket.summary


def test_no_relief_for_a_while_opens_one_incident_and_a_relief_resolves_it(post: Post) -> None:
    post.go_on(ALONE_FOR - LOOK, is_relieved=False)
    assert post.own() == []
    post.go_on(A_WHILE, is_relieved=False)
    assert only(post.own()).ticket.title == "No relief stands ready for the watch"
    post.go_on(POLICY.grace + A_WHILE)
    assert only(post.own()).ticket.state == "resolved"


def test_a_relief_that_is_missing_at_every_hand_over_for_a_moment_opens_nothing(post: Post) -> None:
    for name in ("second", "third", "fourth", "fifth"):
        post.stop("handed over to its relief")
        post.begin(name)
        post.go_on(LOOK * 2, is_relieved=False)
        post.go_on(LOOK * 2)
    assert post.own() == []


def check_late(post: Post, share: float, lasting: timedelta) -> None:
    """Checks that begin late by that share of their interval, for a time."""
    assert post.watch is not None
    for _ in range(lasting // LOOK):
        for _ in range(20):
            post.watch._self_watch.lateness.note(share)
        post.go_on(LOOK)


def test_checks_that_go_on_beginning_late_open_one_incident_and_punctual_ones_resolve_it(post: Post) -> None:
    check_late(post, 0.1, A_WHILE)
    check_late(post, 0.9, LATE_FOR - LOOK)
    assert post.own() == []
    check_late(post, 0.9, 3 * A_WHILE)
    assert only(post.own()).ticket.title == "Checks begin too late"
    check_late(post, 0.1, timedelta(minutes=12))
    assert only(post.own()).ticket.state == "resolved"


def test_lateness_outlives_the_shift_that_saw_it(post: Post) -> None:
    check_late(post, 0.9, LATE_FOR - 2 * LOOK)
    post.stop("handed over to its relief")
    post.begin("second")
    check_late(post, 0.9, 4 * LOOK)
    assert only(post.own()).ticket.title == "Checks begin too late"


def test_a_burst_of_late_checks_after_a_start_opens_nothing(post: Post) -> None:
    check_late(post, 5.0, A_WHILE)
    check_late(post, 0.0, timedelta(minutes=4))
    assert post.own() == []


def test_the_reconciliation_finds_nothing_to_complain_of(post: Post) -> None:
    interrupt(post, A_WHILE)
    assert post.discrepancies() == 0
    post.go_on(A_WHILE)
    assert post.discrepancies() == 0
    post.go_on(POLICY.grace + A_WHILE)
    assert post.discrepancies() == 0


def test_the_ticket_explains_itself(post: Post) -> None:
    interrupt(post, A_WHILE)
    post.go_on(A_WHILE)
    number = only(post.own()).ticket.number
    with post.database.reading() as session:
        text = of_ticket(session, post.library.current(), number, post.clock.now()).as_text()
    assert "nobody watched from" in text
    assert "grace: " in text
    assert f"{INTERRUPTION} is ok" in text


def test_nothing_of_it_is_among_the_monitors_that_are_counted(post: Post) -> None:
    interrupt(post, A_WHILE)
    with post.database.reading() as session:
        found = status(session, post.library.current(), post.clock.now())
    assert sum(found.monitors.values()) == 0
    assert found.awaited == ()
    assert not OWN_MONITORS.keys() & post.library.current().monitors.keys()


def test_the_report_tells_it_as_the_watchs_own_and_counts_it_for_no_service(post: Post) -> None:
    began = post.clock.now()
    interrupt(post, A_WHILE)
    post.go_on(A_WHILE)
    period = Period(since=began - timedelta(hours=1), until=post.clock.now())
    with post.database.reading() as session:
        made = make(session, post.library.current().catalogue, {}, period, post.clock.now())
    assert [own.title for own in made.own] == ["The watch was interrupted"]
    assert (made.incidents, made.noisiest, [line.incidents for line in made.services]) == ((), (), [0, 0])
    assert made.to_json()["watch"][0]["number"] == made.own[0].number


def test_the_time_of_the_watch_itself_is_no_availability_of_the_service_that_owns_it(post: Post) -> None:
    began = post.clock.now()
    interrupt(post, A_WHILE)
    post.go_on(A_WHILE)
    period = Period(since=began - timedelta(minutes=1), until=post.clock.now())
    with post.database.reading() as session:
        made = make(session, post.library.current().catalogue, {}, period, post.clock.now())
    line = next(line for line in made.services if line.service.id == SERVICE)
    assert (line.availability.ratio, line.availability.unknown_ratio) == (None, 1.0)


def settle(post: Post) -> None:
    """Take in every check that is under way."""
    assert post.watch is not None
    while post.watch._engine.in_flight:
        post.turn()
        time.sleep(0.01)


def test_a_freeze_opens_one_ticket_also_when_every_slow_check_was_due_in_it(
    database: Database, clock: FrozenClock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("loop.watch.LONGEST_WAIT_S", 0.0)
    monkeypatch.setattr("loop.watch.SHORTEST_TURN_S", 0.0)
    slow = "{plugin: [sleep, '0.2'], every: 15m, service: shop}"  # back after the turn that hands it out
    each = "\n".join(f"  slow-{number}: {slow}" for number in range(40))
    post = Post(database, clock, tmp_path, monitors=f"monitors:\n{each}\n")
    post.begin("first")
    for _ in range(2):  # what is new is due within moments
        clock.advance(LOOK)
        post.turn()
        settle(post)
    clock.advance(timedelta(hours=2))  # the machine sleeps
    post.turn()
    settle(post)
    for _ in range((LATE_FOR + A_WHILE) // LOOK):
        post.go_on(LOOK)
        settle(post)
    assert post.watch is not None
    assert (only(post.own()).ticket.title, post.watch._self_watch.lateness.late) == ("The watch was interrupted", 0.0)
    post.close()
