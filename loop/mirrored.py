"""Which remediations were shown elsewhere (in Prefect), so that each is shown once and none is forgotten."""

from datetime import datetime

from sqlalchemy import delete, select

from runbooks import queries
from watchdesk.database import Database
from watchdesk.signals import Remediation
from watchdesk.tables import MirroredRow
from watchdesk.upsert import insert_for


def unseen(database: Database, since: datetime, limit: int) -> tuple[str, ...]:
    """Ids of remediations begun or ended since, or still running, that were not shown to their end; oldest first."""
    with database.reading() as session:
        found = queries.changed_since(session, since)
        shown = set(session.scalars(select(MirroredRow.remediation)))
    return tuple(attempt.id for attempt in found if attempt.id not in shown)[:limit]


def seen_now(database: Database, remediation: str) -> Remediation:
    """The remediation as the journal has it at this moment. Raises NotFound."""
    with database.reading() as session:
        return queries.show(session, remediation)


def note(database: Database, shown: Remediation, flow_run: str, now: datetime) -> None:
    """Put on record that it was shown to its end, as which flow run; shown again, the newer one counts."""
    values = {"flow_run": flow_run, "state": shown.state.value, "mirrored_at": now}
    with database.writing() as session:
        statement = insert_for(session, MirroredRow).values(remediation=shown.id, **values)
        session.execute(statement.on_conflict_do_update(index_elements=["remediation"], set_=values))


def forget(database: Database, before: datetime) -> None:
    """Remove the notes about what was shown before."""
    with database.writing() as session:
        session.execute(delete(MirroredRow).where(MirroredRow.mirrored_at < before))
