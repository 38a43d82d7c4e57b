"""What stands around every page: the rail with its counts, the live badge, the title's and the icon's warning."""

from dataclasses import dataclass
from datetime import datetime
from urllib.parse import unquote

from sqlalchemy import func, select
from sqlalchemy.orm import Session
from starlette.requests import Request

from console.demo.breaking import is_up
from console.http.desk import desk_of
from console.http.icon import icon
from monitors.tables import MonitorStateRow
from ticketing import queries
from ticketing.standing import worst_open_priority
from watchdesk import shifts
from watchdesk.clock import from_epoch_ms
from watchdesk.fingerprints import OWN

NAME_COOKIE = "watchdesk_name"
LONGEST_NAME = 80


@dataclass(frozen=True, slots=True, kw_only=True)
class Room:
    """One entry of the rail."""

    id: str
    path: str
    title: str
    group: str
    count: int | None = None
    is_alarm: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """`checked_at` is the newest result of any monitor but the watch's own; `is_watched` says that a shift is on duty;
    `seen` names a change that the page shows already, so that its stream can tell of later ones.
    """

    rooms: tuple[Room, ...]
    here: str
    path: str
    who: str
    worst: str | None
    open_tickets: int
    checked_at: datetime | None
    is_watched: bool
    icon: str
    seen: str

    def beside(self, ending: str) -> str:
        """The same with another ending: `.json` of `/tickets?chip=mine` is `/tickets.json?chip=mine`."""
        path, _, query = self.path.partition("?")
        return ("/overview" if path == "/" else path) + ending + (f"?{query}" if query else "")

    def grouped(self) -> list[tuple[str, list[Room]]]:
        """The rooms by group, in order."""
        names = list(dict.fromkeys(room.group for room in self.rooms))
        return [(name, [room for room in self.rooms if room.group == name]) for name in names]


def frame_of(session: Session, request: Request, here: str, now: datetime, path: str | None = None) -> Frame:
    """The frame for one page; `path` when its address is not the request's."""
    desk = desk_of(request)
    monitors = len(desk.shelf.current().monitors)
    opened = queries.count_open(session)
    worst = worst_open_priority(session)
    of_others = ~MonitorStateRow.monitor.startswith(OWN)  # that the watch looks at itself checks nothing
    last_at = session.execute(select(func.max(MonitorStateRow.last_at)).where(of_others)).scalar()
    return Frame(
        rooms=(*rooms(opened, monitors, worst), *((DEMO,) if is_up(desk.settings) else ())),
        here=here,
        path=path or request.url.path + (f"?{request.url.query}" if request.url.query else ""),
        who=who_is(request),
        worst=worst,
        open_tickets=opened,
        checked_at=None if last_at is None else from_epoch_ms(round(last_at * 1000)),
        is_watched=shifts.on_duty(session, now) is not None,
        icon=icon(worst),
        seen=request.state.seen,
    )


def who_is(request: Request) -> str:
    """The name under which this browser acts; empty until somebody gave one."""
    name = unquote(request.cookies.get(NAME_COOKIE) or "", errors="replace")
    return "".join(letter for letter in name if letter.isprintable()).strip()[:LONGEST_NAME]


DEMO = Room(id="demo", path="/demo", title="Break something", group="Demo")


def rooms(opened: int, monitors: int, worst: str | None) -> tuple[Room, ...]:
    """The rooms of every console, with how many tickets are open and monitors watched."""
    return (
        Room(id="overview", path="/", title="Overview", group=""),
        Room(
            id="tickets", path="/tickets", title="Tickets", group="Work", count=opened, is_alarm=worst in {"P1", "P2"}
        ),
        Room(id="services", path="/services", title="Services", group="Work"),
        Room(id="monitors", path="/monitors", title="Monitors", group="Work", count=monitors),
        Room(id="runbooks", path="/runbooks", title="Runbooks", group="Work"),
        Room(id="reports", path="/reports", title="Reports", group="Know"),
        Room(id="status", path="/status", title="Status page", group="Know"),
        Room(id="health", path="/health", title="Watchdesk itself", group="Know"),
    )
