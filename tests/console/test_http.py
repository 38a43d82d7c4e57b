"""The console over HTTP: a real server on a free port, asked as browsers, programs and strangers ask."""

import socket
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from html.parser import HTMLParser

import pytest
import requests
import uvicorn
from prometheus_client.parser import text_string_to_metric_families

from console.http.application import build
from console.http.desk import HttpDesk, Shelf
from console.http.metrics import FAMILIES
from tests.console.scene import Shop, go_on_duty
from watchdesk.clock import SystemClock
from watchdesk.errors import SettingsInvalid
from watchdesk.settings import Settings, read_settings

JSON = {"content-type": "application/json"}


@pytest.fixture
def settings(shop: Shop) -> Settings:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    return read_settings(definitions=shop.definitions, port=port, secrets=shop.definitions.parent / "secrets")


def served(shop: Shop, settings: Settings) -> Iterator[str]:
    clock = SystemClock()
    desk = HttpDesk(settings=settings, database=shop.database, clock=clock, shelf=Shelf(shop.definitions, clock))
    config = uvicorn.Config(build(desk), host="127.0.0.1", port=settings.port, log_level="error", ws="none")
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started:
        assert thread.is_alive()
        time.sleep(0.01)
    yield settings.url
    server.should_exit = True
    thread.join()


@pytest.fixture
def url(shop: Shop, settings: Settings) -> Iterator[str]:
    yield from served(shop, settings)


@pytest.fixture
def locked(shop: Shop, settings: Settings) -> Iterator[str]:
    """A console with a password."""
    yield from served(shop, settings.model_copy(update={"password": "open sesame"}))


class Page(HTMLParser):
    """What a page loads, which code stands in it, and what it says."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.loads: list[str] = []
        self.inline: list[str] = []
        self.words: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        self.inline += [name for name in found if name.startswith("on") or name == "style"]
        if tag == "style" or (tag == "script" and not found.get("src")):
            self.inline.append(tag)
        if tag in {"link", "img", "script"} and (found.get("href") or found.get("src")):
            self.loads.append(str(found.get("href") or found.get("src")))

    def handle_data(self, data: str) -> None:
        self.words.append(data.strip())


def test_the_page_shows_what_is_wrong_and_who_has_to_know(url: str, shop: Shop) -> None:
    go_on_duty(shop.database)
    words = " ".join(Page(requests.get(url, timeout=5).text).words)
    assert shop.ticket in words
    assert "Of 3 monitors 1 is critical and 1 is unknown." in words


def test_the_page_has_no_code_of_its_own_and_loads_only_from_here(url: str) -> None:
    answer = requests.get(url, timeout=5)
    page = Page(answer.text)
    assert page.inline == []
    assert page.loads
    assert all(load.startswith(("/", "data:")) and not load.startswith("//") for load in page.loads)
    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    styles = [load for load in page.loads if ".css" in load]
    assert "prefers-color-scheme: dark" in requests.get(f"{url}{styles[0]}", timeout=5).text


def test_text_from_definitions_cannot_become_markup(url: str, shop: Shop) -> None:
    with shop.database.writing() as session:
        session.connection().exec_driver_sql("UPDATE ticket SET title = '<script>alert(1)</script>'")
    text = requests.get(url, timeout=5).text
    assert "<script>" not in text
    assert "&lt;script&gt;" in text


def test_a_healthy_console_says_so(url: str, shop: Shop) -> None:
    assert requests.get(f"{url}/healthz", timeout=5).json() == {"ok": True, "watching": False}
    go_on_duty(shop.database)
    assert requests.get(f"{url}/healthz", timeout=5).json()["watching"] is True


def test_a_console_on_an_old_schema_is_unwell_with_the_remedy(url: str, shop: Shop) -> None:
    with shop.database.writing() as session:
        session.connection().exec_driver_sql("UPDATE alembic_version SET version_num = '0000'")
    answer = requests.get(f"{url}/healthz", timeout=5)
    assert answer.status_code == 503
    assert "watchdesk db upgrade" in answer.json()["error"]


def test_the_api_has_the_documents_of_the_command_line(url: str, shop: Shop) -> None:
    status = requests.get(f"{url}/api/v1/status", timeout=5).json()
    assert status["monitors"] == {"ok": 1, "warning": 0, "critical": 1, "unknown": 1}
    assert [row["id"] for row in requests.get(f"{url}/api/v1/monitors", timeout=5).json()] == [
        "nightly", "own-port", "shop-web",
    ]  # fmt: skip
    [ticket] = requests.get(f"{url}/api/v1/tickets?open=1&service=shop", timeout=5).json()
    assert ticket["number"] == shop.ticket
    shown = requests.get(f"{url}/api/v1/tickets/{shop.ticket}", timeout=5).json()
    assert shown["timeline"]
    for path in ("monitors/shop-web", "monitors/shop-web/explain", f"tickets/{shop.ticket}/explain"):
        assert requests.get(f"{url}/api/v1/{path}", timeout=5).ok
    for path in ("services", "runbooks"):
        assert requests.get(f"{url}/api/v1/{path}", timeout=5).json()


@pytest.mark.parametrize("path", ["monitors/shop-wep", "tickets/INC-99999", "nonsense"])
def test_what_does_not_exist_is_404_with_words(path: str, url: str) -> None:
    answer = requests.get(f"{url}/api/v1/{path}", timeout=5)
    assert answer.status_code == 404
    assert answer.json()["error"]


def test_a_ticket_is_acknowledged_noted_and_resolved_by_post(url: str, shop: Shop) -> None:
    ticket = f"{url}/api/v1/tickets/{shop.ticket}"
    assert requests.post(f"{ticket}/ack", json={"who": "ana"}, timeout=5).json()["state"] == "acknowledged"
    assert requests.post(f"{ticket}/note", json={"who": "ana", "note": "on it"}, timeout=5).ok
    done = requests.post(f"{ticket}/resolve", json={"who": "ana", "code": "fixed_by_person"}, timeout=5).json()
    assert (done["state"], done["resolution_code"]) == ("resolved", "fixed_by_person")
    again = requests.post(f"{ticket}/ack", json={"who": "bob"}, timeout=5)
    assert again.status_code == 409
    assert "resolved by ana" in again.json()["error"]


@pytest.mark.parametrize(
    ("body", "headers"),
    [
        (b'{"who": "ana", "wat": 1}', JSON),
        (b"{}", JSON),
        (b"not json", JSON),
        (b'{"who": "ana"}', {"content-type": "text/plain"}),
        (b'{"who": "' + b"a" * 70_000 + b'"}', JSON),
    ],
)
def test_a_body_that_cannot_be_understood_is_400(body: bytes, headers: dict[str, str], url: str, shop: Shop) -> None:
    answer = requests.post(f"{url}/api/v1/tickets/{shop.ticket}/ack", data=body, headers=headers, timeout=5)
    assert answer.status_code == 400
    assert answer.json()["error"]


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "https://evil.example"},
        {"origin": "null"},
        {"sec-fetch-site": "cross-site"},
    ],
)
def test_another_site_can_change_nothing(headers: dict[str, str], url: str, shop: Shop) -> None:
    address = f"{url}/api/v1/tickets/{shop.ticket}/ack"
    assert requests.post(address, json={"who": "eve"}, headers=headers, timeout=5).status_code == 403
    assert requests.post(address, json={"who": "ana"}, headers={"origin": url}, timeout=5).ok


@pytest.mark.parametrize("host", ["evil.example", "evil.example:8420", "127.0.0.1.evil.example", ""])
def test_a_foreign_name_for_this_machine_gets_no_answer(host: str, url: str) -> None:
    assert requests.get(url, headers={"host": host}, timeout=5).status_code == 421


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1:1234", "[::1]"])
def test_a_loopback_name_is_answered(host: str, url: str) -> None:
    assert requests.get(url, headers={"host": host}, timeout=5).ok


def test_a_console_open_to_other_machines_needs_a_password(shop: Shop, settings: Settings) -> None:
    clock = SystemClock()
    desk = HttpDesk(settings=settings, database=shop.database, clock=clock, shelf=Shelf(shop.definitions, clock))
    with pytest.raises(SettingsInvalid, match="WATCHDESK_PASSWORD"):
        build(replace(desk, settings=settings.model_copy(update={"host": "0.0.0.0"})))


def test_a_password_is_asked_for_but_not_by_pings_and_health(locked: str) -> None:
    assert requests.get(locked, timeout=5).status_code == 401
    assert requests.get(locked, auth=("ana", "wrong"), timeout=5).status_code == 401
    assert requests.get(locked, auth=("ana", "open sesame"), timeout=5).ok
    assert requests.get(f"{locked}/healthz", timeout=5).ok
    assert requests.get(f"{locked}/ping/nightly", timeout=5).ok


def test_a_ping_by_the_monitors_name_from_elsewhere_needs_the_password(locked: str) -> None:
    passed_on = {"x-forwarded-for": "203.0.113.7"}
    assert requests.get(f"{locked}/ping/nightly", headers=passed_on, timeout=5).status_code == 404
    assert requests.get(f"{locked}/ping/nightly", headers={"host": "desk.example.org"}, timeout=5).status_code == 404
    assert requests.get(f"{locked}/ping/nightly", headers=passed_on, auth=("x", "open sesame"), timeout=5).ok


def test_a_heartbeat_with_a_key_is_reached_by_it_from_anywhere_and_by_nothing_else(
    url: str, shop: Shop, settings: Settings
) -> None:
    assert settings.secrets is not None
    settings.secrets.mkdir()
    (settings.secrets / "nightly-ping").write_text("a1-long.random_text~\n")
    path = shop.definitions / "monitors" / "shop.yaml"
    path.write_text(path.read_text().replace("grace: 1h}", "grace: 1h, key: secret:nightly-ping}"))
    passed_on = {"x-forwarded-for": "203.0.113.7"}
    answer = requests.get(f"{url}/ping/a1-long.random_text~/0", headers=passed_on, timeout=5)
    assert (answer.status_code, answer.text) == (200, "nightly\n")
    assert requests.get(f"{url}/ping/nightly", timeout=5).status_code == 404


FOREIGN = ({"origin": "https://evil.example"}, {"sec-fetch-site": "cross-site"}, {"sec-fetch-site": "same-site"})


@pytest.mark.parametrize("headers", FOREIGN)
def test_another_sites_page_cannot_ping_by_the_monitors_name(headers: dict[str, str], url: str) -> None:
    assert requests.get(f"{url}/ping/nightly", headers=headers, timeout=5).status_code == 404


@pytest.mark.parametrize("headers", FOREIGN)
def test_nor_can_it_where_the_browser_knows_the_password(headers: dict[str, str], locked: str) -> None:
    answer = requests.get(f"{locked}/ping/nightly", headers=headers, auth=("x", "open sesame"), timeout=5)
    assert answer.status_code == 404


@pytest.mark.parametrize("headers", [{}, {"sec-fetch-site": "none"}, {"sec-fetch-site": "same-origin"}])
def test_programs_and_our_own_pages_ping_by_the_monitors_name(headers: dict[str, str], url: str) -> None:
    assert requests.get(f"{url}/ping/nightly", headers=headers, timeout=5).ok


def test_where_the_database_is_strangers_are_not_told(locked: str, shop: Shop) -> None:
    with shop.database.writing() as session:
        session.connection().exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    told = requests.get(f"{locked}/healthz", timeout=5)
    asked = requests.get(f"{locked}/healthz", headers={"x-forwarded-for": "203.0.113.7"}, timeout=5)
    assert (told.status_code, asked.status_code) == (503, 503)
    assert "9999" in told.text
    assert "9999" not in asked.text


@pytest.mark.parametrize("method", ["GET", "POST", "HEAD"])
def test_a_ping_is_taken_by_any_method(method: str, url: str, shop: Shop) -> None:
    assert requests.request(method, f"{url}/ping/nightly", timeout=5).ok
    with shop.database.reading() as session:
        row = session.connection().exec_driver_sql("SELECT pings, succeeded_at FROM heartbeat_ping").one()
    assert row[0] == 1
    assert row[1] is not None


def test_a_job_tells_its_start_and_how_it_ended(url: str, shop: Shop) -> None:
    assert requests.post(f"{url}/ping/nightly/start", timeout=5).ok
    assert requests.post(f"{url}/ping/nightly/3", data="disk full", timeout=5).ok
    with shop.database.reading() as session:
        told = "SELECT exit_code, failed_at IS NOT NULL, duration_s IS NOT NULL, said FROM heartbeat_ping"
        row = session.connection().exec_driver_sql(told).one()
    assert tuple(row) == (3, True, True, "disk full")


@pytest.mark.parametrize("path", ["unknown", "shop-web", "nightly/stopped", "nightly/256"])
def test_an_unknown_ping_is_404(path: str, url: str) -> None:
    assert requests.get(f"{url}/ping/{path}", timeout=5).status_code == 404


def test_the_metrics_can_be_read_by_prometheus(url: str, shop: Shop) -> None:
    go_on_duty(shop.database)
    families = {f.name: f for f in text_string_to_metric_families(requests.get(f"{url}/metrics", timeout=5).text)}
    assert set(families) == set(FAMILIES)
    health = {sample.labels["monitor"]: sample.value for sample in families["watchdesk_monitor_health"].samples}
    assert health == {"shop-web": 2, "own-port": 0, "nightly": 3}
    [opened] = families["watchdesk_tickets_open"].samples
    assert (opened.labels, opened.value) == ({"priority": "P1", "state": "new"}, 1)
    assert [sample.value for sample in families["watchdesk_shift_on_duty"].samples] == [1]
