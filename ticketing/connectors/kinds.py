"""The table of connector kinds, and the connectors that the settings ask for."""

from collections.abc import Callable, Mapping
from importlib.metadata import EntryPoint, entry_points
from typing import cast

from ticketing.connectors.connector import Connector
from ticketing.connectors.mail import Mail
from ticketing.connectors.webhook import Webhook
from watchdesk.clock import Clock
from watchdesk.errors import NotFound
from watchdesk.settings import Settings
from watchdesk.spelling import did_you_mean

ENTRY_POINTS = "watchdesk.connectors"
Maker = Callable[[Settings, Clock], Connector | None]


def _mail(settings: Settings, _clock: Clock) -> Connector | None:
    if settings.smtp_url is None:
        return None
    return Mail(settings.smtp_url, settings.mail_from, settings.mail_to)


def _webhook(settings: Settings, clock: Clock) -> Connector | None:
    if settings.webhook_url is None:
        return None
    return Webhook(settings.webhook_url, settings.webhook_secret, clock)


KINDS: Mapping[str, Maker] = {
    "email": _mail,
    "webhook": _webhook,
}


def configured(settings: Settings, clock: Clock) -> dict[str, Connector]:
    """The connectors that the settings turn on, by name. A kind makes None of settings that do not ask for it.

    Kinds of other packages register under the entry point group `watchdesk.connectors`; a built-in name is ours.
    Raises SettingsInvalid for settings that cannot be used.
    """
    made = {name: make(settings, clock) for name, make in _kinds().items()}
    return {name: connector for name, connector in made.items() if connector is not None}


def try_out(connectors: Mapping[str, Connector], name: str) -> str:
    """Reach the other side of one connector; says in a sentence what was found.

    Raises NotFound for a connector that is not configured, DeliveryFailed when the other side does not answer well.
    """
    if name not in connectors:
        known = f"; configured are {', '.join(sorted(connectors))}" if connectors else "; none is configured"
        message = f"no connector '{name}'{did_you_mean(name, connectors) or known}"
        raise NotFound(message)
    return connectors[name].try_out()


def _kinds() -> dict[str, Maker]:
    strangers = {point.name: point for point in entry_points(group=ENTRY_POINTS) if point.name not in KINDS}
    return {**KINDS, **{name: _load(point) for name, point in strangers.items()}}


def _load(point: EntryPoint) -> Maker:
    return cast("Maker", point.load())
