"""Keys only, no scripts, stale tabs, two people, and pages that renew themselves under one's hands."""

import re

from playwright.sync_api import Page, Route, expect

from tests.browser.conftest import Desk
from tests.console.house import House
from ticketing import queries


def state(furnished: House, number: str) -> str:
    with furnished.database.reading() as session:
        return queries.show(session, number).ticket.state


def focused(page: Page) -> str:
    return str(page.evaluate("document.activeElement.id"))


def test_a_ticket_is_found_acknowledged_and_resolved_without_a_mouse(desk: Desk, furnished: House) -> None:
    number = furnished.open("wiki", name="/keys")
    page = desk.sit()
    page.goto("/")
    page.keyboard.press("g")
    page.keyboard.press("t")
    expect(page).to_have_url(re.compile("/tickets$"))
    page.keyboard.press("/")
    page.keyboard.type(number)
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(f"/tickets/{number}$"))
    page.goto(f"/tickets?text={number}")
    page.keyboard.press("j")
    page.keyboard.press("x")
    expect(page.get_by_role("checkbox", name=f"Select {number}")).to_be_checked()
    page.keyboard.press("o")
    expect(page.get_by_role("heading", level=1)).to_contain_text("The wiki answers")
    page.keyboard.press("c")
    expect(page.locator("#holder")).to_contain_text("Ana Ruiz acknowledged it")
    page.keyboard.press("w")
    expect(page.get_by_text("How was its priority found?").or_(page.locator("#why details[open]"))).to_have_count(1)
    page.keyboard.press("r")
    page.keyboard.press("Tab")
    page.keyboard.type("by hand, without a mouse")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator(".facts")).to_contain_text("Resolved")
    assert state(furnished, number) == "resolved"
    page.keyboard.press("u")
    expect(page).to_have_url(re.compile("/tickets$"))


def test_the_sheet_of_keys_opens_closes_and_letters_in_fields_are_letters(desk: Desk) -> None:
    page = desk.sit()
    page.goto("/tickets/INC-1002")
    page.keyboard.press("?")
    expect(page.get_by_role("dialog")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_be_hidden()
    page.keyboard.press("n")
    assert focused(page) == "note"
    page.keyboard.type("gt jk r?")
    expect(page.locator("#note")).to_have_value("gt jk r?")
    expect(page).to_have_url(re.compile("INC-1002"))


def test_every_control_of_a_ticket_is_reached_by_tab_and_shows_where_one_is(desk: Desk) -> None:
    page = desk.sit()
    page.goto("/tickets/INC-1002")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()
    seen = set()
    for _ in range(80):
        page.keyboard.press("Tab")
        found = page.evaluate(
            "() => { const e = document.activeElement, s = getComputedStyle(e);"
            " return [e.innerText || e.id, s.outlineStyle !== 'none' || e.tagName === 'BODY']; }"
        )
        seen.add(" ".join(str(found[0]).split()))
        assert found[1], f"no outline on {found[0]}"
    for name in ("Acknowledge c", "Resolve r", "Put on hold", "Add the note n", "note"):
        assert name in seen


def test_without_scripts_everything_is_still_done(desk: Desk, furnished: House) -> None:
    number = furnished.open("wiki", name="/plain")
    page = desk.sit(None, java_script_enabled=False)
    page.goto(f"/tickets/{number}")
    page.locator("#who-ack").fill("Ana Ruiz")
    page.get_by_role("button", name="Acknowledge").click()
    expect(page.locator("dd").first).to_have_text("Ana Ruiz")
    page.locator("summary", has_text="Put on hold").click()
    page.get_by_label("It waits for").select_option("vendor")
    page.get_by_role("button", name="Hold").click()
    expect(page.locator(".facts")).to_contain_text("On hold")
    page.goto("/tickets?chip=mine")
    page.get_by_label("Service").select_option("intranet")
    page.get_by_role("button", name="Apply").click()
    page.get_by_role("checkbox").first.check()
    page.get_by_placeholder("reason, kept on each ticket").fill("the wiki is back")
    page.locator("#bulk-bar summary", has_text="Resolve").click()
    page.locator("#bulk-bar").get_by_role("button", name="Resolve").click()
    assert state(furnished, number) == "resolved"


def test_what_is_typed_after_an_angle_leads_to_a_room(desk: Desk) -> None:
    page = desk.sit()
    page.goto("/")
    page.keyboard.press("/")
    page.keyboard.type(">runb")
    expect(page.get_by_role("option")).to_have_count(1)
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("/runbooks$"))


def test_what_fits_stands_under_the_box_and_is_chosen_by_keys(desk: Desk) -> None:
    page = desk.sit()
    page.goto("/")
    page.keyboard.press("/")
    page.keyboard.type("checkout")
    expect(page.get_by_role("option").first).to_be_visible()
    names = page.get_by_role("option").all_inner_texts()
    assert any("Monitors" in name for name in names)
    assert any("Services" in name for name in names)
    page.keyboard.press("ArrowDown")
    expect(page.get_by_role("option", selected=True)).to_have_count(1)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).not_to_contain_text("Overview")
    assert page.url.rpartition("/")[2] not in {"", "search"}


def test_the_bar_of_acts_appears_with_the_first_selected_row_and_snoozes_it(desk: Desk, furnished: House) -> None:
    number = furnished.open("wiki", name="/bar")
    page = desk.sit()
    page.goto(f"/tickets?text={number}")
    expect(page.locator("#bulk-bar")).to_be_hidden()
    page.keyboard.press("j")
    page.keyboard.press("z")
    expect(page.locator("#bulk-bar")).to_contain_text("1 selected")
    expect(page.locator("#bulk-for")).to_be_focused()
    page.locator("#bulk-for").select_option("4h")
    page.locator("#bulk-bar").get_by_role("button", name="Snooze").click()
    expect(page.locator(f"#row-{number}")).to_contain_text("On hold")
    assert state(furnished, number) == "on_hold"


def test_times_are_told_in_ones_own_zone_when_one_asks_for_it(desk: Desk) -> None:
    page = desk.sit(timezone_id="Asia/Tehran")
    page.goto("/tickets/INC-1002")
    first = page.locator(".timeline time").first
    in_utc = first.inner_text()
    page.locator("#zone").click()
    expect(page.locator("#zone")).to_have_text("local time")
    expect(first).not_to_have_text(in_utc)
    page.reload()
    expect(page.locator("#zone")).to_have_text("local time")
    page.locator("#zone").click()
    expect(first).to_have_text(in_utc)


def test_a_stale_tab_does_not_undo_what_a_colleague_did(desk: Desk, furnished: House) -> None:
    number = furnished.open("wiki", name="/stale")
    stale = desk.sit(java_script_enabled=False)  # nothing renews it
    stale.goto(f"/tickets/{number}")
    furnished.person("Jan Kowalski").acknowledge(number, "mine, I am in the middle of it")
    stale.locator("summary", has_text="Resolve").click()
    stale.get_by_label("What fixed it").fill("it looked fine to me")
    stale.get_by_role("button", name="Resolve").click()
    expect(stale.get_by_role("alert")).to_contain_text("Jan Kowalski acknowledged it")
    expect(stale.get_by_label("What you had written")).to_have_value("it looked fine to me")
    assert state(furnished, number) == "acknowledged"


def test_two_people_on_one_ticket_see_each_other_at_work(desk: Desk, furnished: House) -> None:
    number = furnished.open("wiki", name="/two")
    ana, jan = desk.sit("Ana Ruiz"), desk.sit("Jan Kowalski")
    ana.goto(f"/tickets/{number}")
    jan.goto(f"/tickets/{number}")
    jan.keyboard.press("n")
    jan.keyboard.type("I am loo")
    ana.get_by_role("button", name="Acknowledge").click()
    expect(jan.locator("#holder")).to_contain_text("Ana Ruiz acknowledged it")
    assert focused(jan) == "note"
    jan.keyboard.type("king at it")
    expect(jan.locator("#note")).to_have_value("I am looking at it")
    jan.get_by_role("button", name="Add the note").click()
    expect(ana.locator(".timeline")).to_contain_text("I am looking at it")


def test_a_new_ticket_appears_in_the_queue_by_itself_with_title_icon_and_focus_kept(
    desk: Desk, furnished: House
) -> None:
    page = desk.sit()
    page.goto("/tickets?service=backup")
    page.keyboard.press("/")
    page.keyboard.type("half a wo")
    before = page.title()
    number = furnished.open("backup-file", name="/live")
    expect(page.locator(f"#row-{number}")).to_be_visible()
    assert page.title() != before
    assert focused(page) == "search"
    page.keyboard.type("rd")
    expect(page.locator("#search")).to_have_value("half a word")
    assert "%23c8323b" in str(page.locator("#icon").get_attribute("href"))


def test_a_page_whose_scripts_come_late_follows_along_all_the_same(desk: Desk, furnished: House) -> None:
    page = desk.sit()

    def dawdle(route: Route) -> None:
        page.wait_for_timeout(1500)
        route.continue_()

    page.route("**/hx-sse-*.js", dawdle)
    page.goto("/tickets?service=backup", wait_until="commit")
    expect(page.locator(".queue, .empty").first).to_be_visible()
    page.wait_for_load_state()
    number = furnished.open("backup-file", name="/late")
    expect(page.locator(f"#row-{number}")).to_be_visible()


def test_what_is_open_selected_and_being_read_stays_so_when_the_page_renews_itself(
    desk: Desk, furnished: House
) -> None:
    page = desk.sit()
    page.goto("/tickets")
    page.keyboard.press("j")
    page.keyboard.press("x")
    marked = page.evaluate("document.querySelector('tr[data-here]').id")
    number = furnished.open("backup-file", name="/kept")
    expect(page.locator(f"#row-{number}")).to_be_visible()
    assert page.evaluate("document.querySelector('tr[data-here]').id") == marked
    assert page.evaluate("document.querySelectorAll('[name=number]:checked').length") == 1
    page.goto("/tickets/INC-1002")
    page.locator("#why summary").click()
    page.locator("#actions summary", has_text="Resolve").click()
    furnished.person("Jan Kowalski").note("INC-1002", "news for whoever reads along")
    expect(page.locator(".timeline")).to_contain_text("news for whoever reads along")
    expect(page.locator("#why details[open]")).to_have_count(1)
    expect(page.get_by_label("What fixed it")).to_be_visible()


def test_a_page_that_lost_its_server_says_so(desk: Desk) -> None:
    page = desk.sit()
    page.goto("/")
    expect(page.locator(".when-on")).to_be_visible()
    page.evaluate("document.body.dispatchEvent(new CustomEvent('htmx:sse:error', {bubbles: true}))")
    expect(page.locator(".when-off")).to_be_visible()
    expect(page.locator(".when-on")).to_be_hidden()
