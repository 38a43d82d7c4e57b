"""Short numbers for monitors, given once and for ever."""

from collections.abc import Iterable, Mapping

from sqlalchemy import select
from sqlalchemy.orm import Session

from monitors.monitor import Monitor
from monitors.rhythm import stands_for
from monitors.storage.portions import portions
from monitors.tables import MonitorNumberRow
from watchdesk.upsert import insert_for


def assign(session: Session, monitors: Iterable[str] | Mapping[str, Monitor]) -> dict[str, int]:
    """The number of each monitor; one that has none gets the next.

    Given definitions, not only ids, their rhythm is noted too: how long a result stands (`monitors.rhythm`).
    """
    stands = {name: _stands_s(monitors, name) for name in monitors}
    known = known_numbers(session, stands)
    missing = sorted(stands.keys() - known.keys())
    if missing:
        rows = [{"monitor": name, "stands_s": stands[name]} for name in missing]
        session.execute(insert_for(session, MonitorNumberRow).on_conflict_do_nothing(), rows)
        known |= known_numbers(session, missing)
    note_rhythms(session, {name: stood for name, stood in stands.items() if stood is not None})
    return known


def known_numbers(session: Session, monitors: Iterable[str] | None = None) -> dict[str, int]:
    """The numbers of those monitors (None: of all) that have one."""
    wanted = select(MonitorNumberRow.monitor, MonitorNumberRow.number)
    if monitors is None:
        return {row.monitor: row.number for row in session.execute(wanted)}
    return {
        row.monitor: row.number
        for names in portions(monitors)
        for row in session.execute(wanted.where(MonitorNumberRow.monitor.in_(names)))
    }


def _stands_s(monitors: Iterable[str] | Mapping[str, Monitor], name: str) -> float | None:
    return stands_for(monitors[name]).total_seconds() if isinstance(monitors, Mapping) else None


def note_rhythms(session: Session, stands: Mapping[str, float]) -> None:
    """Write down how long a result of each monitor stands, in seconds, where that changed."""
    row = MonitorNumberRow
    known: dict[str, float | None] = {}
    for names in portions(stands):
        rows = session.execute(select(row.monitor, row.stands_s).where(row.monitor.in_(names)))
        known |= {found.monitor: found.stands_s for found in rows}
    changed = [{"monitor": name, "stands_s": stood} for name, stood in stands.items() if known.get(name) != stood]
    if changed:
        insert = insert_for(session, row)
        session.execute(
            insert.on_conflict_do_update(index_elements=["monitor"], set_={"stands_s": insert.excluded.stands_s}),
            changed,
        )
