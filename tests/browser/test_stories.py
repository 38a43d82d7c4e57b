"""One story for each group of people, from the first page they open to the result they came for."""

from playwright.sync_api import expect

from monitors import pauses
from tests.browser.conftest import Desk
from tests.console.house import House
from ticketing import queries


def test_an_operations_engineer_finds_the_failing_monitor_and_pauses_it_with_a_reason(
    desk: Desk, furnished: House
) -> None:
    page = desk.sit(None)
    page.goto("/")
    expect(page.get_by_role("heading", level=1)).to_contain_text("2 are critical")
    page.get_by_role("link", name="Monitors").click()
    page.get_by_role("link", name="Critical 2").click()
    page.get_by_role("link", name="shop-web").click()
    expect(page.get_by_role("heading", name="The shop answers")).to_be_visible()
    expect(page.get_by_text("status is 503, expected 200").first).to_be_visible()
    page.locator("#actions summary", has_text="Pause").click()
    page.locator("#who-pause").fill("Olu Adeyemi")
    page.get_by_label("Why").fill("the shop moves to new machines")
    page.get_by_label("For how long").fill("2h")
    page.get_by_role("button", name="Pause").click()
    expect(page.get_by_role("status")).to_contain_text("Paused by Olu Adeyemi")
    with furnished.database.reading() as session:
        (pause,) = pauses.active(session, furnished.clock.now())
    assert (pause.monitor, pause.who, pause.because) == ("shop-web", "Olu Adeyemi", "the shop moves to new machines")


def test_a_service_owner_sees_what_is_asked_and_approves_the_plan(desk: Desk) -> None:
    page = desk.sit("Petra Novak")
    page.goto("/")
    page.locator(".asks").get_by_role("link", name="INC-1001").click()
    expect(page.locator(".asks")).to_contain_text("Restart the shop would run on service/shop, risk 2 of 3")
    expect(page.locator(".asks pre").last).to_have_text("/bin/true")
    page.get_by_role("button", name="Approve and run").click()
    expect(page.get_by_role("button", name="Approve and run")).to_have_count(0)
    expect(page.locator(".timeline")).to_contain_text("approval awaited")
    page.goto("/runbooks/restart-shop")
    expect(page.get_by_text("waits for approval until")).to_have_count(0)


def test_a_desk_agent_takes_a_ticket_from_the_queue_writes_what_was_found_and_resolves_it(
    desk: Desk, furnished: House
) -> None:
    number = furnished.open("wiki", name="/desk")
    page = desk.sit("Mina Park")
    page.goto("/")
    page.get_by_role("link", name="Tickets", exact=False).first.click()
    page.get_by_role("link", name="Unassigned").click()
    page.locator(f"#row-{number}").get_by_role("link").click()
    page.get_by_role("button", name="Acknowledge").click()
    expect(page.locator("#holder")).to_contain_text("Mina Park acknowledged it")
    page.get_by_label("Note", exact=True).fill("The wiki's disk was full.")
    page.get_by_role("button", name="Add the note").click()
    expect(page.locator(".timeline")).to_contain_text("The wiki's disk was full.")
    page.locator("summary", has_text="Resolve").click()
    page.get_by_label("What fixed it").fill("Emptied the attachments.")
    page.get_by_role("button", name="Resolve").click()
    expect(page.locator(".facts")).to_contain_text("Resolved")
    page.goto("/tickets")
    expect(page.locator(f"#row-{number}")).to_have_count(0)
    with furnished.database.reading() as session:
        found = queries.show(session, number)
    assert (found.ticket.resolution_code, found.resolution_note) == ("fixed_by_person", "Emptied the attachments.")
