"""Monitors and runbooks name one another; a name that leads nowhere is a fault at the place where it stands."""

from pathlib import Path

from loop.definitions import read
from tests.loop.definitions import http_monitor, write

URL = "http://127.0.0.1:1/"
RUNBOOK = """\
apiVersion: watchdesk/v1
id: restart
title: Restart
owner: payments
risk: 1
match: {monitors: [web]}
steps:
  - {id: look, check: web}
  - {id: go, run: {argv: ["true"]}, effect: repeatable}
verify: {recheck: origin, within: 1s}
"""


def faults(root: Path) -> list[str]:
    return [str(fault) for fault in read(root)[1]]


def test_an_unknown_runbook_is_told_where_the_monitor_names_it(tmp_path: Path) -> None:
    root = write(tmp_path, monitors=http_monitor(URL, "    runbook: restrat\n"))
    (fault,) = faults(root)
    assert fault.startswith("monitors/test.yaml:6:14")
    assert "'restrat', which is not defined" in fault


def test_a_runbook_of_the_defaults_is_told_there(tmp_path: Path) -> None:
    text = http_monitor(URL).replace("service: shop", "service: shop, runbook: restrat")
    (fault,) = faults(write(tmp_path, monitors=text))
    assert fault.startswith("monitors/test.yaml:1:")


def test_an_unknown_monitor_is_told_where_the_runbook_matches_it(tmp_path: Path) -> None:
    monitors = http_monitor(URL, "    runbook: restart\n")
    root = write(tmp_path, monitors=monitors, runbooks=RUNBOOK.replace("[web]", "[web, wbe]"))
    (fault,) = faults(root)
    assert fault.startswith("runbooks/test.yaml:6:25")
    assert "did you mean 'web'" in fault


def test_a_match_that_the_monitor_does_not_answer_is_told_at_the_match(tmp_path: Path) -> None:
    (fault,) = faults(write(tmp_path, monitors=http_monitor(URL), runbooks=RUNBOOK))
    assert fault.startswith("runbooks/test.yaml:6:20")
    assert "write 'runbook: restart' there" in fault


def test_a_step_that_looks_at_an_unknown_monitor_is_a_fault(tmp_path: Path) -> None:
    monitors = http_monitor(URL, "    runbook: restart\n")
    root = write(tmp_path, monitors=monitors, runbooks=RUNBOOK.replace("check: web", "check: wbe"))
    (fault,) = faults(root)
    assert fault.startswith("runbooks/test.yaml:8:23")


def test_a_faulty_monitor_is_not_called_undefined_as_well(tmp_path: Path) -> None:
    monitors = http_monitor(URL, "    runbook: restart\n    evry: 3s\n")
    (fault,) = faults(write(tmp_path, monitors=monitors, runbooks=RUNBOOK))
    assert "did you mean 'every'" in fault


def test_a_faulty_runbook_is_not_called_undefined_as_well(tmp_path: Path) -> None:
    monitors = http_monitor(URL, "    runbook: restart\n")
    (fault,) = faults(write(tmp_path, monitors=monitors, runbooks=RUNBOOK.replace("risk: 1", "risk: 9")))
    assert "'risk'" in fault


def test_what_a_faulty_entry_names_is_told_with_its_other_faults(tmp_path: Path) -> None:
    extra = "    every: 3\n    runbook: restrat\n    item: wbe-1\n"
    monitors = http_monitor(URL, extra)
    runbooks = RUNBOOK.replace("[web]", "[wbe]").replace("risk: 1", "risk: 9").replace("check: web", "note: x")
    found = faults(write(tmp_path, monitors=monitors, runbooks=runbooks))
    for word in ("'every'", "'restrat'", "'wbe-1'", "the monitor 'wbe'", "'risk'"):
        assert sum(word in fault for fault in found) == 1, word
