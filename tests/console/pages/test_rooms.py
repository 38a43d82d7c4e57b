"""Every page: it answers as HTML, JSON and CSV, loads only what is ours, and says what the database says."""

import csv
import io
import json
from typing import Any

import pytest

from console.cli.main import main
from tests.console.house import House
from tests.console.pages.conftest import Page, Walker

ROOMS = [
    "/",
    "/tickets",
    "/tickets?chip=all",
    "/tickets/INC-1001",
    "/tickets/INC-1002",
    "/tickets/INC-1003",
    "/tickets/INC-1004",
    "/services",
    "/services/shop",
    "/services/intranet",
    "/monitors",
    "/monitors/shop-web",
    "/monitors/nightly",
    "/runbooks",
    "/runbooks/restart-shop",
    "/reports",
    "/reports?last=30d&service=shop",
    "/health",
]
TABLES = {  # where the rows stand in the document, and what tells them apart
    "/tickets?chip=all": ("tickets", "number"),
    "/services": ("", "id"),
    "/monitors": ("", "id"),
    "/runbooks": ("", "id"),
    "/monitors/shop-web": ("results", "at"),
    "/tickets/INC-1001": ("timeline", "seq"),
    "/reports": ("services", "id"),
}


def beside(path: str, ending: str) -> str:
    stem, _, query = path.partition("?")
    return ("/overview" if stem == "/" else stem) + ending + (f"?{query}" if query else "")


@pytest.mark.parametrize("path", ROOMS)
def test_a_page_runs_and_loads_nothing_but_our_own_files(path: str, walker: Walker) -> None:
    answer = walker.get(path)
    page = Page(answer.text)
    assert answer.status_code == 200
    assert (page.handlers, page.inline) == ([], [])
    assert all(load.startswith(("/static/", "data:image/svg+xml,")) for load in page.loads)
    assert "unsafe" not in answer.headers["content-security-policy"]
    assert len(page.ids) == len(set(page.ids))


@pytest.mark.parametrize("path", ROOMS)
def test_every_link_of_a_page_leads_somewhere(path: str, walker: Walker) -> None:
    ours = {link for link in walker.page(path).links if link.startswith("/") and not link.startswith("/metrics")}
    assert {link: walker.get(link).status_code for link in ours} == dict.fromkeys(ours, 200)


@pytest.mark.parametrize("path", ROOMS)
def test_a_page_is_a_json_document_too(path: str, walker: Walker) -> None:
    assert walker.json(beside(path, ".json"))


@pytest.mark.parametrize("path", TABLES)
def test_a_table_is_a_csv_file_with_the_same_rows(path: str, walker: Walker) -> None:
    answer = walker.get(beside(path, ".csv"))
    assert answer.headers["content-type"].startswith("text/csv")
    rows = list(csv.DictReader(io.StringIO(answer.text)))
    document = walker.json(beside(path, ".json"))
    within, key = TABLES[path]
    assert [row[key] for row in rows] == [str(item[key]) for item in (document[within] if within else document)]


def test_a_page_without_a_table_says_so_instead_of_an_empty_csv(walker: Walker) -> None:
    answer = walker.get("/overview.csv")
    assert answer.status_code == 404
    assert "shows no table" in answer.json()["error"]


SAME = {
    "monitors list": "/monitors.json?order=name",
    "monitors show shop-web": "/monitors/shop-web.json",
    "tickets show INC-1001": "/tickets/INC-1001.json",
    "services list": "/services.json",
    "services show shop": "/services/shop.json",
    "runbooks list": "/runbooks.json",
    "runbooks show restart-shop": "/runbooks/restart-shop.json",
}


@pytest.mark.parametrize("words", SAME)
def test_a_page_and_its_command_are_the_same_document(
    words: str,
    furnished: House,
    walker: Walker,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    place(furnished, monkeypatch)
    assert main([*words.split(), "-o", "json"]) == 0
    assert json.loads(capsys.readouterr().out) == walker.json(SAME[words])


def place(furnished: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """Lets a command find the house."""
    url = furnished.database.engine.url.render_as_string(hide_password=False)
    monkeypatch.setenv("WATCHDESK_DATABASE_URL", url)
    monkeypatch.setenv("WATCHDESK_DEFINITIONS", str(furnished.folder))
    monkeypatch.setenv("WATCHDESK_HOME", str(furnished.folder.parent / "home"))


def test_the_public_page_is_the_file_that_the_command_writes(
    furnished: House, walker: Walker, monkeypatch: pytest.MonkeyPatch
) -> None:
    place(furnished, monkeypatch)
    path = furnished.folder.parent / "status.html"
    assert main(["status-page", "--to", str(path)]) == 0
    assert Page(path.read_text("utf-8")).words == Page(walker.get("/status").text).words + " "
    assert not list(path.parent.glob(".status.html*"))


def test_the_public_page_tells_services_and_nothing_of_what_stands_behind_them(walker: Walker) -> None:
    text = walker.get("/status").text
    assert "Some services do not work." in text
    assert "Nobody can buy anything" in text
    for secret in ("127.0.0.1", "INC-", "shop-web", "503", "Jan Kowalski", "/nonexistent", "<script"):
        assert secret not in text
    said = json.dumps(walker.json("/status.json"))
    assert "shop-web" not in said


def test_the_overview_says_first_what_is_wrong(walker: Walker) -> None:
    page = walker.page("/")
    assert "Of 7 monitors 2 are critical, 1 is unknown and 1 is warning." in page.words
    assert "The shop answers: status is 503, expected 200" in page.words
    assert "clear-search" in page.words
    assert "new wiki" in page.words
    assert page.title.startswith("(2 P1) Overview")


def test_the_icon_and_the_title_tell_the_worst_open_priority(walker: Walker) -> None:
    page = walker.page("/services")
    assert "%23c8323b" in page.loads[0]
    assert page.title.startswith("(2 P1)") or page.title.startswith("(3 P1)")


def test_a_ticket_says_what_is_happening_and_draws_it(walker: Walker) -> None:
    page = walker.page("/tickets/INC-1001")
    assert "Nobody can buy anything" in page.words
    assert "shop-web is critical: status is 503, expected 200." in page.words
    assert "The service depends on checkout, search: checkout is warning." in page.words
    assert 'class="shade critical"' in page.html
    assert "Waits for your approval" in page.words
    assert "/bin/true" in page.words
    assert "Why is this here?" in page.words


def test_a_repaired_ticket_shows_the_transcript_and_the_proof(walker: Walker) -> None:
    page = walker.page("/tickets/INC-1004")
    assert "a runbook repaired it, and the monitor proved it" in page.words
    assert "cleared" in page.words
    run = next(link for link in page.links if link.startswith("/runs/"))
    assert "Success means that search-api itself was healthy again" in walker.page(run).words
    assert walker.json(f"{run}.json")["steps"][0]["output"] == "cleared\n"


def test_a_monitor_shows_its_rule_its_definition_and_its_history(walker: Walker) -> None:
    page = walker.page("/monitors/shop-web?range=6h")
    for words in ("monitors/all.yaml:", "latency: warn > 400ms", "status is 503", "Of 240 results", "INC-1001"):
        assert words in page.words.replace("{", "").replace("}", ""), words
    assert "polyline" in page.html


def test_a_runbook_shows_its_plan_its_trust_and_why_it_would_not_run(walker: Walker) -> None:
    page = walker.page("/runbooks/restart-shop")
    for words in ("ps -e", "it stores a plan and waits for a person", "a person looks first", "INC-1001"):
        assert words in page.words


def test_the_map_of_services_has_a_table_beside_it(walker: Walker) -> None:
    page = walker.page("/services")
    assert page.html.count('class="node ') == 6
    assert page.html.count('class="edge"') == 4
    assert "/services/orders-db" in page.links


def test_watchdesk_itself_is_on_a_page(walker: Walker) -> None:
    words = walker.page("/health").words
    assert "somebody watches" in words
    assert "Schema" in words or "schema" in words


@pytest.mark.parametrize(
    "path", ["/tickets/INC-9999", "/monitors/shop-wep", "/services/nope", "/runbooks/nope", "/runs/nope", "/nope"]
)
def test_what_does_not_exist_is_a_page_for_people_and_a_document_for_programs(path: str, walker: Walker) -> None:
    answer = walker.get(path)
    assert answer.status_code == 404
    assert "There is no such thing" in Page(answer.text).words
    assert "/tickets" in Page(answer.text).links
    told: Any = walker.get(path, "application/json")
    assert told.status_code == 404
    assert told.json()["error"]
