"""The demo's folders and files as they are when all is well."""

import json
import os
import sqlite3
import sys
from contextlib import closing
from datetime import datetime, timedelta
from typing import Any

from console.demo.layout import BELOW, GATEWAY, PROGRAMS, REPORT, WEB, WORKER, Layout
from examples.demo_world.steps.renew_certificate import LASTS, issue, make_authority

BACKUP_AGE = timedelta(hours=50)  # two nights without a backup: a ticket that is in a person's hands
PICTURES, PICTURE_BYTES = 4, 300_000
ORDERS = 200
GOOD_SETTINGS = {"delay_ms": 0, "answers": "json"}


def furnish(layout: Layout, ports: dict[str, int], console_url: str, now: datetime) -> None:
    """Everything in order, whatever was broken before. Nothing of the demo may run meanwhile."""
    for folder in (layout.uploads, layout.queue, layout.aside, layout.tls, layout.backup.parent):
        folder.mkdir(parents=True, exist_ok=True)
    layout.settings_of("demo-shop").parent.mkdir(exist_ok=True)
    for service in WEB:
        write_settings(layout, service, GOOD_SETTINGS)
    layout.settings_of("demo-checkout").with_suffix(".good").write_text(json.dumps(GOOD_SETTINGS), "utf-8")
    for left in (*layout.queue.iterdir(), *layout.uploads.glob("*.tmp")):
        left.unlink()
    for number in range(1, PICTURES + 1):
        (layout.uploads / f"picture-{number}.jpg").write_bytes(bytes(PICTURE_BYTES))
    _make_certificate(layout, now)
    _make_orders(layout)
    _make_backup(layout, now)
    layout.services.write_text(json.dumps(services(layout, ports, console_url), indent=1), "utf-8")


def write_settings(layout: Layout, service: str, settings: dict[str, Any]) -> None:
    """The settings of a service, whole: it may read them at any moment."""
    path = layout.settings_of(service)
    fresh = path.with_suffix(".new")
    fresh.write_text(json.dumps(settings), "utf-8")
    fresh.replace(path)


def services(layout: Layout, ports: dict[str, int], console_url: str) -> dict[str, dict[str, Any]]:
    """What the keeper runs, what others stand on first."""
    found = {name: _program("web.py", *_web_words(layout, ports, name)) for name in reversed(WEB)}
    found[GATEWAY] = _program("gateway.py", str(ports[GATEWAY]), str(layout.tls))
    found[WORKER] = _program("worker.py", str(layout.queue), f"{console_url}/ping/{WORKER}")
    found[REPORT] = _program("report.py", str(layout.database)) | {"starts": False}
    return found


def _web_words(layout: Layout, ports: dict[str, int], name: str) -> tuple[str, ...]:
    below = BELOW.get(name)
    asked = (f"http://127.0.0.1:{ports[below]}/health",) if below else ()
    return (name, str(ports[name]), str(layout.settings_of(name)), *asked)


def _program(file: str, *words: str) -> dict[str, Any]:
    return {"words": [sys.executable, "-I", "-S", str(PROGRAMS / file), *words], "starts": True}


def _make_certificate(layout: Layout, now: datetime) -> None:
    if not (layout.tls / "authority.key").is_file():
        make_authority(layout.tls, now - timedelta(days=1))
    issue(layout.tls, now - timedelta(minutes=1), now + LASTS)


def _make_orders(layout: Layout) -> None:
    with closing(sqlite3.connect(layout.database)) as connection, connection:
        connection.execute("CREATE TABLE IF NOT EXISTS orders (id INTEGER PRIMARY KEY, article TEXT, cents INTEGER)")
        connection.execute("DELETE FROM orders")
        rows = [(number, f"article-{number % 17}", 100 * number) for number in range(1, ORDERS + 1)]
        connection.executemany("INSERT INTO orders VALUES (?, ?, ?)", rows)


def _make_backup(layout: Layout, now: datetime) -> None:
    if not layout.backup.exists():
        layout.backup.write_bytes(b"")
        made = (now - BACKUP_AGE).timestamp()
        os.utime(layout.backup, (made, made))
