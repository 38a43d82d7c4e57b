"""Monitors read from files: what loads, what is refused, and where each fault is told."""

from datetime import timedelta
from pathlib import Path

import pytest

from monitors.definition import load_monitors
from monitors.monitor import FlapRule, Monitor
from watchdesk.definitions.faults import Faults
from watchdesk.definitions.services import load_services
from watchdesk.signals import ResolvePolicy

SERVICES = """
services:
  shop: {title: Web shop, owner: payments, tier: 1}
  host: {title: This machine, owner: platform, tier: 3}
items:
  web-1: {service: shop, kind: host, address: 127.0.0.1}
"""
MINIMAL = """
monitors:
  shop-web:
    http: http://127.0.0.1/
    service: shop
"""


def load(folder: Path, **files: str) -> tuple[dict[str, Monitor], list[str]]:
    """The monitors and the faults of files given by their stem."""
    for kind, text in {
        "services/services.yaml": SERVICES,
        **{f"monitors/{n}.yaml": t for n, t in files.items()},
    }.items():
        (folder / kind).parent.mkdir(parents=True, exist_ok=True)
        (folder / kind).write_text(text)
    faults = Faults()
    catalogue = load_services(folder, faults)
    return load_monitors(folder, catalogue, faults), [str(fault) for fault in faults]


def one(folder: Path, text: str) -> Monitor:
    monitors, faults = load(folder, shop=text)
    assert faults == []
    (found,) = monitors.values()
    return found


def test_the_least_that_can_be_said_makes_a_sane_monitor(tmp_path: Path) -> None:
    found = one(tmp_path, MINIMAL)
    assert (found.id, found.kind, found.service, found.title) == ("shop-web", "http", "shop", "127.0.0.1/ answers")
    assert (found.every, found.timeout) == (timedelta(minutes=1), timedelta(seconds=10))
    assert (found.attempts, found.retry) == (3, timedelta(seconds=20))
    assert found.flap == FlapRule(algorithm="icinga", high=30.0, low=25.0)
    assert found.unknown_hold == timedelta(minutes=5)
    assert found.resolve == ResolvePolicy(after=3, grace=timedelta(minutes=5), reopen_within=timedelta(minutes=60))
    assert str(found.place) == "monitors/shop.yaml:3:3"


def test_everything_that_can_be_said_is_kept(tmp_path: Path) -> None:
    found = one(
        tmp_path,
        """
monitors:
  shop-web:
    title: Shop answers
    http: {url: "http://127.0.0.1/health", method: HEAD}
    expect:
      - status == 200
      - latency: {warn: "> 300ms", crit: "> 2s", recover: "< 250ms", for: 30s}
      - body.queue.depth: {warn: 80}
    service: shop
    item: web-1
    every: 5s
    timeout: 800ms
    attempts: 2
    retry: 500ms
    runbook: restart-shop
    resolve: {after: 5, grace: 2s, reopen_within: 0s}
    flap: {algorithm: nagios, high: 20, low: 5}
    unknown: {hold: 90s}
    tags: {env: prod, rack: 7, spare: false}
    location: berlin
""",
    )
    assert (found.title, found.item, found.runbook, found.location) == (
        "Shop answers",
        "web-1",
        "restart-shop",
        "berlin",
    )
    assert found.form.method == "HEAD"
    assert (found.every, found.timeout, found.retry) == tuple(timedelta(seconds=s) for s in (5, 0.8, 0.5))
    assert found.resolve == ResolvePolicy(after=5, grace=timedelta(seconds=2), reopen_within=timedelta(0))
    assert found.flap == FlapRule(algorithm="nagios", high=20.0, low=5.0)
    assert found.unknown_hold == timedelta(seconds=90)
    assert found.tags == {"env": "prod", "rack": "7", "spare": "false"}
    assert found.wanted == {"status", "latency", "body"}
    assert [line.text for line in found.expectations] == [
        "status == 200",
        "latency: warn > 300ms, crit > 2s, recover < 250ms, for 30s",
        "body.queue.depth: warn 80",
    ]


def test_defaults_hold_for_their_own_file_and_the_entry_wins(tmp_path: Path) -> None:
    defaults = "defaults: {every: 5s, attempts: 7, service: shop, tags: {env: prod, zone: a}}\n"
    own = "monitors:\n  a: {tcp: 'h:1', attempts: 2, tags: {zone: b}}\n"
    monitors, faults = load(tmp_path, one=defaults + own, two="monitors:\n  b: {tcp: 'h:1', service: host}\n")
    assert faults == []
    assert (monitors["a"].every, monitors["a"].attempts, monitors["a"].service) == (timedelta(seconds=5), 2, "shop")
    assert monitors["a"].tags == {"env": "prod", "zone": "b"}
    assert (monitors["b"].every, monitors["b"].attempts) == (timedelta(minutes=1), 3)


def test_a_short_interval_shortens_the_defaults_that_would_not_fit_into_it(tmp_path: Path) -> None:
    found = one(tmp_path, MINIMAL + "    every: 2s\n")
    assert (found.timeout, found.retry) == (timedelta(seconds=2), timedelta(seconds=2))


@pytest.mark.parametrize(("every", "grace", "reopen"), [("1m", 5, 60), ("10m", 20, 60), ("1h", 120, 360)])
def test_the_policy_of_resolving_follows_from_the_interval(tmp_path: Path, every: str, grace: int, reopen: int) -> None:
    policy = one(tmp_path, MINIMAL + f"    every: {every}\n").resolve
    assert (policy.grace, policy.reopen_within) == (timedelta(minutes=grace), timedelta(minutes=reopen))


def test_an_item_brings_its_service(tmp_path: Path) -> None:
    found = one(tmp_path, "defaults: {service: host}\nmonitors:\n  a: {tcp: 'h:1', item: web-1}\n")
    assert found.service == "shop"


def test_every_fault_of_a_file_is_told_in_one_pass_at_its_line(tmp_path: Path) -> None:
    bad = """monitors:
  a:
    htp: http://127.0.0.1/
  b:
    http: http://127.0.0.1/
    evry: 1m
    service: shpo
    expect: [status === 200]
"""
    _, faults = load(tmp_path, bad=bad)
    for place, words in (
        ("monitors/bad.yaml:2:3", "names no service"),
        ("monitors/bad.yaml:3:5", "'http'"),
        ("monitors/bad.yaml:6:5", "'every'"),
        ("monitors/bad.yaml:7:14", "'shop'"),
        ("monitors/bad.yaml:8:14", "'==='"),
    ):
        assert any(fault.startswith(place) and words in fault for fault in faults), (place, words, faults)
    assert len(faults) == 5


@pytest.mark.parametrize(
    ("entry", "place", "words"),
    [
        ("smtp: mail.example.org:25", "4:5", "kind 'smtp' is not built; built are disk, dns"),
        ("title: Shop", "3:3", "names no kind; write one key of disk, dns"),
        ("http: http://h/\n    tcp: h:1", "5:5", "two kinds, 'http' and 'tcp'"),
        ("http: http://h/\n    nonsense: 1", "5:5", "unknown key 'nonsense'; known are a kind"),
        ("http: http://h/\n    needs: [routr]", "5:13", "no monitor is called 'routr'"),
        ("http: http://h/\n    needs: shop-web", "5:12", "circle: shop-web → shop-web"),
        ("http: http://h/\n    item: web-2", "5:11", "did you mean 'web-1'"),
        ("plugin: ls -l", "4:13", "should be a list, not 'ls -l'"),
        ("http: http://h/\n    every: 200ms", "5:12", "200ms is out of bounds"),
        ("http: http://h/\n    every: 60", "5:12", "no unit"),
        ("http: http://h/\n    every: 5 minutes", "5:12", "is not a duration"),
        ("http: http://h/\n    timeout: 0s", "5:14", "out of bounds"),
        ("http: http://h/\n    attempts: 0", "5:15", "greater than or equal to 1"),
        ("http: http://h/\n    attempts: '3'", "5:15", "integer"),
        ("http: http://h/\n    flap: {high: 10, low: 20}", "5:11", "exchange"),
        ("http: http://h/\n    flap: {changes: 9}", "5:11", "within"),
        ("http: http://h/\n    flap: {changes: 2, within: 1h}", "5:21", "greater than or equal to 3"),
        ("http: http://h/\n    flap: {algorithm: icing}", "5:23", "'icinga' or 'nagios'"),
        ("http: http://h/\n    resolve: {afer: 3}", "5:15", "'after'"),
        ("http: http://h/\n    unknown: {hold: long}", "5:21", "not a duration"),
        ("http: http://h/\n    expect: {status: 200}", "5:13", "list of expectations"),
        ("http: http://h/\n    expect: [{status: 200}]", "5:23", "status == 200"),
        ("http: http://h/\n    expect: [5]", "5:14", "an expectation is"),
        ("http: http://h/\n    expect: [{latency: {warn: '> 300'}}]", "5:31", "300ms"),
        ("http: http://h/\n    expect: [{latency: {wran: '> 300ms'}}]", "5:25", "'warn'"),
        ("http: http://h/\n    expect: [{latncy: {warn: '> 300ms'}}]", "5:15", "'latency'"),
        ("http: http://h/\n    expect: [{latency: {recover: '< 300ms'}}]", "5:15", "neither warn nor crit"),
        ("http: http://h/\n    expect: [stats == 200]", "5:14", "'status'"),
        ("http: ftp://h/", "4:11", "ftp://h/"),
        ("http: {url: 'http://h/', mehtod: GET}", "4:30", "'method'"),
        ("http: {method: GET}", "4:5", "url"),
        ("http: {url: 'http://h/', headers: 5}", "4:39", ""),
        ("tcp: nowhere", "4:10", "HOST:PORT"),
    ],
)
def test_a_fault_is_told_at_its_place_with_a_remedy(tmp_path: Path, entry: str, place: str, words: str) -> None:
    text = f"defaults: {{service: shop}}\nmonitors:\n  shop-web:\n    {entry}\n"
    _, faults = load(tmp_path, shop=text)
    assert len(faults) == 1, faults
    assert faults[0].startswith(f"monitors/shop.yaml:{place}: "), faults
    assert words in faults[0]


def test_a_service_and_an_item_that_are_both_unknown_are_both_told(tmp_path: Path) -> None:
    _, faults = load(tmp_path, shop="monitors:\n  a: {tcp: 'h:1', service: shpo, item: web-9}\n")
    assert [("'shpo'" in fault, "'web-9'" in fault) for fault in faults] == [(True, False), (False, True)]


def test_faults_of_defaults_are_told_once_where_they_stand(tmp_path: Path) -> None:
    text = "defaults: {every: 1s, servce: shop}\nmonitors:\n  a: {tcp: 'h:1'}\n  b: {tcp: 'h:1'}\n"
    _, faults = load(tmp_path, shop=text)
    assert any(
        fault.startswith("monitors/shop.yaml:1:23: unknown key 'servce'; did you mean 'service'") for fault in faults
    )
    _, faults = load(tmp_path, shop=text.replace("servce: shop", "service: shpo"))
    assert len(faults) == 1
    assert faults[0].startswith("monitors/shop.yaml:1:32: no service is called 'shpo'")


def test_a_circle_of_needs_is_named_whole(tmp_path: Path) -> None:
    entries = "".join(
        f"  {name}: {{tcp: 'h:1', service: shop, needs: [{other}]}}\n" for name, other in ("ab", "bc", "ca")
    )
    _, faults = load(tmp_path, shop=f"monitors:\n{entries}")
    assert len(faults) == 1
    assert "a → b → c → a" in faults[0]


def test_needs_may_cross_files_and_name_monitors_that_are_faulty_themselves(tmp_path: Path) -> None:
    first = "monitors:\n  a: {tcp: 'h:1', service: shop, needs: [b]}\n"
    _, faults = load(tmp_path, one=first, two="monitors:\n  b: {tpc: 'h:1', service: shop}\n")
    assert len(faults) == 1
    assert "'tcp'" in faults[0]


def test_a_name_may_stand_only_once_over_all_files(tmp_path: Path) -> None:
    _, faults = load(tmp_path, one=MINIMAL, two=MINIMAL)
    assert len(faults) == 1
    assert faults[0].startswith("monitors/two.yaml:3:3: monitor 'shop-web' is already defined at monitors/one.yaml:3:3")


@pytest.mark.parametrize(
    "text",
    [
        "- a\n",
        "monitors: [a]\n",
        "monitors:\n  a: 5\n",
        "monitor: {}\n",
        "monitors:\n  'a b': {tcp: 'h:1', service: shop}\n",
    ],
)
def test_a_file_of_another_shape_is_one_fault_not_a_crash(tmp_path: Path, text: str) -> None:
    _, faults = load(tmp_path, shop=text)
    assert len(faults) == 1


def test_the_version_changes_with_what_decides_a_verdict_and_with_nothing_else(tmp_path: Path) -> None:
    version = one(tmp_path, MINIMAL).version
    for line in ("title: Another", "runbook: r", "tags: {a: b}", "resolve: {after: 9}"):
        assert one(tmp_path, f"{MINIMAL}    {line}\n").version == version, line
    for line in ("every: 2m", "attempts: 1", "expect: [status == 200]", "unknown: {hold: 1m}"):
        assert one(tmp_path, f"{MINIMAL}    {line}\n").version != version, line
    assert one(tmp_path, MINIMAL.replace("127.0.0.1/", "127.0.0.1/x")).version != version


def test_an_empty_folder_has_no_monitors_and_no_faults(tmp_path: Path) -> None:
    assert load(tmp_path) == ({}, [])


def test_a_key_of_two_heartbeats_is_a_fault_at_the_second_also_in_another_file(tmp_path: Path) -> None:
    text = "monitors:\n  %s:\n    service: shop\n    heartbeat: {period: 1d, key: secret:%s}\n"
    files = {"a": text % ("one", "ping"), "b": text % ("two", "ping"), "c": text % ("three", "another")}
    monitors, (fault,) = load(tmp_path, **files)
    assert fault.startswith("monitors/b.yaml:4:")
    assert "'secret:ping' is the key of 'one' already" in fault
    assert len(monitors) == 3
