"""Definitions change under a running Watchdesk: it goes on with the good ones, and forgets nothing."""

import json
from pathlib import Path

import pytest

from tests.end_to_end.whole import MONITORS, Desk, until
from watchdesk.health import Health

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]
SECOND = "  second: {tcp: '127.0.0.1:9'}\n"  # nobody listens there


def monitors_of(desk: Desk) -> Path:
    return desk.definitions / "monitors" / "all.yaml"


def definitions_of(desk: Desk) -> dict[str, object]:
    found: dict[str, object] = json.loads(desk.command("status", "-o", "json").stdout)["definitions"]
    return found


def test_a_faulty_text_is_refused_visibly_and_the_failure_of_that_time_is_repaired(peaceful: Desk) -> None:
    known = {ticket.number for ticket in peaceful.incidents()}
    monitors_of(peaceful).write_text(MONITORS.replace("http:", "htp:"))
    until(lambda: definitions_of(peaceful)["faults"], peaceful)
    peaceful.shop.break_it()
    until(lambda: len(peaceful.incidents()) > len(known) and not peaceful.live_incidents(), peaceful)
    [new] = [ticket for ticket in peaceful.incidents() if ticket.number not in known]
    assert new.resolution_code == "fixed_by_runbook"
    monitors_of(peaceful).write_text(MONITORS)
    until(lambda: not definitions_of(peaceful)["faults"], peaceful)


def test_the_incident_of_a_monitor_that_is_taken_out_is_retired_and_nobody_waits_for_a_lock(peaceful: Desk) -> None:
    monitors_of(peaceful).write_text(MONITORS + SECOND)
    until(lambda: [ticket for ticket in peaceful.all_tickets() if ticket.monitor == "second"], peaceful)
    monitors_of(peaceful).write_text(MONITORS)
    until(lambda: not [t for t in peaceful.all_tickets() if t.monitor == "second" and t.state != "resolved"], peaceful)
    [retired] = [ticket for ticket in peaceful.all_tickets() if ticket.monitor == "second"]
    assert retired.resolution_code == "target_retired"
    assert peaceful.state().health is Health.OK
    assert "database is locked" not in (peaceful.home / "logs" / "shift.log").read_text()
