"""The demo's world: what is broken is really broken, and the steps of its runbooks really heal it."""

import signal
import socket
import sqlite3
import ssl
from contextlib import closing
from datetime import datetime

import pytest

from console.demo.breaking import FAULTS
from console.demo.furnishing import furnish
from console.demo.layout import GATEWAY, WORKER
from console.demo.processes import ask_keeper, process_of
from tests.console.demo.conftest import World, settings_of, until
from watchdesk.clock import SystemClock
from watchdesk.errors import Refused

pytestmark = pytest.mark.slow


def now() -> datetime:
    return SystemClock().now()


def restart(world: World, service: str) -> None:
    done = world.step("restart.py", str(world.layout.folder), "--", service)
    assert done.returncode == 0, done.stdout


def test_a_killed_service_stays_dead_until_a_runbook_restarts_it(world: World) -> None:
    assert world.ask("demo-shop").json()["status"] == "UP"
    FAULTS["process"].act(world.layout, now())
    until(lambda: not world.layout.pid_file("demo-shop").exists())
    assert world.is_silent("demo-shop")
    evidence = world.step("look.py", str(world.layout.folder), "--", "demo-shop")
    assert "no process" in evidence.stdout
    restart(world, "demo-shop")
    assert world.ask("demo-shop").json()["status"] == "UP"


def test_a_dead_service_cannot_be_killed_again(world: World) -> None:
    FAULTS["process"].act(world.layout, now())
    until(lambda: not world.layout.pid_file("demo-shop").exists())
    with pytest.raises(Refused, match="no process"):
        FAULTS["process"].act(world.layout, now())


def test_a_number_that_belongs_to_a_stranger_is_never_killed(world: World) -> None:
    assert world.keeper is not None
    world.layout.pid_file("demo-shop").write_text("1\n")
    with pytest.raises(Refused):
        process_of(world.layout, "demo-shop")


def test_a_service_that_hangs_is_there_and_silent_until_it_is_replaced(world: World) -> None:
    world.ask("demo-search")
    FAULTS["hang"].act(world.layout, now())
    assert world.is_silent("demo-search")
    evidence = world.step("look.py", str(world.layout.folder), "--", "demo-search")
    assert "T (stopped)" in evidence.stdout
    restart(world, "demo-search")
    assert world.ask("demo-search").status_code == 200


def test_when_the_deepest_fails_those_above_it_say_no(world: World) -> None:
    until(lambda: world.ask("demo-tracking").status_code == 200)
    FAULTS["chain"].act(world.layout, now())
    until(lambda: world.ask("demo-tracking").status_code == 503)
    assert "because" in world.ask("demo-tracking").json()
    restart(world, "demo-tracking-store")
    until(lambda: world.ask("demo-tracking").status_code == 200)


def test_a_page_instead_of_json_ends_by_itself_or_sooner(world: World) -> None:
    FAULTS["html"].act(world.layout, now())
    assert world.ask("demo-catalogue").text.startswith("<!doctype html>")
    assert settings_of(world.layout, "demo-catalogue")["until"] > now().timestamp()
    FAULTS["html"].mend(world.layout, now())
    assert world.ask("demo-catalogue").json()["status"] == "UP"


def test_the_good_settings_make_the_checkout_quick_again(world: World) -> None:
    world.ask("demo-checkout")
    FAULTS["slow"].act(world.layout, now())
    assert world.is_silent("demo-checkout", patience_s=1.5)
    settings = world.layout.settings_of("demo-checkout")
    done = world.step("restore_settings.py", str(settings.with_suffix(".good")), "--", str(settings))
    assert done.returncode == 0
    assert settings_of(world.layout, "demo-checkout")["delay_ms"] == 0


def test_settings_that_are_no_json_are_not_put_in_place(furnished: World) -> None:
    settings = furnished.layout.settings_of("demo-checkout")
    before = settings.read_text()
    settings.with_suffix(".good").write_text("{")
    assert (
        furnished.step("restore_settings.py", str(settings.with_suffix(".good")), "--", str(settings)).returncode == 1
    )
    assert settings.read_text() == before


def orders(world: World) -> int:
    with closing(sqlite3.connect(world.layout.database, timeout=0.1)) as connection:
        count: int = connection.execute("SELECT count(*) FROM orders").fetchone()[0]
        return count


def is_locked(world: World) -> bool:
    try:
        orders(world)
    except sqlite3.OperationalError as error:
        return "locked" in str(error)
    return False


def test_a_forgotten_report_locks_the_database_until_it_is_ended(world: World) -> None:
    assert orders(world) == 200
    FAULTS["database"].act(world.layout, now())
    until(lambda: is_locked(world))
    assert "report.py" in world.step("holders.py", "look", "--", str(world.layout.database)).stdout
    assert world.step("holders.py", "end", "--", str(world.layout.database)).returncode == 0
    until(lambda: not is_locked(world))


def test_whoever_else_holds_the_database_is_not_ended(furnished: World) -> None:
    with closing(sqlite3.connect(furnished.layout.database, isolation_level=None)) as connection:
        connection.execute("BEGIN EXCLUSIVE")
        done = furnished.step("holders.py", "end", "--", str(furnished.layout.database))
        assert "nobody" in done.stdout
        assert connection.in_transaction


def test_an_expired_certificate_is_refused_and_a_renewed_one_taken(world: World) -> None:
    until(lambda: shake_hands(world) == "")
    FAULTS["certificate"].act(world.layout, now())
    assert "expired" in shake_hands(world)
    evidence = world.step("show_certificate.py", "--", str(world.layout.tls / "gateway.pem"))
    assert "valid until" in evidence.stdout
    assert world.step("renew_certificate.py", "--", str(world.layout.tls)).returncode == 0
    assert shake_hands(world) == ""


def shake_hands(world: World) -> str:
    """Why a verifying client refuses the gateway; empty when it does not."""
    context = ssl.create_default_context(cafile=str(world.layout.tls / "authority.pem"))
    try:
        with (
            socket.create_connection(("127.0.0.1", world.ports[GATEWAY]), timeout=10) as plain,
            context.wrap_socket(plain, server_hostname="127.0.0.1") as channel,
        ):
            channel.sendall(b"GET / HTTP/1.0\r\n\r\n")
            return "" if channel.recv(100) else "closed"
    except OSError as error:
        return str(error)


def test_a_job_that_nobody_can_read_keeps_the_worker_from_reporting(world: World) -> None:
    until(lambda: world.console.pings > 1)
    FAULTS["heartbeat"].act(world.layout, now())
    done = world.step("move_aside.py", str(world.layout.aside), "--", str(world.layout.queue))
    assert done.returncode == 0
    assert len(list(world.layout.aside.iterdir())) == 1
    before = world.console.pings
    until(lambda: world.console.pings > before)


def test_jobs_that_can_be_read_are_not_moved_aside(furnished: World) -> None:
    (furnished.layout.queue / "a.json").write_text("{}")
    furnished.step("move_aside.py", str(furnished.layout.aside), "--", str(furnished.layout.queue))
    assert [path.name for path in furnished.layout.queue.iterdir()] == ["a.json"]


def check_folder(world: World) -> int:
    return world.step("check_folder.py", str(8 * 2**20), "--", str(world.layout.uploads)).returncode


def test_a_full_folder_is_emptied_of_temporary_files_only(furnished: World) -> None:
    assert check_folder(furnished) == 0
    FAULTS["disk"].act(furnished.layout, now())
    assert check_folder(furnished) == 2
    kept = furnished.layout.folder / "kept.tmp"
    kept.write_text("not in the folder")
    (furnished.layout.uploads / "link.tmp").symlink_to(kept)
    assert furnished.step("empty_folder.py", "--", str(furnished.layout.uploads)).returncode == 0
    assert check_folder(furnished) == 0
    assert kept.exists()
    assert len(list(furnished.layout.uploads.glob("*.jpg"))) == 4


def test_a_folder_that_is_not_there_is_unknown_and_not_full(furnished: World) -> None:
    assert furnished.step("check_folder.py", "100", "--", str(furnished.layout.folder / "nowhere")).returncode == 3


@pytest.mark.parametrize("name", sorted(FAULTS))
def test_every_fault_can_be_mended_by_hand(world: World, name: str) -> None:
    assert FAULTS[name].act(world.layout, now())
    assert FAULTS[name].mend(world.layout, now())


def test_with_its_keeper_every_service_ends_also_one_that_hangs(world: World) -> None:
    world.ask("demo-search")
    FAULTS["hang"].act(world.layout, now())
    world.stop()
    assert world.processes() == []


def test_a_keeper_that_is_started_again_ends_what_the_killed_one_left(world: World) -> None:
    assert world.keeper is not None
    world.keeper.send_signal(signal.SIGKILL)
    world.keeper.wait()
    left = process_of(world.layout, "demo-shop")
    world.start()
    numbers = {"", f"{left.pid}\n"}
    pid_file = world.layout.pid_file("demo-shop")
    until(lambda: pid_file.exists() and pid_file.read_text() not in numbers)
    assert world.ask("demo-shop").status_code == 200


def test_turned_off_the_keeper_keeps_nothing(world: World) -> None:
    ask_keeper(world.layout, "off")
    until(lambda: len(world.processes()) == 1)
    assert not list((world.layout.folder / "run").glob("*.pid"))


def test_nobody_to_ask_is_refused_with_the_remedy(furnished: World) -> None:
    with pytest.raises(Refused, match="up --demo"):
        ask_keeper(furnished.layout, f"restart {WORKER}")


def test_setting_up_again_repairs_what_was_broken(furnished: World) -> None:
    for name in ("disk", "heartbeat", "slow", "html"):
        FAULTS[name].act(furnished.layout, now())
    furnish(furnished.layout, furnished.ports, furnished.console.url, now())
    assert check_folder(furnished) == 0
    assert not list(furnished.layout.queue.iterdir())
    assert settings_of(furnished.layout, "demo-checkout")["delay_ms"] == 0
