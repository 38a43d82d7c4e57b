"""Proof of recovery: a pure judgement on what the origin monitor shows about an open ticket.

Each rule either names a reason why the ticket must stay open, or passes it on to the next; what passes them all is
proved (reference/ticketing.md section 5, "Auto-resolve policy").
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from itertools import pairwise

from watchdesk.definitions.quantities import format_duration
from watchdesk.health import Health
from watchdesk.signals import RecoveryEvidence

STALE_INTERVALS = 3
LEAST_STALENESS = timedelta(seconds=60)  # below this a busy machine looks dead


class Finding(StrEnum):
    """Why a ticket is still open, or that nothing holds it open any more."""

    REMEDIATING = "remediating"
    RETIRED = "retired"
    PAUSED = "paused"
    BLIND = "blind"
    FAILING = "failing"
    FLAPPING = "flapping"
    GRACE = "grace"
    MEMBERS = "members"
    MAJOR = "major"
    PERSON = "person"
    PROVED = "proved"


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """What a ticket brings to the judgement. `holder` is the clause of the human guard, None when nobody is at work.

    `blind_since` and `sighted_at` bound its last blindness, `failing_members` are names of monitors.
    """

    is_about_blindness: bool
    is_remediating: bool
    is_major: bool
    holder: str | None
    last_failure_at: datetime
    sighted_at: datetime | None
    flapping_since: datetime | None
    failing_members: tuple[str, ...]
    after: int
    grace: timedelta
    every: timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """The judgement. `since` is when the reason began, or for a proof when the good samples began."""

    finding: Finding
    reason: str
    since: datetime | None = None


def judge(case: Case, seen: RecoveryEvidence, now: datetime) -> Standing:
    """The first rule that speaks; PROVED when none does."""
    rules = BLINDNESS_RULES if case.is_about_blindness else RULES
    for rule in rules:
        standing = rule(case, seen, now)
        if standing is not None:
            return standing
    return Standing(finding=Finding.PROVED, reason=_say_proof(case, seen), since=good_since(case, seen))


def good_since(case: Case, seen: RecoveryEvidence) -> datetime | None:
    """When the good samples that count began: not before blindness ended, nor before a silence between them."""
    if seen.ok_since is None:
        return None
    breaks = [
        later.at for earlier, later in pairwise(seen.samples) if later.at - earlier.at > longest_silence(case.every)
    ]
    return max([seen.ok_since, *breaks, *([case.sighted_at] if case.sighted_at else [])])


def longest_silence(every: timedelta) -> timedelta:
    """How far apart two samples may be before what lies between them counts as unseen."""
    return max(STALE_INTERVALS * every, LEAST_STALENESS)


def is_stale(every: timedelta, seen: RecoveryEvidence, now: datetime) -> bool:
    """Whether the newest sample is too old to say anything about now."""
    if seen.is_stale or seen.last_sample_at is None:
        return True
    return now - seen.last_sample_at > longest_silence(every)


def _remediating(case: Case, seen: RecoveryEvidence, now: datetime) -> Standing | None:  # noqa: ARG001
    if not case.is_remediating:
        return None
    return Standing(finding=Finding.REMEDIATING, reason="a runbook is at work; it is judged when that has finished")


def _retired(case: Case, seen: RecoveryEvidence, now: datetime) -> Standing | None:
    if seen.exists:
        return None
    reason = f"{seen.monitor} is gone from the definitions"
    held = _person(case, seen, now)
    return (
        Standing(finding=Finding.PERSON, reason=f"{reason}, but {case.holder}")
        if held
        else Standing(finding=Finding.RETIRED, reason=reason)
    )


def _paused(case: Case, seen: RecoveryEvidence, now: datetime) -> Standing | None:  # noqa: ARG001
    if not seen.is_paused:
        return None
    return Standing(finding=Finding.PAUSED, reason=f"{seen.monitor} is paused, so nothing can prove a recovery")


def _blind(case: Case, seen: RecoveryEvidence, now: datetime) -> Standing | None:
    if seen.health is Health.UNKNOWN:
        since = seen.unknown_since or seen.last_sample_at
        return Standing(finding=Finding.BLIND, reason=f"the verdict of {seen.monitor} is unknown", since=since)
    if is_stale(case.every, seen, now):
        reason = f"no fresh sample of {seen.monitor} came in"
        return Standing(finding=Finding.BLIND, reason=reason, since=seen.last_sample_at)
    return None


def _failing(case: Case, seen: RecoveryEvidence, now: datetime) -> Standing | None:  # noqa: ARG001
    if seen.health is not Health.OK:
        return Standing(finding=Finding.FAILING, reason=f"{seen.monitor} is {seen.health}", since=seen.last_sample_at)
    if seen.ok_since is None or seen.ok_streak < 1:
        return Standing(finding=Finding.FAILING, reason=f"{seen.monitor} has no good sample since the failure")
    if seen.ok_since <= case.last_failure_at:
        return Standing(finding=Finding.FAILING, reason="its good samples are older than the failure")
    if any(sample.at >= seen.ok_since and sample.health is not Health.OK for sample in seen.samples):
        return Standing(finding=Finding.FAILING, reason="its samples contradict the good streak")
    return None


def _flapping(case: Case, seen: RecoveryEvidence, now: datetime) -> Standing | None:  # noqa: ARG001
    if not seen.is_flapping and case.flapping_since is None:
        return None
    since = case.flapping_since or seen.last_sample_at
    return Standing(finding=Finding.FLAPPING, reason=f"{seen.monitor} flaps", since=since)


def _grace(case: Case, seen: RecoveryEvidence, now: datetime) -> Standing | None:  # noqa: ARG001
    """Good samples must be enough in number, and span the grace themselves: silence after one proves nothing."""
    start = good_since(case, seen)
    if start is None or seen.last_sample_at is None:
        return Standing(finding=Finding.GRACE, reason="no good sample counts yet")
    spanned, counted = seen.last_sample_at - start, _counted(case, seen, start)
    if counted >= case.after and spanned >= case.grace:
        return None
    reason = f"{counted} of {case.after} good samples, over {_seconds(spanned)} of {_seconds(case.grace)}"
    return Standing(finding=Finding.GRACE, reason=reason, since=start)


def _counted(case: Case, seen: RecoveryEvidence, start: datetime) -> int:
    """Good samples from `start` on. When the streak is older than that, those listed are counted.

    Where the list is too short to reach back to `start`, half of what the rhythm allows since then is believed.
    """
    if seen.last_sample_at is None or start > seen.last_sample_at:
        return 0
    if seen.ok_since is not None and seen.ok_since >= start:
        return seen.ok_streak
    listed = sum(sample.at >= start for sample in seen.samples)
    if listed < len(seen.samples):
        return listed
    return max(listed, min(seen.ok_streak, (seen.last_sample_at - start) // (2 * case.every)))


def _members(case: Case, seen: RecoveryEvidence, now: datetime) -> Standing | None:  # noqa: ARG001
    if not case.failing_members:
        return None
    reason = f"{seen.monitor} is healthy, but {', '.join(case.failing_members)} still fails"
    return Standing(finding=Finding.MEMBERS, reason=reason, since=good_since(case, seen))


def _major(case: Case, seen: RecoveryEvidence, now: datetime) -> Standing | None:  # noqa: ARG001
    if not case.is_major:
        return None
    reason = "it is a major incident, which only a person resolves"
    return Standing(finding=Finding.MAJOR, reason=reason, since=good_since(case, seen))


def _person(case: Case, seen: RecoveryEvidence, now: datetime) -> Standing | None:  # noqa: ARG001
    if case.holder is None:
        return None
    return Standing(finding=Finding.PERSON, reason=case.holder, since=good_since(case, seen) or seen.last_sample_at)


def _not_seeing_yet(case: Case, seen: RecoveryEvidence, now: datetime) -> Standing | None:  # noqa: ARG001
    if seen.last_sample_at is not None and seen.last_sample_at > case.last_failure_at:
        return None
    return Standing(finding=Finding.BLIND, reason="no sample came in since it went blind")


Rule = Callable[[Case, RecoveryEvidence, datetime], Standing | None]
RULES: tuple[Rule, ...] = (
    _remediating, _retired, _paused, _blind, _failing, _flapping, _grace, _members, _major, _person,
)  # fmt: skip
BLINDNESS_RULES: tuple[Rule, ...] = (_retired, _paused, _blind, _not_seeing_yet, _major, _person)


def _say_proof(case: Case, seen: RecoveryEvidence) -> str:
    start = good_since(case, seen)
    if case.is_about_blindness or start is None or seen.last_sample_at is None:
        return f"{seen.monitor} gives a verdict again, {seen.health}"
    counted, spanned = _counted(case, seen, start), seen.last_sample_at - start
    samples = f"{counted} good samples in a row over {_seconds(spanned)} since {start:%H:%M:%S} UTC"
    return f"{seen.monitor} is healthy: {samples}, all after the failure of {case.last_failure_at:%H:%M:%S} UTC"


def _seconds(span: timedelta) -> str:
    tenths = round(max(span.total_seconds(), 0) * 10)
    return format_duration(timedelta(seconds=tenths / 10))
