"""A ticket about the watch itself: its page stands, leads to the watch's health, and is no outage to the public."""

import re
from datetime import timedelta

import pytest

from loop.own_monitors import INTERRUPTION, RELIEF, SERVICE
from monitors.state import MonitorState
from monitors.storage import states
from tests.console.house import House
from tests.console.pages.conftest import Walker
from tests.ticketing import stage
from watchdesk.health import Health


@pytest.fixture(scope="module")
def number(furnished: House) -> str:
    """The house has no service of that name."""
    told = stage.signal(
        monitor=INTERRUPTION,
        fingerprint=INTERRUPTION,
        service=SERVICE,
        title="The watch was interrupted",
        summary="nobody watched from 08:00:00 to 10:00:00 UTC (2h)",
        health=Health.WARNING,
        runbook=None,
    )
    return stage.take(furnished.database, told).ticket_number or ""


def test_its_page_says_what_happened_and_leads_to_the_health_of_the_watch(number: str, walker: Walker) -> None:
    page = walker.page(f"/tickets/{number}")
    assert "nobody watched from 08:00:00" in page.words
    assert "the watch itself" in page.words
    assert "/health" in page.links
    assert not any(link.startswith((f"/monitors/{INTERRUPTION}", f"/services/{SERVICE}")) for link in page.links)


def test_the_queue_names_it(number: str, walker: Walker) -> None:
    assert f"/tickets/{number}" in walker.page("/tickets?chip=all").links


def test_the_public_hears_of_no_outage(furnished: House, walker: Walker) -> None:
    before = walker.json("/status.json")["open"]
    alone = stage.signal(monitor=RELIEF, fingerprint=RELIEF, service="shop", health=Health.WARNING, runbook=None)
    assert stage.take(furnished.database, alone).ticket_number
    assert walker.json("/status.json")["open"] == before


def test_that_the_watch_looks_at_itself_is_no_check(furnished: House, walker: Walker) -> None:
    def checked() -> str | None:
        told = re.search(r'id="checked">checked <time [^>]*datetime="([^"]+)"', walker.get("/").text)
        return told and told[1]

    before = checked()
    at = (furnished.clock.now() + timedelta(minutes=1)).timestamp()
    with furnished.database.writing() as session:
        states.save(session, [MonitorState(monitor=INTERRUPTION, health=Health.OK, last_at=at)])
    assert before is not None
    assert checked() == before
