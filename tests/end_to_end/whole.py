"""A whole Watchdesk, started as a person starts it, watching a small web service that may be broken."""

import http.server
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http import HTTPStatus
from pathlib import Path

import psutil
import requests
from sqlalchemy.orm import Session

from console.supervision import marks, record
from loop.own_monitors import INTERRUPTION
from monitors.queries import states
from monitors.state import MonitorState
from runbooks.queries import remediations_of
from tests.ports import free_port
from ticketing.queries import list_tickets
from ticketing.views import TicketView
from watchdesk import shifts
from watchdesk.clock import SystemClock
from watchdesk.database import Database
from watchdesk.health import Health
from watchdesk.settings import Settings
from watchdesk.shifts import ShiftOnDuty
from watchdesk.signals import Remediation
from watchdesk.tables import MirroredRow

SERVER, RUNNER = "prefect.server", "flows.serve"
ENDED = ("resolved", "closed", "cancelled")
ROOT = Path(__file__).resolve().parents[2]
SERVICES = """
services:
  shop: {title: Web shop, owner: payments, tier: 1, hours: always}
"""
MONITORS = """
defaults: {every: 1s, timeout: 800ms, attempts: 2, retry: 500ms, service: shop}
monitors:
  shop-web:
    http: http://127.0.0.1:${SHOP_PORT}/
    runbook: mend
    resolve: {after: 2, grace: 1s, reopen_within: 0s}
  machine: {host: local}
"""
RUNBOOK = """
apiVersion: watchdesk/v1
id: mend
title: Mend the shop
owner: payments
risk: 1
trust: {level: automatic, because: "it is a test"}
match: {monitors: [shop-web], health: [critical], max_age: 5m}
limits: {cooldown: 1s, attempts: {max: 3, per: incident}, concurrency: {max: 1}}
steps:
  - {id: look, run: {argv: [id], timeout: 5s}, effect: readonly}
  - id: mend
    run: {argv: ["${PYTHON}", "-c", "open('${SHOP_FOLDER}/mended', 'a').write('x')"], timeout: 9s}
    effect: repeatable
verify: {recheck: origin, within: 20s, stable_for: 1s}
rollback: []
on_failure: {escalate: true}
"""


class Shop:
    """A web service that answers 200 until it is broken, and again once it was mended."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._mendings_at_break = 0
        self._is_broken = False
        shop = self

        class Answer(http.server.BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                status = HTTPStatus.OK if shop.is_well else HTTPStatus.SERVICE_UNAVAILABLE
                self.send_response(status)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002
                """Nothing."""

        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Answer)
        self.port = self._server.server_address[1]
        self._thread = threading.Thread(target=self._server.serve_forever)
        self._thread.start()

    @property
    def mendings(self) -> int:
        path = self.folder / "mended"
        return len(path.read_text()) if path.exists() else 0

    @property
    def is_well(self) -> bool:
        return not self._is_broken or self.mendings > self._mendings_at_break

    def break_it(self) -> None:
        self._mendings_at_break, self._is_broken = self.mendings, True

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


class Desk:
    """Used as a script would use it: by commands, and by looking at the database."""

    def __init__(self, folder: Path, shop: Shop, runbook: str = RUNBOOK) -> None:
        self.home = folder / "home of the desk"
        self.shop = shop
        self.settings = Settings(home=self.home, port=free_port(), prefect_port=free_port())
        self.definitions = folder / "definitions"
        for name, text in (("services", SERVICES), ("monitors", MONITORS), ("runbooks", runbook)):
            (self.definitions / name).mkdir(parents=True)
            (self.definitions / name / "all.yaml").write_text(text)
        self.environment = dict(os.environ) | {
            "WATCHDESK_HOME": str(self.home),
            "WATCHDESK_DEFINITIONS": str(self.definitions),
            "WATCHDESK_PORT": str(self.settings.port),
            "WATCHDESK_PREFECT_PORT": str(self.settings.prefect_port),
            "SHOP_PORT": str(shop.port),
            "SHOP_FOLDER": str(shop.folder),
            "PYTHON": sys.executable,
            "PYTHONPATH": str(ROOT),
        }

    def command(self, *words: str, **changes: str) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            [sys.executable, "-P", "-m", "console", *words],
            env=self.environment | changes,
            capture_output=True,
            text=True,
            check=False,
        )

    def up(self) -> None:
        done = self.command("up", "--detach")
        assert done.returncode == 0, done.stdout + done.stderr + self.logs()

    def logs(self) -> str:
        return "\n".join(f"--- {path}\n{path.read_text()[-2000:]}" for path in sorted(self.home.glob("logs/*.log")))

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """The database as others see it; commands would cost a second of CPU for every look."""
        with Database(self.settings.database) as database, database.reading() as session:
            yield session

    @property
    def on_duty(self) -> ShiftOnDuty | None:
        with self.reading() as session:
            return shifts.on_duty(session, SystemClock().now())

    @property
    def watcher(self) -> ShiftOnDuty:
        found = self.on_duty
        assert found is not None, self.logs()
        return found

    def state(self) -> MonitorState:
        """What is known about the shop."""
        with self.reading() as session:
            return states(session, ["shop-web"])["shop-web"]

    def all_tickets(self) -> list[TicketView]:
        """Newest first."""
        with self.reading() as session:
            return list(list_tickets(session))

    def incidents(self) -> list[TicketView]:
        """Those of the shop, newest first."""
        return [ticket for ticket in self.all_tickets() if ticket.monitor == "shop-web"]

    def own_incidents(self) -> list[TicketView]:
        """Those of the watch itself, about its interruptions."""
        with self.reading() as session:
            return [ticket for ticket in list_tickets(session) if ticket.fingerprint == INTERRUPTION]

    def live_incidents(self) -> list[TicketView]:
        return [ticket for ticket in self.incidents() if ticket.state not in ENDED]

    def remediations(self, ticket: TicketView) -> tuple[Remediation, ...]:
        with self.reading() as session:
            return remediations_of(session, ticket.id)

    def shown_in_prefect(self, ticket: TicketView) -> str | None:
        """The id of the flow run that shows the first remediation of this ticket to its end."""
        first = self.remediations(ticket)[0]
        with self.reading() as session:
            row = session.get(MirroredRow, first.id)
            return None if row is None else row.flow_run

    def prefect_answers(self) -> bool:
        try:
            return requests.get(f"{self.settings.prefect_url}/api/health", timeout=2).ok
        except requests.RequestException:
            return False

    def processes(self, word: str) -> list[psutil.Process]:
        """The processes of this desk whose command has this word."""
        return [process for process in marks.of_home(self.home) if word in " ".join(process.cmdline())]

    def is_at_peace(self) -> bool:
        duty = self.on_duty
        return (
            duty is not None
            and duty.relief is not None
            and self.prefect_answers()
            and len(self.processes(RUNNER)) == 1
            and not self.live_incidents()
            and self.state().health is Health.OK
        )

    def goes_on_watching(self) -> bool:
        """Whether a result is taken after now."""
        now = SystemClock().now().timestamp()
        until(lambda: (self.state().last_at or 0.0) > now, self)
        return True

    def supervisor(self) -> psutil.Process:
        known = record.read_record(self.home)
        assert known is not None
        return psutil.Process(known.pid)


def until(true: Callable[[], object], desk: Desk | None = None) -> None:
    """Wait for it, as long as the test's own time limit allows."""
    started = time.monotonic()
    while not true():
        time.sleep(0.2)
        assert time.monotonic() - started < 150, desk.logs() if desk else "waited in vain"


@contextmanager
def a_desk(folder: Path, runbook: str = RUNBOOK) -> Iterator[Desk]:
    """Not started; ended in any case, and nothing may be left of it."""
    shop = Shop(folder)
    found = Desk(folder, shop, runbook)
    try:
        yield found
        found.command("down")
        assert marks.of_home(found.home) == []
    finally:
        marks.kill(marks.of_home(found.home))
        shop.close()
