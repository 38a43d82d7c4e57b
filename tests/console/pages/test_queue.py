"""The queue: chips, filters, order and page stand in the address; words that are not known are said."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
import requests
from starlette.datastructures import QueryParams

from console.http.pages.monitors import asked_for as monitors_asked
from console.http.pages.tickets import asked_for
from loop import definitions as files
from tests.console import house
from tests.console.house import House
from tests.console.pages.conftest import Walker
from tests.console.serving import serving
from watchdesk.clock import SystemClock
from watchdesk.database import Database


@pytest.fixture
def long_walker(migrated: Database, tmp_path: Path) -> Iterator[Walker]:
    """At a door behind which 52 tickets are open, and nothing else is."""
    clock = SystemClock()
    root = house.define(tmp_path / "definitions")
    crowded = House(migrated, clock, root, files.load(root))
    for n in range(52):
        crowded.open("wiki", timedelta(minutes=1), f"/{n}")
    with serving(migrated, clock, root) as url, requests.Session() as session:
        yield Walker(url, session)


def numbers(walker: Walker, query: str) -> list[str]:
    return [ticket["number"] for ticket in walker.json(f"/tickets.json?{query}")["tickets"]]


def test_chips_narrow_the_queue_and_count_what_stands_behind_them(walker: Walker) -> None:
    walker.introduce("Jan Kowalski")
    assert numbers(walker, "chip=open") == ["INC-1001", "INC-1002"]
    assert numbers(walker, "chip=mine") == ["INC-1002"]
    assert numbers(walker, "chip=unassigned") == ["INC-1001"]
    assert numbers(walker, "chip=approval") == ["INC-1001"]
    assert sorted(numbers(walker, "chip=machine")) == ["INC-1004", "INC-1005"]
    assert len(numbers(walker, "chip=all")) == 5
    words = walker.page("/tickets").words
    for chip in ("Unassigned 1", "Mine 1", "Open 2", "Waiting for approval 1", "Resolved by machine 2", "All 5"):
        assert chip in words


def test_filters_and_search_stand_in_the_address(walker: Walker) -> None:
    assert numbers(walker, "chip=all&service=search") == ["INC-1004"]
    assert sorted(numbers(walker, "chip=all&priority=P1")) == ["INC-1001", "INC-1003"]
    assert numbers(walker, "text=wiki") == ["INC-1005"]
    assert numbers(walker, "text=zz9") == []
    page = walker.page("/tickets?text=zz9")
    assert "Nothing fits." in page.words
    assert "/tickets?chip=all" in page.links


def test_the_order_is_by_priority_by_promise_or_by_age(walker: Walker) -> None:
    assert numbers(walker, "chip=all&order=newest")[0] == "INC-1004"
    assert numbers(walker, "chip=open&order=due")[0] == "INC-1001"
    assert 'aria-sort="ascending"' in walker.page("/tickets?order=due").html


@pytest.mark.parametrize(
    "query", ["chip=nope", "order=nope", "page=0", "page=x", "page=9999999"], ids=lambda query: query
)
def test_an_address_that_means_nothing_is_refused_with_what_is_known(query: str, walker: Walker) -> None:
    answer = walker.get(f"/tickets?{query}")
    assert answer.status_code == 400
    assert "That was not understood" in answer.text


@pytest.mark.parametrize(
    "path", ["/monitors?health=bad", "/monitors?order=x", "/monitors?page=-1", "/tickets/INC-1001?show=x"]
)
def test_the_other_lists_refuse_likewise(path: str, walker: Walker) -> None:
    assert walker.get(path).status_code == 400


def test_monitors_are_filtered_by_health_service_kind_and_words(walker: Walker) -> None:
    def found(query: str) -> list[str]:
        return [row["id"] for row in walker.json(f"/monitors.json?{query}")]

    assert found("health=critical") == ["backup-file", "shop-web"]
    assert found("service=backup&order=name") == ["backup-file", "nightly"]
    assert found("kind=tcp") == ["orders-port"]
    assert found("text=SHOP+answers") == ["shop-web"]
    assert found("order=worst")[:2] == ["backup-file", "shop-web"]
    assert "Nothing fits." in walker.page("/monitors?text=zz9").words


def test_changing_one_filter_keeps_the_others_and_goes_to_the_first_page() -> None:
    asked = asked_for(QueryParams("chip=all&service=shop&page=3"))
    assert asked.address(order="due") == "/tickets?chip=all&order=due&service=shop"
    assert asked.address(page=4) == "/tickets?chip=all&page=4&service=shop"
    assert asked_for(QueryParams("")).address() == "/tickets"
    assert monitors_asked(QueryParams("health=ok&page=2")).address(kind="tcp") == "/monitors?health=ok&kind=tcp"


def test_a_long_list_has_pages_and_its_csv_has_all(long_walker: Walker) -> None:
    document = long_walker.json("/tickets.json")
    assert (document["total"], document["pages"], len(document["tickets"])) == (52, 2, 50)
    assert "/tickets?page=2" in long_walker.page("/tickets").links
    assert "/tickets" in long_walker.page("/tickets?page=2").links
    assert len(long_walker.get("/tickets.csv").text.splitlines()) == 53


def test_key_figures_stand_over_the_queue_and_each_leads_to_its_list(walker: Walker) -> None:
    figures = walker.json("/tickets.json")["figures"]
    assert figures["open"] == 2
    assert 0 <= figures["late"] <= 2
    assert 0 < figures["service_level"] < 1
    page = walker.page("/tickets")
    assert {"/tickets?order=due", "/tickets?chip=machine", "/reports?last=7d", "/reports?last=30d"} <= set(page.links)
    assert "median time to acknowledge" in page.words
