"""What looking costs: processor time per HTTP check, beside `requests` and the blackbox exporter in the same run.

    ./run bench sweep [--targets 10000] [--rounds 3] [--every 2] [--seconds 6] [--timeout 2] [--json]

One nginx answers under forty addresses, everybody opens a fresh connection for every check, all but nginx run on the
first processor. In every round each takes its turn; medians are told, and ratios of medians. Ours is measured three
times: a whole shift with storage and tickets on (its checks counted by nginx), the engine with its decisions in
memory, and sweeps in which one target in a hundred never answers. The exporter stores nothing, and its driver's own
time is not counted. A peer that is not installed is left out. Ends within five minutes.
"""

import argparse
import gc
import json
import os
import signal
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from statistics import median
from types import FrameType

from bench._farm import Farm, farm
from bench._peers import Cost, blackbox, requests_in_threads
from bench._sweeps import Swept, Watched, engine_for, fresh_states, monitors_for, shift, sweep
from watchdesk import logs

CONNECTIONS = 500
HANGING_EVERY = 100
PEER_CHECKS = 2000  # of each peer in each round
LONGEST_S, NO_MORE_ROUNDS_S = 300, 150
MOST_CPU_US, LEAST_TIMES_BELOW, MOST_LATE_S = 90.0, 4.0, 0.5
BUSY = 0.5  # load average a processor, before anything was begun: from there on figures are not to be relied on


@dataclass(frozen=True, slots=True, kw_only=True)
class Round:
    """What one round measured. `hanging` are two sweeps; in the second it is known who hung in the first."""

    watched: Watched
    engine: Cost
    peers: tuple[Cost, ...]
    hanging: tuple[Swept, ...]

    def cost_of(self, peer: str) -> float:
        """The named peer's CPU µs per check in this round."""
        return next(cost.cpu_us for cost in self.peers if cost.name == peer)


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit:
    """One promise, what was measured, and whether it was kept."""

    promise: str
    measured: str
    is_kept: bool


def main(argv: list[str]) -> int:
    """0 when the limits are kept, 1 when one is not, 69 when there is no nginx."""
    options = _options(argv)
    logs.configure("error")
    load = os.getloadavg()[0]
    for number in (signal.SIGTERM, signal.SIGALRM):
        signal.signal(number, _end)
    signal.alarm(LONGEST_S)
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {0})
    with farm() as targets:
        if targets is None:
            print("the sweep needs nginx (Debian: apt install nginx-light); nothing was measured", file=sys.stderr)
            return 69
        rounds = _rounds(targets, options)
    limits = _limits(rounds, options)
    if options.json:
        found = {"load_average": load, "rounds": [asdict(one) for one in rounds], "limits": [asdict(x) for x in limits]}
        print(json.dumps(found, indent=2))
    else:
        print(_table(rounds, limits, options, load))
    return 0 if all(limit.is_kept for limit in limits) else 1


def _options(argv: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="./run bench sweep", description=__doc__.partition("\n")[0])
    parser.add_argument("--targets", type=int, default=10_000)
    parser.add_argument("--rounds", type=int, default=3, help="at most; none is begun after two minutes and a half")
    parser.add_argument("--every", type=int, default=2, help="seconds between two checks of a monitor in the shift")
    parser.add_argument("--seconds", type=float, default=6, help="how long the shift is measured in each round")
    parser.add_argument("--timeout", type=float, default=2, help="seconds, of the targets that never answer")
    parser.add_argument("--json", action="store_true")
    return parser.parse_args(argv)


def _end(number: int, _frame: FrameType | None) -> None:
    """Leaves by way of every `finally`, so that nginx and the exporter end too."""
    sys.exit(f"not ended within {LONGEST_S} s" if number == signal.SIGALRM else "ended by a signal")


def _rounds(targets: Farm, options: argparse.Namespace) -> list[Round]:
    began, found = time.monotonic(), list[Round]()
    while len(found) < options.rounds and (not found or time.monotonic() - began < NO_MORE_ROUNDS_S):
        found.append(_round(targets, options))
    return found


def _round(targets: Farm, options: argparse.Namespace) -> Round:
    urls = [targets.url(number) for number in range(min(options.targets, PEER_CHECKS))]
    exporter, pool = blackbox(urls), requests_in_threads(urls)
    watched = shift(targets, options.targets, options.every, options.seconds)
    gc.collect()  # the shift's leavings are not the next one's to sweep up
    return Round(
        watched=watched,
        engine=_engine(targets, options.targets),
        peers=tuple(cost for cost in (exporter, pool) if cost is not None),
        hanging=_hanging(targets, options),
    )


def _engine(targets: Farm, count: int) -> Cost:
    """The second of two sweeps; the first warms up."""
    monitors = monitors_for(targets, count)
    states = fresh_states(monitors)
    with engine_for(CONNECTIONS) as engine:
        found = [sweep(engine, monitors, states) for _ in range(2)][-1]
    return Cost(
        name="watchdesk: the engine and its decisions",
        cpu_us=found.cpu_us,
        wall_us=found.wall_s / count * 1e6,
        good=count - found.failed,
    )


def _hanging(targets: Farm, options: argparse.Namespace) -> tuple[Swept, ...]:
    monitors = monitors_for(targets, options.targets, hanging_every=HANGING_EVERY, timeout_s=options.timeout)
    states = fresh_states(monitors)
    with engine_for(CONNECTIONS) as engine:
        return tuple(sweep(engine, monitors, states) for _ in range(2))


def _limits(rounds: Sequence[Round], options: argparse.Namespace) -> list[Limit]:
    ours = median(one.watched.cost.cpu_us for one in rounds)
    first_s, late_s = (median(one.hanging[at].wall_s for one in rounds) - options.timeout for at in (0, 1))
    found = [
        Limit(
            promise=f"CPU per check, storage and tickets on: at most {MOST_CPU_US:g} µs",
            measured=f"{ours:.1f} µs",
            is_kept=ours <= MOST_CPU_US,
        ),
        Limit(
            promise=f"1 % hang: the sweep ends at the timeout + at most {MOST_LATE_S:g} s",
            measured=f"{late_s:+.2f} s (nobody known to hang yet: {first_s:+.2f} s)",
            is_kept=late_s <= MOST_LATE_S,
        ),
    ]
    exporter = next((cost.name for cost in rounds[0].peers if "blackbox" in cost.name), None)
    if exporter is not None:
        times = median(one.cost_of(exporter) for one in rounds) / ours
        promise = f"the blackbox exporter alone costs at least {LEAST_TIMES_BELOW:g} times as much"
        found.insert(1, Limit(promise=promise, measured=f"{times:.1f}", is_kept=times >= LEAST_TIMES_BELOW))
    return found


def _table(rounds: Sequence[Round], limits: Sequence[Limit], options: argparse.Namespace, load: float) -> str:
    processors = os.cpu_count() or 1
    costs = [_median([one.watched.cost for one in rounds]), _median([one.engine for one in rounds])]
    costs += [_median(list(same)) for same in zip(*(one.peers for one in rounds), strict=True)]
    pace = median(one.watched.checks_per_s for one in rounds)
    lines = [
        f"{options.targets:,} local targets, a fresh connection for each check, medians of {len(rounds)} rounds",
        f"the shift: {pace:,.0f} checks/s, {rounds[-1].watched.tickets} tickets open",
        f"load average before the start: {load:.1f} on {processors} processors\n",
        f"{'':58}{'CPU µs a check':>15}{'of ours':>9}",
        *(f"{cost.name:58}{cost.cpu_us:15.1f}{cost.cpu_us / costs[0].cpu_us:9.1f}" for cost in costs),
        "",
        *(f"{'kept  ' if limit.is_kept else 'MISSED'}  {limit.promise:66}{limit.measured}" for limit in limits),
    ]
    if load > BUSY * processors:
        lines.append("\nthe machine was busy with other things: absolute figures are too high, ratios rough")
    if not any("blackbox" in cost.name for cost in costs):
        lines.append("\nprometheus-blackbox-exporter is not installed; it was left out")
    return "\n".join(lines)


def _median(costs: Sequence[Cost]) -> Cost:
    return Cost(
        name=costs[0].name,
        cpu_us=median(cost.cpu_us for cost in costs),
        wall_us=median(cost.wall_us for cost in costs),
        good=min(cost.good for cost in costs),
    )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
