"""Whichever process is killed, the watch goes on, nothing is told twice, and everything is there again."""

import psutil
import pytest

from tests.end_to_end.whole import RUNNER, SERVER, Desk, until

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]


def test_a_killed_shift_is_relieved_and_the_fault_of_that_moment_is_one_incident(peaceful: Desk) -> None:
    known, watcher = {ticket.number for ticket in peaceful.incidents()}, peaceful.watcher
    psutil.Process(watcher.pid).kill()
    peaceful.shop.break_it()
    until(lambda: len(peaceful.incidents()) > len(known), peaceful)
    until(peaceful.is_at_peace, peaceful)
    assert peaceful.watcher.id == watcher.relief
    new = [ticket for ticket in peaceful.incidents() if ticket.number not in known]
    assert [(ticket.state, ticket.resolution_code) for ticket in new] == [("resolved", "fixed_by_runbook")]


def test_a_killed_shift_is_one_ticket_of_the_watchs_own(peaceful: Desk) -> None:
    before = sum(ticket.occurrences for ticket in peaceful.own_incidents())
    watcher = peaceful.watcher
    psutil.Process(watcher.pid).kill()
    until(lambda: sum(ticket.occurrences for ticket in peaceful.own_incidents()) > before, peaceful)
    until(peaceful.is_at_peace, peaceful)
    (ticket,) = peaceful.own_incidents()
    assert ticket.occurrences == before + 1
    assert watcher.id in ticket.summary
    assert peaceful.watcher.id in ticket.summary


def test_a_shift_goes_on_while_the_prefect_server_is_dead_and_the_server_comes_back(peaceful: Desk) -> None:
    watcher = peaceful.watcher
    for server in peaceful.processes(SERVER):
        server.kill()
    assert peaceful.goes_on_watching()
    until(peaceful.prefect_answers, peaceful)
    assert peaceful.watcher.id == watcher.id


def test_a_shift_outlives_its_runner_and_no_second_one_goes_on_duty(peaceful: Desk) -> None:
    watcher = peaceful.watcher
    for runner in peaceful.processes(RUNNER):
        runner.kill()
    assert peaceful.goes_on_watching()
    until(lambda: peaceful.processes(RUNNER), peaceful)
    until(peaceful.is_at_peace, peaceful)
    assert (peaceful.watcher.id, peaceful.watcher.since) == (watcher.id, watcher.since)


def test_a_fault_during_an_outage_of_prefect_is_ticketed_repaired_and_shown_there_later(peaceful: Desk) -> None:
    known = {ticket.number for ticket in peaceful.incidents()}
    server = peaceful.processes(SERVER)[0]
    server.suspend()
    try:
        peaceful.shop.break_it()
        until(lambda: len(peaceful.incidents()) > len(known), peaceful)
        until(lambda: not peaceful.live_incidents(), peaceful)
    finally:
        server.resume()
    new = next(ticket for ticket in peaceful.incidents() if ticket.number not in known)
    assert new.resolution_code == "fixed_by_runbook"
    until(lambda: peaceful.shown_in_prefect(new), peaceful)
