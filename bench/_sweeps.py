"""Our own side of the sweep: the engine with its decisions, and a whole shift with storage and tickets on."""

import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from bench._farm import Farm
from bench._peers import Cost
from loop.crew import crew_of
from loop.roles import Roles
from loop.watch import Watch
from monitors.engine.engine import Engine
from monitors.engine.limits import EngineLimits
from monitors.kinds import KINDS
from monitors.monitor import Monitor
from monitors.services_for_probes import ProbeServices
from monitors.state import MonitorState
from monitors.telling import tell
from monitors.transition import advance
from monitors.verdict import judge
from ticketing.tables import Ticket
from watchdesk.catalogue import Place
from watchdesk.clock import SystemClock
from watchdesk.database import Database
from watchdesk.schema import all_tables
from watchdesk.settings import read_settings
from watchdesk.signals import ResolvePolicy

AT_ONCE = ResolvePolicy(after=3, grace=timedelta(minutes=1), reopen_within=timedelta(hours=1))
FAILING_EVERY = 100  # one target in so many answers 503, so that tickets are opened too
SERVICES = "services: {shop: {title: Shop, owner: shop, tier: 2, hours: always}}\n"
GIVE_UP_S = 90.0
WARM_UP = 2  # results of each monitor


@dataclass(frozen=True, slots=True, kw_only=True)
class Swept:
    """One sweep over all monitors: what it cost, and how long it took until the last came back."""

    cpu_us: float
    wall_s: float
    failed: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Watched:
    """A whole shift at work for a while."""

    cost: Cost
    checks_per_s: float
    tickets: int


def monitors_for(farm: Farm, count: int, *, hanging_every: int = 0, timeout_s: float = 5.0) -> list[Monitor]:
    """Plain http monitors of `count` distinct targets, of which one in `hanging_every` never answers."""
    found = []
    for number in range(count):
        hangs = hanging_every and number % hanging_every == 0
        found.append(_monitor(number, farm.hung_url(number) if hangs else farm.url(number), timeout_s))
    return found


def sweep(engine: Engine, monitors: Sequence[Monitor], states: dict[str, MonitorState]) -> Swept:
    """Submits everything at once; each result is judged, moves its state and is told, in memory."""
    by_id = {monitor.id: monitor for monitor in monitors}
    failed = 0
    before_cpu, before = time.process_time(), time.perf_counter()
    for monitor in monitors:
        engine.submit(monitor)
    while engine.in_flight:
        for observation in engine.collect(0.25):
            monitor, state = by_id[observation.monitor], states[observation.monitor]
            state = advance(monitor, state, observation, judge(monitor, observation, state))
            states[monitor.id] = tell(monitor, state, {}, observation.ended).state
            failed += observation.error is not None
    cpu_s, wall_s = time.process_time() - before_cpu, time.perf_counter() - before
    return Swept(cpu_us=cpu_s / len(monitors) * 1e6, wall_s=wall_s, failed=failed)


def engine_for(connections: int) -> Engine:
    services = ProbeServices(clock=SystemClock(), items={}, secret=_no_secret, last_ping=_no_ping)
    return Engine(EngineLimits(connections=connections), services)


def fresh_states(monitors: Sequence[Monitor]) -> dict[str, MonitorState]:
    return {monitor.id: MonitorState(monitor=monitor.id) for monitor in monitors}


def shift(farm: Farm, count: int, every_s: int, seconds: float) -> Watched:
    """All roles of a shift with a SQLite database of its own: everything is stored, failures become tickets.

    Measured for `seconds` after every failure has become a ticket; the processor time is the whole
    process's, the checks are those the farm counted.
    """
    with tempfile.TemporaryDirectory(prefix="watchdesk-sweep-") as folder:
        _define(Path(folder) / "operations", farm, count, every_s)
        settings = read_settings({}, home=folder, definitions=str(Path(folder) / "operations"))
        with Database(settings.database) as database:
            all_tables().create_all(database.engine)
            crew = crew_of(settings, database, SystemClock())(_always)
            watch = crew["watch"]
            assert isinstance(watch, Watch)
            roles = Roles(crew, SystemClock())
            roles.start()
            try:
                _wait_for(watch, WARM_UP * count)
                _wait_for_tickets(database, count // FAILING_EVERY)
                return _measure(farm, database, seconds)
            finally:
                roles.stop()


def _measure(farm: Farm, database: Database, seconds: float) -> Watched:
    before_served, before_cpu, before = farm.served(), time.process_time(), time.perf_counter()
    time.sleep(seconds)
    served, cpu_s, wall_s = (
        farm.served() - before_served - 1,
        time.process_time() - before_cpu,
        time.perf_counter() - before,
    )
    cost = Cost(
        name="watchdesk: a whole shift, storage and tickets on",
        cpu_us=cpu_s / served * 1e6,
        wall_us=wall_s / served * 1e6,
        good=served,
    )
    return Watched(cost=cost, checks_per_s=served / wall_s, tickets=_tickets(database))


def _wait_for(watch: Watch, results: int) -> None:
    give_up_at = time.monotonic() + GIVE_UP_S
    while watch.results_written < results:
        if time.monotonic() > give_up_at:
            message = f"only {watch.results_written} of {results} results came within {GIVE_UP_S:.0f} s"
            raise RuntimeError(message)
        time.sleep(0.2)


def _wait_for_tickets(database: Database, tickets: int) -> None:
    give_up_at = time.monotonic() + GIVE_UP_S
    while _tickets(database) < tickets and time.monotonic() < give_up_at:
        time.sleep(0.5)


def _tickets(database: Database) -> int:
    with database.reading() as session:
        return session.scalar(select(func.count()).select_from(Ticket)) or 0


def _define(folder: Path, farm: Farm, count: int, every_s: int) -> None:
    """A definitions directory as an operations team would have it."""
    for name in ("services", "monitors", "runbooks", "calendars"):
        (folder / name).mkdir(parents=True)
    (folder / "services" / "shop.yaml").write_text(SERVICES)
    lines = [f"defaults: {{every: {every_s}s, timeout: 5s, attempts: 3, retry: 1s, service: shop}}", "monitors:"]
    lines += [f"  m{n}: {{http: '{farm.url(n, is_down=n % FAILING_EVERY == 0)}'}}" for n in range(count)]
    (folder / "monitors" / "farm.yaml").write_text("\n".join(lines))


def _monitor(number: int, url: str, timeout_s: float) -> Monitor:
    return Monitor(
        id=f"m{number}",
        kind="http",
        form=KINDS["http"].form.validate_python(url),
        title="a target of the farm",
        service="shop",
        every=timedelta(minutes=1),
        timeout=timedelta(seconds=timeout_s),
        attempts=3,
        retry=timedelta(seconds=20),
        resolve=AT_ONCE,
        place=Place(file="farm.yaml", line=1),
        version="1",
    )


def _no_secret(name: str) -> str:
    raise LookupError(name)


def _no_ping(_monitor_id: str) -> None:
    return None


def _always(_session: Session) -> None:
    """The lease is ours: nobody else is here."""
