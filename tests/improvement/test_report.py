"""The report's figures against a history computed by hand, on both databases.

The shop over one hour: ok 0-600 s, critical 600-660, ok 660-1800, unknown 1800-1920, ok 1920-3000, critical 3000-3600.
So ok 2820 s, critical 660 s, unknown 120 s; availability 2820 / 3480; unknown 120 / 3600.
INC-1001 fails at 600, is opened at 602, repaired by a runbook, good again from 660. INC-1002 fails at 3000, is opened
at 3001, acknowledged by a person at 3061 and still open at the end.
"""

import json
import re
from dataclasses import replace
from datetime import timedelta

import pytest

from improvement.page import render, verdict
from improvement.report import Period, Report, make
from monitors.state import MonitorState
from monitors.storage import numbers, spans, states
from monitors.storage.spans import Change
from tests.clock import START
from tests.ticketing.stage import POLICY, at, desk, evidence, remediation, review, signal, take
from ticketing import lookup, people, remediations
from watchdesk.database import Database
from watchdesk.health import Health
from watchdesk.signals import RemediationState

HOUR = Period(since=START, until=START + timedelta(hours=1))
HISTORY = [
    (0, Health.OK),
    (600, Health.CRITICAL),
    (660, Health.OK),
    (1800, Health.UNKNOWN),
    (1920, Health.OK),
    (3000, Health.CRITICAL),
]


@pytest.fixture
def report(database: Database) -> Report:
    with database.writing() as session:
        numbers.assign(session, ["shop-web"])
        changes = [Change("shop-web", at(s).timestamp(), health, health.value) for s, health in HISTORY]
        spans.record(session, changes)
        states.save(session, [MonitorState(monitor="shop-web", last_at=at(3600).timestamp())])
    live_through_the_first(database)
    never = replace(POLICY, reopen_within=timedelta(0))
    second = take(database, signal(seconds=3001, since=at(3000), resolve=never))
    with database.writing() as session:
        people.acknowledge(session, second.ticket_number or "", who="ana", now=at(3061))
    with database.reading() as session:
        return make(session, desk().catalogue, {"shop-web": "shop"}, HOUR, made_at=at(3600))


def live_through_the_first(database: Database) -> None:
    never = replace(POLICY, reopen_within=timedelta(0))
    number = take(database, signal(seconds=602, since=at(600), resolve=never)).ticket_number or ""
    with database.writing() as session:
        ticket = lookup.by_number(session, number)
        remediations.started(session, ticket.id, remediation(ticket, RemediationState.RUNNING), at(603))
        repaired = remediation(ticket, RemediationState.SUCCEEDED, 665)
        remediations.finished(session, ticket.id, repaired, at(665))
    review(database, number, evidence(660, 666))
    review(database, number, evidence(660, 670))


def shop(report: Report) -> dict[str, object]:
    found = report.to_json()["services"]
    return dict(next(line for line in found if line["id"] == "shop"))


def test_availability_leaves_unknown_time_out_and_shows_it(report: Report) -> None:
    line = shop(report)
    assert line["availability"] == pytest.approx(2820 / 3480)
    assert line["unknown_ratio"] == pytest.approx(120 / 3600)


def test_incidents_are_counted_with_who_repaired_them(report: Report) -> None:
    line = shop(report)
    assert (line["incidents"], line["still_open"], line["repaired_without_person"]) == (2, 1, 1)


def test_times_are_distributions_that_count_the_open_one(report: Report) -> None:
    times = report.to_json()["times"]
    assert (times["detect"]["shortest_s"], times["detect"]["longest_s"]) == (1, 2)
    assert (times["acknowledge"]["count"], times["acknowledge"]["median_s"]) == (1, 60)
    assert (times["restore"]["count"], times["restore"]["unfinished"]) == (2, 1)
    assert times["restore"]["median_s"] == 60


def test_the_noisiest_monitor_leads(report: Report) -> None:
    assert report.to_json()["noisiest"][0] == {
        "monitor": "shop-web",
        "service": "shop",
        "incidents": 2,
        "without_action": 0,
        "reopened": 0,
    }


def test_a_service_that_nobody_watched_has_no_availability(report: Report) -> None:
    host = next(line for line in report.to_json()["services"] if line["id"] == "host")
    assert (host["availability"], host["unknown_ratio"]) == (None, 1.0)


def test_the_downtime_of_a_monitor_that_is_gone_is_not_forgotten(database: Database, report: Report) -> None:
    with database.reading() as session:
        later = make(session, desk().catalogue, {"shop-api": "shop"}, HOUR, made_at=at(3600))
    assert shop(later) == shop(report)


def test_every_figure_has_its_formula(report: Report) -> None:
    document = report.to_json()
    assert {"availability", "unknown_ratio", "incidents", "repaired_without_person"} <= document["measures"].keys()
    json.dumps(document)


def test_the_page_stands_alone_and_draws(report: Report) -> None:
    page = render(report)
    assert page.count("<svg") >= 4
    assert not re.search(r"""(?:src|href)=|url\(|<script""", page)


def test_the_page_says_the_period_in_one_sentence(report: Report) -> None:
    assert verdict(report) == "2 incidents, 1 repaired and proved without a person, 1 still open. "


def test_hostile_names_are_shown_as_text(database: Database) -> None:
    take(database, signal(monitor="<script>alert(1)</script>", seconds=5))
    with database.reading() as session:
        page = render(make(session, desk().catalogue, {}, HOUR, made_at=at(3600)))
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert" in page
