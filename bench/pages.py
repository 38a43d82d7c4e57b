"""What pages cost the server: CPU time and size, of 2,000 monitors and 50,000 tickets in SQLite.

    ./run bench pages [--monitors 2000] [--tickets 50000] [--seed 1] [--json]

The application is asked in this process, with all its middleware, as a browser asks that takes gzip; the time is CPU
time of the whole process (the machine may be busy with others), the median of several rounds. The first round is told
beside it: it compiles the template and makes what the console keeps for a while (the week's figures, whole past days).
Tickets are copies of some that went the product's own way, spread over ninety days; results and state changes are made
up, and written by the product's own functions. Exits with 1 when a page is over a limit.
"""

import argparse
import asyncio
import gzip
import json
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import insert, select
from starlette.types import Message

from console.http.application import build
from console.http.desk import HttpDesk, Shelf
from console.migrations.upgrading import upgrade
from loop import definitions as files
from loop.definitions import Definitions
from monitors.state import MonitorState
from monitors.storage import journal, numbers, spans, states
from monitors.storage.journal import Result
from monitors.storage.spans import Change
from ticketing import clocks, inbox, incidents
from ticketing.desk import Desk
from ticketing.tables.ticket import Ticket
from watchdesk.clock import SystemClock
from watchdesk.database import Database
from watchdesk.health import Health, StateType
from watchdesk.ids import new_id
from watchdesk.settings import read_settings
from watchdesk.signals import HealthSignal, ResolvePolicy, SignalKind

PAGES = ("/", "/tickets", "/tickets?chip=all&order=due", "/monitors", "/monitors?page=7&order=slowest", "/services",
         "/status", "/monitors/check-0000", "/tickets/INC-1001", "/search?text=refused",
         "/search?text=zz9")  # fmt: skip
LIMITS = {"cpu_ms": 300.0, "bytes": 200_000}
ROUNDS = 5
SERVICES, OPEN, OWN_WAY, CHECKS, DAYS = 100, 400, 100, 60, 90
OUTAGES = 12  # a monitor, in those days


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """Of one page: CPU of the server, usually and the first time; size as HTML and as it travels."""

    page: str
    cpu_ms: float
    first_ms: float
    bytes: int
    gzip_bytes: int

    @property
    def is_within(self) -> bool:
        return self.cpu_ms <= LIMITS["cpu_ms"] and self.bytes <= LIMITS["bytes"]


def main(argv: Sequence[str]) -> int:
    options = _options(argv)
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        with Database(f"sqlite:///{home / 'watchdesk.db'}") as database:
            upgrade(database)
            definitions = _define(home / "definitions", options.monitors)
            _remember(database, definitions, random.Random(options.seed))
            _tickets(database, definitions, options.tickets, random.Random(options.seed))
            costs = _measure(database, home / "definitions")
    if options.json:
        print(json.dumps({"limits": LIMITS, "pages": [asdict(cost) for cost in costs]}, indent=2))
    else:
        print(f"{options.monitors} monitors, {options.tickets} tickets; limits {LIMITS}")
        for cost in costs:
            mark = "" if cost.is_within else "   over the limit"
            times = f"{cost.cpu_ms:7.1f} ms CPU (first {cost.first_ms:7.1f})"
            print(f"{cost.page:34} {times} {cost.bytes:7} B {cost.gzip_bytes:6} B gzip{mark}")
    return 0 if all(cost.is_within for cost in costs) else 1


def _options(argv: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="./run bench pages", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--monitors", type=int, default=2000)
    parser.add_argument("--tickets", type=int, default=50_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", action="store_true")
    return parser.parse_args(argv)


def _define(root: Path, monitors: int) -> Definitions:
    """A hundred services, each needing one that comes after it, and the monitors spread over them."""
    (root / "services").mkdir(parents=True)
    (root / "monitors").mkdir()
    services = {
        f"service-{n:03}": {
            "title": f"Service number {n}",
            "owner": f"team-{n % 7}",
            "tier": 1 + n % 4,
            "depends_on": [f"service-{n + 7:03}"] if n + 7 < SERVICES else [],
            "sla": {"respond": "30m", "resolve": "8h"},
            "slo": {"availability": "99.9%", "period": "30d"},
        }
        for n in range(SERVICES)
    }
    checks = {
        f"check-{n:04}": {
            "title": f"Port {n} takes connections",
            "tcp": f"127.0.0.1:{1024 + n}",
            "service": f"service-{n % SERVICES:03}",
        }
        for n in range(monitors)
    }
    (root / "services" / "all.yaml").write_text(json.dumps({"services": services}), "utf-8")
    (root / "monitors" / "all.yaml").write_text(json.dumps({"monitors": checks}), "utf-8")
    return files.load(root)


def _remember(database: Database, definitions: Definitions, chance: random.Random) -> None:
    """The last sixty results of every monitor, its outages of ninety days, and its state; one in forty is bad."""
    now, names = SystemClock().now().timestamp(), sorted(definitions.monitors)
    bad = set(chance.sample(names, max(1, len(names) // 40)))
    with database.writing() as session:
        known = numbers.assign(session, names)
        for back in range(CHECKS, 0, -1):
            at, ill = now - back * 30, bad if back < CHECKS // 3 else set[str]()
            journal.append(session, [_result(name, known[name], at, ill, chance) for name in names])
        for name in names:
            spans.record(session, _changes(name, now, chance, is_bad=name in bad))
        states.save(session, [_state(name, now, is_bad=name in bad) for name in names])


def _result(name: str, number: int, at: float, bad: set[str], chance: random.Random) -> Result:
    health = Health.CRITICAL if name in bad else Health.OK
    return Result(monitor=name, number=number, at=at, health=health, latency_s=chance.lognormvariate(-4, 0.8))


def _changes(name: str, now: float, chance: random.Random, *, is_bad: bool) -> list[Change]:
    starts = sorted(chance.uniform(now - DAYS * 86_400, now - 86_400) for _ in range(OUTAGES))
    found = [Change(monitor=name, at=now - DAYS * 86_400 - 60, health=Health.OK, summary="connected in 1 ms")]
    for start in starts:
        found.append(Change(monitor=name, at=start, health=Health.CRITICAL, summary="connection refused"))
        found.append(Change(monitor=name, at=start + 120, health=Health.OK, summary="connected in 1 ms"))
    last = [Change(monitor=name, at=now - 600, health=Health.CRITICAL, summary="connection refused")] if is_bad else []
    return sorted(found, key=lambda change: change.at) + last


def _state(name: str, now: float, *, is_bad: bool) -> MonitorState:
    health = Health.CRITICAL if is_bad else Health.OK
    return MonitorState(
        monitor=name,
        health=health,
        state_type=StateType.HARD,
        hard_health=health,
        since=now - 600,
        last_at=now - 1,
        last_latency_s=0.02,
        summary="connection to 127.0.0.1 refused" if is_bad else "connected in 1 ms",
    )


def _tickets(database: Database, definitions: Definitions, count: int, chance: random.Random) -> None:
    """Some through the desk's own door; the rest are copies of them, spread over the days, all but a few resolved."""
    now, desk = SystemClock().now(), Desk(definitions.catalogue, definitions.calendars)
    names = sorted(definitions.monitors)
    with database.writing() as session:
        for name in names[:OWN_WAY]:
            told = _signal(definitions, name, now - timedelta(minutes=30))
            inbox.accept(session, told, now)
            ticket_id = incidents.take(session, told, desk, now - timedelta(minutes=30)).ticket_id
            assert ticket_id is not None
            clocks.refresh(session, ticket_id, desk, now)
        models = [_columns(ticket) for ticket in session.scalars(select(Ticket))]
        for start in range(len(models), count, 1000):
            rows = [_copy(chance.choice(models), n, now, names, chance) for n in range(start, min(start + 1000, count))]
            session.execute(insert(Ticket), rows)


def _signal(definitions: Definitions, name: str, at: datetime) -> HealthSignal:
    monitor = definitions.monitors[name]
    return HealthSignal(
        event_id=name,
        kind=SignalKind.PROBLEM,
        monitor=name,
        service=monitor.service,
        item=None,
        fingerprint=f"monitor/{name}",
        title=monitor.title,
        health=Health.CRITICAL,
        observed_at=at,
        since=at,
        summary="connection to 127.0.0.1 refused after 3 attempts",
        resolve=ResolvePolicy(after=3, grace=timedelta(seconds=30), reopen_within=timedelta(hours=1)),
        every=timedelta(seconds=30),
        definition=str(monitor.place),
    )


def _columns(ticket: Ticket) -> dict[str, Any]:
    return {column.key: getattr(ticket, column.key) for column in Ticket.__mapper__.column_attrs}


def _copy(model: dict[str, Any], n: int, now: datetime, names: list[str], chance: random.Random) -> dict[str, Any]:
    opened = now - timedelta(seconds=chance.uniform(3600, DAYS * 86_400))
    monitor = chance.choice(names)
    over = {
        "state": "closed",
        "resolved_at": opened + timedelta(minutes=chance.uniform(1, 90)),
        "resolved_by": "recovery",
        "resolved_by_kind": "machine",
        "resolution_code": "recovered_no_action",
    }
    return (
        model
        | {
            "id": new_id(opened),
            "number": f"INC-{n + 1001}",
            "monitor": monitor,
            "service": f"service-{int(monitor[-4:]) % SERVICES:03}",
            "fingerprint": f"monitor/{monitor}/{n}",
            "opened_at": opened,
            "failing_since": opened,
            "priority": f"P{chance.randint(1, 5)}",
        }
        | (over if n >= OPEN else {})
    )


def _measure(database: Database, root: Path) -> list[Cost]:
    clock = SystemClock()
    settings = read_settings({}, definitions=root, home=root.parent)
    app = build(HttpDesk(settings=settings, database=database, clock=clock, shelf=Shelf(root, clock)))
    return asyncio.run(_ask_all(app))


async def _ask_all(app: Any) -> list[Cost]:
    costs = []
    for page in PAGES:
        sent, times = b"", []
        for _ in range(ROUNDS + 1):
            began = time.process_time()
            sent = await _ask(app, page)
            times.append((time.process_time() - began) * 1000)
        html = gzip.decompress(sent)
        usual_ms = statistics.median(times[1:])
        costs.append(Cost(page=page, cpu_ms=usual_ms, first_ms=times[0], bytes=len(html), gzip_bytes=len(sent)))
    return costs


async def _ask(app: Any, page: str) -> bytes:
    """The body that travels. Raises RuntimeError for any answer but 200."""
    path, _, query = page.partition("?")
    scope = {
        "type": "http",
        "http_version": "1.1",
        "method": "GET",
        "scheme": "http",
        "path": path,
        "raw_path": path.encode(),
        "query_string": query.encode(),
        "root_path": "",
        "server": ("127.0.0.1", 8420),
        "client": ("127.0.0.1", 50_000),
        "headers": [(b"host", b"127.0.0.1:8420"), (b"accept-encoding", b"gzip"), (b"accept", b"text/html")],
    }
    told: list[Message] = []

    async def receive() -> Message:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Message) -> None:
        told.append(message)

    await app(scope, receive, send)
    status = told[0]["status"]
    if status != 200:
        message = f"{page} answered {status}"
        raise RuntimeError(message)
    return b"".join(message.get("body", b"") for message in told[1:])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
