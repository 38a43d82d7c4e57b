"""A small shop on file and in the database, for commands and pages to show: definitions, states, tickets, a shift."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from monitors.state import MonitorState
from monitors.storage import journal, numbers, spans, states
from monitors.storage.journal import Result
from monitors.storage.spans import Change
from tests.ticketing import stage
from watchdesk import leases, shifts
from watchdesk.clock import SystemClock
from watchdesk.database import Database
from watchdesk.health import Health, StateType
from watchdesk.ids import new_id
from watchdesk.leases import Holder
from watchdesk.processes import this_process
from watchdesk.shifts import Arrival

FILES = {
    "services/shop.yaml": """
services:
  shop: {title: Web shop, owner: payments, tier: 1, depends_on: [host], sla: {respond: 15m, resolve: 4h}}
  host: {title: This machine, owner: platform, tier: 3}
""",
    "monitors/shop.yaml": """
defaults: {every: 1s, timeout: 800ms, attempts: 2, retry: 500ms, service: shop}
monitors:
  shop-web:
    http: http://127.0.0.1:%(port)s/health
    expect: [status == 200, 'body.status == "UP"']
    runbook: restart-shop
    resolve: {after: 3, grace: 2s, reopen_within: 1h}
  own-port: {tcp: "127.0.0.1:%(port)s", needs: [shop-web]}
  nightly: {heartbeat: {period: 1d, grace: 1h}, service: host}
""",
    "runbooks/restart-shop.yaml": """
apiVersion: watchdesk/v1
id: restart-shop
title: Restart the shop
owner: payments
risk: 2
trust: {level: approve, because: "a person looks first"}
match: {monitors: [shop-web], health: [critical], max_age: 5m}
steps:
  - {id: look, run: {argv: [ps, -e]}, effect: readonly}
  - {id: restart, run: {argv: [/bin/true]}, effect: repeatable}
verify: {recheck: origin, within: 6s, stable_for: 1s}
""",
    "calendars/office.yaml": """
calendars:
  office: {tz: Europe/Berlin, hours: {mon-fri: "08:00-18:00"}}
windows:
  patching: {rrule: "FREQ=WEEKLY;BYDAY=SU;BYHOUR=2;BYMINUTE=0", lasts: 3h, tz: UTC, services: [host], reason: CHG-412}
""",
}


def define(folder: Path, port: int = 9) -> Path:
    """The shop's definitions below `folder`; nothing listens on the discard port."""
    for name, text in FILES.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text.replace("%(port)s", str(port)), "utf-8")
    return folder


@dataclass(frozen=True, slots=True)
class Shop:
    """What is on record, and the number of its open ticket."""

    database: Database
    definitions: Path
    ticket: str


def furnish(database: Database, definitions: Path, now: datetime) -> Shop:
    """shop-web has failed for half a minute and has a ticket; own-port is well; nightly was never heard of."""
    at = now.timestamp()
    with database.writing() as session:
        known = numbers.assign(session, ["shop-web", "own-port", "nightly"])
        results = [
            Result(monitor="shop-web", number=known["shop-web"], at=at - 30 + n, health=health, latency_s=0.02)
            for n, health in enumerate([Health.OK] * 5 + [Health.CRITICAL] * 25)
        ]
        journal.append(session, results)
        spans.record(
            session,
            [
                Change(monitor="shop-web", at=at - 30, health=Health.OK, summary="200 in 20 ms"),
                Change(monitor="shop-web", at=at - 25, health=Health.CRITICAL, summary="503 in 20 ms"),
            ],
        )
        states.save(session, [_failing(at), _well(at)])
    decision = stage.take(database, stage.signal(observed_at=now, since=now - timedelta(seconds=25)))
    assert decision.ticket_number is not None
    return Shop(database, definitions, decision.ticket_number)


def go_on_duty(database: Database) -> str:
    """A shift of this very process holds the lease; returns its id."""
    now = SystemClock().now()
    arrival = Arrival(id=new_id(now), process=this_process())
    with database.writing() as session:
        shifts.arrived(session, arrival, now)
        holder = Holder(id=arrival.id, process=arrival.process)
        lease = leases.acquire(session, shifts.DUTY, holder, now, timedelta(minutes=5))
        assert lease is not None
        shifts.went_on_duty(session, arrival.id, lease)
    return arrival.id


def _failing(at: float) -> MonitorState:
    return MonitorState(
        monitor="shop-web",
        health=Health.CRITICAL,
        state_type=StateType.HARD,
        hard_health=Health.CRITICAL,
        since=at - 25,
        last_at=at - 1,
        last_latency_s=0.02,
        problem_since=at - 25,
        told="problem:critical",
        flap_percent=4.5,
        flap_count=20,
        summary="status is 503, not 200",
        measured={"status": "503"},
    )


def _well(at: float) -> MonitorState:
    return MonitorState(
        monitor="own-port",
        health=Health.OK,
        state_type=StateType.HARD,
        hard_health=Health.OK,
        since=at - 3600,
        last_at=at - 1,
        last_latency_s=0.001,
        ok_streak=3600,
        ok_since=at - 3600,
        summary="connected",
    )
