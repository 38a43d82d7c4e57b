"""A house full of services for pages to show, brought about through the real functions: definitions, results,
tickets in several states, a plan that waits, a repair that is proved, people at work, a shift on duty.
"""

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from itertools import count
from pathlib import Path

from loop import definitions as files
from loop.definitions import Definitions
from loop.desk_work import DeskWorker
from loop.repair import Repair, Surroundings, Trigger
from monitors import pings, symptoms
from monitors.observation import Observation
from monitors.state import MonitorState
from monitors.storage import journal, numbers, spans, states
from monitors.storage.journal import Result
from monitors.storage.spans import Change
from ticketing import clocks, inbox, incidents, lookup, people, recovery
from ticketing.desk import Desk
from watchdesk import leases, maintenance, shifts
from watchdesk.clock import Clock
from watchdesk.database import Database
from watchdesk.health import Health, StateType
from watchdesk.ids import new_id
from watchdesk.leases import Holder
from watchdesk.maintenance import Declaration
from watchdesk.processes import this_process
from watchdesk.shifts import Arrival
from watchdesk.signals import HealthSignal, RecoveryEvidence, ResolvePolicy, Sample, SignalKind

POLICY = ResolvePolicy(after=3, grace=timedelta(seconds=2), reopen_within=timedelta(hours=1))
STEP_S = 30
HISTORY = timedelta(hours=2)
FILES = {
    "services/all.yaml": """
services:
  shop: {title: Web shop, owner: payments, tier: 1, depends_on: [checkout, search], sla: {respond: 15m, resolve: 4h},
         slo: {availability: "99.9%", period: 30d}, impact: Nobody can buy anything}
  checkout: {title: Checkout, owner: payments, tier: 1, depends_on: [orders-db], sla: {respond: 5m, resolve: 2h}}
  search: {title: Product search, owner: search, tier: 2, depends_on: [orders-db], sla: {respond: 30m, resolve: 8h}}
  orders-db: {title: Orders database, owner: platform, tier: 1, sla: {respond: 15m, resolve: 4h}}
  backup: {title: Nightly backup, owner: platform, tier: 3}
  intranet: {title: Intranet, owner: office, tier: 4}
""",
    "monitors/all.yaml": """
defaults: {every: 30s, timeout: 2s, attempts: 2, retry: 5s}
monitors:
  shop-web: {title: The shop answers, http: "http://127.0.0.1:9/shop", service: shop, runbook: restart-shop,
             expect: [status == 200, {latency: {warn: "> 400ms", crit: "> 2s"}}], needs: [checkout-api]}
  checkout-api: {title: The checkout answers, http: "http://127.0.0.1:9/checkout", service: checkout}
  search-api: {title: The search answers, http: "http://127.0.0.1:9/search", service: search, runbook: clear-search}
  orders-port: {title: The orders database takes connections, tcp: "127.0.0.1:9", service: orders-db}
  backup-file: {title: The backup of tonight exists, file: /nonexistent/backup, service: backup}
  nightly: {title: The nightly job reports, heartbeat: {period: 1d, grace: 1h}, service: backup}
  wiki: {title: The wiki answers, http: "http://127.0.0.1:9/wiki", service: intranet}
""",
    "runbooks/restart-shop.yaml": """
apiVersion: watchdesk/v1
id: restart-shop
title: Restart the shop
description: Looks at the processes, then starts the shop again.
owner: payments
risk: 2
trust: {level: approve, because: a person looks first}
match: {monitors: [shop-web], health: [critical], max_age: 5m}
steps:
  - {id: look, run: {argv: [ps, -e]}, effect: readonly}
  - {id: restart, run: {argv: [/bin/true]}, effect: repeatable}
verify: {recheck: origin, within: 6s, stable_for: 1s}
""",
    "runbooks/clear-search.yaml": """
apiVersion: watchdesk/v1
id: clear-search
title: Clear the search
owner: search
risk: 1
trust: {level: automatic, because: it was watched for a month}
match: {monitors: [search-api], health: [warning, critical], max_age: 5m}
steps:
  - id: clear
    run: {argv: [python3, "%(script)s", "%(mark)s", "%(output)s"]}
    effect: repeatable
verify: {recheck: origin, within: 6s, stable_for: 100ms}
""",
    "calendars/office.yaml": """
calendars:
  office: {tz: Europe/Berlin, hours: {mon-fri: "08:00-18:00"}}
""",
}
BAD = {
    "shop-web": (Health.CRITICAL, "status is 503, expected 200"),
    "checkout-api": (Health.WARNING, "latency is 812ms (warning at latency > 400ms)"),
    "backup-file": (Health.CRITICAL, "/nonexistent/backup does not exist"),
}
_events = count(1)


def define(folder: Path, output: str = "cleared") -> Path:
    """The definitions below `folder`; the repairing step prints `output`."""
    script = folder.parent / "clear.py"
    folder.mkdir(parents=True, exist_ok=True)
    script.write_text("import pathlib, sys\npathlib.Path(sys.argv[1]).touch()\nprint(sys.argv[2])\n", "utf-8")
    for name, text in FILES.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        said = text.replace("%(output)s", output).replace("%(mark)s", str(mark_of(folder)))
        path.write_text(said.replace("%(script)s", str(script)), "utf-8")
    return folder


def mark_of(folder: Path) -> Path:
    """The file that the repairing step leaves behind."""
    return folder.parent / "repaired"


@dataclass(frozen=True, slots=True)
class Seeing:
    """Eyes that find every monitor critical until the repair has left its mark, and well from then on."""

    clock: Clock
    mark: Path
    first: dict[str, datetime] = field(default_factory=dict)

    def evidence(self, monitor: str) -> RecoveryEvidence:
        now = self.clock.now()
        if not self.mark.exists():
            return ill(monitor, now)
        return well(monitor, self.first.setdefault(monitor, now), now)

    def hurry(self, monitor: str) -> None: ...

    def probe(self, monitor: str) -> Observation:
        at = self.clock.now().timestamp()
        return Observation(monitor=monitor, at=at, ended=at)


def well(monitor: str, since: datetime, now: datetime) -> RecoveryEvidence:
    """A monitor that is ok since an instant, as far as anybody can see."""
    step = max((now - since) / 4, timedelta(milliseconds=1))
    samples = tuple(Sample(at=since + step * n, health=Health.OK, latency_s=0.02, summary="200") for n in range(1, 5))
    return RecoveryEvidence(
        monitor=monitor,
        exists=True,
        health=Health.OK,
        ok_streak=20,
        ok_since=since + timedelta(microseconds=1),
        last_sample_at=now,
        is_stale=False,
        is_flapping=False,
        unknown_since=None,
        samples=samples,
    )


def ill(monitor: str, now: datetime) -> RecoveryEvidence:
    """A monitor that fails now."""
    bad = Sample(at=now, health=Health.CRITICAL, latency_s=0.02, summary="503")
    seen = well(monitor, now - timedelta(seconds=1), now)
    return replace(seen, health=Health.CRITICAL, ok_streak=0, ok_since=None, samples=(bad,))


@dataclass(frozen=True, slots=True)
class House:
    """The database with its definitions, and what tests do to them."""

    database: Database
    clock: Clock
    folder: Path
    definitions: Definitions

    @property
    def desk(self) -> Desk:
        return Desk(self.definitions.catalogue, self.definitions.calendars)

    def person(self, name: str) -> DeskWorker:
        return DeskWorker(self.database, self.clock, name)

    def open(self, monitor: str, ago: timedelta = timedelta(minutes=10), name: str = "", **changed: object) -> str:
        """A new incident of a monitor; with a `name` one of its own beside others. Returns its number."""
        number, _ = self._take(monitor, ago, name, changed)
        return number

    def trigger(self, monitor: str, ago: timedelta = timedelta(minutes=10)) -> Trigger:
        """A new incident, as what starts a runbook."""
        number, ticket_id = self._take(monitor, ago, "", {})
        return Trigger(
            ticket_id=ticket_id,
            ticket_number=number,
            monitor=monitor,
            service=self.definitions.monitors[monitor].service,
            item=None,
            health=Health.CRITICAL,
            since=self.clock.now() - ago,
            observed_at=self.clock.now(),
            is_person_at_work=False,
        )

    def recover(self, number: str) -> None:
        """The machine resolves a ticket by proof."""
        now = self.clock.now()
        with self.database.writing() as session:
            ticket = lookup.by_number(session, number)
            seen = well(ticket.monitor or "", now, now + timedelta(seconds=30))
            recovery.review(session, ticket.id, seen, self.desk, now + timedelta(seconds=31))

    def repairer(self) -> Repair:
        surroundings = Surroundings(definitions=lambda: self.definitions, secret=lambda name: name)
        return Repair(self.database, self.clock, "house", Seeing(self.clock, mark_of(self.folder)), surroundings)

    def _take(self, monitor: str, ago: timedelta, name: str, changed: dict[str, object]) -> tuple[str, str]:
        now = self.clock.now()
        told = replace(self._signal(monitor, now - ago, name), **changed)  # type: ignore[arg-type]
        with self.database.writing() as session:
            inbox.accept(session, told, now - ago)
            decision = incidents.take(session, told, self.desk, now - ago)
            assert decision.ticket_number is not None
            assert decision.ticket_id is not None
            clocks.refresh(session, decision.ticket_id, self.desk, now)
        return decision.ticket_number, decision.ticket_id

    def _signal(self, monitor: str, at: datetime, name: str) -> HealthSignal:
        found = self.definitions.monitors[monitor]
        health, summary = BAD.get(monitor, (Health.CRITICAL, "it does not answer"))
        return HealthSignal(
            event_id=f"house-{next(_events)}",
            kind=SignalKind.PROBLEM,
            monitor=monitor,
            service=found.service,
            item=None,
            fingerprint=f"monitor/{monitor}{name}",
            title=symptoms.failing(found, summary),
            health=health,
            observed_at=at,
            since=at,
            summary=summary,
            samples=(Sample(at=at, health=health, latency_s=0.8, summary=summary),),
            resolve=POLICY,
            every=timedelta(seconds=STEP_S),
            runbook=found.runbook,
            definition=str(found.place),
        )


def build(database: Database, clock: Clock, folder: Path, output: str = "cleared") -> House:
    """The furnished house. Its tickets: INC-1001 (critical, its plan waits for approval), INC-1002 (taken by Jan),
    INC-1003 (resolved by a person), INC-1004 (resolved by a runbook), INC-1005 (recovered by itself).
    """
    root = define(folder, output)
    house = House(database, clock, root, files.load(root))
    with database.writing() as session:
        pings.expect(session, ["nightly"])
    _remember(house)
    _work(house)
    _be_on_duty(house)
    return house


def _remember(house: House) -> None:
    """Two hours of results; three monitors are bad for the last ten minutes."""
    now, names = house.clock.now(), sorted(house.definitions.monitors)
    with house.database.writing() as session:
        known = numbers.assign(session, names)
        journal.append(session, [r for name in names if name != "nightly" for r in _results(name, known[name], now)])
        spans.record(session, [c for name in names if name != "nightly" for c in _changes(name, now)])
        states.save(session, [_state(name, now) for name in names if name != "nightly"])


def _results(name: str, number: int, now: datetime) -> list[Result]:
    steps = int(HISTORY.total_seconds()) // STEP_S
    start = now.timestamp() - steps * STEP_S
    return [
        Result(
            monitor=name, number=number, at=at, health=_health(name, now.timestamp() - at), latency_s=0.02 + n % 7 / 99
        )
        for n in range(1, steps + 1)
        for at in (start + n * STEP_S - 1,)
    ]


def _health(name: str, before_s: float) -> Health:
    return BAD[name][0] if name in BAD and before_s <= 600 else Health.OK


def _changes(name: str, now: datetime) -> list[Change]:
    first = Change(monitor=name, at=(now - HISTORY).timestamp(), health=Health.OK, summary="200 in 20 ms")
    if name not in BAD:
        return [first]
    health, summary = BAD[name]
    return [first, Change(monitor=name, at=now.timestamp() - 600, health=health, summary=summary)]


def _state(name: str, now: datetime) -> MonitorState:
    health, summary = BAD.get(name, (Health.OK, "200 in 20 ms"))
    since = now.timestamp() - (600 if name in BAD else HISTORY.total_seconds())
    return MonitorState(
        monitor=name,
        health=health,
        state_type=StateType.HARD,
        hard_health=health,
        since=since,
        last_at=now.timestamp() - 1,
        last_latency_s=0.02,
        summary=summary,
        measured={"status": "503"} if name in BAD else {},
    )


def _work(house: House) -> None:
    """What the machine and the people did."""
    repairer = house.repairer()
    waiting = house.trigger("shop-web")
    assert repairer.consider(waiting, house.definitions.runbooks["restart-shop"]) is None
    taken = house.open("checkout-api")
    house.person("Jan Kowalski").acknowledge(taken, "I look at the pool")
    fixed = house.open("orders-port", timedelta(hours=1))
    house.person("Ana Ruiz").acknowledge(fixed)
    house.person("Ana Ruiz").resolve(fixed, _fixed())
    broken = house.trigger("search-api", timedelta(minutes=2))
    remediation = repairer.consider(broken, house.definitions.runbooks["clear-search"])
    assert remediation is not None
    repairer.carry_out(remediation)
    repairer.close()
    house.recover(broken.ticket_number)
    house.recover(house.open("wiki", timedelta(minutes=20)))
    with house.database.writing() as session:
        clocks.refresh_changed(session, house.desk, house.clock.now())


def _fixed() -> people.Resolution:
    return people.Resolution(note="the port was blocked")


def _be_on_duty(house: House) -> None:
    now = house.clock.now()
    arrival = Arrival(id=new_id(now), process=this_process())
    with house.database.writing() as session:
        shifts.arrived(session, arrival, now)
        holder = Holder(id=arrival.id, process=arrival.process)
        lease = leases.acquire(session, shifts.DUTY, holder, now, timedelta(hours=5))
        assert lease is not None
        shifts.went_on_duty(session, arrival.id, lease)
        maintenance.add(session, _window(now), "Ana Ruiz", now)


def _window(now: datetime) -> Declaration:
    starts_at = now + timedelta(hours=20)
    ends_at = starts_at + timedelta(hours=2)
    return Declaration(services=("intranet",), starts_at=starts_at, ends_at=ends_at, reason="new wiki")
