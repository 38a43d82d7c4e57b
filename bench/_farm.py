"""A farm of targets: one nginx on loopback, reached under many addresses, so that ports in TIME_WAIT do not run out."""

import os
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

ADDRESSES = 40  # at least 38: 28,000 local ports each, kept for a minute after every fresh connection
NGINX = "/usr/sbin/nginx"
CONFIGURATION = """
daemon off; worker_processes 1; {affinity}
pid {folder}/nginx.pid; error_log {folder}/error.log;
events {{ worker_connections 16384; multi_accept on; }}
http {{
  access_log off; client_body_temp_path {folder}; proxy_temp_path {folder}; fastcgi_temp_path {folder};
  uwsgi_temp_path {folder}; scgi_temp_path {folder};
  server {{
    listen 0.0.0.0:{port} backlog=8192;
    default_type application/json;
    location / {{ return 200 '{{"status": "UP", "queue": {{"depth": 3}}, "version": "1.2.3", "load": 1}}'; }}
    location /down/ {{ return 503; }}
    location = /served {{ stub_status; }}
  }}
}}
"""


@dataclass(frozen=True, slots=True)
class Farm:
    """Targets that answer 68 bytes of JSON; `hung_port` accepts and never answers."""

    port: int
    hung_port: int

    def url(self, number: int, *, is_down: bool = False) -> str:
        """The address of target `number`, spread over the addresses of the farm."""
        place = number % ADDRESSES
        address = f"127.0.{place // 20}.{place % 20 + 1}"
        return f"http://{address}:{self.port}{'/down' if is_down else ''}/{number}"

    def hung_url(self, number: int) -> str:
        return f"http://127.0.0.1:{self.hung_port}/{number}"

    def served(self) -> int:
        """Requests that the farm has answered so far, by its own count."""
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/served", timeout=5) as answer:
            found = re.search(r"\n (\d+) (\d+) (\d+)", answer.read().decode())
        assert found is not None
        return int(found.group(3))


@contextmanager
def farm() -> Iterator[Farm | None]:
    """A running farm, on the last processor; None when there is no nginx."""
    if not Path(NGINX).exists() and shutil.which("nginx") is None:
        yield None
        return
    with (
        tempfile.TemporaryDirectory(prefix="watchdesk-farm-") as folder,
        socket.create_server(("127.0.0.1", 0), backlog=4096) as hung,
    ):
        made = Farm(free_port(), hung.getsockname()[1])
        process = _start(Path(folder), made)
        try:
            yield made
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(10)


def free_port() -> int:
    """A port that nobody listens on at the moment."""
    with socket.create_server(("0.0.0.0", 0)) as listener:  # noqa: S104  every loopback address
        port: int = listener.getsockname()[1]
    return port


def _start(folder: Path, made: Farm) -> subprocess.Popen[bytes]:
    last = (os.cpu_count() or 1) - 1
    affinity = f"worker_cpu_affinity {1 << last:b};" if last else ""
    folder.chmod(0o755)
    path = folder / "nginx.conf"
    path.write_text(CONFIGURATION.format(folder=folder, port=made.port, affinity=affinity))
    program = NGINX if Path(NGINX).exists() else str(shutil.which("nginx"))
    process = subprocess.Popen([program, "-p", str(folder), "-c", str(path)])
    for _ in range(100):
        try:
            made.served()
        except OSError:
            time.sleep(0.05)
        else:
            return process
    process.kill()
    message = f"nginx did not start: {(folder / 'error.log').read_text()}"
    raise RuntimeError(message)
