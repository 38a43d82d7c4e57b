"""The engine as a whole: nobody waits for a target that hangs, nothing is lost, nothing leaks."""

import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import psutil
import pytest

from monitors.engine.engine import Engine
from monitors.engine.limits import EngineLimits
from monitors.engine.once import probe_once
from monitors.kinds import all_kinds
from monitors.monitor import Monitor
from monitors.observation import Observation
from tests.architecture.source import ROOT
from tests.monitors.probes.looking import item_of, look, monitor_of, services_of
from tests.monitors.probes.servers import Answer, Web, closed_port, silent

HERE = __name__
gates: dict[str, threading.Event] = {}
calls: list[str] = []


def waits_for_the_gate() -> Mapping[str, object]:
    """A probe that hangs until its test lets it go."""
    calls.append("begun")
    gates["gate"].wait(20)
    return {"late": True}


def quick() -> Mapping[str, object]:
    return {"fine": True}


@pytest.fixture
def gate() -> Iterator[threading.Event]:
    calls.clear()
    gates["gate"] = threading.Event()
    yield gates["gate"]
    gates["gate"].set()


@pytest.fixture
def web() -> Iterator[Web]:
    server = Web()
    server.answers["/"] = Answer(200)
    yield server
    server.close()


@pytest.fixture
def engine() -> Iterator[Engine]:
    with Engine(EngineLimits(connections=50, threads=4, processes=4), services_of()) as made:
        yield made


def drain(engine: Engine, within_s: float = 5) -> dict[str, Observation]:
    """Everything in flight, by monitor; fails when it does not end."""
    seen: dict[str, Observation] = {}
    give_up_at = time.monotonic() + within_s
    while engine.in_flight and time.monotonic() < give_up_at:
        for observation in engine.collect(0.1):
            assert observation.monitor not in seen, "one submission, one observation"
            seen[observation.monitor] = observation
    assert engine.in_flight == 0
    return seen


def every_lane(web: Web) -> list[Monitor]:
    return [
        monitor_of("http", web.url(), name="http"),
        monitor_of("tcp", f"127.0.0.1:{web.port}", name="tcp"),
        monitor_of("plugin", ["/bin/echo", "fine"], name="plugin"),
        monitor_of("file", "/", name="file"),
        monitor_of("python", f"{HERE}:quick", name="python"),
    ]


def test_all_lanes_run_at_once_and_each_monitor_is_observed_once(engine: Engine, web: Web) -> None:
    monitors = every_lane(web)
    assert all(engine.submit(monitor) for monitor in monitors)
    seen = drain(engine)
    assert seen.keys() == {monitor.id for monitor in monitors}
    assert all(one.error is None and one.blind is None for one in seen.values())


def test_a_monitor_in_flight_is_refused_and_after_its_observation_accepted(engine: Engine) -> None:
    with silent() as port:
        monitor = monitor_of("http", f"http://127.0.0.1:{port}/", timeout_s=0.2)
        assert engine.submit(monitor)
        assert not engine.submit(monitor)
        drain(engine)
        assert engine.submit(monitor)
        drain(engine)


def test_collect_returns_empty_when_nothing_ends(engine: Engine) -> None:
    assert engine.collect(0.01) == []


def test_hanging_targets_of_every_kind_delay_nobody(engine: Engine, web: Web, gate: threading.Event) -> None:
    with silent() as port:
        hanging = [
            monitor_of("http", f"http://127.0.0.1:{port}/", name="http-hangs", timeout_s=5),
            monitor_of("tcp", {"address": f"127.0.0.1:{port}", "send": "?"}, name="tcp-hangs", timeout_s=5),
            monitor_of("plugin", ["/bin/sleep", "60"], name="plugin-hangs", timeout_s=5),
            monitor_of("python", f"{HERE}:waits_for_the_gate", name="python-hangs", timeout_s=5),
        ]
        for monitor in [*hanging, *every_lane(web)]:
            engine.submit(monitor)
        seen: list[Observation] = []
        while len(seen) < 5:
            seen += engine.collect(1)
        assert not any(one.monitor.endswith("hangs") for one in seen)
        assert engine.in_flight == len(hanging)
    gate.set()


def test_one_in_a_hundred_hanging_leaves_the_others_untouched(engine: Engine, web: Web) -> None:
    with silent() as port:
        for number in range(300):
            target = f"http://127.0.0.1:{port}/" if number % 100 == 7 else web.url()
            engine.submit(monitor_of("http", target, name=f"m{number}", timeout_s=0.6))
        seen = drain(engine)
    assert {name for name, one in seen.items() if one.error} == {"m7", "m107", "m207"}
    assert len(seen) == 300


def test_what_is_beyond_the_limit_waits_its_turn_and_its_time_counts_from_there(web: Web) -> None:
    with silent() as port, Engine(EngineLimits(connections=1), services_of()) as engine:
        engine.submit(monitor_of("http", f"http://127.0.0.1:{port}/", name="first", timeout_s=0.3))
        engine.submit(monitor_of("http", web.url(), name="second", timeout_s=0.3))
        seen = drain(engine)
    assert seen["first"].error is not None
    assert seen["second"].error is None
    assert seen["second"].at >= seen["first"].at + 0.29


def test_answers_do_not_grow_old_while_the_caller_is_busy(engine: Engine, web: Web) -> None:
    """The caller sleeps far beyond the timeout: the understudy drives, and nothing is taken for late."""
    for number in range(5):
        engine.submit(monitor_of("http", web.url(), name=f"h{number}", timeout_s=0.6))
        engine.submit(monitor_of("tcp", f"127.0.0.1:{web.port}", name=f"t{number}", timeout_s=0.6))
    time.sleep(0.9)
    seen = drain(engine)
    assert len(seen) == 10
    assert all(one.error is None for one in seen.values())


def test_a_thread_that_hangs_is_given_up_and_its_monitor_not_tried_again(gate: threading.Event) -> None:
    monitor = monitor_of("python", f"{HERE}:waits_for_the_gate", timeout_s=0.1)
    with Engine(EngineLimits(threads=2), services_of()) as engine:
        for _ in range(3):
            engine.submit(monitor)
            assert drain(engine)["m"].blind is not None
        assert len(calls) == 1
        gate.set()
        give_up_at = time.monotonic() + 2
        while time.monotonic() < give_up_at:
            engine.submit(monitor)
            seen = drain(engine)["m"]
            if seen.blind is None:
                break
    assert dict(seen.values) == {"late": True}


def test_hanging_threads_are_replaced(gate: threading.Event) -> None:
    with Engine(EngineLimits(threads=2, abandoned_threads=10), services_of()) as engine:
        for number in range(6):
            engine.submit(monitor_of("python", f"{HERE}:waits_for_the_gate", name=f"stuck-{number}", timeout_s=0.1))
        engine.submit(monitor_of("python", f"{HERE}:quick", name="free", timeout_s=0.1))
        seen = drain(engine)
    assert seen["free"].blind is None
    assert all(seen[f"stuck-{number}"].blind == "no answer within 100 ms" for number in range(6))
    gate.set()


def test_a_probe_that_finds_no_thread_until_it_is_due_again_is_unknown(gate: threading.Event) -> None:
    with Engine(EngineLimits(threads=1, abandoned_threads=0), services_of()) as engine:
        engine.submit(monitor_of("python", f"{HERE}:waits_for_the_gate", name="busy", timeout_s=20))
        starved = replace(monitor_of("disk", "/", name="starved", timeout_s=0.05), every=timedelta(seconds=0.2))
        engine.submit(starved)
        (seen,) = engine.collect(5)
        assert (seen.monitor, seen.error) == ("starved", None)
        assert (seen.blind or "").startswith("no thread was free for it in 2")
        engine.submit(starved)
        gate.set()
        assert drain(engine)["starved"].error is None


@pytest.mark.parametrize("kind", ["heartbeat", "host", "process", "python"])
def test_what_looks_at_nothing_but_this_machine_is_unknown_when_it_takes_too_long(kind: str) -> None:
    assert getattr(all_kinds()[kind], "is_blind_when_late", False)


@pytest.mark.parametrize("kind", ["disk", "file", "sql"])
def test_a_target_that_does_not_answer_in_time_has_failed(kind: str) -> None:
    assert not getattr(all_kinds()[kind], "is_blind_when_late", False)


def test_when_too_many_hang_the_next_is_told_so(gate: threading.Event) -> None:
    with Engine(EngineLimits(threads=1, abandoned_threads=1), services_of()) as engine:
        for number in range(2):
            engine.submit(monitor_of("python", f"{HERE}:waits_for_the_gate", name=f"stuck-{number}", timeout_s=0.1))
        drain(engine)
        engine.submit(monitor_of("python", f"{HERE}:quick", name="free", timeout_s=0.1))
        seen = drain(engine)
        assert seen["free"].blind == "no thread is free for it: 2 hang in earlier probes"
        gate.set()


def test_a_kind_that_cannot_begin_is_blind_and_the_others_go_on(engine: Engine, web: Web) -> None:
    engine.submit(monitor_of("http", web.url("/secret:unknown"), name="no-secret"))
    engine.submit(monitor_of("tcp", {"address": f"127.0.0.1:{web.port}", "send": "secret:unknown"}, name="no-word"))
    engine.submit(monitor_of("plugin", ["/bin/echo", "secret:unknown"], name="no-argument"))
    engine.submit(monitor_of("sql", {"url": "secret:unknown", "query": "select 1"}, name="no-url"))
    engine.submit(monitor_of("http", web.url(), name="fine"))
    seen = drain(engine)
    assert seen.pop("fine").blind is None
    assert all(one.blind is not None and one.error is None for one in seen.values())


def test_new_services_are_used_from_then_on(engine: Engine, web: Web) -> None:
    monitor = monitor_of("tcp", f"web-1:{web.port}")
    engine.submit(monitor)
    assert drain(engine)["m"].error is not None
    engine.serve_with(services_of(items={"web-1": item_of("web-1", "127.0.0.1")}))
    engine.submit(monitor)
    assert drain(engine)["m"].error is None


def test_a_changed_definition_under_the_same_name_is_looked_at_anew(engine: Engine, web: Web) -> None:
    web.answers["/new"] = Answer(204)
    for path, status in (("/", 200), ("/new", 204)):
        engine.submit(monitor_of("http", web.url(path)))
        assert drain(engine)["m"].values["status"] == status


def test_handles_that_collected_bodies_do_not_mix_them_up(engine: Engine, web: Web) -> None:
    for number in range(20):
        web.answers[f"/{number}"] = Answer(body=f'{{"number": {number}}}'.encode())
    for wanted in (["body"], [], ["body", "headers"], ["text"]):
        for number in range(20):
            engine.submit(monitor_of("http", web.url(f"/{number}"), name=str(number), wanted=wanted))
        for name, one in drain(engine).items():
            if "body" in wanted:
                assert one.values["body"] == {"number": int(name)}
            if "text" in wanted:
                assert one.values["text"] == f'{{"number": {name}}}'


def _descriptors() -> set[str]:
    return {path.name for path in Path("/proc/self/fd").iterdir()}


def test_closing_leaves_no_descriptor_no_thread_and_no_process_behind() -> None:
    look("http", f"http://127.0.0.1:{closed_port()}/")  # whatever is made only once
    before = _descriptors()
    with silent() as port:
        engine = Engine(EngineLimits(), services_of())
        engine.submit(monitor_of("http", f"http://127.0.0.1:{port}/", name="a", timeout_s=5))
        engine.submit(monitor_of("tcp", {"address": f"127.0.0.1:{port}", "send": "?"}, name="b", timeout_s=5))
        engine.submit(monitor_of("plugin", ["/bin/sleep", "61.25"], name="c", timeout_s=5))
        engine.collect(0.1)
        engine.close()
        engine.close()
    assert _descriptors() <= before
    assert not any(thread.name == "engine-understudy" for thread in threading.enumerate())
    assert not any("61.25" in (process.info["cmdline"] or []) for process in psutil.process_iter(["cmdline"]))
    assert not engine.submit(monitor_of("file", "/"))


def test_probe_once_ends_soon_after_the_timeout_even_when_a_thread_hangs(gate: threading.Event) -> None:
    seen = probe_once(monitor_of("python", f"{HERE}:waits_for_the_gate", timeout_s=0.1), services_of())
    assert seen.blind is not None
    gate.set()


def test_names_are_looked_up_and_their_time_counts(engine: Engine, web: Web) -> None:
    name = socket.gethostname()
    try:
        address = socket.gethostbyname(name)
    except OSError:
        pytest.skip("this machine does not know its own name")
    if not address.startswith("127."):
        pytest.skip("this machine's name is not on loopback")
    engine.submit(monitor_of("http", web.url(host=name), wanted=["phases"]))
    seen = drain(engine)["m"]
    if address == "127.0.0.1":
        assert seen.error is None
        assert 0 < seen.values["phases"]["dns"] < seen.values["latency"]


def test_a_refused_port_and_a_missing_name_fail_at_once(engine: Engine) -> None:
    engine.submit(monitor_of("http", f"http://127.0.0.1:{closed_port()}/", name="refused", timeout_s=60))
    engine.submit(monitor_of("http", "http://nothing.invalid/", name="nameless", timeout_s=60))
    seen = drain(engine, within_s=10)
    assert all(one.error is not None for one in seen.values())


def test_importing_the_engine_does_not_import_prefect() -> None:
    look = "import sys, monitors.engine.engine; sys.exit('prefect' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", look], cwd=ROOT, check=False).returncode == 0
