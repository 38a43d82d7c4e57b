"""The example runbooks: they load, and their steps do what they say to real processes, files and databases."""

import os
import shutil
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import psycopg
import pytest

from examples.steps.clean_folder import clean_folder
from examples.steps.end_runaway import end_runaway
from examples.steps.move_stuck import move_stuck
from examples.steps.program import program
from examples.steps.restart_process import restart_process
from examples.steps.vacuum_database import vacuum_sqlite
from runbooks.execution import describe
from runbooks.params import resolve
from tests.runbooks.performing import EXAMPLES, TRIGGER, Perform, eventually, load, said


@pytest.mark.parametrize("root", [EXAMPLES, EXAMPLES / "local"])
def test_the_shipped_runbooks_load_without_a_fault(root: Path) -> None:
    assert load(root)


@pytest.mark.parametrize("name", sorted(load()))
def test_every_example_says_why_it_is_trusted_and_can_show_its_plan(name: str) -> None:
    runbook = load()[name]
    assert runbook.trust.because
    assert runbook.title
    values = resolve(runbook.params, TRIGGER, None)
    assert all(describe(step, values) for step in runbook.steps)


def test_the_systemd_example_asks_for_exactly_one_unit() -> None:
    runbook = load()["restart-systemd-unit"]
    values = resolve(runbook.params, TRIGGER, None)
    assert describe(runbook.steps[2], values) == "systemctl restart -- shop.service"


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Path]:
    """A program that sleeps, and its folder for a pid file; no process of it is left behind."""
    found = tmp_path / "shop-service"
    found.write_text(f"#!{sys.executable}\nimport time\ntime.sleep(120)\n")
    found.chmod(0o755)
    yield found
    for process in psutil.process_iter(["cmdline"]):
        if str(found) in (process.info["cmdline"] or []):
            process.kill()


def test_a_process_is_restarted_by_its_pid_file(service: Path, perform: Perform) -> None:
    pid_file = service.with_name("shop.pid")
    old = subprocess.Popen([str(service)])
    assert eventually(lambda: str(service) in psutil.Process(old.pid).cmdline())
    pid_file.write_text(str(old.pid))
    results = perform("restart-process", {"SHOP_PID_FILE": pid_file, "SHOP_PROGRAM": service})
    assert results[-1].is_ok, said(results)
    assert old.wait() == -15
    new = int(pid_file.read_text())
    assert new != old.pid
    assert str(service) in psutil.Process(new).cmdline()


def test_a_pid_file_that_was_left_behind_ends_no_stranger(service: Path, perform: Perform) -> None:
    pid_file = service.with_name("shop.pid")
    pid_file.write_text(str(os.getpid()))
    with pytest.raises(ValueError, match="nothing was ended"):
        restart_process(str(pid_file), str(service))
    pid_file.write_text("999999999")
    results = perform("restart-process", {"SHOP_PID_FILE": pid_file, "SHOP_PROGRAM": service})
    assert results[-1].is_ok, said(results)
    assert str(service) in psutil.Process(int(pid_file.read_text())).cmdline()


def test_a_runaway_is_ended_and_an_idle_namesake_is_not(tmp_path: Path) -> None:
    program_file = tmp_path / "thumbnailer"
    shutil.copy(shutil.which("bash") or "/bin/bash", program_file)
    busy = subprocess.Popen([str(program_file), "-c", "while :; do :; done"])
    idle = subprocess.Popen([str(program_file), "-c", "read line"], stdin=subprocess.PIPE)
    try:
        assert eventually(lambda: psutil.Process(busy.pid).name() == "thumbnailer")
        end_runaway("thumbnailer", "10", for_s="0.9", patience_s="5")
        assert busy.poll() is not None
        assert idle.poll() is None
    finally:
        busy.kill()
        idle.kill()
        idle.communicate()
        busy.wait()


@pytest.mark.parametrize("name", ["postgres", "sshd", "systemd"])
def test_what_must_never_be_ended_is_refused_by_name(name: str) -> None:
    with pytest.raises(ValueError, match="is never ended"):
        end_runaway(name, "1")


@pytest.fixture
def cache(tmp_path: Path) -> Path:
    """A folder with old and young files, and links that lead out of it."""
    folder = tmp_path / "cache"
    (folder / "deep").mkdir(parents=True)
    outside = tmp_path / "outside"
    outside.mkdir()
    for name in ("old.tmp", "deep/old.cache", "old.txt", "young.tmp"):
        (folder / name).write_text("x" * 10_000)
    (outside / "precious.tmp").write_text("precious")
    (folder / "link.tmp").symlink_to(outside / "precious.tmp")
    (folder / "door").symlink_to(outside)
    long_ago = time.time() - 30 * 86400
    for path in (*folder.rglob("old*"), outside / "precious.tmp"):
        os.utime(path, (long_ago, long_ago))
    os.utime(folder / "link.tmp", (long_ago, long_ago), follow_symlinks=False)
    return folder


def test_only_old_files_of_the_named_suffixes_below_the_folder_go(cache: Path, perform: Perform) -> None:
    results = perform("disk-cleanup", {"SHOP_CACHE": cache})
    assert results[-1].is_ok, said(results)
    left = sorted(str(path.relative_to(cache)) for path in cache.rglob("*"))
    assert left == ["deep", "door", "link.tmp", "old.txt", "young.tmp"]
    assert (cache.parent / "outside" / "precious.tmp").read_text() == "precious"


def test_a_folder_that_is_reached_by_a_link_is_refused(cache: Path) -> None:
    entrance = cache.parent / "entrance"
    entrance.symlink_to(cache)
    with pytest.raises(ValueError, match="a symbolic link"):
        clean_folder(str(entrance), "7d", ".tmp")
    assert (cache / "old.tmp").exists()


@pytest.mark.parametrize("folder", ["/", "/etc", "/var", "relative", "/tmp/../etc"])
def test_a_folder_that_must_never_be_cleaned_is_refused(folder: str) -> None:
    with pytest.raises(ValueError, match="never cleaned"):
        clean_folder(folder, "7d", ".tmp")


@pytest.mark.parametrize("suffixes", ["", "*", ".", " , ", "*,."])
def test_without_a_suffix_nothing_is_taken_for_all(cache: Path, suffixes: str) -> None:
    with pytest.raises(ValueError, match="at least one suffix"):
        clean_folder(str(cache), "7d", suffixes)


def test_the_biggest_files_go_first_until_enough_is_freed(cache: Path, capsys: pytest.CaptureFixture[str]) -> None:
    big = cache / "big.tmp"
    big.write_bytes(os.urandom(500_000))
    os.utime(big, (0, 0))
    clean_folder(str(cache), "7d", ".tmp,.cache", at_most="100kB")
    assert not big.exists()
    assert (cache / "old.tmp").exists()
    assert "deleted big.tmp" in capsys.readouterr().out


def test_a_rehearsal_deletes_nothing(cache: Path) -> None:
    clean_folder(str(cache), "7d", ".tmp", really="no")
    assert (cache / "old.tmp").exists()


@pytest.mark.skipif(shutil.which("logrotate") is None, reason="logrotate is not installed here")
def test_a_log_is_rotated_now(tmp_path: Path, perform: Perform) -> None:
    log = tmp_path / "logs" / "shop.log"
    log.parent.mkdir(mode=0o755)
    log.write_text("line\n" * 1000)
    config = tmp_path / "shop"
    config.write_text(f"{log} {{\n  rotate 3\n  create\n  missingok\n  nocompress\n}}\n")
    config.chmod(0o644)
    results = perform("rotate-logs", {"LOGROTATE_CONFIG": config, "LOGROTATE_STATE": tmp_path / "state"})
    assert results[-1].is_ok, said(results)
    assert log.stat().st_size == 0
    assert (log.parent / "shop.log.1").read_text().startswith("line\n")


def test_a_sqlite_database_gives_its_free_pages_back(tmp_path: Path, perform: Perform) -> None:
    path = tmp_path / "sessions.db"
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE session (body BLOB)")
        connection.executemany("INSERT INTO session VALUES (?)", [(os.urandom(5000),) for _ in range(400)])
        connection.commit()
        connection.execute("DELETE FROM session WHERE rowid > 4")
    connection.close()
    before = path.stat().st_size
    results = perform("vacuum-sqlite", {"SESSIONS_DB": path})
    assert results[-1].is_ok, said(results)
    assert path.stat().st_size < before / 10


def test_vacuuming_makes_no_database_where_there_is_none(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="no database was made"):
        vacuum_sqlite(str(tmp_path / "none.db"))
    assert list(tmp_path.iterdir()) == []


def test_a_postgresql_table_is_vacuumed_with_a_url_that_is_a_secret(postgres_server: str, perform: Perform) -> None:
    with psycopg.connect(postgres_server, autocommit=True) as connection:
        connection.execute("DROP TABLE IF EXISTS orders")
        connection.execute("CREATE TABLE orders (id int) WITH (autovacuum_enabled = false)")
        connection.execute("INSERT INTO orders SELECT generate_series(1, 5000)")
        connection.execute("DELETE FROM orders WHERE id > 100")
        results = perform("vacuum-postgresql", {}, {"orders-database-url": postgres_server})
        assert results[-1].is_ok, said(results)
        row = connection.execute("SELECT last_vacuum FROM pg_stat_user_tables WHERE relname = 'orders'").fetchone()
        connection.execute("DROP TABLE orders")
    assert row is not None
    assert row[0] is not None
    assert postgres_server not in said(results)


@pytest.fixture
def spool(tmp_path: Path) -> Path:
    folder = tmp_path / "spool"
    folder.mkdir()
    (tmp_path / "aside").mkdir()
    for name, hours in (("poison", 9), ("young-1", 0), ("young-2", 1)):
        (folder / name).write_text(name)
        at = time.time() - hours * 3600
        os.utime(folder / name, (at, at))
    return folder


def test_a_message_that_waits_too_long_is_moved_aside_and_kept(spool: Path, perform: Perform) -> None:
    results = perform("clear-stuck-queue", {"MAIL_SPOOL": spool, "MAIL_ASIDE": spool.with_name("aside")})
    assert results[-1].is_ok, said(results)
    assert sorted(path.name for path in spool.iterdir()) == ["young-1", "young-2"]
    assert (spool.with_name("aside") / "poison").read_text() == "poison"


def test_a_message_aside_is_never_written_over(spool: Path) -> None:
    (spool.with_name("aside") / "poison").write_text("another")
    with pytest.raises(FileExistsError):
        move_stuck(str(spool), str(spool.with_name("aside")), "4h")
    assert (spool / "poison").exists()
    assert (spool.with_name("aside") / "poison").read_text() == "another"


def test_when_every_message_is_old_the_consumer_is_to_blame(spool: Path) -> None:
    for path in spool.iterdir():
        os.utime(path, (0, 0))
    with pytest.raises(ValueError, match="it is the consumer that is stuck"):
        move_stuck(str(spool), str(spool.with_name("aside")), "4h", at_most="2")


def test_the_diagnosis_looks_and_finds_something(perform: Perform) -> None:
    results = perform("diagnose-host", {})
    assert all(result.is_ok for result in results), said(results)
    assert "MemTotal" in said(results)


def test_a_step_is_a_program_of_its_own(cache: Path) -> None:
    assert program(clean_folder, ["--folder", str(cache), "--older-than", "7d", "--suffixes", ".tmp"]) == 0
    assert program(clean_folder, ["--folder", "/etc", "--older-than", "7d", "--suffixes", ".tmp"]) == 2
    assert not (cache / "old.tmp").exists()
