"""Example runbooks performed for real: what the tests of them share."""

import socket
import subprocess
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path

from runbooks.definition import load_runbooks
from runbooks.model import Runbook, Trigger
from runbooks.steps.kind import StepResult
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


def make_certificate(folder: Path, days: int) -> None:
    request = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
    names = ["-keyout", f"{folder}/live.key", "-out", f"{folder}/live.pem", "-subj", "/CN=shop", "-days", str(days)]
    subprocess.run([*request, *names], check=True, capture_output=True)
