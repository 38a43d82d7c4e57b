"""Tickets from the command line: the published fields, what people do, and what is refused."""

import csv
import io
from collections.abc import Callable

import pytest
import yaml
from sqlalchemy import text

from console.cli.exits import Exit
from tests.console.conftest import Answer
from tests.console.scene import Shop
from tests.ticketing import stage

Run = Callable[..., Answer]
PUBLISHED = {
    "number", "kind", "state", "priority", "title", "service", "monitor", "fingerprint", "opened_at",
    "acknowledged_at", "resolved_at", "resolution_code", "assignee", "occurrences",
}  # fmt: skip


def test_a_list_has_the_published_fields(shop: Shop, run: Run) -> None:
    [ticket] = run("tickets", "list", "-o", "json").json
    assert ticket.keys() >= PUBLISHED
    assert (ticket["number"], ticket["kind"], ticket["state"]) == (shop.ticket, "incident", "new")
    assert (ticket["service"], ticket["monitor"], ticket["priority"]) == ("shop", "shop-web", "P1")
    assert ticket["opened_at"].endswith("+00:00")


def test_a_ticket_shown_singly_has_its_story(shop: Shop, run: Run) -> None:
    ticket = run("tickets", "show", shop.ticket, "-o", "json").json
    assert ticket.keys() >= PUBLISHED | {"timeline", "evidence", "remediations", "refusals"}
    assert ticket["timeline"][0].keys() >= {"at", "actor_kind", "actor", "kind", "text"}
    assert ticket["evidence"][0]["samples"]


def test_what_belongs_to_a_ticket_is_a_table_of_its_own(shop: Shop, run: Run) -> None:
    shown = run("tickets", "show", shop.ticket).out
    assert "members\nROLE " in shown
    assert "\nprimary  critical  shop-web " in shown
    assert "{" not in shown


@pytest.mark.parametrize("form", ["table", "wide", "json", "jsonl", "csv", "yaml", "name"])
def test_every_form_names_the_ticket(form: str, shop: Shop, run: Run) -> None:
    answer = run("tickets", "list", "-o", form)
    assert answer.code == Exit.OK
    assert shop.ticket in answer.out


def test_the_forms_tell_the_same(shop: Shop, run: Run) -> None:
    [from_json] = run("tickets", "list", "-o", "json").json
    [from_yaml] = yaml.safe_load(run("tickets", "list", "-o", "yaml").out)
    [from_csv] = csv.DictReader(io.StringIO(run("tickets", "list", "-o", "csv").out))
    assert from_yaml["title"] == from_json["title"]
    assert from_csv["title"] == from_json["title"]
    assert run("tickets", "list", "-o", "name").out.split() == [shop.ticket]


def test_a_list_of_nothing_is_an_empty_list_and_still_a_success(shop: Shop, run: Run) -> None:
    assert shop.ticket
    answer = run("tickets", "list", "--service", "host", "-o", "json")
    assert (answer.code, answer.json) == (Exit.OK, [])


@pytest.mark.parametrize(
    ("words", "count"),
    [(["--open"], 1), (["--state", "resolved"], 0), (["--monitor", "shop-web"], 1), (["--since", "1h"], 1)],
)
def test_a_list_is_narrowed_down(words: list[str], count: int, shop: Shop, run: Run) -> None:
    assert shop.ticket
    assert len(run("tickets", "list", *words, "-o", "json").json) == count


def test_an_acknowledged_ticket_is_with_its_person(shop: Shop, run: Run) -> None:
    assert run("tickets", "ack", shop.ticket, "--as", "ana", "--note", "on it").code == Exit.OK
    ticket = run("tickets", "show", shop.ticket, "-o", "json").json
    assert (ticket["state"], ticket["assignee"]) == ("acknowledged", "ana")
    assert ticket["acknowledged_at"]
    assert "on it" in ticket["timeline"][-1]["text"]


def test_a_resolved_ticket_says_how_and_by_whom(shop: Shop, run: Run) -> None:
    words = ["--as", "ana", "--code", "fixed_by_person", "--note", "replaced the cable"]
    assert run("tickets", "resolve", shop.ticket, *words).code == Exit.OK
    ticket = run("tickets", "show", shop.ticket, "-o", "json").json
    assert (ticket["state"], ticket["resolution_code"]) == ("resolved", "fixed_by_person")
    assert "replaced the cable" in ticket["timeline"][-1]["text"]


def test_what_the_lifecycle_forbids_is_refused_with_the_reason(shop: Shop, run: Run) -> None:
    run("tickets", "resolve", shop.ticket, "--as", "ana")
    answer = run("tickets", "ack", shop.ticket, "--as", "bob")
    assert answer.code == Exit.REFUSED
    assert "resolved by ana" in answer.err


def test_a_ticket_goes_through_hold_release_and_reopening(shop: Shop, run: Run) -> None:
    assert run("tickets", "hold", shop.ticket, "--reason", "vendor", "--until", "2d").code == Exit.OK
    assert run("tickets", "show", shop.ticket, "-o", "json").json["state"] == "on_hold"
    assert run("tickets", "release", shop.ticket).code == Exit.OK
    assert run("tickets", "resolve", shop.ticket).code == Exit.OK
    assert run("tickets", "reopen", shop.ticket, "--because", "still broken").code == Exit.OK
    assert run("tickets", "show", shop.ticket, "-o", "json").json["state"] == "new"
    assert run("tickets", "cancel", shop.ticket, "--code", "duplicate").code == Exit.OK


def test_a_duplicate_is_merged_into_the_ticket_that_is_kept(shop: Shop, run: Run) -> None:
    second = stage.take(shop.database, stage.signal(monitor="own-port")).ticket_number
    assert second is not None
    assert run("tickets", "merge", second, "--into", shop.ticket, "--as", "ana").code == Exit.OK
    assert run("tickets", "show", second, "-o", "json").json["resolution_code"] == "duplicate"
    members = run("tickets", "show", shop.ticket, "-o", "json").json["members"]
    assert [one["monitor"] for one in members if one["ended_as"] is None] == ["shop-web", "own-port"]
    again = run("tickets", "merge", shop.ticket, "--into", shop.ticket)
    assert again.code == Exit.REFUSED
    assert "cannot be merged into itself" in again.err


def test_a_note_stands_on_the_timeline(shop: Shop, run: Run) -> None:
    assert run("tickets", "note", shop.ticket, "the cable was loose", "--as", "ana").code == Exit.OK
    entry = run("tickets", "timeline", shop.ticket, "-o", "json").json[-1]
    assert (entry["actor"], entry["actor_kind"]) == ("ana", "person")
    assert "the cable was loose" in entry["text"]


def test_a_group_that_owns_nothing_is_refused(shop: Shop, run: Run) -> None:
    answer = run("tickets", "assign", shop.ticket, "--to", "group:payment")
    assert answer.code == Exit.REFUSED
    assert "did you mean 'payments'?" in answer.err
    assert run("tickets", "assign", shop.ticket, "--to", "group:platform").code == Exit.OK
    assert run("tickets", "assign", shop.ticket, "--to", "ana").code == Exit.OK


def test_a_wrong_number_is_not_found(shop: Shop, run: Run) -> None:
    assert shop.ticket
    answer = run("tickets", "show", "INC-999999")
    assert answer.code == Exit.NOT_FOUND
    assert "INC-999999" in answer.err


def test_a_changed_past_is_noticed(shop: Shop, run: Run) -> None:
    assert run("tickets", "timeline", shop.ticket).code == Exit.OK
    with shop.database.writing() as session:
        for name in ("no_update", "append_only"):
            table = " ON ticket_timeline" if not shop.database.is_sqlite else ""
            session.execute(text(f"DROP TRIGGER IF EXISTS ticket_timeline_{name}{table}"))
        session.execute(text("UPDATE ticket_timeline SET text = 'nothing happened'"))
    answer = run("tickets", "timeline", shop.ticket)
    assert answer.code == Exit.UNHEALTHY
    assert "not what was written" in answer.err
    assert run("db", "check").code == Exit.UNHEALTHY


def test_explaining_names_the_reason_why_it_is_open(shop: Shop, run: Run) -> None:
    found = run("tickets", "explain", shop.ticket, "-o", "json").json
    asked = {reason["question"]: " ".join(reason["lines"]) for reason in found["reasons"]}
    assert "critical" in asked["Why is it not resolved yet?"]
    assert "tier 1" in asked["Why this priority?"]
