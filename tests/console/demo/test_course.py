"""How far each fault has come, as the desk knows it: fault, ticket, runbook, proof, resolved."""

from datetime import timedelta
from typing import Any

import pytest

from console.demo.breaking import FAULTS
from console.demo.course import courses, require_whole
from tests.ticketing.stage import at, evidence, remediation, review, signal, take
from ticketing import lookup, remediations
from watchdesk.database import Database
from watchdesk.errors import Refused
from watchdesk.signals import RemediationState, SignalKind


def row(database: Database, name: str, seconds: float = 5) -> dict[str, Any]:
    with database.reading() as session:
        return next(row for row in courses(session, at(seconds)) if row["fault"] == name)


def standing(database: Database, name: str, seconds: float = 5) -> list[str]:
    return [stage.standing for stage in row(database, name, seconds)["stages"]]


def broken(database: Database, monitor: str = "demo-shop", kind: SignalKind = SignalKind.PROBLEM) -> None:
    take(database, signal(kind, monitor=monitor))


def test_what_is_whole_has_no_course(database: Database) -> None:
    assert {fault: standing(database, fault) for fault in FAULTS} == {fault: [] for fault in FAULTS}


def test_a_ticketed_fault_waits_for_its_runbook(database: Database) -> None:
    broken(database)
    assert standing(database, "process") == ["done", "done", "now", "ahead", "ahead"]
    assert row(database, "process")["last"]["number"] == row(database, "process")["ticket"] == "INC-1001"


def test_a_fault_that_waits_for_an_approval_says_so(database: Database) -> None:
    broken(database, "demo-certificate")
    with database.writing() as session:
        found = lookup.by_number(session, "INC-1001")
        waiting = remediation(found, RemediationState.AWAITING_APPROVAL)
        remediations.awaiting_approval(session, found.id, waiting, at(2))
    told = row(database, "certificate")
    assert told["last"]["waits_for_approval"]
    assert [s.says for s in told["stages"] if s.standing == "now"] == ["waits for your approval"]


def test_what_cannot_be_seen_has_no_runbook_on_purpose(database: Database) -> None:
    broken(database, "demo-catalogue", SignalKind.BLIND)
    found = row(database, "html")["stages"]
    assert [(s.standing, s.says) for s in found if s.name == "runbook"] == [("done", "none, on purpose")]


def test_a_resolved_fault_has_come_all_the_way_for_a_while(database: Database) -> None:
    broken(database)
    take(database, signal(SignalKind.RECOVERED, seconds=4, monitor="demo-shop"))
    review(database, "INC-1001", evidence(5, 9, monitor="demo-shop"))
    assert set(standing(database, "process", 20)) == {"done"}
    assert row(database, "process", 20)["last"]["took_s"] > 0
    assert standing(database, "process", timedelta(hours=1).total_seconds()) == []


def test_what_has_an_open_ticket_is_broken_already(database: Database) -> None:
    broken(database)
    with database.reading() as session:
        with pytest.raises(Refused, match="'process' is broken already: INC-1001 about demo-shop is open"):
            require_whole(session, FAULTS["process"])
        require_whole(session, FAULTS["hang"])
