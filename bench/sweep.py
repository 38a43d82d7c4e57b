"""What looking costs: processor time per HTTP check, beside `requests` and the blackbox exporter in the same run.

    ./run bench sweep [--targets 10000] [--every 2] [--seconds 10] [--timeout 2] [--json]

One nginx answers under forty addresses, everybody opens a fresh connection for every check, all but nginx run on the
first processor. Ours is measured three times: the engine with its decisions in memory, a whole shift with storage and
tickets on (its checks counted by nginx), and sweeps in which one target in a hundred never answers. The blackbox
exporter stores nothing, and its driver's own time is not counted. A peer that is not installed is left out.
"""

import argparse
import json
import os
import statistics
import sys
from dataclasses import asdict, dataclass

import pycurl

from bench._farm import Farm, farm
from bench._peers import Cost, blackbox, requests_in_threads
from bench._sweeps import Swept, Watched, engine_for, fresh_states, monitors_for, shift, sweep
from watchdesk import logs

ROUNDS = 5
CONNECTIONS = 500
HANGING_EVERY = 100
LIMITS = {"cpu_us": 90.0, "times_below_blackbox": 4.0, "late_s": 0.5}


@dataclass(frozen=True, slots=True, kw_only=True)
class Findings:
    """Everything that one run measured. `late_s` is how long after the timeout a sweep with hanging targets ended."""

    targets: int
    engine: Cost
    watched: Watched
    peers: tuple[Cost, ...]
    hanging: tuple[Swept, ...]
    late_s: float


def main(argv: list[str]) -> int:
    """0 when the limits are kept, 1 when one is not, 69 when there is no nginx."""
    options = _options(argv)
    logs.configure("error")
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {0})
    with farm() as targets:
        if targets is None:
            print("the sweep needs nginx (Debian: apt install nginx-light); nothing was measured", file=sys.stderr)
            return 69
        found = _measure(targets, options)
    print(json.dumps(asdict(found), indent=2) if options.json else _table(found, options))
    broken = _broken(found)
    for line in broken:
        print(line, file=sys.stderr)
    return 1 if broken else 0


def _options(argv: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="./run bench sweep", description=__doc__.partition("\n")[0])
    parser.add_argument("--targets", type=int, default=10_000)
    parser.add_argument("--every", type=int, default=2, help="seconds between two checks of a monitor in the shift")
    parser.add_argument("--seconds", type=float, default=10, help="how long the shift is measured")
    parser.add_argument("--timeout", type=float, default=2, help="seconds, of the targets that never answer")
    parser.add_argument("--json", action="store_true")
    return parser.parse_args(argv)


def _measure(targets: Farm, options: argparse.Namespace) -> Findings:
    urls = [targets.url(number) for number in range(options.targets)]
    hanging = _hanging(targets, options)
    peers = [requests_in_threads(urls), blackbox(urls)]
    return Findings(
        targets=options.targets,
        engine=_engine(targets, options.targets),
        watched=shift(targets, options.targets, options.every, options.seconds),
        peers=tuple(cost for cost in peers if cost is not None),
        hanging=hanging,
        late_s=hanging[-1].wall_s - options.timeout,
    )


def _engine(targets: Farm, count: int) -> Cost:
    """The median of several sweeps, after one to warm up."""
    monitors = monitors_for(targets, count)
    states = fresh_states(monitors)
    with engine_for(CONNECTIONS) as engine:
        found = [sweep(engine, monitors, states) for _ in range(ROUNDS + 1)][1:]
    return Cost(
        name=f"watchdesk, engine and decisions (libcurl {pycurl.version_info()[1]})",
        cpu_us=statistics.median(one.cpu_us for one in found),
        wall_us=statistics.median(one.wall_s for one in found) / count * 1e6,
        good=count - found[-1].failed,
    )


def _hanging(targets: Farm, options: argparse.Namespace) -> tuple[Swept, ...]:
    """Two sweeps with one hanging target in a hundred; in the second it is known who hung in the first."""
    monitors = monitors_for(targets, options.targets, hanging_every=HANGING_EVERY, timeout_s=options.timeout)
    states = fresh_states(monitors)
    with engine_for(CONNECTIONS) as engine:
        return tuple(sweep(engine, monitors, states) for _ in range(2))


def _table(found: Findings, options: argparse.Namespace) -> str:
    ours, watched = found.watched.cost, found.watched
    costs = (found.engine, ours, *found.peers)
    return "\n".join(
        [
            f"{found.targets} targets, fresh connections                     CPU µs/check  checks/s a core  succeeded",
            *(f"  {cost.name:50}{cost.cpu_us:10.1f}{1e6 / cost.cpu_us:17,.0f}{cost.good:11,}" for cost in costs),
            f"\nthe shift checked every {options.every} s for {options.seconds:g} s: "
            f"{watched.checks_per_s:,.0f} checks/s, {watched.tickets} tickets open",
            "ratios (CPU of the peer / CPU of ours with storage and tickets on), same run",
            *(f"  {cost.name:50}{cost.cpu_us / ours.cpu_us:10.1f}" for cost in found.peers),
            *([] if _exporters(found) else ["  prometheus-blackbox-exporter is not installed; it was left out"]),
            f"\none target in {HANGING_EVERY} hangs, timeout {options.timeout:g} s",
            *(
                f"  sweep {number} ended at the timeout {one.wall_s - options.timeout:+.3f} s, {one.failed} failed, "
                f"{one.cpu_us:.1f} µs"
                for number, one in enumerate(found.hanging, 1)
            ),
        ]
    )


def _exporters(found: Findings) -> list[Cost]:
    return [cost for cost in found.peers if "blackbox" in cost.name]


def _broken(found: Findings) -> list[str]:
    """The limits that were not kept, in words."""
    ours = found.watched.cost.cpu_us
    broken = [
        f"only {cost.cpu_us / ours:.1f} times below {cost.name}"
        for cost in _exporters(found)
        if cost.cpu_us / ours < LIMITS["times_below_blackbox"]
    ]
    if ours > LIMITS["cpu_us"]:
        broken.append(f"CPU per check is {ours:.1f} µs, more than {LIMITS['cpu_us']:.0f}")
    if found.late_s > LIMITS["late_s"]:
        broken.append(f"a sweep with hanging targets ended {found.late_s:.2f} s after the timeout")
    return broken


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
