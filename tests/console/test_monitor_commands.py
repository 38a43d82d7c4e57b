"""Monitors from the command line: the published fields, pauses, one look, explanations."""

import socket
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from console.cli.exits import Exit
from tests.console import scene
from tests.console.conftest import Answer
from tests.console.scene import Shop

Run = Callable[..., Answer]
PUBLISHED = {"id", "kind", "service", "health", "state_type", "since", "last_checked_at", "summary"}


class Healthy(BaseHTTPRequestHandler):
    """Answers that it is up."""

    def do_GET(self) -> None:
        body = b'{"status": "UP"}'
        self.send_response(200)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Says nothing."""


@pytest.fixture
def port(shop: Shop) -> Iterator[int]:
    """A real server at the port that the shop's monitors look at."""
    server = HTTPServer(("127.0.0.1", 0), Healthy)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    scene.define(shop.definitions, server.server_port)
    yield server.server_port
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def closed_port(shop: Shop) -> int:
    """A port that nothing listens on."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        number: int = free.getsockname()[1]
    scene.define(shop.definitions, number)
    return number


def test_a_list_has_the_published_fields_of_every_monitor(shop: Shop, run: Run) -> None:
    assert shop.ticket
    found = {row["id"]: row for row in run("monitors", "list", "-o", "json").json}
    assert set(found) == {"shop-web", "own-port", "nightly"}
    assert all(row.keys() >= PUBLISHED for row in found.values())
    assert (found["shop-web"]["health"], found["shop-web"]["state_type"]) == ("critical", "hard")
    assert (found["nightly"]["health"], found["nightly"]["last_checked_at"]) == ("unknown", None)


def test_a_list_is_narrowed_down(shop: Shop, run: Run) -> None:
    assert shop.ticket
    assert run("monitors", "list", "--health", "critical", "-o", "name").out.split() == ["shop-web"]
    assert run("monitors", "list", "--service", "host", "-o", "name").out.split() == ["nightly"]


def test_a_list_says_which_monitors_are_quiet_and_why(shop: Shop, run: Run) -> None:
    assert shop.ticket
    assert "QUIET" not in run("monitors", "list").out
    run("monitors", "pause", "own-port", "--because", "moving the rack")
    run("maintenance", "add", "--monitor", "shop-web", "--for", "2h", "--because", "CHG-7")
    found = {row["id"]: row["quiet"] for row in run("monitors", "list", "-o", "json").json}
    assert found == {"own-port": "paused", "shop-web": "maintenance", "nightly": ""}
    lines = run("monitors", "list").out.splitlines()
    assert "QUIET" in lines[0]
    assert any("own-port" in line and " paused " in line for line in lines)
    assert run("monitors", "show", "shop-web", "-o", "json").json["is_in_maintenance"] is True


def test_the_outages_of_the_last_day_are_shown_to_people_too(shop: Shop, run: Run) -> None:
    assert shop.ticket
    assert "outages of the last day" in run("monitors", "show", "shop-web").out


def test_faulty_definitions_warn_and_hide_nothing_else(shop: Shop, run: Run) -> None:
    (shop.definitions / "monitors" / "bad.yaml").write_text("monitors: {x: {htp: y, service: shop}}\n")
    answer = run("monitors", "list", "-o", "json")
    assert answer.code == Exit.OK
    assert {row["id"] for row in answer.json} == {"shop-web", "own-port", "nightly"}
    assert "1 fault below" in answer.err


def test_a_monitor_shown_singly_has_its_definition_and_results(shop: Shop, run: Run) -> None:
    found = run("monitors", "show", "shop-web", "-o", "json").json
    assert found["runbook"] == "restart-shop"
    assert found["every"] == "1s"
    assert [sample["health"] for sample in found["results"]][-1] == "critical"
    assert found["outages"][0]["worst"] == "critical"
    assert found["tickets"] == [shop.ticket]
    assert run("monitors", "show", "shop-web").code == Exit.OK


def test_an_unknown_monitor_is_answered_with_the_nearest(shop: Shop, run: Run) -> None:
    assert shop.ticket
    answer = run("monitors", "show", "shop-wep")
    assert answer.code == Exit.NOT_FOUND
    assert "did you mean 'shop-web'?" in answer.err


def test_a_pause_says_until_when_and_why_and_ends(shop: Shop, run: Run) -> None:
    assert shop.ticket
    assert run("monitors", "pause", "own-port", "--until", "2h", "--because", "moving", "--as", "ana").code == Exit.OK
    rows = {row["id"]: row for row in run("monitors", "list", "-o", "json").json}
    assert rows["own-port"]["is_paused"] is True
    assert "paused by ana" in run("monitors", "explain", "own-port").out
    assert run("monitors", "resume", "own-port").code == Exit.OK
    assert run("monitors", "resume", "own-port").code == Exit.NOT_FOUND


def test_a_pause_needs_a_time_that_can_be_read(shop: Shop, run: Run) -> None:
    assert shop.ticket
    answer = run("monitors", "pause", "own-port", "--until", "soon", "--because", "x")
    assert answer.code == Exit.USAGE
    assert "'soon' is neither" in answer.err


def test_one_look_at_a_healthy_target_exits_with_0(port: int, run: Run) -> None:
    assert port
    answer = run("monitors", "run", "shop-web", "-o", "json")
    assert answer.code == Exit.OK, answer
    assert answer.json["health"] == "ok"
    assert answer.json["values"]["status"] == 200


@pytest.mark.parametrize(("words", "code"), [([], Exit.UNHEALTHY), (["--nagios"], 2)])
def test_one_look_at_a_dead_target_exits_as_promised(words: list[str], code: int, closed_port: int, run: Run) -> None:
    assert closed_port
    answer = run("monitors", "run", "own-port", *words)
    assert answer.code == code
    assert "critical" in answer.out


def test_an_explanation_goes_from_what_was_measured_to_the_desk(shop: Shop, run: Run) -> None:
    found = run("monitors", "explain", "shop-web", "-o", "json").json
    asked = {reason["question"]: " ".join(reason["lines"]) for reason in found["reasons"]}
    assert "status was 503" in asked["What was measured?"]
    assert "critical is confirmed" in asked["Is it confirmed?"]
    assert "4.5 %" in asked["Does it flap?"]
    assert shop.ticket in asked["What was the desk told?"]
    child = run("monitors", "explain", "own-port").out
    assert "shop-web is critical (hard)" in child
