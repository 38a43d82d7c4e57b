"""Heartbeat: whether a job has reported in time."""

import re
from dataclasses import replace
from datetime import timedelta
from typing import Annotated, Self
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from cronsim import CronSim, CronSimError
from pydantic import AfterValidator, TypeAdapter, model_validator

from monitors.heartbeats import Ping, Rhythm, expected
from monitors.monitor import Monitor
from monitors.observation import Observation
from monitors.probes.lanes import Lane
from monitors.probes.looks import Look
from monitors.services_for_probes import SECRET, ProbeServices
from watchdesk.clock import EPOCH
from watchdesk.definitions.models import Definition
from watchdesk.definitions.quantities import Duration, format_duration


def _check_cron(expression: str) -> str:
    try:
        CronSim(expression, EPOCH)
    except CronSimError as error:
        message = f"'{expression}' is not a cron expression: {error}; write five fields like '15 2 * * *'"
        raise ValueError(message) from error
    return expression


def _check_zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        message = f"'{name}' is not a time zone; write one like Europe/Berlin"
        raise ValueError(message) from error
    return name


def _check_key(reference: str) -> str:
    if SECRET.fullmatch(reference) is None:
        message = "a key is written secret:NAME; the file NAME in the folder of secrets holds it"
        raise ValueError(message)
    return reference


class HeartbeatForm(Definition):
    """What stands under `heartbeat`: a period or a cron expression, in a time zone, with a grace. A job pings under
    the `key` that `secret:NAME` holds; without one under the monitor's id, from this machine or with the password.
    """

    period: Duration | None = None
    cron: Annotated[str, AfterValidator(_check_cron)] | None = None
    tz: Annotated[str, AfterValidator(_check_zone)] = "UTC"
    grace: Duration = timedelta(minutes=5)
    key: Annotated[str, AfterValidator(_check_key)] | None = None

    @model_validator(mode="after")
    def _has_one(self) -> Self:
        if (self.period is None) == (self.cron is None):
            message = "a heartbeat has either a period or a cron expression; give one of both"
            raise ValueError(message)
        if self.period is not None and self.period <= timedelta(0):
            message = "a period of nothing is never kept; write one like 1h"
            raise ValueError(message)
        return self

    @property
    def rhythm(self) -> Rhythm:
        """The form as the value that the arithmetic works on."""
        return Rhythm(period=self.period, cron=self.cron, tz=self.tz, grace=self.grace)


KEY = re.compile(r"[A-Za-z0-9._~-]+")
name = "heartbeat"
lane = Lane.THREAD
is_blind_when_late = True  # a look into our own records says nothing about the job
form: TypeAdapter[HeartbeatForm] = TypeAdapter(HeartbeatForm)
values = {"age": "duration", "late": "duration"}


def title(form: HeartbeatForm) -> str:
    rhythm = f"every {format_duration(form.period)}" if form.period is not None else f"at '{form.cron}' ({form.tz})"
    return f"The job reports {rhythm}"


def probe(monitor: Monitor, services: ProbeServices) -> Observation:
    """Compares the last ping with the rhythm. A missed one is a failure since its deadline, unless a condition
    decides how late is too late.
    """
    look = Look(monitor, services)
    flaw = _flaw_of_key(monitor.form.key, services)
    if flaw is not None:
        return look.blind(f"no ping can be told by its key: {flaw}")
    ping = services.last_ping(monitor.id)
    if ping is None or (ping.at is None and ping.started_at is None):
        return look.blind("no ping has come yet")
    if ping.failed and ping.started_at is None:
        return look.failed("the job reported a failure", since=ping.at.timestamp() if ping.at else None)
    return _compare(look, ping, monitor.form.rhythm)


def _flaw_of_key(reference: str | None, services: ProbeServices) -> str | None:
    """Why no ping can come under the key; it stands in an address, so that not every sign can."""
    if reference is None:
        return None
    try:
        key, _ = services.reveal(reference)
    except LookupError as error:
        return str(error)
    if KEY.fullmatch(key):
        return None
    flaw = "has signs other than letters, digits and . _ ~ -" if key else "is empty"
    return f"the file of {reference} {flaw}; make one with: openssl rand -hex 24"


def _compare(look: Look, ping: Ping, rhythm: Rhythm) -> Observation:
    awaited = expected(rhythm, ping)
    late_s = max(0.0, look.at - awaited.due.timestamp())
    values: dict[str, float] = {"late": late_s}
    if ping.at is not None:
        values["age"] = look.at - ping.at.timestamp()
    due, deadline = f"{awaited.due:%Y-%m-%d %H:%M:%S} UTC", awaited.deadline.timestamp()
    is_missed = look.at >= deadline
    if is_missed and not look.monitor.wanted:
        what = "the job has started and not ended" if ping.started_at is not None else "no ping has come"
        return look.failed(f"{what}; it was due at {due}", since=deadline)
    seen = look.saw(values, f"due at {due}")
    return replace(seen, since=deadline) if is_missed else seen
