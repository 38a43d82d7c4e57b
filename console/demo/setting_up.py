"""`up --demo`: the demo's world put in order, and the settings with which it is watched."""

from pathlib import Path

from console.demo import ports
from console.demo.composing import compose
from console.demo.furnishing import furnish
from console.demo.layout import GATEWAY, SHIPPED, WEB, Layout, layout_of, variables
from console.supervision import marks, record
from console.supervision.preflight import make_home
from console.supervision.tree import end_everything
from loop.places import definitions_root
from watchdesk.clock import Clock
from watchdesk.errors import SettingsInvalid
from watchdesk.settings import Settings


def set_up(settings: Settings, clock: Clock) -> Settings:
    """The settings of an `up` that watches the machine's own definitions and the demo's. Starts nothing.

    While an `up` holds the home nothing is touched: the start that follows is refused anyway. Raises SettingsInvalid.
    """
    layout = layout_of(settings)
    wanted = settings.model_copy(update={"definitions": layout.definitions})
    make_home(settings.home)
    if record.is_locked(settings.home):
        return wanted
    if marks.of_home(settings.home):  # what an earlier `up` left behind would hold ports and files
        end_everything(settings.home)
    try:
        _write(layout, _own_root(settings, layout), settings, clock)
    except OSError as error:
        message = f"the demo cannot be set up in {layout.folder}: {error}; give access to it or set WATCHDESK_HOME"
        raise SettingsInvalid(message) from error
    return wanted


def _write(layout: Layout, own: Path, settings: Settings, clock: Clock) -> None:
    layout.folder.mkdir(exist_ok=True)
    chosen = ports.choose(layout.ports, (*WEB, GATEWAY))
    compose(layout.definitions, own, SHIPPED, variables(layout, chosen))
    furnish(layout, chosen, settings.url, clock.now())


def _own_root(settings: Settings, layout: Layout) -> Path:
    """The machine's own definitions, also when the demo's composition itself is named as such."""
    if settings.definitions is not None and settings.definitions.is_relative_to(layout.folder):
        settings = settings.model_copy(update={"definitions": None})
    return definitions_root(settings)
