"""Whether a repair is proved: by the origin monitor's good samples taken after the last effect, and by nothing else."""

from dataclasses import dataclass
from datetime import datetime
from enum import Enum

from runbooks.model import Verify
from watchdesk.definitions.quantities import format_duration
from watchdesk.health import Health
from watchdesk.signals import RecoveryEvidence


class Proof(Enum):
    """What the evidence says so far."""

    PROVED = "proved"
    OPEN = "open"
    FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """What is waited for: samples after `effect_at`, the first good one at `wait_since` plus `within` at the latest."""

    verify: Verify
    effect_at: datetime
    wait_since: datetime


def judge(evidence: RecoveryEvidence, waiting: Waiting, now: datetime) -> tuple[Proof, str]:
    """The proof and its reason in words. Unknown, stale and older samples prove nothing."""
    verify, name = waiting.verify, evidence.monitor
    deadline = waiting.wait_since + verify.within
    first = first_good_after(evidence, waiting.effect_at)
    last = evidence.last_sample_at
    if first is not None and first <= deadline and last is not None:
        stable = last - first
        if stable >= verify.stable_for:
            return Proof.PROVED, f"{name} is ok by all samples from {first:%H:%M:%S} to {last:%H:%M:%S} UTC"
        if not evidence.is_stale:
            return Proof.OPEN, f"{name} has been ok for {stable.total_seconds():.1f} s"
    if now < deadline:
        return Proof.OPEN, f"{name} is {evidence.health}"
    return Proof.FAILED, f"not proved: {_what_is_wrong(evidence, waiting, first)}"


def first_good_after(evidence: RecoveryEvidence, effect_at: datetime) -> datetime | None:
    """The first sample after the effect from which on all samples are good; None while there is none."""
    last = evidence.last_sample_at
    if evidence.health is not Health.OK or last is None or last <= effect_at or evidence.ok_since is None:
        return None
    if evidence.ok_since > effect_at:
        return evidence.ok_since
    later = [sample.at for sample in evidence.samples if sample.at > effect_at and sample.health is Health.OK]
    return min(later, default=last)


def _what_is_wrong(evidence: RecoveryEvidence, waiting: Waiting, first: datetime | None) -> str:
    within = format_duration(waiting.verify.within)
    if not evidence.exists:
        return f"the monitor {evidence.monitor} is gone"
    if evidence.last_sample_at is None or evidence.last_sample_at <= waiting.effect_at:
        return f"{evidence.monitor} was not looked at after the last effect, for {within}"
    if evidence.is_stale:
        return f"{evidence.monitor} was last looked at {evidence.last_sample_at:%Y-%m-%d %H:%M:%S} UTC"
    if first is not None:
        return f"{evidence.monitor} is ok only since {first:%H:%M:%S} UTC, later than {within} after the last effect"
    return f"{evidence.monitor} is {evidence.health} {within} after the last effect"
