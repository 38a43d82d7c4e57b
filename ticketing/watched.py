"""What an open incident is watched for: its facts as one value, and the pure plan of what a look at it changes."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from ticketing import guard
from ticketing.proof import Case, Finding, Standing
from ticketing.tables.ticket import Ticket
from ticketing.vocabulary import TicketState
from watchdesk.fingerprints import is_about_blindness
from watchdesk.signals import RecoveryEvidence

UNSEEN = frozenset({Finding.PAUSED, Finding.BLIND})
SEEN = frozenset(Finding) - UNSEEN - {Finding.REMEDIATING, Finding.RETIRED}
# The condition is well, as far as it goes: the state may say so.
SUBSIDING = frozenset({Finding.GRACE, Finding.MEMBERS, Finding.MAJOR})


class Step(StrEnum):
    """One thing that a look at a ticket may change."""

    SIGHT = "sight"
    STEADY = "steady"
    LOSE_SIGHT = "lose_sight"
    FLAP = "flap"
    FAIL_AGAIN = "fail_again"
    RECOVER = "recover"
    POST = "post"
    RESOLVE = "resolve"


@dataclass(frozen=True, slots=True, kw_only=True)
class Watched:
    """The facts of an open incident that recovery is judged by; those named like columns are the columns.

    `holder` is the clause of the human guard, None when nobody is at work. `failing_members` are monitors.
    """

    state: str
    fingerprint: str
    is_major: bool
    holder: str | None
    last_failure_at: datetime
    blind_since: datetime | None
    sighted_at: datetime | None
    flapping_since: datetime | None
    recovery_posted_at: datetime | None
    failing_members: tuple[str, ...]
    after: int
    grace: timedelta
    every: timedelta

    @property
    def is_about_blindness(self) -> bool:
        return is_about_blindness(self.fingerprint)

    @property
    def looks_recovered(self) -> bool:
        """Whether the ticket says that its condition is well."""
        return self.state == TicketState.RECOVERING or self.recovery_posted_at is not None

    def is_steady(self, seen: RecoveryEvidence) -> bool:
        """Whether samples newer than the beginning of flapping say that it is over."""
        if self.flapping_since is None or seen.is_flapping or seen.is_stale or seen.last_sample_at is None:
            return False
        return seen.last_sample_at > self.flapping_since

    def counts_from(self, seen: RecoveryEvidence) -> datetime | None:
        """From when good samples count: after blindness, a streak that is older than it does not."""
        if self.blind_since is None:
            return self.sighted_at
        if seen.ok_since is not None and seen.ok_since > self.blind_since:
            return seen.ok_since
        return seen.last_sample_at

    def case(self, seen: RecoveryEvidence) -> Case:
        """What is judged: blindness or flapping that is seen to be over no longer counts."""
        return Case(
            is_about_blindness=self.is_about_blindness,
            is_remediating=self.state == TicketState.REMEDIATING,
            is_major=self.is_major,
            holder=self.holder,
            last_failure_at=self.last_failure_at,
            sighted_at=self.counts_from(seen),
            flapping_since=None if self.is_steady(seen) else self.flapping_since,
            failing_members=self.failing_members,
            after=self.after,
            grace=self.grace,
            every=self.every,
        )


def watch(ticket: Ticket, failing_members: tuple[str, ...], now: datetime) -> Watched:
    """The facts of a ticket as it stands."""
    return Watched(
        state=ticket.state,
        fingerprint=ticket.fingerprint or "",
        is_major=ticket.is_major,
        holder=guard.holder(ticket, now),
        last_failure_at=ticket.last_failure_at or ticket.opened_at,
        blind_since=ticket.blind_since,
        sighted_at=ticket.sighted_at,
        flapping_since=ticket.flapping_since,
        recovery_posted_at=ticket.recovery_posted_at,
        failing_members=failing_members,
        after=ticket.resolve_after,
        grace=ticket.resolve_grace,
        every=ticket.every,
    )


def plan(watched: Watched, standing: Standing, seen: RecoveryEvidence) -> tuple[Step, ...]:
    """What the judgement asks for, in order; empty when the ticket says it all already."""
    finding = standing.finding
    is_newly_blind = finding in UNSEEN and watched.blind_since is None and not watched.is_about_blindness
    is_free = watched.state == TicketState.NEW and watched.holder is None
    is_for_people = finding in {Finding.MAJOR, Finding.PERSON}
    wishes = {
        Step.SIGHT: finding in SEEN and watched.blind_since is not None,
        Step.STEADY: watched.is_steady(seen),
        Step.LOSE_SIGHT: is_newly_blind,
        Step.FLAP: finding is Finding.FLAPPING and watched.flapping_since is None,
        Step.FAIL_AGAIN: finding is Finding.FAILING and watched.looks_recovered,
        Step.RECOVER: finding in SUBSIDING and is_free,
        Step.POST: is_for_people and watched.recovery_posted_at is None,
        Step.RESOLVE: finding in {Finding.PROVED, Finding.RETIRED},
    }
    return tuple(step for step, is_wished in wishes.items() if is_wished)
