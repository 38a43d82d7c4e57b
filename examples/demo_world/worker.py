"""A worker that takes jobs out of a folder, oldest name first, and reports after each round by a ping.

Run as a program: worker.py QUEUE URL. It insists on a job that it cannot read, over and over, and does not report
meanwhile: the classical poisoned message.
"""

import json
import sys
import time
import urllib.request
from pathlib import Path

EVERY_S = 1.0
PATIENCE_S = 5.0
DIRECT = urllib.request.build_opener(urllib.request.ProxyHandler({}))


def work(queue: Path) -> int:
    """Do all jobs; how many were done."""
    jobs = sorted(queue.glob("*.json"))
    for job in jobs:
        insist_on(job)
    return len(jobs)


def insist_on(job: Path) -> None:
    """Do one job, as often as it takes; somebody taking it away is an end as well."""
    tries = 0
    while job.exists():
        try:
            json.loads(job.read_text("utf-8"))
        except (OSError, ValueError) as error:
            tries += 1
            print(f"worker: {job.name}, try {tries}: {error}", flush=True)  # noqa: T201  its log
            time.sleep(EVERY_S)
        else:
            job.unlink(missing_ok=True)


def ping(url: str) -> None:
    """Say that a round is done. That nobody listens is no reason to stop working."""
    try:
        with DIRECT.open(urllib.request.Request(url, method="POST"), timeout=PATIENCE_S):  # noqa: S310  http only
            pass
    except OSError as error:
        print(f"worker: no ping: {error}", flush=True)  # noqa: T201


def main(words: list[str]) -> int:
    queue, url = Path(words[0]), words[1]
    while True:
        work(queue)
        ping(url)
        time.sleep(EVERY_S)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
