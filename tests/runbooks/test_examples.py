"""The example runbooks: they load, and their steps do what they say to real processes, files, databases and servers."""

import os
import shutil
import socket
import sqlite3
import ssl
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path

import psutil
import psycopg
import pytest
import requests

from examples.steps.clean_folder import clean_folder
from examples.steps.end_runaway import end_runaway
from examples.steps.move_stuck import move_stuck
from examples.steps.program import program
from examples.steps.restart_process import restart_process
from examples.steps.vacuum_database import vacuum_sqlite
from runbooks.definition import load_runbooks
from runbooks.execution import Means, describe, run_step
from runbooks.model import Runbook, Trigger
from runbooks.params import resolve
from runbooks.steps.kind import Look, Situation, StepResult
from watchdesk.definitions.faults import Faults
from watchdesk.health import Health

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
TRIGGER = Trigger(
    ticket_id="1",
    ticket_number="INC-1",
    monitor="m",
    service="shop",
    item=None,
    health=Health.CRITICAL,
    since=NOW,
    observed_at=NOW,
    is_person_at_work=False,
)
Environment = Mapping[str, str | Path | int]


def load(root: Path = EXAMPLES) -> dict[str, Runbook]:
    faults = Faults()
    found = load_runbooks(root, faults)
    assert list(map(str, faults)) == []
    return found


@pytest.fixture
def perform(monkeypatch: pytest.MonkeyPatch) -> Callable[..., list[StepResult]]:
    """Runs a runbook's steps in order, with so many variables set; stops at the first that fails."""

    def run(name: str, environment: Environment, secrets: Mapping[str, str] | None = None) -> list[StepResult]:
        for variable, value in environment.items():
            monkeypatch.setenv(variable, str(value))
        runbook = load()[name]
        situation = Situation(item=None, look=lambda _: Look(Health.OK, ""), pause=lambda _: None)
        values = resolve(runbook.params, TRIGGER, None)
        results: list[StepResult] = []
        for step in runbook.steps:
            results.append(run_step(step, values, Means(situation, (secrets or {}).__getitem__)))
            if not results[-1].is_ok:
                break
        return results

    return run


Perform = Callable[..., list[StepResult]]


def said(results: list[StepResult]) -> str:
    return "\n".join(result.output for result in results)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def eventually(true: Callable[[], bool]) -> bool:
    for _ in range(300):
        if true():
            return True
        time.sleep(0.05)
    return False


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


class WebServer:
    """A real nginx with a certificate of two days and a page that can be changed."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.port, self.tls_port = folder, free_port(), free_port()
        self.config, self.certificate = folder / "nginx.conf", folder / "live.pem"
        make_certificate(folder, days=2)
        self.say("first")
        subprocess.run(["nginx", "-c", self.config], check=True, capture_output=True)

    def say(self, word: str) -> None:
        self.config.write_text(
            f"pid {self.folder}/nginx.pid; error_log {self.folder}/error.log; worker_processes 1;\n"
            "events {} http { access_log off;\n"
            + "".join(
                f" {kind}_temp_path {self.folder}/{kind};\n"
                for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
            )
            + f" server {{ listen 127.0.0.1:{self.port}; location / {{ return 200 '{word}'; }} }}\n"
            f" server {{ listen 127.0.0.1:{self.tls_port} ssl; ssl_certificate {self.certificate};"
            f" ssl_certificate_key {self.folder}/live.key; }} }}\n"
        )

    def heard(self) -> str:
        return requests.get(f"http://127.0.0.1:{self.port}/", timeout=5).text

    def served_certificate(self) -> str:
        return ssl.get_server_certificate(("127.0.0.1", self.tls_port), timeout=5)

    def close(self) -> None:
        master = psutil.Process(int((self.folder / "nginx.pid").read_text()))
        master.terminate()
        psutil.wait_procs([master], timeout=10)


def make_certificate(folder: Path, days: int) -> None:
    request = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
    names = ["-keyout", f"{folder}/live.key", "-out", f"{folder}/live.pem", "-subj", "/CN=shop", "-days", str(days)]
    subprocess.run([*request, *names], check=True, capture_output=True)


@pytest.fixture
def web(tmp_path: Path) -> Iterator[WebServer]:
    if shutil.which("nginx") is None or shutil.which("openssl") is None:
        pytest.skip("nginx or openssl is not installed here")
    found = WebServer(tmp_path)
    yield found
    found.close()


def test_a_good_configuration_is_reloaded(web: WebServer, perform: Perform) -> None:
    assert web.heard() == "first"
    web.say("second")
    results = perform("reload-web-config", {"NGINX_CONFIG": web.config})
    assert results[-1].is_ok, said(results)
    assert eventually(lambda: web.heard() == "second")


def test_a_faulty_configuration_is_not_reloaded(web: WebServer, perform: Perform) -> None:
    web.config.write_text(web.config.read_text() + "nonsense;")
    results = perform("reload-web-config", {"NGINX_CONFIG": web.config})
    assert [result.is_ok for result in results] == [False]
    assert "nonsense" in said(results)
    assert web.heard() == "first"


def test_a_certificate_is_renewed_and_served(
    web: WebServer, perform: Perform, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    certbot = tmp_path / "bin" / "certbot"
    certbot.parent.mkdir()
    certbot.write_text(
        f"#!{sys.executable}\nimport sys\nsys.path.insert(0, {str(EXAMPLES.parent)!r})\n"
        "from pathlib import Path\nfrom tests.runbooks.test_examples import make_certificate\n"
        f"assert sys.argv[1:] == ['renew', '--non-interactive', '--cert-name', 'shop.example.org']\n"
        f"make_certificate(Path({str(tmp_path)!r}), days=90)\n"
    )
    certbot.chmod(0o755)
    monkeypatch.setenv("PATH", f"{certbot.parent}:{os.environ['PATH']}")
    before = web.served_certificate()
    environment = {"NGINX_CONFIG": web.config, "CERTIFICATE_FILE": web.certificate}
    results = perform("renew-certificate", environment)
    assert results[-1].is_ok, said(results)
    assert web.certificate.read_text().strip() != before.strip()
    assert eventually(lambda: web.served_certificate().strip() == web.certificate.read_text().strip())


@pytest.mark.parametrize(("days", "exit_code"), [(2, 1), (90, 0)])
def test_the_probe_of_a_renewal_tells_whether_it_has_happened(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, days: int, exit_code: int
) -> None:
    make_certificate(tmp_path, days)
    monkeypatch.setenv("CERTIFICATE_FILE", str(tmp_path / "live.pem"))
    runbook = load()["renew-certificate"]
    probe = runbook.steps[1].probe
    assert probe is not None
    situation = Situation(item=None, look=lambda _: Look(Health.OK, ""), pause=lambda _: None)
    assert run_step(probe, resolve(runbook.params, TRIGGER, None), Means(situation, str)).exit_code == exit_code


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
