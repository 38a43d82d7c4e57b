"""The example runbooks for web servers, performed on a real nginx."""

import os
import shutil
import ssl
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
import requests

from runbooks.execution import Means, run_step
from runbooks.params import resolve
from runbooks.steps.kind import Look, Situation
from tests.runbooks.performing import EXAMPLES, TRIGGER, Perform, eventually, free_port, load, make_certificate, said
from watchdesk.health import Health


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
        "from pathlib import Path\nfrom tests.runbooks.performing import make_certificate\n"
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
