"""What people order besides tickets: pauses, windows, checks, the kill switch. Each opens its own transaction."""

from dataclasses import dataclass
from datetime import datetime

from loop.definitions import Definitions
from monitors import pauses, pings, requests
from monitors.pauses import Pause
from monitors.pings import Told
from runbooks import inventory, stops
from watchdesk import maintenance
from watchdesk.database import Database
from watchdesk.errors import NotFound
from watchdesk.maintenance import Declaration, Declared
from watchdesk.spelling import did_you_mean


@dataclass(frozen=True, slots=True)
class Order:
    """Who wants it, why, and when."""

    who: str
    because: str
    now: datetime


def pause(database: Database, definitions: Definitions, order: Order, monitor: str, until: datetime | None) -> None:
    """Stop probing a monitor until an instant, or until it is resumed. Raises NotFound or Refused."""
    require_monitor(definitions, monitor)
    wanted = Pause(monitor=monitor, since=order.now, until=until, because=order.because, who=order.who)
    with database.writing() as session:
        pauses.pause(session, wanted)


def resume(database: Database, order: Order, monitor: str) -> None:
    """Probe it again, at once. Raises NotFound when it is not paused."""
    with database.writing() as session:
        pauses.resume(session, monitor, order.who, order.now)
        requests.ask(session, monitor, order.because, order.now)


def check_now(database: Database, definitions: Definitions, order: Order, monitor: str) -> None:
    """Ask the watch for a check at its next opportunity. Raises NotFound."""
    require_monitor(definitions, monitor)
    with database.writing() as session:
        requests.ask(session, monitor, order.because, order.now)


def declare_window(database: Database, definitions: Definitions, order: Order, window: Declaration) -> Declared:
    """Announce maintenance or a freeze. Raises NotFound for unknown services or monitors, or Refused."""
    for service in window.services:
        require_service(definitions, service)
    for monitor in window.monitors:
        require_monitor(definitions, monitor)
    with database.writing() as session:
        return maintenance.add(session, window, order.who, order.now)


def end_window(database: Database, order: Order, window: str) -> Declared:
    """End it now. Raises NotFound or Refused."""
    with database.writing() as session:
        return maintenance.end(session, window, order.who, order.now)


def stop_all(database: Database, order: Order, until: datetime | None) -> None:
    """The kill switch: no runbook starts and no effect is made until it is lifted or expires."""
    with database.writing() as session:
        stops.stop_all(session, order.who, order.because, order.now, until=until)


def resume_all(database: Database, order: Order) -> int:
    """Lift every stop in force; how many there were."""
    with database.writing() as session:
        return stops.resume(session, order.who, order.now)


def accept_inventory(database: Database, definitions: Definitions, order: Order) -> int:
    """A person says that what is defined now is right, however much has gone; how many services and items it is."""
    with database.writing() as session:
        inventory.accept(session, definitions.catalogue, order.who)
    return inventory.size_of(definitions.catalogue)


def ping(database: Database, monitor: str, told: Told, now: datetime) -> None:
    """Note a heartbeat of a monitor, also one that the watch has not met yet."""
    with database.writing() as session:
        pings.record(session, monitor, now, told)


def require_monitor(definitions: Definitions, monitor: str) -> None:
    """Raises NotFound with the nearest name."""
    if monitor not in definitions.monitors:
        hint = did_you_mean(monitor, definitions.monitors) or "; see 'watchdesk monitors list'"
        message = f"no monitor is named '{monitor}'{hint}"
        raise NotFound(message)


def require_service(definitions: Definitions, service: str) -> None:
    """Raises NotFound with the nearest name; '*' is every service."""
    if service != "*" and service not in definitions.catalogue.services:
        hint = did_you_mean(service, definitions.catalogue.services) or "; see 'watchdesk services list'"
        message = f"no service is named '{service}'{hint}"
        raise NotFound(message)


def require_runbook(definitions: Definitions, runbook: str) -> None:
    """Raises NotFound with the nearest name."""
    if runbook not in definitions.runbooks:
        hint = did_you_mean(runbook, definitions.runbooks) or "; see 'watchdesk runbooks list'"
        message = f"no runbook is named '{runbook}'{hint}"
        raise NotFound(message)
