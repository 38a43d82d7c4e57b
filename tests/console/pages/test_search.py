"""One box for everything: tickets, monitors, services, runbooks, and after an angle the rooms and acts."""

import pytest

from tests.console.pages.conftest import Walker


def found(walker: Walker, text: str) -> list[tuple[str, str]]:
    return [(row["kind"], row["path"]) for row in walker.json(f"/search.json?text={text}")["found"]]


def test_every_kind_of_thing_is_found_by_a_word(walker: Walker) -> None:
    hits = found(walker, "checkout")
    assert ("Monitors", "/monitors/checkout-api") in hits
    assert ("Services", "/services/checkout") in hits
    assert ("Runbooks", "/runbooks/restart-shop") in found(walker, "restart shop")
    assert ("Tickets", "/tickets/INC-1001") in found(walker, "shop")


def test_without_scripts_the_form_leads_to_a_page_of_what_was_found(walker: Walker) -> None:
    page = walker.page("/tickets")
    assert "/search" in page.actions
    page = walker.page("/search?text=checkout")
    assert {"/monitors/checkout-api", "/services/checkout"} <= set(page.links)
    assert "hits for" in page.words


@pytest.mark.parametrize("text", ["INC-1002", "inc-1002", "inc1002", "1002"])
def test_a_tickets_number_leads_to_the_ticket(text: str, walker: Walker) -> None:
    answer = walker.get(f"/search?text={text}")
    assert (answer.status_code, answer.headers["location"]) == (303, "/tickets/INC-1002")


def test_a_number_that_no_ticket_has_is_searched_like_any_word(walker: Walker) -> None:
    assert "Nothing fits." in walker.page("/search?text=INC-9999").words


def test_after_an_angle_stand_rooms_and_lists(walker: Walker) -> None:
    assert ("Go to", "/runbooks") in found(walker, "%3Erunb")
    assert ("Go to", "/tickets?chip=unassigned") in found(walker, "%3E nobody")
    assert len(found(walker, "%3E")) > 8
    assert found(walker, "%3Ezz9") == []


def test_after_an_angle_a_named_ticket_offers_what_can_be_done_with_it(walker: Walker) -> None:
    assert ("Acts", "/tickets/INC-1002#note") in found(walker, "%3Enew note INC-1002")
    assert found(walker, "%3EINC-9999") == []


@pytest.mark.parametrize("text", ["", "   ", "%00%ff", "%3Cscript%3Ealert(1)%3C/script%3E", "a" * 500, "%25_"])
def test_odd_words_are_answered_quietly(text: str, walker: Walker) -> None:
    page = walker.page(f"/search?text={text}")
    assert "Search" in page.words
    assert page.inline == []
