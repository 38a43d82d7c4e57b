"""A newcomer breaks something real on the page of the demo, and watches it being healed there, to the ticket."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import expect

from bench.demo import Watchdesk
from console.supervision import marks
from tests.browser.conftest import Desk
from tests.browser.test_accessible import AXE, CHECK, LOOKS, RULES, WIDER

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]
HEALED_MS = 240_000  # a busy test machine is allowed to be slow; ./run bench demo holds it to a minute


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A demo of its own, up as a person starts it."""
    home = tmp_path_factory.mktemp("demo") / "home"
    found = Watchdesk(home)
    try:
        found.say("up", "--demo", "--detach")
        yield found.ask("status")["url"]
        found.say("down")
        assert marks.of_home(home) == []
    finally:
        marks.kill(marks.of_home(home))


def test_a_killed_process_is_seen_ticketed_repaired_proved_and_resolved_before_ones_eyes(desk: Desk) -> None:
    page = desk.sit(None)
    page.goto("/")
    page.locator("#main").get_by_role("link", name="Break something").click()
    fault = page.locator("#fault-process")
    fault.get_by_role("button", name="Break it").click()
    expect(page).to_have_url(re.compile("/demo#fault-process$"))
    steps = fault.locator(".course li")
    expect(steps.nth(1)).to_contain_text("INC-", timeout=HEALED_MS)
    expect(steps.nth(4)).to_have_class("is-done", timeout=HEALED_MS)  # nobody reloads the page meanwhile
    expect(fault.locator(".course li.is-done")).to_have_count(5)
    expect(fault.get_by_role("button", name="Break it again")).to_be_visible()
    steps.nth(1).get_by_role("link").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("The web shop does not answer")
    expect(page.locator(".facts")).to_contain_text("Resolved")


@pytest.mark.parametrize("look", LOOKS)
def test_the_page_of_faults_breaks_no_rule_that_axe_knows(look: str, desk: Desk) -> None:
    page = desk.sit("Ana Ruiz", bypass_csp=True, **LOOKS[look])
    page.goto("/demo")
    page.evaluate(AXE)
    assert page.evaluate(CHECK, RULES) == []
    assert page.evaluate(WIDER) <= 0


def test_without_scripts_something_is_broken_as_well(desk: Desk) -> None:
    page = desk.sit(None, java_script_enabled=False)
    page.goto("/demo")
    fault = page.locator("#fault-heartbeat")
    fault.get_by_role("button", name="Break it").click()
    expect(page).to_have_url(re.compile("/demo#fault-heartbeat$"))
    expect(fault.get_by_role("heading", name="heartbeat")).to_be_visible()
