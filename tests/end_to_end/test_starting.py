"""`up` and `down`: one at a time, what is wrong is said, and nothing is left behind."""

import socket

import pytest

from console.supervision import marks
from tests.end_to_end.whole import RUNNER, Desk, until

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]


def test_a_second_up_is_refused_while_the_first_goes_on(running: Desk) -> None:
    watcher = running.watcher
    done = running.command("up", "--detach")
    assert done.returncode == 6
    assert f"already up on {running.home}" in done.stderr
    assert running.watcher.id == watcher.id


def test_a_start_on_a_port_in_use_says_so_and_starts_nothing(desk: Desk) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        done = desk.command("up", "--detach", WATCHDESK_PREFECT_PORT=str(taken.getsockname()[1]))
    assert done.returncode == 6
    assert "for Prefect is taken" in done.stderr
    assert marks.of_home(desk.home) == []


def test_faulty_definitions_are_told_before_anything_is_started(desk: Desk) -> None:
    (desk.definitions / "monitors" / "bad.yaml").write_text("monitors: {x: {htp: nowhere}}")
    done = desk.command("up", "--detach")
    assert done.returncode == 3
    assert "bad.yaml:1" in done.stderr
    assert not (desk.home / "up.json").exists()


def test_a_database_that_is_away_is_told_before_anything_is_started(desk: Desk) -> None:
    done = desk.command("up", "--detach", WATCHDESK_DATABASE_URL="postgresql://nobody@127.0.0.1:1/none")
    assert done.returncode == 5
    assert "WATCHDESK_DATABASE_URL" in done.stderr
    assert marks.of_home(desk.home) == []


def test_down_where_nothing_is_up_says_so_and_is_fine(desk: Desk) -> None:
    done = desk.command("down")
    assert done.returncode == 0
    assert "Nothing is up" in done.stderr


def test_after_the_death_of_the_supervisor_down_still_leaves_nothing(desk: Desk) -> None:
    desk.up()
    desk.supervisor().kill()
    assert desk.goes_on_watching()
    assert desk.processes(RUNNER)
    done = desk.command("down")
    assert done.returncode == 0
    assert marks.of_home(desk.home) == []


def test_after_the_death_of_the_supervisor_up_starts_afresh_and_keeps_everything(desk: Desk) -> None:
    desk.up()
    desk.shop.break_it()
    until(desk.incidents, desk)
    desk.supervisor().kill()
    desk.up()
    until(lambda: not desk.live_incidents(), desk)
    assert len(desk.incidents()) == 1
    assert desk.shop.mendings == 1


def test_a_stop_that_was_asked_for_is_no_interruption_of_the_watch(desk: Desk) -> None:
    desk.up()
    assert desk.goes_on_watching()
    desk.command("down")
    desk.up()
    assert desk.goes_on_watching()
    assert desk.own_incidents() == []
