"""The proof of a repair: whatever the samples, it rests on good ones taken after the last effect."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from loop.proof import Proof, Waiting, judge
from runbooks.model import Verify
from watchdesk.health import Health
from watchdesk.signals import RecoveryEvidence, Sample

EFFECT = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
WITHIN, STABLE = 60, 5
WAITING = Waiting(
    verify=Verify(within=timedelta(seconds=WITHIN), stable_for=timedelta(seconds=STABLE)),
    effect_at=EFFECT,
    wait_since=EFFECT,
)
SAMPLES = st.lists(st.tuples(st.integers(-30, 120), st.sampled_from(Health)), max_size=15, unique_by=lambda s: s[0])


def seen(samples: list[tuple[int, Health]], *, is_stale: bool = False) -> RecoveryEvidence:
    """What a monitor shows after samples at so many seconds from the effect."""
    ordered = [
        Sample(at=EFFECT + timedelta(seconds=at), health=health, latency_s=None, summary="")
        for at, health in sorted(samples)
    ]
    streak: list[Sample] = []
    for sample in reversed(ordered):
        if sample.health is not Health.OK:
            break
        streak.append(sample)
    return RecoveryEvidence(
        monitor="shop-web",
        exists=True,
        health=ordered[-1].health if ordered else Health.UNKNOWN,
        ok_streak=len(streak),
        ok_since=streak[-1].at if streak else None,
        last_sample_at=ordered[-1].at if ordered else None,
        is_stale=is_stale,
        is_flapping=False,
        unknown_since=None,
        samples=tuple(ordered[-5:]),
    )


def verdict(samples: list[tuple[int, Health]], now: int) -> Proof:
    return judge(seen(samples), WAITING, EFFECT + timedelta(seconds=now))[0]


@given(SAMPLES, st.integers(0, 130))
def test_nothing_but_lasting_good_samples_after_the_effect_prove(samples: list[tuple[int, Health]], now: int) -> None:
    past = [sample for sample in samples if sample[0] <= now]
    if verdict(past, now) is Proof.PROVED:
        after = sorted(sample for sample in past if sample[0] > 0)
        last_bad = max((at for at, health in after if health is not Health.OK), default=0)
        good = [at for at, _ in after if at > last_bad]
        assert good
        assert good[0] <= WITHIN
        assert good[-1] - good[0] >= STABLE


@given(SAMPLES)
def test_every_wait_comes_to_an_end(samples: list[tuple[int, Health]]) -> None:
    shown = seen(samples, is_stale=True)
    assert judge(shown, WAITING, EFFECT + timedelta(seconds=WITHIN))[0] is not Proof.OPEN


def test_a_good_run_that_began_before_the_effect_counts_from_its_first_sample_after_it() -> None:
    good = [(at, Health.OK) for at in (-20, -10, 2, 4)]
    assert verdict(good, 4) is Proof.OPEN
    assert verdict([*good, (7, Health.OK)], 7) is Proof.PROVED


def test_a_recovery_later_than_allowed_is_no_proof() -> None:
    assert verdict([(1, Health.CRITICAL), (61, Health.OK), (70, Health.OK)], 70) is Proof.FAILED


def test_a_good_run_that_began_in_time_may_become_stable_after_the_deadline() -> None:
    assert verdict([(1, Health.CRITICAL), (58, Health.OK)], 61) is Proof.OPEN
    assert verdict([(1, Health.CRITICAL), (58, Health.OK), (63, Health.OK)], 63) is Proof.PROVED


def test_the_reason_names_what_was_missing() -> None:
    later = EFFECT + timedelta(seconds=WITHIN)
    assert "was not looked at after the last effect" in judge(seen([(-1, Health.OK)]), WAITING, later)[1]
    assert "shop-web is unknown" in judge(seen([(5, Health.UNKNOWN)]), WAITING, later)[1]
