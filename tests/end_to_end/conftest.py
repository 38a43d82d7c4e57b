"""A whole Watchdesk, started as a person starts it, watching a small web service that tests may break."""

import http.server
import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from http import HTTPStatus
from pathlib import Path
from typing import Any

import psutil
import pytest
import requests
from sqlalchemy import select

from console.supervision import marks, record
from runbooks.tables import RemediationRow
from tests.ports import free_port
from watchdesk import shifts
from watchdesk.clock import SystemClock
from watchdesk.database import Database
from watchdesk.settings import Settings
from watchdesk.shifts import ShiftOnDuty
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
RUNBOOKS = """
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

    def __init__(self, folder: Path, shop: Shop) -> None:
        self.home = folder / "home of the desk"
        self.shop = shop
        self.settings = Settings(home=self.home, port=free_port(), prefect_port=free_port())
        self.definitions = folder / "definitions"
        for name, text in (("services", SERVICES), ("monitors", MONITORS), ("runbooks", RUNBOOKS)):
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

    def json(self, *words: str) -> Any:
        done = self.command(*words, "-o", "json")
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    def up(self) -> None:
        done = self.command("up", "--detach")
        assert done.returncode == 0, done.stdout + done.stderr + self.logs()

    def logs(self) -> str:
        return "\n".join(f"--- {path}\n{path.read_text()[-2000:]}" for path in sorted(self.home.glob("logs/*.log")))

    @property
    def on_duty(self) -> ShiftOnDuty | None:
        with Database(self.settings.database) as database, database.reading() as session:
            return shifts.on_duty(session, SystemClock().now())

    @property
    def watcher(self) -> ShiftOnDuty:
        found = self.on_duty
        assert found is not None, self.logs()
        return found

    def monitor(self, name: str) -> dict[str, Any]:
        found: dict[str, Any] = next(entry for entry in self.json("monitors", "list") if entry["id"] == name)
        return found

    def incidents(self) -> list[dict[str, Any]]:
        return [ticket for ticket in self.json("tickets", "list") if ticket["monitor"] == "shop-web"]

    def live_incidents(self) -> list[dict[str, Any]]:
        return [ticket for ticket in self.incidents() if ticket["state"] not in ENDED]

    def shown_in_prefect(self, number: str) -> str | None:
        """The id of the flow run that shows the remediation of this ticket to its end."""
        with Database(self.settings.database) as database, database.reading() as session:
            mine = select(RemediationRow.id).where(RemediationRow.ticket_number == number)
            return session.scalar(select(MirroredRow.flow_run).where(MirroredRow.remediation.in_(mine)))

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
            and self.monitor("shop-web")["health"] == "ok"
        )

    def last_checked(self, name: str) -> datetime:
        return datetime.fromisoformat(self.monitor(name)["last_checked_at"])

    def goes_on_watching(self) -> bool:
        """Whether a result is taken after now."""
        now = SystemClock().now()
        until(lambda: self.last_checked("shop-web") > now, self)
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
        assert time.monotonic() - started < 90, desk.logs() if desk else "waited in vain"


@contextmanager
def a_desk(folder: Path) -> Iterator[Desk]:
    """Not started; ended in any case, and nothing may be left of it."""
    shop = Shop(folder)
    found = Desk(folder, shop)
    try:
        yield found
        found.command("down")
        assert marks.of_home(found.home) == []
    finally:
        marks.kill(marks.of_home(found.home))
        shop.close()


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    """One of the test's own, not started."""
    with a_desk(tmp_path) as found:
        yield found


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """One that is up, for all tests of a module."""
    with a_desk(tmp_path_factory.mktemp("running")) as found:
        found.up()
        yield found


@pytest.fixture
def peaceful(running: Desk) -> Desk:
    """The running one, when every process is there and nothing is open."""
    until(running.is_at_peace, running)
    return running
