"""The watch against a real server: what fails reaches the inbox, with its evidence; what is quiet stays quiet."""

import http.server
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy.orm import Session

from loop.definitions import Definitions
from loop.library import Library
from loop.watch import Lookout, Watch
from monitors import queries, requests
from monitors.pauses import Pause, pause
from monitors.services_for_probes import ProbeServices
from tests.loop.definitions import http_monitor, write
from ticketing import inbox
from watchdesk import maintenance
from watchdesk.clock import SystemClock
from watchdesk.database import Database
from watchdesk.health import Health
from watchdesk.maintenance import Declaration
from watchdesk.signals import HealthSignal, SignalKind

CLOCK = SystemClock()


@dataclass
class Target:
    """A server whose answer tests change."""

    status: int = 200
    url: str = ""
    asked: list[str] = field(default_factory=list)


@pytest.fixture
def target() -> Iterator[Target]:
    found = Target()

    class Answer(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            found.asked.append(self.path)
            self.send_response(found.status)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Answer)
    found.url = f"http://127.0.0.1:{server.server_address[1]}/health"
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
    yield found
    server.shutdown()
    server.server_close()


def services(definitions: Definitions) -> ProbeServices:
    return ProbeServices(
        clock=CLOCK, items=definitions.catalogue.items, secret=lambda name: name, last_ping=lambda _: None
    )


def let_pass(_: Session) -> None:
    """A guard that holds the lease."""


@pytest.fixture
def watch_over(sqlite: Database) -> Iterator[Callable[[Path], Watch]]:
    opened: list[Watch] = []

    def begin(root: Path) -> Watch:
        library = Library(root, sqlite, CLOCK)
        watch = Watch(Lookout(database=sqlite, clock=CLOCK, library=library, services=services, guard=let_pass))
        opened.append(watch)
        return watch

    yield begin
    for watch in opened:
        watch.close()


def turn_until(watch: Watch, is_so: Callable[[], object], seconds: float = 10) -> None:
    end = CLOCK.monotonic_s() + seconds
    while not is_so():
        assert CLOCK.monotonic_s() < end, "waited in vain"
        watch.turn()


def health(database: Database) -> Health | None:
    with database.reading() as session:
        state = queries.states(session).get("web")
    return None if state is None else state.health


def told(database: Database) -> list[HealthSignal]:
    with database.reading() as session:
        return inbox.pending(session, 100)


def test_a_failing_target_reaches_the_inbox_with_its_evidence(
    watch_over: Callable[[Path], Watch], target: Target, tmp_path: Path, sqlite: Database
) -> None:
    watch = watch_over(write(tmp_path, monitors=http_monitor(target.url)))
    turn_until(watch, lambda: health(sqlite) is Health.OK)
    assert told(sqlite) == []
    target.status = 503
    turn_until(watch, lambda: told(sqlite))
    (signal,) = told(sqlite)
    assert (signal.kind, signal.monitor, signal.health) == (SignalKind.PROBLEM, "web", Health.CRITICAL)
    assert [sample.health for sample in signal.samples[-2:]] == [Health.CRITICAL, Health.CRITICAL]
    assert "503" in signal.summary


def test_a_recovery_is_told_too(
    watch_over: Callable[[Path], Watch], target: Target, tmp_path: Path, sqlite: Database
) -> None:
    target.status = 503
    watch = watch_over(write(tmp_path, monitors=http_monitor(target.url)))
    turn_until(watch, lambda: told(sqlite))
    target.status = 200
    turn_until(watch, lambda: len(told(sqlite)) > 1)
    assert [s.kind for s in told(sqlite)] == [SignalKind.PROBLEM, SignalKind.RECOVERED]


def test_what_was_told_is_not_told_again_by_the_next_watch(
    watch_over: Callable[[Path], Watch], target: Target, tmp_path: Path, sqlite: Database
) -> None:
    target.status = 503
    root = write(tmp_path, monitors=http_monitor(target.url))
    first = watch_over(root)
    turn_until(first, lambda: told(sqlite))
    first.close()
    seen = len(target.asked)
    second = watch_over(root)
    turn_until(second, lambda: len(target.asked) >= seen + 3)
    assert len(told(sqlite)) == 1


def test_a_paused_monitor_is_not_probed(
    watch_over: Callable[[Path], Watch], target: Target, tmp_path: Path, sqlite: Database
) -> None:
    watch = watch_over(write(tmp_path, monitors=http_monitor(target.url, f"  other: {{http: '{target.url}/other'}}\n")))
    with sqlite.writing() as session:
        pause(session, Pause(monitor="web", since=CLOCK.now(), until=None, because="rebuild", who="ops"))
    turn_until(watch, lambda: sum(path.endswith("other") for path in target.asked) >= 3)
    assert sum(path == "/health" for path in target.asked) <= 1


def test_in_maintenance_a_failure_is_remembered_but_not_told(
    watch_over: Callable[[Path], Watch], target: Target, tmp_path: Path, sqlite: Database
) -> None:
    windows = """
        windows:
          all-day:
            rrule: "FREQ=DAILY;BYHOUR=0;BYMINUTE=0;BYSECOND=0"
            lasts: 24h
            tz: UTC
            services: [shop]
            reason: CHG-1
    """
    target.status = 503
    watch = watch_over(write(tmp_path, monitors=http_monitor(target.url), calendars=windows))
    turn_until(watch, lambda: len(target.asked) >= 4)
    turn_until(watch, lambda: health(sqlite) is Health.CRITICAL)
    assert told(sqlite) == []


def test_what_follows_from_a_failure_in_maintenance_is_not_told_either(
    watch_over: Callable[[Path], Watch], target: Target, tmp_path: Path, sqlite: Database
) -> None:
    services = """
        services:
          shop: {title: Web shop, owner: payments, tier: 1}
          desk: {title: Help desk, owner: support, tier: 2}
    """
    target.status = 503
    child = f"  child: {{http: '{target.url}/child', needs: [web], service: desk}}\n"
    root = write(tmp_path, monitors=http_monitor(target.url, child), services=services)
    work = Declaration(
        starts_at=CLOCK.now(), ends_at=CLOCK.now() + timedelta(hours=1), services=("shop",), reason="a new switch"
    )
    with sqlite.writing() as session:
        maintenance.add(session, work, "ops", CLOCK.now())
    watch = watch_over(root)
    turn_until(watch, lambda: sum(path.endswith("child") for path in target.asked) >= 4)
    assert told(sqlite) == []


def test_a_request_hurries_a_slow_monitor(
    watch_over: Callable[[Path], Watch], target: Target, tmp_path: Path, sqlite: Database
) -> None:
    slow = http_monitor(target.url).replace("every: 1s", "every: 1h")
    watch = watch_over(write(tmp_path, monitors=slow))
    with sqlite.writing() as session:
        requests.ask(session, "web", "a person wants to know", CLOCK.now())
    turn_until(watch, lambda: health(sqlite) is not None)
    seen = len(target.asked)
    with sqlite.writing() as session:
        requests.ask(session, "web", "again", CLOCK.now())
    turn_until(watch, lambda: len(target.asked) > seen)


def test_a_monitor_that_is_removed_ends_its_ticket_in_words(
    watch_over: Callable[[Path], Watch], target: Target, tmp_path: Path, sqlite: Database
) -> None:
    target.status = 503
    root = write(tmp_path, monitors=http_monitor(target.url))
    watch = watch_over(root)
    turn_until(watch, lambda: told(sqlite))
    write(root, monitors="monitors: {other: {service: shop, tcp: '127.0.0.1:1'}}")
    turn_until(watch, lambda: any(s.kind is SignalKind.RETIRED for s in told(sqlite)))
