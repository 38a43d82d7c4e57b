"""The other commands: services, runbooks, windows, connectors, status, report, the database."""

import json
import zipfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from console.cli.exits import Exit
from runbooks.tables import InventoryRow
from tests.console.conftest import Answer
from tests.console.scene import Shop, go_on_duty
from watchdesk.processes import this_process

Run = Callable[..., Answer]


def test_the_status_of_what_never_ran_is_shown_with_success(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, run: Run
) -> None:
    monkeypatch.setenv("WATCHDESK_HOME", str(tmp_path))
    answer = run("status", "-o", "json")
    assert answer.code == Exit.OK
    assert answer.json["ready"] is False
    assert answer.json["shift"] is None


def test_the_status_has_the_published_fields(shop: Shop, run: Run) -> None:
    shift = go_on_duty(shop.database)
    found = run("status", "-o", "json").json
    assert found["monitors"] == {"ok": 1, "warning": 0, "critical": 1, "unknown": 1}
    assert (found["ready"], found["awaited"]) == (False, ["nightly"])
    assert found["tickets_open"] == 1
    assert found["shift"].keys() >= {"id", "pid", "since", "lease_until", "relief"}
    assert found["shift"]["id"] == shift
    assert found["url"].startswith("http://127.0.0.1:")
    assert found["prefect_url"].startswith("http://127.0.0.1:")
    assert "process" in run("status").out


def test_the_status_warns_when_nobody_starts_again_what_dies(shop: Shop, run: Run, tmp_path: Path) -> None:
    assert shop.ticket
    assert run("status").err == ""
    gone = replace(this_process(), pid=2**22 + 1)  # above the highest that the kernel gives
    facts = {"up_id": "1", "pid": gone.pid, "host": gone.host, "started": gone.started, "url": "", "prefect_url": ""}
    (tmp_path / "home" / "up.json").write_text(json.dumps(facts | {"since": ""}))
    answer = run("status", "-o", "json")
    assert (answer.code, "watchdesk up" in answer.err) == (Exit.OK, True)
    assert answer.json["url"]


def test_services_show_the_worst_of_their_monitors(shop: Shop, run: Run) -> None:
    rows = {row["id"]: row for row in run("services", "list", "-o", "json").json}
    assert (rows["shop"]["health"], rows["shop"]["tickets"]) == ("critical", [shop.ticket])
    found = run("services", "show", "shop", "-o", "json").json
    assert found["sla"] == {"respond": "15m", "resolve": "4h"}
    assert run("services", "show", "host", "-o", "json").json["needed_by"] == ["shop"]
    assert run("services", "show", "shp").code == Exit.NOT_FOUND


def test_a_plan_shows_the_steps_and_what_each_guard_says(shop: Shop, run: Run) -> None:
    found = run("runbooks", "plan", "restart-shop", "--ticket", shop.ticket, "-o", "json").json
    assert [step["id"] for step in found["plan"]["steps"]] == ["look", "restart"]
    says = {guard["guard"]: guard["passes"] for guard in found["guards"]}
    assert says["kill_switch"] is True
    assert says["approval"] is False
    assert found["would_run"] is False


def test_the_kill_switch_stops_and_is_released(shop: Shop, run: Run) -> None:
    assert run("runbooks", "stop-all", "--because", "drill", "--as", "ana").code == Exit.OK
    found = run("runbooks", "plan", "restart-shop", "--ticket", shop.ticket, "-o", "json").json
    assert {guard["guard"]: guard["passes"] for guard in found["guards"]}["kill_switch"] is False
    assert "stopped by ana" in run("runbooks", "explain", "restart-shop").out
    assert run("runbooks", "resume-all").code == Exit.OK
    assert run("runbooks", "resume-all").code == Exit.REFUSED


def test_a_person_accepts_that_the_inventory_shrank(shop: Shop, run: Run) -> None:
    with shop.database.writing() as session:
        session.add(InventoryRow(id=1, members=100, changed_by="watchdesk"))

    def is_refused() -> bool:
        found = run("runbooks", "plan", "restart-shop", "--ticket", shop.ticket, "-o", "json").json
        return not {guard["guard"]: guard["passes"] for guard in found["guards"]}["inventory"]

    assert is_refused()
    assert run("runbooks", "accept-inventory", "--as", "ana").code == Exit.OK
    assert not is_refused()


def test_a_runbook_that_needs_approval_is_not_run_without_it(shop: Shop, run: Run) -> None:
    answer = run("runbooks", "run", "restart-shop", "--ticket", shop.ticket)
    assert (answer.code, answer.out) == (Exit.REFUSED, "")
    assert "approval" in answer.err
    [refusal] = run("tickets", "show", shop.ticket, "-o", "json").json["refusals"]
    assert (refusal["runbook"], refusal["guard"], refusal["count"]) == ("restart-shop", "approval", 1)


def test_a_waiting_plan_is_shown_with_the_command_that_approves_it(shop: Shop, run: Run) -> None:
    run("runbooks", "run", "restart-shop", "--ticket", shop.ticket)
    [plan] = run("runbooks", "show", "restart-shop", "-o", "json").json["waiting_plans"]
    assert f"watchdesk runbooks approve {plan['hash'][:12]}" in run("runbooks", "show", "restart-shop").out


def test_the_steps_of_a_runbook_are_shown_as_they_are_called(shop: Shop, run: Run) -> None:
    assert shop.ticket
    shown = run("runbooks", "show", "restart-shop").out
    assert "  1. look (readonly): run ps -e\n" in shown
    assert "{" not in shown


def test_an_approved_plan_is_waiting_no_more(shop: Shop, run: Run) -> None:
    run("runbooks", "run", "restart-shop", "--ticket", shop.ticket)
    [plan] = run("runbooks", "show", "restart-shop", "-o", "json").json["waiting_plans"]
    assert plan["ticket"] == shop.ticket
    assert run("runbooks", "approve", plan["hash"][:12], "--as", "ana").code == Exit.OK
    assert run("runbooks", "show", "restart-shop", "-o", "json").json["waiting_plans"] == []
    assert run("runbooks", "approve", plan["hash"][:12]).code != Exit.OK


def test_runbooks_are_listed_with_their_record(shop: Shop, run: Run) -> None:
    assert shop.ticket
    [row] = run("runbooks", "list", "-o", "json").json
    assert (row["id"], row["trust"], row["attempts"]) == ("restart-shop", "approve", 0)
    assert run("runbooks", "history", "-o", "json").json == []
    assert run("runbooks", "show", "restart-shop").code == Exit.OK


def test_a_window_is_announced_listed_and_ended(shop: Shop, run: Run) -> None:
    assert shop.ticket
    added = run("maintenance", "add", "--service", "shop", "--for", "2h", "--because", "CHG-7", "--as", "ana")
    assert added.code == Exit.OK, added
    rows = {row["id"]: row for row in run("maintenance", "list", "-o", "json").json}
    window = added.out.strip()
    assert (rows[window]["covers"], rows[window]["reason"], rows[window]["source"]) == (["shop"], "CHG-7", "ana")
    assert rows["patching"]["source"] == "definitions"
    assert "CHG-7" in run("monitors", "explain", "shop-web").out
    assert run("maintenance", "end", window).code == Exit.OK
    assert run("maintenance", "end", window).code == Exit.REFUSED


def test_a_window_for_an_unknown_service_is_refused(shop: Shop, run: Run) -> None:
    assert shop.ticket
    answer = run("maintenance", "add", "--service", "shp", "--for", "2h", "--because", "x")
    assert answer.code == Exit.NOT_FOUND
    assert "did you mean 'shop'?" in answer.err


def test_a_connector_that_is_not_reached_is_said_so(shop: Shop, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    assert shop.ticket
    monkeypatch.setenv("WATCHDESK_WEBHOOK_URL", "http://127.0.0.1:9/hook")
    monkeypatch.setenv("WATCHDESK_WEBHOOK_SECRET", "s3cret")
    assert run("connectors", "list", "-o", "name").out.split() == ["webhook"]
    assert run("connectors", "test", "webhook").code == Exit.UNHEALTHY
    assert run("connectors", "test", "wbhook").code == Exit.NOT_FOUND
    assert run("connectors", "dead", "-o", "json").json == []
    assert "s3cret" not in run("config", "-o", "json").out


def test_a_report_is_written_as_page_and_as_json(shop: Shop, run: Run, tmp_path: Path) -> None:
    page, facts = tmp_path / "r.html", tmp_path / "r.json"
    assert run("report", "--since", "1h", "--format", "html", "--to", str(page)).code == Exit.OK
    assert run("report", "--since", "1h", "--format", "json", "--to", str(facts)).code == Exit.OK
    assert "<svg" in page.read_text()
    found = json.loads(facts.read_text())
    line = next(line for line in found["services"] if line["id"] == "shop")
    assert line.keys() >= {"id", "availability", "unknown_ratio", "incidents", "repaired_without_person"}
    assert line["incidents"] == 1
    assert shop.ticket


def test_a_backup_is_restored_but_not_over_a_running_instance(shop: Shop, run: Run, tmp_path: Path) -> None:
    file = tmp_path / "all.zip"
    assert run("db", "backup", "--to", str(file)).code == Exit.OK
    assert zipfile.is_zipfile(file)
    run("tickets", "resolve", shop.ticket)
    refused = run("db", "restore", "--from", str(file))
    assert (refused.code, "--yes" in refused.err) == (Exit.REFUSED, True)
    go_on_duty(shop.database)
    busy = run("db", "restore", "--from", str(file), "--yes")
    assert (busy.code, "on duty" in busy.err) == (Exit.REFUSED, True)
    with shop.database.writing() as session:
        session.connection().exec_driver_sql("DELETE FROM lease")
    shop.database.close()
    assert run("db", "restore", "--from", str(file), "--yes").code == Exit.OK
    assert run("tickets", "show", shop.ticket, "-o", "json").json["state"] == "new"
    assert run("db", "check").code == Exit.OK
    assert run("db", "upgrade").out.strip() == "schema 0001"


def test_an_old_schema_is_refused_with_the_remedy(shop: Shop, run: Run) -> None:
    with shop.database.writing() as session:
        session.connection().exec_driver_sql("UPDATE alembic_version SET version_num = '0000'")
    answer = run("tickets", "list")
    assert answer.code != Exit.OK
    assert "watchdesk db upgrade" in answer.err


def test_checking_good_definitions_counts_them(shop: Shop, run: Run) -> None:
    answer = run("check", str(shop.definitions))
    assert answer.code == Exit.OK
    assert "3 monitors, 1 runbook, 2 calendars in" in answer.out


def test_checking_bad_definitions_shows_every_fault_with_its_line(tmp_path: Path, run: Run) -> None:
    bad = tmp_path / "monitors" / "bad.yaml"
    bad.parent.mkdir()
    bad.write_text(
        "monitors:\n  a:\n    htp: http://127.0.0.1/\n  b:\n    http: http://127.0.0.1/\n    evry: 1m\n"
        "    service: shpo\n    expect: [status === 200]\n"
    )
    answer = run("check", str(tmp_path))
    assert answer.code == Exit.DEFINITION_INVALID
    for place, word in (("bad.yaml:3:5", "'http'"), ("bad.yaml:6:5", "'every'"), ("bad.yaml:7", "shpo"),
                        ("bad.yaml:8", "===")):  # fmt: skip
        line = next(line for line in answer.out.splitlines() if place in line)
        assert word in line
    assert "    3 |     htp: http://127.0.0.1/\n      |     ^^^" in answer.out
    faults = run("check", str(tmp_path), "-o", "json").json
    assert {fault["code"] for fault in faults} >= {"D005", "D008", "D011", "D012"}
