"""Housekeeping of what monitors remember, a small step at a time."""

from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from monitors.storage.compaction import compact
from monitors.storage.retention import prune


def tidy(session: Session, now: datetime, keep_results: timedelta) -> bool:
    """One step of compaction or, when nothing is ripe, of retention; whether there may be more to do.

    Commits nothing: the caller gives each step a writing transaction of its own, so that the watch waits for none of
    them longer than about a second.
    """
    return compact(session, now) or prune(session, now - keep_results)
