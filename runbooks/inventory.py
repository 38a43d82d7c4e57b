"""Inventory sanity: when services and items vanish all at once, what is left is not to be trusted (R5)."""

from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from runbooks.guards import Denial, Request
from runbooks.tables import InventoryRow
from watchdesk.catalogue import Catalogue

LEAST_SHARE = 0.7  # more than 30 % gone at once is no ordinary change
SMALL = 5  # below this a share says nothing
BELIEVED_AFTER = timedelta(hours=1)
ONLY = 1


def size_of(catalogue: Catalogue) -> int:
    return len(catalogue.services) + len(catalogue.items)


def remember(session: Session, catalogue: Catalogue, now: datetime) -> None:
    """Keep the number of members in mind. A drop is believed only after an hour, or when a person accepts it."""
    members, row = size_of(catalogue), session.get(InventoryRow, ONLY)
    if row is None:
        session.add(InventoryRow(id=ONLY, members=members, changed_by="watchdesk"))
    elif not _is_drop(row.members, members) or (row.dropped_at is not None and now - row.dropped_at >= BELIEVED_AFTER):
        row.members, row.dropped_to, row.dropped_at, row.changed_by = members, None, None, "watchdesk"
    else:
        row.dropped_to, row.dropped_at = members, row.dropped_at or now
    session.flush()


def accept(session: Session, catalogue: Catalogue, who: str) -> None:
    """A person says that the present inventory is right."""
    row = session.get(InventoryRow, ONLY) or InventoryRow(id=ONLY)
    row.members, row.dropped_to, row.dropped_at, row.changed_by = size_of(catalogue), None, None, who
    session.add(row)
    session.flush()


def refuse_after_a_drop(session: Session, request: Request) -> Denial | None:
    members, row = size_of(request.catalogue), session.get(InventoryRow, ONLY)
    if row is None or not _is_drop(row.members, members):
        return None
    since = row.dropped_at or request.now
    if request.now - since >= BELIEVED_AFTER:
        return None
    return Denial(
        guard="inventory",
        reason=f"only {members} of {row.members} services and items are left; nothing is repaired until "
        f"{(since + BELIEVED_AFTER).isoformat()}, or until a person says that this is right: "
        "watchdesk runbooks accept-inventory",
        numbers={"members": members, "known": row.members, "least_share": LEAST_SHARE},
    )


def _is_drop(known: int, members: int) -> bool:
    return known >= SMALL and members < LEAST_SHARE * known
