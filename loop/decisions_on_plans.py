"""A person's word on a stored plan: one transaction, the same from the command line and from a page."""

from loop import approval
from loop.definitions import Definitions
from runbooks.proposal import Proposal
from watchdesk.clock import Clock
from watchdesk.database import Database


def approve(database: Database, clock: Clock, definitions: Definitions, plan_hash: str, who: str) -> Proposal:
    """Let the plan run. Raises NotFound, PlanStale when another one would run now, Refused without a name."""
    now = clock.now()
    with database.writing() as session:
        planned = approval.plan_again(session, plan_hash, definitions, now)
        return approval.approve(session, plan_hash, who, planned, now)


def decline(database: Database, clock: Clock, plan_hash: str, who: str) -> Proposal:
    """Keep the plan from running; the ticket no longer waits for it."""
    with database.writing() as session:
        return approval.decline(session, plan_hash, who, clock.now())
