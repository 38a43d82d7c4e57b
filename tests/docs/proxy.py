"""The reverse proxy of the guide: nginx with the very configuration that the guide gives, on other ports."""

import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import psutil
import pytest

from tests.docs.documents import document
from tests.monitors.probes.certificates import certificate

GUIDE = "docs/how-to/put-it-behind-a-reverse-proxy.md"
FRAME = """
{user} pid {folder}/nginx.pid; error_log {folder}/error.log; worker_processes 1;
events {{ worker_connections 64; }}
http {{
access_log off;
client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy;
fastcgi_temp_path {folder}/fastcgi; uwsgi_temp_path {folder}/uwsgi; scgi_temp_path {folder}/scgi;
{server}
}}
"""


@contextmanager
def proxy(folder: Path, port: int, console: int) -> Iterator[Path]:
    """nginx before a console, with a certificate of 60 days for 127.0.0.1; yields the authority that trusts it."""
    if shutil.which("nginx") is None:
        pytest.skip("nginx is not installed here")
    made = certificate(folder, expires_in=timedelta(days=60))
    config = folder / "nginx.conf"
    config.write_text(_config(folder, port, console))
    subprocess.run(["nginx", "-c", config], check=True, capture_output=True)
    master = psutil.Process(_pid(folder))
    try:
        yield made.path
    finally:
        master.terminate()
        master.wait(10)


def _config(folder: Path, port: int, console: int) -> str:
    server = next(block.text for block in document(GUIDE).blocks if block.language == "nginx")
    for theirs, ours in (
        ("listen 443 ssl", f"listen 127.0.0.1:{port} ssl"),
        ("127.0.0.1:8420", f"127.0.0.1:{console}"),
        ("/etc/ssl/desk.pem", f"{folder}/certificate.pem"),
        ("/etc/ssl/desk.key", f"{folder}/key.pem"),
    ):
        assert theirs in server
        server = server.replace(theirs, ours)
    user = "user root;" if psutil.Process().uids().effective == 0 else ""
    return FRAME.format(user=user, folder=folder, server=server)


def _pid(folder: Path) -> int:
    path = folder / "nginx.pid"
    while not (path.exists() and path.read_text().strip()):
        time.sleep(0.02)
    return int(path.read_text())
