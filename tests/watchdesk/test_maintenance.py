"""Windows declared at once, on both databases."""

from datetime import timedelta

import pytest

from tests.clock import FrozenClock
from watchdesk import maintenance
from watchdesk.database import Database
from watchdesk.errors import NotFound, Refused
from watchdesk.maintenance import Declaration
from watchdesk.windows import active

HOUR = timedelta(hours=1)


def declaration(clock: FrozenClock, **given: object) -> Declaration:
    usual = {"starts_at": clock.now(), "ends_at": clock.now() + HOUR, "services": ("shop",), "reason": "new disk"}
    return Declaration(**(usual | given))  # type: ignore[arg-type]


def test_a_declared_window_is_in_force_until_it_ends(database: Database, clock: FrozenClock) -> None:
    with database.writing() as session:
        maintenance.add(session, declaration(clock), "ada", clock.now())
    with database.reading() as session:
        windows = maintenance.current(session, clock.now())
    assert active(windows, "shop", clock.now() + HOUR / 2) is windows[0]
    assert active(windows, "till", clock.now() + HOUR / 2) is None
    assert active(windows, "shop", clock.now() + HOUR) is None


def test_a_window_ended_early_says_by_whom_and_is_no_longer_in_force(database: Database, clock: FrozenClock) -> None:
    with database.writing() as session:
        window = maintenance.add(session, declaration(clock), "ada", clock.now())
    clock.advance(HOUR / 4)
    with database.writing() as session:
        ended = maintenance.end(session, window.id, "bob", clock.now())
    assert (ended.ends_at, ended.ended_by) == (clock.now(), "bob")
    with database.reading() as session:
        assert maintenance.current(session, clock.now()) == ()


def test_a_window_that_is_over_cannot_be_ended_again(database: Database, clock: FrozenClock) -> None:
    with database.writing() as session:
        window = maintenance.add(session, declaration(clock), "ada", clock.now())
        clock.advance(2 * HOUR)
        with pytest.raises(Refused, match="ended at"):
            maintenance.end(session, window.id, "bob", clock.now())


def test_ending_a_window_that_does_not_exist_says_where_to_look(sqlite: Database, clock: FrozenClock) -> None:
    with sqlite.writing() as session, pytest.raises(NotFound, match="maintenance list"):
        maintenance.end(session, "no-such-id", "bob", clock.now())


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"services": ()}, "covers nothing"),
        ({"reason": "  "}, "needs a reason"),
        ({"ends_at": FrozenClock().now()}, "would end at"),
        ({"ends_at": FrozenClock().now() + HOUR, "starts_at": FrozenClock().now() + 2 * HOUR}, "would end at"),
    ],
)
def test_a_window_that_cannot_be_meant_is_refused(
    sqlite: Database, clock: FrozenClock, given: dict[str, object], words: str
) -> None:
    with sqlite.writing() as session, pytest.raises(Refused, match=words):
        maintenance.add(session, declaration(clock, **given), "ada", clock.now())
