"""The table of connectors: which the settings turn on, and strangers that register."""

from importlib.metadata import EntryPoint, EntryPoints

import pytest

from tests.clock import FrozenClock
from tests.ticketing import strange_connector
from ticketing.connectors import kinds
from ticketing.connectors.connector import DeliveryFailed
from ticketing.connectors.kinds import configured, try_out
from watchdesk.errors import NotFound, SettingsInvalid
from watchdesk.settings import Settings

STRANGERS = EntryPoints(
    EntryPoint(name, "tests.ticketing.strange_connector:make", kinds.ENTRY_POINTS) for name in ("pager", "email")
)


def test_without_settings_nobody_is_told(clock: FrozenClock) -> None:
    assert configured(Settings(), clock) == {}


def test_settings_turn_connectors_on(clock: FrozenClock) -> None:
    settings = Settings(smtp_url="smtp://127.0.0.1:25", webhook_url="http://127.0.0.1/")
    assert {name: connector.name for name, connector in configured(settings, clock).items()} == {
        "email": "email",
        "webhook": "webhook",
    }


def test_a_relay_that_cannot_be_meant_stops_at_the_start(clock: FrozenClock) -> None:
    with pytest.raises(SettingsInvalid, match="smtp_url"):
        configured(Settings(smtp_url="mail.example.org"), clock)


def test_a_connector_of_another_package_is_used_and_cannot_take_a_built_in_s_place(
    clock: FrozenClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kinds, "entry_points", lambda group: STRANGERS.select(group=group))
    found = configured(Settings(smtp_url="smtp://127.0.0.1:25"), clock)
    assert isinstance(found["pager"], strange_connector.Pager)
    assert not isinstance(found["email"], strange_connector.Pager)
    assert try_out(found, "pager") == "it beeps"


def test_trying_out_a_connector_that_is_off_says_which_are_on(clock: FrozenClock) -> None:
    found = configured(Settings(webhook_url="http://127.0.0.1:1/"), clock)
    with pytest.raises(NotFound, match="did you mean 'webhook'"):
        try_out(found, "webhok")
    with pytest.raises(NotFound, match="none is configured"):
        try_out({}, "email")
    with pytest.raises(DeliveryFailed):
        try_out(found, "webhook")
