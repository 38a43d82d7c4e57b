"""No page breaks a rule of WCAG 2.2 AA that axe knows: light, dark and narrow; none is wider than its window."""

from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from runbooks.queries import list_remediations
from tests.browser.conftest import Desk
from tests.console.house import House

AXE = (Path(__file__).parent / "vendor" / "axe-4.14.1.min.js").read_text("utf-8")
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
PAGES = [
    "/",
    "/tickets?chip=all",
    "/tickets?text=zz9",
    "/search?text=checkout",
    "/search?text=%3E",
    "/tickets/INC-1001",
    "/tickets/INC-1002",
    "/tickets/INC-1004",
    "/services",
    "/services/shop",
    "/monitors",
    "/monitors/shop-web",
    "/monitors/nightly",
    "/runbooks",
    "/runbooks/restart-shop",
    "/reports",
    "/status",
    "/health",
    "/nothing-here",
]
LOOKS: dict[str, dict[str, Any]] = {
    "light": {"color_scheme": "light", "viewport": {"width": 1360, "height": 900}},
    "dark": {"color_scheme": "dark", "viewport": {"width": 1360, "height": 900}},
    "narrow": {"color_scheme": "light", "viewport": {"width": 390, "height": 800}},
}
CHECK = """async (rules) => {
  const found = await axe.run(document, {runOnly: {type: 'tag', values: rules}});
  return found.violations.map(v => v.id + ': ' + v.nodes.map(n => n.target + ' ' + n.failureSummary).join('; '));
}"""
WIDER = "document.documentElement.scrollWidth - document.documentElement.clientWidth"


def open_up(page: Page, path: str) -> None:
    """Forms, the bar of acts and the list under the search box, where the page has them."""
    if path == "/tickets/INC-1002":
        page.evaluate("document.querySelectorAll('details').forEach(e => { e.open = true; })")
    if path.startswith("/tickets?chip"):
        page.locator("[name=number]").first.check()
        page.locator("#bulk-bar summary").first.click()
    if path == "/monitors":
        page.locator("#search").fill("checkout")
        expect(page.get_by_role("option").first).to_be_visible()


@pytest.mark.parametrize("look", LOOKS)
def test_no_page_has_a_fault_that_axe_knows(look: str, desk: Desk, furnished: House) -> None:
    page = desk.sit("Ana Ruiz", bypass_csp=True, **LOOKS[look])
    with furnished.database.reading() as session:
        run = list_remediations(session, 1)[0].id
    faults: dict[str, Any] = {}
    for path in [*PAGES, f"/runs/{run}"]:
        page.goto(path)
        open_up(page, path)
        page.evaluate(AXE)
        found = page.evaluate(CHECK, RULES)
        wider = page.evaluate(WIDER)
        if found or wider > 0:
            faults[path] = [*found, f"wider by {wider}"] if wider > 0 else found
    desk.complaints[:] = [text for text in desk.complaints if "404" not in text]
    assert faults == {}


def test_a_page_mirrors_for_languages_that_run_from_right_to_left(desk: Desk) -> None:
    page = desk.sit("مریم", **LOOKS["light"])
    page.goto("/tickets/INC-1001")
    page.evaluate("document.documentElement.dir = 'rtl'")
    rail, main = page.locator(".rail").bounding_box(), page.locator("#main").bounding_box()
    assert rail is not None
    assert main is not None
    assert rail["x"] > main["x"]
    assert page.evaluate(WIDER) <= 0
    assert page.evaluate("getComputedStyle(document.querySelector('pre')).direction") == "ltr"


def test_on_paper_stands_what_is_read_and_nothing_that_is_pressed(desk: Desk) -> None:
    page = desk.sit("Ana Ruiz", color_scheme="dark")
    page.emulate_media(media="print", color_scheme="light")
    page.goto("/tickets/INC-1001")
    for hidden in (".rail", ".topbar", "#actions", "#noting"):
        assert not page.locator(hidden).is_visible()
    assert page.locator(".timeline").is_visible()


def test_motion_stops_for_those_who_asked_for_it(desk: Desk) -> None:
    page = desk.sit("Ana Ruiz", reduced_motion="reduce")
    page.goto("/")
    assert page.evaluate("getComputedStyle(document.querySelector('.live svg')).animationName") == "none"
