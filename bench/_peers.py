"""The peers of the sweep: `requests` in a thread pool, and Debian's prometheus-blackbox-exporter."""

import os
import shutil
import subprocess
import tempfile
import threading
import time
import urllib.parse
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import pycurl
import requests

from bench._farm import free_port

THREADS = 64
DRIVERS = 64
BLACKBOX = "prometheus-blackbox-exporter"
MODULES = "modules: {http_2xx: {prober: http, timeout: 5s, http: {preferred_ip_protocol: ip4}}}\n"
TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """What one way of looking cost: processor time and wall time per check, and how many checks succeeded."""

    name: str
    cpu_us: float
    wall_us: float
    good: int


def requests_in_threads(urls: Sequence[str]) -> Cost:
    """A Session per thread, a fresh connection per check as everybody else makes it."""
    local = threading.local()

    def check(url: str) -> bool:
        if not hasattr(local, "session"):
            local.session = requests.Session()
            local.session.headers["Connection"] = "close"
            local.session.trust_env = False
        return bool(local.session.get(url, timeout=5).status_code == 200)

    before_cpu, before = time.process_time(), time.perf_counter()
    with ThreadPoolExecutor(THREADS) as pool:
        good = sum(pool.map(check, urls))
    cpu_s, wall_s = time.process_time() - before_cpu, time.perf_counter() - before
    return Cost(
        name=f"requests {requests.__version__} in {THREADS} threads, nothing else",
        cpu_us=cpu_s / len(urls) * 1e6,
        wall_us=wall_s / len(urls) * 1e6,
        good=good,
    )


def blackbox(urls: Sequence[str]) -> Cost | None:
    """The exporter's own processor time, with GOMAXPROCS=1; None when it is not installed."""
    program = shutil.which(BLACKBOX)
    if program is None:
        return None
    port = free_port()
    with tempfile.TemporaryDirectory(prefix="watchdesk-blackbox-") as folder:
        modules = Path(folder) / "blackbox.yml"
        modules.write_text(MODULES)
        argv = [program, f"--config.file={modules}", f"--web.listen-address=127.0.0.1:{port}", "--log.level=error"]
        process = subprocess.Popen(argv, env={"GOMAXPROCS": "1"}, stderr=subprocess.DEVNULL)
        try:
            probes = [f"http://127.0.0.1:{port}/probe?module=http_2xx&target={urllib.parse.quote(url)}" for url in urls]
            _drive(probes[:200])  # warm
            before_cpu, before = cpu_s_of(process.pid), time.perf_counter()
            good = _drive(probes)
            cpu_s, wall_s = cpu_s_of(process.pid) - before_cpu, time.perf_counter() - before
        finally:
            process.terminate()
            process.wait(10)
    return Cost(
        name=f"{BLACKBOX} {_version(program)}, nothing else",
        cpu_us=cpu_s / len(urls) * 1e6,
        wall_us=wall_s / len(urls) * 1e6,
        good=good,
    )


def cpu_s_of(pid: int) -> float:
    """User and system time of a process, in seconds (proc(5), fields 14 and 15 of stat)."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def _version(program: str) -> str:
    said = subprocess.run([program, "--version"], capture_output=True, text=True, check=False)
    return next((word for word in (said.stdout + said.stderr).split() if word[:1].isdigit()), "")


def _drive(probes: Sequence[str]) -> int:
    """Asks the exporter over kept connections, as Prometheus does; how many probes it calls a success."""
    multi, good = pycurl.CurlMulti(), 0
    free = [_driver() for _ in range(DRIVERS)]
    bodies: dict[pycurl.Curl, bytearray] = {}
    waiting = list(reversed(probes))
    while waiting or bodies:
        while free and waiting:
            handle = free.pop()
            body = bodies[handle] = bytearray()
            handle.setopt(pycurl.URL, waiting.pop())
            handle.setopt(pycurl.WRITEFUNCTION, body.extend)
            multi.add_handle(handle)
        multi.perform()
        _, succeeded, failed = multi.info_read()
        for handle in [*succeeded, *(handle for handle, _, _ in failed)]:
            good += b"\nprobe_success 1" in bodies.pop(handle)
            multi.remove_handle(handle)
            free.append(handle)
        if not succeeded:
            multi.select(0.1)
    return good


def _driver() -> pycurl.Curl:
    handle = pycurl.Curl()
    handle.setopt(pycurl.NOSIGNAL, 1)
    handle.setopt(pycurl.PROXY, "")
    handle.setopt(pycurl.TIMEOUT_MS, 10_000)
    return handle
