"""The composition root of a shift: which roles it has, and what each of them is made of."""

from collections.abc import Callable, Mapping
from functools import partial

from sqlalchemy.orm import Session

from loop.clockwork import Clockwork
from loop.definitions import Definitions
from loop.deliver import Deliver, Post
from loop.evidence import MonitorEyes
from loop.kept_definitions import kept_in_home
from loop.library import Library
from loop.places import definitions_root
from loop.repair import Repair
from loop.respond import Respond
from loop.roles import Role
from loop.surroundings import Surroundings
from loop.watch import Lookout, Watch
from monitors import pings
from monitors.definition import FOLDER as MONITORS
from monitors.engine.limits import EngineLimits
from monitors.heartbeats import Ping
from monitors.services_for_probes import ProbeServices
from ticketing.connectors.kinds import configured
from watchdesk.clock import Clock
from watchdesk.database import Database
from watchdesk.ids import new_id
from watchdesk.settings import Settings

Guard = Callable[[Session], None]


def crew_of(settings: Settings, database: Database, clock: Clock) -> Callable[[Guard], Mapping[str, Role]]:
    """Makes the roles of one shift once it is on duty and its guard is known."""
    return partial(_crew, settings, database, clock)


def probe_services(settings: Settings, database: Database, clock: Clock) -> Callable[[Definitions], ProbeServices]:
    """What probes may ask for, given the definitions in use."""

    def services(definitions: Definitions) -> ProbeServices:
        return ProbeServices(
            clock=clock,
            items=definitions.catalogue.items,
            secret=partial(read_secret, settings),
            last_ping=partial(_last_ping, database),
            folders=(definitions.root / MONITORS, definitions.root),
        )

    return services


def read_secret(settings: Settings, name: str) -> str:
    """The text of a secret's file, without the line's end. Raises LookupError with the remedy."""
    if settings.secrets is None:
        message = f"secret '{name}': no folder of secrets is set (WATCHDESK_SECRETS)"
        raise LookupError(message)
    try:
        return (settings.secrets / name).read_text("utf-8").rstrip("\r\n")
    except OSError as error:
        message = f"secret '{name}' cannot be read from {settings.secrets}: {error.strerror}"
        raise LookupError(message) from error
    except UnicodeDecodeError as error:
        message = f"secret '{name}' in {settings.secrets} is not text in UTF-8; write it anew"
        raise LookupError(message) from error


def _crew(settings: Settings, database: Database, clock: Clock, guard: Guard) -> Mapping[str, Role]:
    library = Library(definitions_root(settings), database, clock, kept_in_home(settings))
    services = probe_services(settings, database, clock)
    worker = new_id(clock.now())
    eyes = MonitorEyes(database, clock, library, services)
    surroundings = Surroundings(definitions=library.current, secret=partial(read_secret, settings))
    repair = Repair(database, clock, worker, eyes, surroundings)
    limits = EngineLimits(connections=settings.engine_connections, threads=settings.probe_threads)
    lookout = Lookout(database=database, clock=clock, library=library, services=services, guard=guard, limits=limits)
    connectors = configured(settings, clock)
    post = Post(
        database=database,
        clock=clock,
        library=library,
        connectors=connectors,
        worker=worker,
        guard=guard,
        url=settings.url,
    )
    return {
        "watch": Watch(lookout),
        "respond": Respond(database, clock, library, repair, guard),
        "deliver": Deliver(post),
        "clock": Clockwork(database, clock, library, guard),
    }


def _last_ping(database: Database, monitor: str) -> Ping | None:
    with database.reading() as session:
        return pings.last(session, monitor)
