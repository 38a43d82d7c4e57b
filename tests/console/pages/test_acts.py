"""What people do on pages, with plain forms: each act on a ticket or a monitor of its own."""

from datetime import timedelta

import pytest

from loop.approval import waiting
from monitors import pauses, requests
from tests.console.house import House
from tests.console.pages.conftest import Page, Walker
from ticketing import queries
from ticketing.views import TicketDetail


@pytest.fixture
def number(furnished: House, request: pytest.FixtureRequest) -> str:
    """An open ticket for this test alone."""
    return furnished.open("wiki", timedelta(minutes=3), f"/{request.node.name}")


@pytest.fixture(autouse=True)
def ana(walker: Walker) -> None:
    walker.introduce("Ana Ruiz")


def ticket(furnished: House, number: str) -> TicketDetail:
    with furnished.database.reading() as session:
        return queries.show(session, number, furnished.clock.now())


def seen(walker: Walker, number: str) -> str:
    """What the ticket's forms carry of its state."""
    return walker.page(f"/tickets/{number}").form(f"/tickets/{number}/resolve")["seen"]


def test_a_ticket_is_acknowledged_noted_and_resolved(furnished: House, walker: Walker, number: str) -> None:
    answer = walker.post(f"/tickets/{number}/ack", seen=seen(walker, number))
    assert (answer.status_code, answer.headers["location"]) == (303, f"/tickets/{number}")
    walker.post(f"/tickets/{number}/note", note="the disk was full")
    walker.post(f"/tickets/{number}/resolve", seen=seen(walker, number), code="fixed_by_person", note="emptied it")
    found = ticket(furnished, number)
    assert (found.ticket.state, found.ticket.resolution_code) == ("resolved", "fixed_by_person")
    assert [e.kind for e in found.timeline if e.actor == "Ana Ruiz"] == ["acknowledged", "noted", "resolved"]
    assert "emptied it" in walker.page(f"/tickets/{number}").words


def test_what_a_person_wrote_is_shown_as_written_and_how_it_was_resolved_in_words(walker: Walker, number: str) -> None:
    walker.post(f"/tickets/{number}/note", note="search for fixed_by_runbook in the log")
    walker.post(f"/tickets/{number}/resolve", code="fixed_by_person", note="grep recovered_no_action")
    words = walker.page(f"/tickets/{number}").words
    assert "search for fixed_by_runbook in the log" in words
    assert "Ana Ruiz resolved it as fixed by person: grep recovered_no_action" in words


def test_a_ticket_is_taken_assigned_held_released_and_reopened(furnished: House, walker: Walker, number: str) -> None:
    walker.post(f"/tickets/{number}/take")
    assert ticket(furnished, number).ticket.assignee == "Ana Ruiz"
    walker.post(f"/tickets/{number}/assign", to="group:office")
    assert ticket(furnished, number).ticket.assignment_group == "office"
    walker.post(f"/tickets/{number}/hold", reason="vendor", note="they come tomorrow")
    assert ticket(furnished, number).ticket.state == "on_hold"
    assert "it is on hold for vendor" in walker.page(f"/tickets/{number}").words
    walker.post(f"/tickets/{number}/release")
    assert ticket(furnished, number).held_by is None
    walker.post(f"/tickets/{number}/resolve", note="done")
    assert "Reopen" in walker.page(f"/tickets/{number}").words
    walker.post(f"/tickets/{number}/reopen", note="again")
    assert ticket(furnished, number).ticket.reopen_count == 1


def test_several_tickets_are_acknowledged_at_once(furnished: House, walker: Walker, number: str) -> None:
    other = furnished.open("wiki", timedelta(minutes=2), f"/other-{number}")
    answer = walker.post("/tickets/acts", act="ack", number=[number, other], back="/tickets?chip=mine")
    assert answer.headers["location"] == "/tickets?chip=mine"
    assert {ticket(furnished, n).acknowledged_by for n in (number, other)} == {"Ana Ruiz"}


def test_of_several_tickets_those_that_refuse_are_named_and_the_others_done(
    furnished: House, walker: Walker, number: str
) -> None:
    answer = walker.post("/tickets/acts", act="resolve", number=["INC-1003", number, "INC-9999"], note="together")
    assert answer.status_code == 409
    words = Page(answer.text).words
    assert "Done with 1 of 3" in words
    assert "INC-1003" in words
    assert "INC-9999" in words
    assert ticket(furnished, number).ticket.state == "resolved"


def test_selecting_nothing_is_said(walker: Walker) -> None:
    assert "no ticket is selected" in walker.post("/tickets/acts", act="ack").text.lower()


def test_a_stale_page_cannot_resolve_what_somebody_took_meanwhile(
    furnished: House, walker: Walker, number: str
) -> None:
    old = seen(walker, number)
    furnished.person("Jan Kowalski").acknowledge(number)
    answer = walker.post(f"/tickets/{number}/resolve", seen=old, note="I know what it was")
    page = Page(answer.text)
    assert answer.status_code == 409
    assert f"Not done: {number} changed after you had opened its page." in page.words
    assert "Jan Kowalski acknowledged it" in page.words
    assert "I know what it was" in page.words
    assert ticket(furnished, number).ticket.state == "acknowledged"
    again = page.form(f"/tickets/{number}/resolve")
    assert walker.post(f"/tickets/{number}/resolve", **again, note="I know what it was").status_code == 303
    assert ticket(furnished, number).ticket.state == "resolved"


def test_a_stale_page_cannot_act_on_what_the_machine_resolved_meanwhile(
    furnished: House, walker: Walker, number: str
) -> None:
    old = seen(walker, number)
    furnished.recover(number)
    answer = walker.post(f"/tickets/{number}/hold", seen=old, reason="vendor", note="waits for the vendor")
    assert answer.status_code == 409
    assert "waits for the vendor" in answer.text
    assert "Resolved as" in answer.text


def test_what_the_same_person_did_makes_no_page_stale(furnished: House, walker: Walker, number: str) -> None:
    old = seen(walker, number)
    furnished.person("Ana Ruiz").note(number, "from my other tab")
    assert walker.post(f"/tickets/{number}/ack", seen=old).status_code == 303


def test_the_second_person_sees_who_has_the_ticket(furnished: House, walker: Walker, number: str) -> None:
    furnished.person("Jan Kowalski").acknowledge(number)
    assert "In people's hands: Jan Kowalski acknowledged it" in walker.page(f"/tickets/{number}").words


def test_a_waiting_plan_is_approved_once(furnished: House, walker: Walker) -> None:
    def plan() -> str:
        return walker.page("/tickets/INC-1001").form("/tickets/INC-1001/approve")["plan"]

    first = plan()
    assert walker.post("/tickets/INC-1001/approve", plan=first).headers["location"] == "/tickets/INC-1001"
    with furnished.database.reading() as session:
        assert waiting(session, furnished.clock.now()) == ()
    assert walker.post("/tickets/INC-1001/decline", plan=first).status_code == 409


def test_a_monitor_is_checked_paused_and_resumed_from_its_page(furnished: House, walker: Walker) -> None:
    assert walker.post("/monitors/orders-port/run").status_code == 303
    with furnished.database.writing() as session:
        assert "orders-port" in requests.take(session)
    walker.post("/monitors/orders-port/pause", **{"because": "moving the rack", "for": "2h"})
    with furnished.database.reading() as session:
        (pause,) = [p for p in pauses.active(session, furnished.clock.now()) if p.monitor == "orders-port"]
    assert (pause.who, pause.because, pause.until is not None) == ("Ana Ruiz", "moving the rack", True)
    assert "moving the rack" in walker.page("/monitors/orders-port").words
    assert "paused" in walker.page("/monitors?text=orders").words
    walker.post("/monitors/orders-port/resume")
    assert "moving the rack" not in walker.page("/monitors/orders-port").words


@pytest.mark.parametrize("fields", [{"because": ""}, {"because": "x", "for": "soon"}])
def test_a_pause_without_a_reason_or_with_an_odd_length_is_refused(fields: dict[str, str], walker: Walker) -> None:
    assert walker.post("/monitors/orders-port/pause", **fields).status_code == 400


@pytest.mark.parametrize("path", ["/tickets/INC-1002/ack", "/monitors/wiki/run", "/tickets/INC-1002/approve"])
def test_nobody_does_anything_without_a_name_and_is_asked_for_it(path: str, walker: Walker) -> None:
    walker.introduce(None)
    answer = walker.post(path)
    assert answer.status_code == 400
    assert "/who" in Page(answer.text).actions


def test_a_first_act_says_who_does_it_and_the_browser_keeps_the_name(
    furnished: House, walker: Walker, number: str
) -> None:
    walker.introduce(None)
    assert "who" in walker.page(f"/tickets/{number}").form(f"/tickets/{number}/ack")
    assert walker.post(f"/tickets/{number}/ack", who="  Ada   Nowak ").status_code == 303
    assert ticket(furnished, number).acknowledged_by == "Ada Nowak"
    assert "who" not in walker.page(f"/tickets/{number}").form(f"/tickets/{number}/note")
    walker.post(f"/tickets/{number}/note", note="and a second act", who="Somebody Else")
    assert ticket(furnished, number).timeline[-1].actor == "Ada Nowak"


def test_a_monitor_is_checked_by_whoever_says_who_he_is(walker: Walker) -> None:
    walker.introduce(None)
    assert walker.post("/monitors/wiki/run", who="Ada Nowak").status_code == 303
    assert "You are Ada Nowak" in walker.page("/").words


def test_an_act_on_a_monitor_under_another_name_leaves_the_browser_its_own(walker: Walker) -> None:
    assert walker.post("/monitors/wiki/run", who="Somebody Else").status_code == 303
    assert "You are Ana Ruiz" in walker.page("/").words


def test_several_tickets_are_given_away_and_snoozed_at_once(furnished: House, walker: Walker, number: str) -> None:
    other = furnished.open("wiki", timedelta(minutes=2), f"/second-{number}")
    walker.post("/tickets/acts", act="give", to="Jan Kowalski", number=[number, other])
    assert {ticket(furnished, n).ticket.assignee for n in (number, other)} == {"Jan Kowalski"}
    walker.post("/tickets/acts", **{"act": "hold", "for": "4h", "note": "after the move", "number": [number, other]})
    for found in (ticket(furnished, n) for n in (number, other)):
        assert (found.ticket.state, found.hold_reason) == ("on_hold", "scheduled")
        assert found.hold_until is not None
        assert "after the move" in found.timeline[-1].text


def test_selected_tickets_are_merged_into_one_of_them(furnished: House, walker: Walker, number: str) -> None:
    other = furnished.open("wiki", timedelta(minutes=2), f"/twin-{number}")
    answer = walker.post("/tickets/acts", act="merge", into=number.lower(), number=[number, other], back="/tickets")
    assert answer.status_code == 303
    assert ticket(furnished, other).ticket.resolution_code == "duplicate"
    assert ticket(furnished, number).ticket.state == "new"
    assert f"merged {other} into it" in walker.page(f"/tickets/{number}").words


def test_pressing_enter_in_the_bar_does_nothing_unasked(furnished: House, walker: Walker, number: str) -> None:
    assert walker.post("/tickets/acts", act="", number=[number]).status_code == 400
    assert ticket(furnished, number).ticket.state == "new"


@pytest.mark.parametrize("name", ["", "   ", "\x07"])
def test_a_name_is_something_to_be_read(name: str, walker: Walker) -> None:
    assert walker.post("/who", name=name).status_code == 400


def test_a_name_of_any_script_is_kept_by_the_browser(walker: Walker) -> None:
    walker.introduce("مریم Łukasz")
    assert "مریم Łukasz" in walker.page("/").words


@pytest.mark.parametrize("back", ["//evil.example/", "https://evil.example/", "/\\evil.example", "javascript:alert(1)"])
def test_a_form_leads_back_to_our_own_pages_only(back: str, walker: Walker) -> None:
    assert walker.post("/who", name="Ana", back=back).headers["location"] == "/"


def test_a_form_of_another_site_is_turned_away(walker: Walker, number: str) -> None:
    for headers in ({"origin": "https://evil.example"}, {"sec-fetch-site": "cross-site"}):
        answer = walker.session.post(f"{walker.url}/tickets/{number}/ack", headers=headers, timeout=30)
        assert answer.status_code == 403


def test_an_act_that_nobody_knows_and_a_form_that_is_none_are_refused(walker: Walker, number: str) -> None:
    assert walker.post(f"/tickets/{number}/explode").status_code == 400
    large = walker.post(f"/tickets/{number}/note", note="x" * 300_000)
    assert (large.status_code, "larger than" in large.text) == (400, True)
    headers = {"origin": walker.url, "content-type": "text/plain"}
    answer = walker.session.post(f"{walker.url}/tickets/{number}/note", data="note=x", headers=headers, timeout=30)
    assert answer.status_code == 400


def test_writing_on_a_page_holds_the_machine_back(furnished: House, walker: Walker, number: str) -> None:
    assert walker.post(f"/tickets/{number}/drafting").status_code == 204
    assert ticket(furnished, number).held_by == "Ana Ruiz is writing on its page"
