"""Windows declared at once: somebody is about to work on something and says so."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from watchdesk.errors import NotFound, Refused
from watchdesk.ids import new_id
from watchdesk.maintenance_tables import MaintenanceWindow
from watchdesk.windows import Recurrence, Window, WindowKind


@dataclass(frozen=True, slots=True, kw_only=True)
class Declaration:
    """What a person declares. At least one service ('*' is all) or monitor, and a reason."""

    starts_at: datetime
    ends_at: datetime
    services: tuple[str, ...] = ()
    monitors: tuple[str, ...] = ()
    reason: str
    kind: WindowKind = WindowKind.MAINTENANCE


@dataclass(frozen=True, slots=True, kw_only=True)
class Declared:
    """A declared window. `ended_by` names who ended it before its time."""

    id: str
    kind: WindowKind
    starts_at: datetime
    ends_at: datetime
    services: tuple[str, ...]
    monitors: tuple[str, ...]
    reason: str
    created_by: str
    created_at: datetime
    ended_by: str | None

    def as_window(self) -> Window:
        """The same as a window of the definitions, to be asked with them."""
        begins = self.starts_at.astimezone(UTC).replace(tzinfo=None)
        return Window(
            id=self.id,
            kind=self.kind,
            services=self.services,
            monitors=self.monitors,
            reason=self.reason,
            when=Recurrence(tz="UTC", first=begins, lasts=self.ends_at - self.starts_at),
        )


def add(session: Session, declaration: Declaration, who: str, now: datetime) -> Declared:
    """Declare a window. Raises Refused for one that covers nothing, has no reason, or would be over already."""
    _check(declaration, now)
    row = MaintenanceWindow(
        id=new_id(now),
        kind=declaration.kind.value,
        starts_at=declaration.starts_at,
        ends_at=declaration.ends_at,
        services=list(declaration.services),
        monitors=list(declaration.monitors),
        reason=declaration.reason.strip(),
        created_by=who,
        created_at=now,
    )
    session.add(row)
    session.flush()
    return _declared(row)


def end(session: Session, window_id: str, who: str, now: datetime) -> Declared:
    """End a window now, or call it off before it began. Raises NotFound, or Refused when it is over."""
    finish = (
        update(MaintenanceWindow)
        .where(MaintenanceWindow.id == window_id, MaintenanceWindow.ends_at > now)
        .values(ends_at=now, ended_by=who)
        .returning(MaintenanceWindow.id)
    )
    ended = session.execute(finish).first()
    row = session.get(MaintenanceWindow, window_id, populate_existing=True)
    if row is None:
        message = f"no declared window has the id '{window_id}'; `watchdesk maintenance list` shows them"
        raise NotFound(message)
    if ended is None:
        message = f"the window '{window_id}' ended at {row.ends_at.isoformat()}"
        raise Refused(message)
    return _declared(row)


def declared(session: Session, now: datetime) -> tuple[Declared, ...]:
    """The declared windows that are not over: in force or to come, soonest first."""
    query = select(MaintenanceWindow).where(MaintenanceWindow.ends_at > now)
    ordered = query.order_by(MaintenanceWindow.starts_at, MaintenanceWindow.id)
    return tuple(_declared(row) for row in session.scalars(ordered))


def current(session: Session, now: datetime) -> tuple[Window, ...]:
    """The same as windows, to be asked together with those of the definitions."""
    return tuple(window.as_window() for window in declared(session, now))


def all_windows(session: Session, defined: Iterable[Window], now: datetime) -> tuple[Window, ...]:
    """The windows of the definitions, and the declared ones that are not over."""
    return (*defined, *current(session, now))


def _check(declaration: Declaration, now: datetime) -> None:
    if not (declaration.services or declaration.monitors):
        message = "the window covers nothing; name a service or a monitor ('*' as service is all of them)"
        raise Refused(message)
    if not declaration.reason.strip():
        message = "a window needs a reason; whoever finds the monitors quiet will ask for it"
        raise Refused(message)
    if declaration.ends_at <= max(declaration.starts_at, now):
        message = f"the window would end at {declaration.ends_at.isoformat()}, before it begins or before now"
        raise Refused(message)


def _declared(row: MaintenanceWindow) -> Declared:
    return Declared(
        id=row.id,
        kind=WindowKind(row.kind),
        starts_at=row.starts_at,
        ends_at=row.ends_at,
        services=tuple(row.services),
        monitors=tuple(row.monitors),
        reason=row.reason,
        created_by=row.created_by,
        created_at=row.created_at,
        ended_by=row.ended_by,
    )
