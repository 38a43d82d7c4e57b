"""Ids sort by time, verdicts have an order, and misspelt words find their neighbours."""

from datetime import timedelta
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from tests.clock import START
from watchdesk.clock import from_epoch_ms, to_epoch_ms
from watchdesk.health import Health, worst
from watchdesk.ids import new_id
from watchdesk.spelling import did_you_mean


def test_ids_made_later_sort_later() -> None:
    ids = [new_id(START + timedelta(milliseconds=n)) for n in range(50)]
    assert ids == sorted(ids)


def test_an_id_is_a_uuid_of_version_7() -> None:
    made = UUID(new_id(START))
    assert (made.version, made.variant) == (7, "specified in RFC 4122")


def test_ids_of_one_instant_differ() -> None:
    assert len({new_id(START) for _ in range(1000)}) == 1000


def test_critical_outweighs_unknown_and_unknown_outweighs_warning() -> None:
    assert worst([Health.OK, Health.WARNING, Health.UNKNOWN, Health.CRITICAL]) is Health.CRITICAL
    assert worst([Health.WARNING, Health.UNKNOWN, Health.OK]) is Health.UNKNOWN


def test_no_verdict_at_all_is_unknown() -> None:
    assert worst([]) is Health.UNKNOWN


@given(st.integers(0, 4 * 10**12))
def test_epoch_milliseconds_survive_the_way_through_an_instant(epoch_ms: int) -> None:
    assert to_epoch_ms(from_epoch_ms(epoch_ms)) == epoch_ms


def test_a_near_word_is_offered_and_a_far_one_is_not() -> None:
    assert did_you_mean("evry", ["every", "expect"]) == "; did you mean 'every'?"
    assert did_you_mean("zzz", ["every", "expect"]) == ""
