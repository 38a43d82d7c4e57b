"""Monitors as plain Python functions."""

import os
from importlib import import_module
from pathlib import Path

import pytest

from monitors.decorator import declaration_of, monitor
from monitors.definition import load_monitors
from monitors.monitor import Monitor
from watchdesk.catalogue import Catalogue, Place, Service, ServiceLevelAgreement
from watchdesk.definitions.faults import Faults

PAYMENTS = Service(
    id="payments",
    title="Payments",
    owner="payments",
    tier=1,
    depends_on=(),
    hours="always",
    slo=None,
    sla=ServiceLevelAgreement(respond=None, resolve=None),
    place=Place(file="services/services.yaml", line=1),
)
QUEUE = '''
from monitors.decorator import monitor

LIMIT = 900


@monitor(
    every="5m",
    service="payments",
    attempts=2,
    crit={"oldest_s": "> 900"},
    warn={"oldest_s": "> 300"},
    expect=["n >= 0"],
)
def payout_queue() -> dict[str, float]:
    """Payouts leave the queue in time."""
    return {"n": 3, "oldest_s": LIMIT}


def a_function_of_its_own() -> None:
    """Not a monitor."""
'''


def load(folder: Path, text: str) -> tuple[dict[str, Monitor], list[str]]:
    path = folder / "monitors" / "checks.py"
    path.parent.mkdir(exist_ok=True)
    path.write_text(text)
    faults = Faults()
    monitors = load_monitors(folder, Catalogue(services={"payments": PAYMENTS}), faults)
    return monitors, [str(fault) for fault in faults]


def test_a_decorated_function_in_the_definitions_is_a_monitor(tmp_path: Path) -> None:
    monitors, faults = load(tmp_path, QUEUE)
    assert faults == []
    found = monitors["payout-queue"]
    assert (found.kind, found.title, found.attempts) == ("python", "Payouts leave the queue in time", 2)
    assert [line.text for line in found.expectations] == ["n >= 0", "oldest_s: warn > 300, crit > 900"]
    assert str(found.place).startswith("monitors/checks.py:")


def test_the_function_is_found_by_its_reference_and_stays_a_function(tmp_path: Path) -> None:
    found = load(tmp_path, QUEUE)[0]["payout-queue"]
    module, _, name = found.form.partition(":")
    assert getattr(import_module(module), name)() == {"n": 3, "oldest_s": 900}


def test_a_changed_file_is_run_again_and_has_another_version(tmp_path: Path) -> None:
    before = load(tmp_path, QUEUE)[0]["payout-queue"]
    after = load(tmp_path, QUEUE.replace("LIMIT = 900", "LIMIT = 5"))[0]["payout-queue"]
    module, _, name = after.form.partition(":")
    assert getattr(import_module(module), name)()["oldest_s"] == 5
    assert after.version != before.version


def test_a_file_that_cannot_be_run_is_a_fault_at_its_line_and_the_old_one_goes_on(tmp_path: Path) -> None:
    form = load(tmp_path, QUEUE)[0]["payout-queue"].form
    monitors, faults = load(tmp_path, QUEUE + "\n\n1 / 0\n")
    assert monitors == {}
    assert len(faults) == 1
    assert faults[0].startswith(f"monitors/checks.py:{QUEUE.count(os.linesep) + 3}:1: cannot be run: ZeroDivisionError")
    module, _, name = form.partition(":")
    assert getattr(import_module(module), name)()["n"] == 3


def test_a_file_that_would_end_the_process_is_a_fault_at_its_line(tmp_path: Path) -> None:
    _, faults = load(tmp_path, "import sys\nsys.exit(5)\n")
    assert faults == ["monitors/checks.py:2:1: cannot be run: SystemExit: 5"]


def test_a_file_that_is_not_python_is_a_fault_at_its_line(tmp_path: Path) -> None:
    _, faults = load(tmp_path, "x = 1\ndef broken(:\n")
    assert len(faults) == 1
    assert faults[0].startswith("monitors/checks.py:2:1: cannot be run: SyntaxError")


@pytest.mark.parametrize(
    ("before", "after", "words"),
    [
        ('every="5m"', 'evry="5m"', "unknown key 'evry'; did you mean 'every'"),
        ('every="5m"', 'every="5"', "not a duration"),
        ('service="payments"', 'service="paymnts"', "did you mean 'payments'"),
        ('"> 900"', '"=> 900"', "'>='"),
        ("n >= 0", "n === 0", "'==='"),
    ],
)
def test_settings_are_checked_like_those_of_any_file(tmp_path: Path, before: str, after: str, words: str) -> None:
    _, faults = load(tmp_path, QUEUE.replace(before, after))
    assert len(faults) == 1, faults
    assert faults[0].startswith("monitors/checks.py:")
    assert words in faults[0]


def test_two_monitors_of_one_name_are_a_fault(tmp_path: Path) -> None:
    again = '\n\n@monitor(id="payout-queue", service="payments")\ndef another():\n    return {}\n'
    _, faults = load(tmp_path, QUEUE + again)
    assert len(faults) == 1
    assert "declared twice" in faults[0]


def test_an_imported_monitor_belongs_to_the_file_that_declares_it(tmp_path: Path) -> None:
    module = load(tmp_path, QUEUE)[0]["payout-queue"].form.partition(":")[0]
    (tmp_path / "monitors" / "user.py").write_text(f"from {module} import payout_queue\n")
    monitors, faults = load(tmp_path, QUEUE)
    assert faults == []
    assert set(monitors) == {"payout-queue"}


def test_a_declaration_is_what_a_file_would_spell() -> None:
    @monitor(service="payments", crit={"n": "> 5"})
    def too_many() -> dict[str, int]:
        return {"n": 1}

    declared = declaration_of(too_many)
    assert declared is not None
    assert declared.id == "too-many"
    assert declared.entry == {"service": "payments", "expect": [{"n": {"crit": "> 5"}}]}
    assert too_many() == {"n": 1}
    assert declaration_of(len) is None
