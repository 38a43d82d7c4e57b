"""Heartbeat probes of jobs that report, report late, report failure or never report."""

from dataclasses import replace
from datetime import timedelta

import pytest
from pydantic import ValidationError

from monitors.heartbeats import Ping
from monitors.kinds import KINDS
from monitors.observation import Observation
from tests.clock import START, FrozenClock
from tests.monitors.probes.looking import look, services_of

HOURLY = {"period": "1h", "grace": "5m"}


def observed(ping: Ping | None, after: timedelta, *wanted: str) -> Observation:
    """What is seen of an hourly job `after` START."""
    services = services_of(clock=FrozenClock(START + after), pings={} if ping is None else {"m": ping})
    return look("heartbeat", HOURLY, wanted=wanted, services=services)


def test_a_job_in_time_is_seen_with_its_age() -> None:
    seen = observed(Ping(at=START), timedelta(minutes=30))
    assert (seen.error, seen.blind) == (None, None)
    assert dict(seen.values) == {"age": 1800.0, "late": 0.0}


def test_within_the_grace_a_job_is_late_and_not_yet_missed() -> None:
    seen = observed(Ping(at=START), timedelta(minutes=64))
    assert (seen.error, seen.values["late"], seen.since) == (None, 240.0, None)


def test_a_missed_ping_is_an_error_since_its_deadline_whenever_it_is_noticed() -> None:
    for noticed in (timedelta(minutes=65), timedelta(hours=9)):
        seen = observed(Ping(at=START), noticed)
        assert seen.error is not None
        assert seen.since == (START + timedelta(minutes=65)).timestamp()
        assert seen.at == (START + noticed).timestamp()


def test_a_condition_may_decide_how_late_is_too_late() -> None:
    seen = observed(Ping(at=START), timedelta(minutes=90), "late")
    assert (seen.error, seen.values["late"]) == (None, 1800.0)


def test_a_reported_failure_is_an_error_at_once() -> None:
    seen = observed(Ping(at=START, failed=True), timedelta(minutes=1))
    assert (seen.error, seen.since) == ("the job reported a failure", START.timestamp())


def test_a_new_start_after_a_failure_is_awaited() -> None:
    ping = Ping(at=START, failed=True, started_at=START + timedelta(minutes=1))
    assert observed(ping, timedelta(minutes=2)).error is None
    assert observed(ping, timedelta(minutes=7)).error is not None


def test_a_job_that_never_reported_is_unknown() -> None:
    assert observed(None, timedelta(days=30)).blind == "no ping has come yet"


@pytest.mark.parametrize(
    "form",
    [
        {},
        {"period": "1h", "cron": "* * * * *"},
        {"period": "0s"},
        {"period": 60},
        {"cron": "61 * * * *"},
        {"cron": "* * * * *", "tz": "Mars/Olympus"},
    ],
)
def test_a_rhythm_that_cannot_be_kept_is_refused(form: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        KINDS["heartbeat"].form.validate_python(form)


def test_a_key_is_the_name_of_a_secret_and_never_the_secret() -> None:
    with pytest.raises(ValidationError, match="a key is written secret:NAME"):
        KINDS["heartbeat"].form.validate_python(HOURLY | {"key": "a long random text"})


def test_a_key_that_cannot_be_read_is_unknown_with_the_reason() -> None:
    form = HOURLY | {"key": "secret:nobody-knows-it"}
    seen = look("heartbeat", form, services=services_of(clock=FrozenClock(START), pings={"m": Ping(at=START)}))
    assert seen.blind is not None
    assert "nobody-knows-it" in seen.blind


@pytest.mark.parametrize(("key", "flaw"), [("", "is empty"), ("a/b", "has signs other than"), ("a b", "has signs")])
def test_a_key_that_no_ping_could_bear_is_unknown_with_the_remedy(key: str, flaw: str) -> None:
    services = replace(services_of(clock=FrozenClock(START), pings={"m": Ping(at=START)}), secret=lambda _: key)
    seen = look("heartbeat", HOURLY | {"key": "secret:backup-ping"}, services=services)
    assert seen.blind is not None
    assert f"secret:backup-ping {flaw}" in seen.blind
    assert "openssl rand -hex 24" in seen.blind


def test_a_key_of_the_signs_of_an_address_will_do() -> None:
    services = replace(services_of(clock=FrozenClock(START), pings={"m": Ping(at=START)}), secret=lambda _: "aZ0._~-")
    assert look("heartbeat", HOURLY | {"key": "secret:backup-ping"}, services=services).blind is None
