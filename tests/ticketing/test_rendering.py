"""The ticket a person receives: what it says, and that text from outside can do no harm in it."""

import json
import re
from dataclasses import replace
from datetime import datetime, timedelta
from html.parser import HTMLParser
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.clock import START
from tests.ticketing.stage import POLICY, at, evidence, review, sample, service, signal, take
from tests.ticketing.test_clocks import MINUTE, desk
from ticketing import clocks, lookup, people, queries, rendering
from ticketing.connectors.mail import Mail
from ticketing.delivery import Claim
from ticketing.description import Description, describe, title_of
from ticketing.desk import Desk
from ticketing.outbox import Operation
from ticketing.paragraphs import affected_by
from ticketing.people import Resolution
from ticketing.plain_text import cleaned, lines_of, one_line, shortened
from watchdesk.catalogue import Catalogue
from watchdesk.database import Database
from watchdesk.health import Health
from watchdesk.signals import Remediation, RemediationState, StepReport, StepState

HOSTILE = (
    "x\r\nBcc: eve@example.org",
    "<script>alert(1)</script>",
    "</title></pre><img src=x onerror=alert(1)>",
    "{{ 7 * 7 }}{% raw %}",
    "\x1b[31mred\x1b]0;title\x07",
    "\x00\x01\x7f\x9b",
    "exe\u202egpj.txt\u2066\u200f",
    "\ud800",
    "line\u2028line\u2029line",
)


def described(database: Database, number: str, at_desk: Desk, now: datetime = START, **around: Any) -> Description:
    """The ticket as people are told of it, with the clocks measured."""
    with database.writing() as session:
        clocks.refresh(session, lookup.by_number(session, number).id, at_desk, now)
    with database.reading() as session:
        detail = queries.show(session, number, now)
        known = rendering.surroundings(session, detail)
        return describe(detail, at_desk.catalogue, replace(known, **around))


def opened(database: Database, at_desk: Desk | None = None, **given: Any) -> str:
    number = take(database, signal(**given), at_desk=at_desk or desk()).ticket_number
    assert number is not None
    return number


def lines(description: Description, heading: str) -> tuple[str, ...]:
    (found,) = (paragraph for paragraph in description.paragraphs if paragraph.heading == heading)
    return found.lines


def headings(description: Description) -> list[str]:
    return [paragraph.heading for paragraph in description.paragraphs]


def claim(ticket_id: str = "t1", op: Operation = Operation.OPEN, seq: int = 1) -> Claim:
    return Claim(
        key=f"email:{ticket_id}:1",
        ticket_id=ticket_id,
        connector="email",
        worker="a",
        op=op,
        at=START,
        waits_since=START,
        timeline_seq=seq,
        attempts=1,
        remote_id=None,
        payload=None,
        until=START,
    )


def test_the_title_names_service_symptom_and_item_and_not_the_state(sqlite: Database) -> None:
    number = opened(sqlite, title="Shop answers", item="web-1")
    assert described(sqlite, number, desk()).title == "[Shop] Shop answers on web-1"


@pytest.mark.parametrize("length", [1, 30, 60, 79, 80, 81, 500])
def test_a_title_is_never_longer_than_80_characters(sqlite: Database, length: int) -> None:
    number = opened(sqlite, title="w" * length, item="i" * length)
    with sqlite.reading() as session:
        ticket = queries.show(session, number).ticket
    for name in ("s", "s" * 500):
        assert len(title_of(ticket, replace(service(), title=name))) <= 80


@pytest.mark.parametrize(
    ("health", "expected"),
    [
        (Health.CRITICAL, "Customers cannot order (Shop is of tier 1, critical)."),
        (Health.WARNING, "Shop still works but nears a limit (Shop is of tier 1, critical). Beyond it: Customers"),
        (Health.UNKNOWN, "Nobody can see at present whether Shop works (Shop is of tier 1, critical). If it does not:"),
    ],
)
def test_the_impact_is_told_in_the_users_words(sqlite: Database, health: Health, expected: str) -> None:
    told = desk()
    services = {"shop": replace(told.catalogue.services["shop"], impact="Customers cannot order.")}
    told = replace(told, catalogue=Catalogue(services=services))
    assert described(sqlite, opened(sqlite, told, health=health), told).impact.startswith(expected)


def test_it_says_what_was_measured_and_how_to_look_again(sqlite: Database) -> None:
    samples = (sample(-2), sample(-1, Health.CRITICAL), sample(0, Health.CRITICAL))
    number = opened(
        sqlite, summary="status was 500, expected 200", measured={"status": "500", "latency": "12ms"}, samples=samples,
        definition="status == 200",
    )  # fmt: skip
    assert lines(described(sqlite, number, desk()), "What was measured") == (
        "status was 500, expected 200",
        "status: 500",
        "latency: 12ms",
        "2 bad samples in a row; the last 3, oldest first: ok critical critical",
        "2026-03-02 08:59:58 UTC: ok in 10 ms: it is ok",
        "2026-03-02 08:59:59 UTC: critical in 10 ms: it is critical",
        "2026-03-02 09:00:00 UTC: critical in 10 ms: it is critical",
        "Look again: watchdesk monitors run shop-web",
        "Expected by: status == 200",
    )


def test_it_says_since_when_and_how_often(sqlite: Database) -> None:
    number = opened(sqlite, since=at(-60))
    take(sqlite, signal(seconds=30), at_desk=desk())
    assert lines(described(sqlite, number, desk()), "Since when") == (
        "First seen failing 2026-03-02 08:59:00 UTC",
        "Last seen failing 2026-03-02 09:00:30 UTC",
        "Occurred 2 times",
    )


def test_it_says_what_was_promised_in_the_reader_s_time_zone(sqlite: Database) -> None:
    number = opened(sqlite)
    with sqlite.writing() as session:
        people.acknowledge(session, number, who="ada", now=at(300))
    promised = lines(described(sqlite, number, desk(), at(600), tz="Europe/Berlin"), "What was promised")
    assert promised == (
        "Response within 15m of 'always' hours: kept (2026-03-02 10:05:00 CET)",
        "Resolution within 4h of 'always' hours: due 2026-03-02 14:00:00 CET",
    )


def test_a_broken_promise_is_not_hidden(sqlite: Database) -> None:
    told = desk(respond=MINUTE, resolve=None)
    promised = lines(described(sqlite, opened(sqlite, told), told, at(600)), "What was promised")
    assert promised == ("Response within 1m of 'always' hours: broken since 2026-03-02 09:01:00 UTC",)


def test_it_says_why_it_has_its_priority_and_whose_it_is(sqlite: Database) -> None:
    description = described(sqlite, opened(sqlite), desk())
    assert lines(description, "Priority")[0].startswith("P1 = impact 1 (high: the service is of tier 1)")
    assert lines(description, "Whose it is") == ("For the group payments, which owns the service shop",)


def test_it_says_what_would_end_it(sqlite: Database) -> None:
    number = opened(sqlite)
    free = lines(described(sqlite, number, desk()), "When it ends")
    assert free[0].startswith("It resolves by itself after 3 good samples in a row over at least 2s, all taken after")
    assert free[1] == "A recurrence within 1h of its resolution reopens it"
    with sqlite.writing() as session:
        people.acknowledge(session, number, who="ada", now=at(5))
    held = lines(described(sqlite, number, desk()), "When it ends")
    assert held[0] == "It stays open while a person works on it: ada acknowledged it"


def test_a_resolved_ticket_says_by_whom_and_how(sqlite: Database) -> None:
    number = opened(sqlite)
    with sqlite.writing() as session:
        people.resolve(session, number, Resolution(code="fixed_by_person", note="new disk"), who="ada", now=at(60))
    ended = lines(described(sqlite, number, desk(), at(60)), "When it ends")
    assert ended == ("It is resolved 2026-03-02 09:01:00 UTC by ada, fixed_by_person: new disk",)


def test_it_says_what_ended_it_the_last_times(database: Database) -> None:
    never = replace(POLICY, reopen_within=timedelta(0))
    first = opened(database, resolve=never)
    review(database, first, evidence(1, 10), at_desk=desk())
    second = opened(database, seconds=3600, resolve=never)
    before = lines(described(database, second, desk(), at(3600)), "What happened before")
    assert before == (
        f"{first}, 2026-03-02 09:00:00 UTC: recovered_no_action after 10s",
        f"This is a recurrence of {first}",
    )


def test_it_says_what_the_runbook_did_and_shows_what_it_printed(sqlite: Database) -> None:
    step = StepReport(
        id="restart", state=StepState.FAILED, exit_code=1, output="no such unit\n", started_at=START, ended_at=START
    )
    remediation = Remediation(
        id="r1", runbook="restart-shop", runbook_version="abc123", ticket_id="t", monitor="shop-web", attempt=2,
        state=RemediationState.FAILED, started_at=START, ended_at=at(1), steps=(step,), reason="exit code 1",
    )  # fmt: skip
    description = described(sqlite, opened(sqlite), desk(), remediations=(remediation,))
    assert lines(description, "What was done") == (
        "Runbook restart-shop (abc123), 2026-03-02 09:00:00 UTC, attempt 2: failed: exit code 1. Steps: restart failed",
    )
    assert "$ restart\n    no such unit" in rendering.as_text(description)


def test_it_says_what_depends_on_the_service(sqlite: Database) -> None:
    services = {
        "shop": replace(service(), depends_on=("db",)),
        "db": service("db"),
        "till": replace(service("till"), depends_on=("shop",)),
        "bonus": replace(service("bonus"), depends_on=("till",)),
    }
    told = replace(desk(), catalogue=Catalogue(services=services))
    assert lines(described(sqlite, opened(sqlite, told), told), "What is connected") == (
        "Depends on: db",
        "Depend on it: till, bonus",
    )


def test_services_in_a_circle_do_not_depend_on_themselves() -> None:
    round_trip = {"a": replace(service("a"), depends_on=("b",)), "b": replace(service("b"), depends_on=("a",))}
    assert affected_by("a", Catalogue(services=round_trip)) == ("b",)


def test_a_ticket_of_a_service_nobody_defined_is_still_described(sqlite: Database) -> None:
    description = described(sqlite, opened(sqlite, service="gone"), desk())
    assert description.title == "[gone] shop-web fails"
    assert description.impact == "gone does not work for its users."


def test_there_is_a_link_only_where_the_console_s_address_is_known(sqlite: Database) -> None:
    number = opened(sqlite)
    assert "More" not in headings(described(sqlite, number, desk()))
    linked = described(sqlite, number, desk(), url="http://127.0.0.1:8420")
    assert f'<a href="http://127.0.0.1:8420/tickets/{number}">' in rendering.as_html(linked)


def test_the_event_for_machines_carries_what_people_are_told(sqlite: Database) -> None:
    number = opened(sqlite)
    with sqlite.reading() as session:
        timeline = queries.show(session, number).timeline
    told = rendering.news(described(sqlite, number, desk()), claim(), timeline)
    event = json.loads(json.dumps(told.event))
    assert (event["type"], event["subject"], event["id"]) == ("watchdesk.ticket.opened", number, "email:t1:1")
    expected = {"fingerprint": "monitor/shop-web", "priority": "P1", "service": "shop", "assignment_group": "payments"}
    assert {name: event["data"][name] for name in expected} == expected
    assert event["data"]["entry"]["kind"] == "opened"
    assert told.text.startswith("shop-web is critical since 09:00:00 UTC")


class Elements(HTMLParser):
    """The elements and attributes of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.names: set[str] = set()
        self.attributes: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.names.add(tag)
        self.attributes.update(name for name, _ in attrs)


ELEMENTS = {"html", "head", "meta", "title", "body", "p", "strong", "h2", "ul", "li", "pre", "a"}


def hostile_description(database: Database, text: str) -> Description:
    """A ticket into which a text from outside has got everywhere."""
    storable = text.replace("\x00", "").encode("utf-8", "replace").decode()
    number = opened(
        database,
        title=text,
        summary=text,
        measured={"value": text, "k": text},
        item=storable or "i",
        definition=storable,
    )
    step = StepReport(id="s", state=StepState.FAILED, exit_code=1, output=text, started_at=START, ended_at=START)
    remediation = Remediation(
        id="r", runbook=text, runbook_version=text, ticket_id="t", monitor="m", attempt=1,
        state=RemediationState.FAILED, started_at=START, ended_at=None, steps=(step,), reason=text,
    )  # fmt: skip
    told = desk()
    services = {
        "shop": replace(told.catalogue.services["shop"], impact=text, title=text or "t", depends_on=(storable,))
    }
    return described(
        database, number, replace(told, catalogue=Catalogue(services=services)), remediations=(remediation,)
    )


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_does_no_harm(sqlite: Database, text: str) -> None:
    description = hostile_description(sqlite, text)
    page = rendering.as_html(description, one_line(text))
    elements = Elements()
    elements.feed(page)
    assert elements.names <= ELEMENTS
    assert elements.attributes <= {"lang", "charset", "style", "href"}
    plain = rendering.as_text(description, one_line(text))
    assert "\n" not in description.title
    assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800]", page + plain)
    assert "49" not in description.title


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_makes_a_mail_that_is_only_a_mail(sqlite: Database, text: str) -> None:
    description = hostile_description(sqlite, text)
    mail = Mail("smtp://127.0.0.1", "watchdesk@example.org", "desk@example.org")
    message = mail.message(mail.compose(rendering.news(description, claim(), ())))
    octets = bytes(message)
    assert max(len(line) for line in octets.split(b"\r\n")) <= 998
    assert "Bcc" not in message
    assert len(message.get_all("Subject") or []) == 1


def test_a_mebibyte_of_output_is_cut_to_its_end(sqlite: Database) -> None:
    description = hostile_description(sqlite, "a" * (1 << 20) + "the end")
    page = rendering.as_html(description)
    assert len(page) < 64 * 1024
    assert "the end" in page


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=st.text(max_size=200))
def test_any_text_is_escaped(text: str) -> None:
    description = Description(
        number="INC-1", title=one_line(text), impact=one_line(text), paragraphs=(), recipients=(), service="s",
        priority="P1", state="new", url=None,
    )  # fmt: skip
    elements = Elements()
    elements.feed(rendering.as_html(description, one_line(text)))
    assert elements.names <= ELEMENTS


@given(st.text(), st.integers(2, 100))
def test_one_line_is_one_line_of_bounded_length(text: str, limit: int) -> None:
    line = one_line(text, limit)
    assert len(line) <= limit
    assert len(line.splitlines()) <= 1
    assert one_line(line, limit) == line


@given(st.text(alphabet=st.characters(codec="utf-8"), max_size=300))
def test_cleaning_twice_is_cleaning_once(text: str) -> None:
    assert cleaned(cleaned(text)) == cleaned(text)


def test_letters_of_any_script_survive_cleaning() -> None:
    assert one_line("שלום עולם Übermäßig 日本語 🛒") == "שלום עולם Übermäßig 日本語 🛒"


def test_a_text_is_shortened_between_words() -> None:
    assert shortened("one two three four", 15) == "one two three…"


def test_the_end_of_a_long_output_is_kept() -> None:
    assert lines_of("begin " + "x" * 100 + " end", 10) == "…xxxxxx end"
