"""Hostile text in every field that can come from outside is shown as text, on every page, as HTML, JSON and CSV."""

import csv
import io
import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from urllib.parse import quote

import pytest
import requests

from console.http.rendering import TURNING
from loop import operations
from loop.operations import Order
from monitors import pings
from monitors.pings import PingKind, Told
from monitors.storage import states
from tests.console import house
from tests.console.house import House, _state
from tests.console.pages.conftest import Page, Walker
from tests.console.serving import serving
from watchdesk import definition_status, shifts
from watchdesk.clock import SystemClock
from watchdesk.database import Database
from watchdesk.definitions.faults import Fault
from watchdesk.health import Health
from watchdesk.shifts import Beat
from watchdesk.signals import Sample

SCRIPT = "<script>alert(1)</script><img src=x onerror=alert(2)><svg onload=alert(3)></svg>"
BREAKOUT = "\"'><a href=javascript:alert(4)>click</a></title></textarea></pre><!-- {{ 7*7 }} &lt;"
MARKS = "\u202egpj.exe\u202c \u2066x\u2069 \u200fשלום"
CONTROLS = "".join(map(chr, range(1, 32))) + "\x7f\x9b31m\x1b[31m"
HOSTILE = f"=cmd|'x'!A1 {SCRIPT} {BREAKOUT} {MARKS} {CONTROLS} "
HUGE = HOSTILE + "A" * (1 << 20)
PATHS = [
    "/", "/tickets", "/tickets?chip=all", "/tickets/INC-1001", "/tickets/INC-1002", "/tickets/INC-1004",
    "/tickets/INC-1006", "/services", "/services/shop", "/monitors", "/monitors/shop-web", "/monitors/wiki",
    "/monitors/nightly", "/runbooks", "/runbooks/clear-search", "/reports", "/reports/page", "/status", "/health",
    f"/tickets?text={quote(SCRIPT)}", f"/monitors?text={quote(BREAKOUT)}",
]  # fmt: skip
FOREIGN = frozenset({"img", "iframe", "object", "embed", "base", "video", "math"})


@pytest.fixture(scope="module")
def hostile(migrated_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Walker]:
    """At the door of a house that was told nothing but hostile text, where somebody has a name like that too."""
    folder = tmp_path_factory.mktemp("hostile")
    (folder / "house.db").write_bytes(migrated_file.read_bytes())
    with Database(f"sqlite:///{folder / 'house.db'}") as database:
        furnished = house.build(database, SystemClock(), folder / "definitions", output="(output)")
        poison(furnished)
        with serving(database, furnished.clock, furnished.folder) as url, requests.Session() as session:
            walker = Walker(url, session)
            walker.introduce(SCRIPT[:70])
            yield walker


COLUMNS = {  # what holds words from outside, or of people; overwritten everywhere
    "ticket": ("title", "summary", "resolution_note"),
    "ticket_signal": ("title", "summary"),
    "span": ("summary",),
    "remediation": ("reason",),
    "runbook_refusal": ("reason",),
    "runbook_stop": ("because", "who"),
    "monitor_pause": ("because", "who"),
    "maintenance_window": ("reason",),
    "heartbeat_ping": ("said",),
    "role_beat": ("last_error",),
}


def poison(furnished: House) -> None:
    """Through the doors by which such text comes in, and then beyond those that would have cleaned it."""
    now = furnished.clock.now()
    sample = Sample(at=now, health=Health.CRITICAL, latency_s=0.1, summary=HUGE)
    number = furnished.open(
        "wiki", timedelta(minutes=1), "/h", summary=HUGE, samples=(sample,), measured={"body": HUGE, SCRIPT: MARKS}
    )
    furnished.person("Jan").note(number, HUGE[:250_000])
    furnished.person("Jan").assign(number, SCRIPT, furnished.definitions)
    order = Order(who=SCRIPT, because=HOSTILE, now=now)
    operations.pause(furnished.database, furnished.definitions, order, "orders-port", None)
    operations.stop_all(furnished.database, order, None)
    with furnished.database.writing() as session:
        pings.record(session, "nightly", now, Told(kind=PingKind.FAILED, text=HOSTILE))
        states.save(session, [replace(_state(name, now), summary=HUGE) for name in ("wiki", "shop-web")])
        shifts.beat(session, "house", [Beat(role="watch", at=now, turns=1, failures=1, last_error=HOSTILE)], {})
        fault = Fault(file=SCRIPT, line=1, column=1, message=HOSTILE)
        definition_status.accepted(session, str(furnished.folder), "1", now)
        definition_status.refused(session, str(furnished.folder), (fault,), now)
        for table, columns in COLUMNS.items():
            values = ", ".join(f"{column} = ?" for column in columns)
            session.connection().exec_driver_sql(f"UPDATE {table} SET {values}", (HOSTILE,) * len(columns))  # noqa: S608
        session.connection().exec_driver_sql("UPDATE remediation_step SET output = ?", (HUGE,))
        session.connection().exec_driver_sql("UPDATE ticket SET summary = ? WHERE number = 'INC-1004'", (HUGE,))


@pytest.mark.parametrize("path", PATHS)
def test_nothing_of_it_becomes_markup(path: str, hostile: Walker) -> None:
    answer = hostile.get(path)
    page = Page(answer.text)
    assert answer.status_code == 200
    assert page.handlers == []
    assert not FOREIGN.intersection(page.tags)
    assert not any("javascript:" in link for link in page.links)
    scripts = [load for load in page.loads if load.endswith(".js")]
    assert page.tags.count("script") == len(scripts)


@pytest.mark.parametrize("path", PATHS)
def test_a_page_has_no_controls_and_nothing_that_turns_text_around(path: str, hostile: Walker) -> None:
    text = hostile.get(path).text
    assert not {letter for letter in text if ord(letter) < 32 and letter not in "\t\n\r"}
    assert not {letter for letter in text if 0x7F <= ord(letter) < 0xA0 or ord(letter) in TURNING}


@pytest.mark.parametrize("path", [path for path in PATHS if not path.startswith("/reports/page")])
def test_a_mebibyte_of_it_leaves_the_page_small(path: str, hostile: Walker) -> None:
    assert len(hostile.get(path).content) < 200_000


def test_what_was_shortened_says_so(hostile: Walker) -> None:
    assert "more characters in the JSON" in hostile.page("/tickets/INC-1006").words


@pytest.mark.parametrize(
    "path",
    ["/overview", "/tickets", "/tickets/INC-1006", "/monitors", "/monitors/wiki", "/runbooks", "/services", "/health"],
)
def test_as_json_it_is_whole_and_no_page(path: str, hostile: Walker) -> None:
    answer = hostile.get(f"{path}.json", "*/*")
    assert answer.headers["content-type"] == "application/json"
    assert answer.headers["x-content-type-options"] == "nosniff"
    json.loads(answer.text)
    if path == "/tickets/INC-1006":
        assert len(answer.text) > 1 << 20


@pytest.mark.parametrize("path", ["/tickets", "/tickets/INC-1006", "/monitors", "/runbooks"])
def test_as_csv_it_is_no_formula(path: str, hostile: Walker) -> None:
    answer = hostile.get(f"{path}.csv")
    csv.field_size_limit(1 << 24)
    rows = list(csv.reader(io.StringIO(answer.text, newline="")))
    assert len({len(row) for row in rows}) == 1
    assert not [cell for row in rows for cell in row if cell[:1] in set("=+@\t\r")]


def test_a_mebibyte_posted_is_refused_and_a_hostile_name_greets_nobody(hostile: Walker) -> None:
    assert hostile.post("/tickets/INC-1006/note", note=HUGE).status_code == 400
    assert "&lt;script&gt;alert(1)" in hostile.page("/").html
    refused = hostile.get(f"/monitors/{quote(SCRIPT, safe='')}")
    assert refused.status_code == 404
    assert "<script>" not in refused.text
