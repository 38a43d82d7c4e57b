"""The page on which the demo is broken: there only while a demo is up, and each button breaks one real thing once."""

import os
import shutil
from collections.abc import Iterator

import pytest

from console.demo.breaking import FAULTS
from console.demo.furnishing import furnish
from console.demo.layout import GATEWAY, WEB, Layout
from console.demo.ports import choose
from console.supervision.record import only_one
from tests.console.house import House
from tests.console.pages.conftest import Walker


@pytest.fixture
def demo(furnished: House, walker: Walker) -> Iterator[Layout]:
    """A demo that is set up and held by an `up`; its processes do not run, its files are there."""
    home = furnished.folder.parent / "home"
    layout = Layout(home / "demo")
    layout.folder.mkdir(parents=True)  # of each test anew: without it the page is not there
    furnish(layout, choose(layout.ports, (*WEB, GATEWAY)), walker.url, furnished.clock.now())
    os.mkfifo(layout.requests)
    with only_one(home):
        yield layout
    shutil.rmtree(layout.folder)


def test_without_a_demo_the_page_says_how_to_start_one(walker: Walker) -> None:
    answer = walker.get("/demo")
    assert answer.status_code == 404
    assert "no demo runs here" in answer.text.lower()
    assert "./run up --demo" in answer.text
    assert walker.post("/demo/disk/break").status_code == 404
    assert "/demo" not in walker.page("/").links


@pytest.mark.usefixtures("demo")
def test_the_page_lists_every_fault_with_a_form_of_its_own(walker: Walker) -> None:
    page = walker.page("/demo")
    assert [f"/demo/{name}/break" for name in FAULTS] == [action for action in page.actions if action.endswith("break")]
    for fault in FAULTS.values():
        assert fault.does[1:] in page.words
        assert fault.heals in page.words
        assert f"/monitors/{fault.monitor}" in page.links
    assert page.inline == page.handlers == []


@pytest.mark.usefixtures("demo")
def test_the_rail_and_the_overview_lead_to_it(walker: Walker) -> None:
    page = walker.page("/")
    assert page.links.count("/demo") == 2
    assert "Break something" in page.words


@pytest.mark.usefixtures("demo")
def test_the_page_is_json_and_csv_too(walker: Walker) -> None:
    assert [row["fault"] for row in walker.json("/demo.json")] == list(FAULTS)
    lines = walker.get("/demo.csv").text.splitlines()
    assert lines[0] == "fault,monitor,health,ticket,does,heals,needs_approval"
    assert len(lines) == 1 + len(FAULTS)


def test_a_button_breaks_the_thing_itself_and_leads_back_to_its_fault(demo: Layout, walker: Walker) -> None:
    before = len(list(demo.uploads.iterdir()))
    answer = walker.post("/demo/disk/break")
    assert (answer.status_code, answer.headers["location"]) == (303, "/demo#fault-disk")
    assert len(list(demo.uploads.iterdir())) > before


@pytest.mark.usefixtures("demo")
def test_another_site_cannot_press_the_button(walker: Walker) -> None:
    headers = {"origin": "http://elsewhere.example", "accept": "text/html"}
    assert walker.session.post(f"{walker.url}/demo/disk/break", headers=headers, timeout=30).status_code == 403


@pytest.mark.usefixtures("demo")
def test_what_cannot_be_broken_now_is_refused_with_the_reason(walker: Walker) -> None:
    answer = walker.post("/demo/process/break")
    assert answer.status_code == 409
    assert "demo-shop has no process at the moment" in answer.text.lower()


@pytest.mark.usefixtures("demo")
def test_an_unknown_fault_is_answered_with_the_nearest(walker: Walker) -> None:
    answer = walker.post("/demo/proces/break")
    assert answer.status_code == 404
    assert "process" in answer.text
