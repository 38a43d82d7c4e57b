"""Nine ways to break something real, and to mend it by hand."""

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from console.demo.furnishing import GOOD_SETTINGS, write_settings
from console.demo.layout import REPORT, UPLOAD_LIMIT_BYTES, Layout, is_set_up, layout_of
from console.demo.processes import ask_keeper, process_of
from console.supervision import record
from examples.demo_world.steps.empty_folder import empty_folder
from examples.demo_world.steps.move_aside import move_aside
from examples.demo_world.steps.renew_certificate import LASTS, issue
from watchdesk.clock import Clock
from watchdesk.errors import NotFound, Refused
from watchdesk.settings import Settings
from watchdesk.spelling import did_you_mean

PAGE_LASTS = timedelta(seconds=20)
SLOW_MS = 2000
FULL_RATIO = 0.97
PIECE_BYTES = 512 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One way to break something: what is done, whose monitor sees it, how it is healed, and by whom."""

    name: str
    monitor: str
    does: str
    heals: str
    needs_approval: bool = False
    act: Callable[[Layout, datetime], str]
    mend: Callable[[Layout, datetime], str]


def break_it(settings: Settings, name: str, clock: Clock) -> str:
    """Break one thing; what was done, in a sentence. Raises NotFound, or Refused when no demo is up."""
    return fault(name).act(_running(settings), clock.now())


def mend(settings: Settings, name: str, clock: Clock) -> str:
    """Put one thing right by hand, as a person would; what was done, in a sentence. Raises NotFound and Refused."""
    return fault(name).mend(_running(settings), clock.now())


def fault(name: str) -> Fault:
    """Raises NotFound with the nearest name."""
    found = FAULTS.get(name)
    if found is None:
        message = f"the demo has no fault '{name}'{did_you_mean(name, FAULTS)}; known are {', '.join(FAULTS)}"
        raise NotFound(message)
    return found


def is_up(settings: Settings) -> bool:
    """Whether there is a demo to break now."""
    return is_set_up(settings) and record.is_locked(settings.home) and layout_of(settings).requests.exists()


def _running(settings: Settings) -> Layout:
    if not is_up(settings):
        message = f"no demo is up on {settings.home}; start one with 'watchdesk up --demo'"
        raise Refused(message)
    return layout_of(settings)


def _kill(service: str) -> Callable[[Layout, datetime], str]:
    def act(layout: Layout, _: datetime) -> str:
        process = process_of(layout, service)
        process.kill()
        return f"{service}, process {process.pid}, was killed (SIGKILL)"

    return act


def _freeze(layout: Layout, _: datetime) -> str:
    process = process_of(layout, "demo-search")
    process.suspend()
    return f"demo-search, process {process.pid}, was stopped (SIGSTOP): it is there and answers nobody"


def _restart(service: str) -> Callable[[Layout, datetime], str]:
    def act(layout: Layout, _: datetime) -> str:
        ask_keeper(layout, f"restart {service}")
        return f"{service} is restarted"

    return act


def _fill(layout: Layout, _: datetime) -> str:
    used = sum(path.stat().st_size for path in layout.uploads.iterdir())
    number = 0
    while used < FULL_RATIO * UPLOAD_LIMIT_BYTES:
        number += 1
        piece = min(PIECE_BYTES, int(FULL_RATIO * UPLOAD_LIMIT_BYTES) - used + 1)
        (layout.uploads / f"upload-{number:02d}.tmp").write_bytes(os.urandom(piece))
        used += piece
    return f"{number} broken-off uploads fill {layout.uploads} to {100 * used / UPLOAD_LIMIT_BYTES:.0f} % of its limit"


def _empty(layout: Layout, _: datetime) -> str:
    return empty_folder(layout.uploads)


def _expire(layout: Layout, now: datetime) -> str:
    found = issue(layout.tls, now - timedelta(days=3), now - timedelta(minutes=1))
    return f"the gateway got a certificate that expired at {found.not_valid_after_utc.isoformat()}"


def _renew(layout: Layout, now: datetime) -> str:
    found = issue(layout.tls, now - timedelta(minutes=1), now + LASTS)
    return f"the gateway got a certificate that is valid until {found.not_valid_after_utc.isoformat()}"


def _poison(layout: Layout, now: datetime) -> str:
    job = layout.queue / f"job-{now:%H%M%S}.json"
    job.write_text('{"order": 4711, "article": ', "utf-8")
    return f"{job.name}, cut off in the middle, lies in the worker's queue: it insists on it and does not report"


def _unpoison(layout: Layout, _: datetime) -> str:
    return f"moved to {layout.aside}: {', '.join(move_aside(layout.queue, layout.aside)) or 'nothing'}"


def _paint(layout: Layout, now: datetime) -> str:
    until = now + PAGE_LASTS
    write_settings(layout, "demo-catalogue", {"answers": "html", "until": until.timestamp()})
    return (
        f"the catalogue answers with a page instead of JSON until {until:%H:%M:%S} UTC; then sight returns by itself, "
        "as no runbook acts on what nobody can see ('watchdesk demo mend html' ends it sooner)"
    )


def _settle(service: str) -> Callable[[Layout, datetime], str]:
    def act(layout: Layout, _: datetime) -> str:
        write_settings(layout, service, GOOD_SETTINGS)
        return f"{service} has its good settings again"

    return act


def _slow(layout: Layout, _: datetime) -> str:
    write_settings(layout, "demo-checkout", GOOD_SETTINGS | {"delay_ms": SLOW_MS})
    return f"a careless change of its settings makes the checkout wait {SLOW_MS / 1000:g} s before each answer"


def _lock(layout: Layout, _: datetime) -> str:
    ask_keeper(layout, f"restart {REPORT}")
    return f"a report holds {layout.database.name} for itself, and was forgotten"


def _unlock(layout: Layout, _: datetime) -> str:
    ask_keeper(layout, f"stop {REPORT}")
    return "the report was ended"


_ALL = (
    Fault(name="process", monitor="demo-shop", does="kills the web shop's process", heals="restarted",
          act=_kill("demo-shop"), mend=_restart("demo-shop")),
    Fault(name="hang", monitor="demo-search", does="stops the search, so that it hangs", heals="ended and restarted",
          act=_freeze, mend=_restart("demo-search")),
    Fault(name="disk", monitor="demo-uploads", does="fills the upload folder to its limit",
          heals="temporary files are deleted", act=_fill, mend=_empty),
    Fault(name="certificate", monitor="demo-certificate", does="puts an expired certificate on the gateway",
          heals="renewed, once a person has approved", needs_approval=True, act=_expire, mend=_renew),
    Fault(name="heartbeat", monitor="demo-order-worker", does="gives the worker a job that it cannot read",
          heals="the job is moved aside", act=_poison, mend=_unpoison),
    Fault(name="html", monitor="demo-catalogue", does="lets the catalogue answer with a page instead of JSON",
          heals="by itself: nothing is repaired unseen, and sight returns", act=_paint, mend=_settle("demo-catalogue")),
    Fault(name="slow", monitor="demo-checkout", does="makes the checkout slow",
          heals="the last good settings are restored", act=_slow, mend=_settle("demo-checkout")),
    Fault(name="database", monitor="demo-order-database", does="locks the orders' database by a forgotten report",
          heals="the report is ended, once a person has approved", needs_approval=True, act=_lock, mend=_unlock),
    Fault(name="chain", monitor="demo-tracking-store", does="kills the deepest of three services; both above fail too",
          heals="restarted; one ticket holds all three", act=_kill("demo-tracking-store"),
          mend=_restart("demo-tracking-store")),
)  # fmt: skip
FAULTS: Mapping[str, Fault] = {fault.name: fault for fault in _ALL}
