"""Where the demo lives below the home, and what runs there."""

import sys
from dataclasses import dataclass
from pathlib import Path

from watchdesk.settings import Settings

SHIPPED = Path(__file__).resolve().parents[2] / "examples" / "demo"
PROGRAMS = Path(__file__).resolve().parents[2] / "examples" / "demo_world"
UPLOAD_LIMIT_BYTES = 8 * 2**20  # as the monitor of the folder has it
WEB = (
    "demo-shop",
    "demo-search",
    "demo-catalogue",
    "demo-checkout",
    "demo-tracking",
    "demo-tracking-api",
    "demo-tracking-store",
)
BELOW = {"demo-tracking": "demo-tracking-api", "demo-tracking-api": "demo-tracking-store"}
GATEWAY, WORKER, REPORT = "demo-gateway", "demo-order-worker", "demo-report"


@dataclass(frozen=True, slots=True)
class Layout:
    """The files of the demo below its folder."""

    folder: Path

    @property
    def definitions(self) -> Path:
        """What is watched while the demo is up: the machine's own definitions and the demo's."""
        return self.folder / "definitions"

    @property
    def services(self) -> Path:
        """What the keeper runs; where it stands, the demo has been set up and was not turned off."""
        return self.folder / "services.json"

    @property
    def ports(self) -> Path:
        return self.folder / "ports.json"

    @property
    def requests(self) -> Path:
        """The keeper's pipe."""
        return self.folder / "requests"

    @property
    def uploads(self) -> Path:
        return self.folder / "uploads"

    @property
    def queue(self) -> Path:
        return self.folder / "queue"

    @property
    def aside(self) -> Path:
        """Where jobs wait for a person."""
        return self.folder / "aside"

    @property
    def tls(self) -> Path:
        return self.folder / "tls"

    @property
    def database(self) -> Path:
        return self.folder / "orders.db"

    @property
    def backup(self) -> Path:
        return self.folder / "backup" / "last.tar"

    def settings_of(self, service: str) -> Path:
        return self.folder / "settings" / f"{service}.json"

    def pid_file(self, service: str) -> Path:
        return self.folder / "run" / f"{service}.pid"


def layout_of(settings: Settings) -> Layout:
    return Layout(settings.home / "demo")


def is_set_up(settings: Settings) -> bool:
    """Whether there is a demo in this home that was not turned off."""
    return layout_of(settings).services.is_file()


def is_watched(settings: Settings) -> bool:
    """Whether these settings are those of an `up --demo`."""
    return settings.definitions == layout_of(settings).definitions


def keeper(settings: Settings) -> tuple[str, ...] | None:
    """The words, after the interpreter, of the process that keeps the demo's services; None without a demo."""
    if not is_watched(settings):
        return None
    return (str(PROGRAMS / "keeper.py"), str(layout_of(settings).folder))


def port_variable(service: str) -> str:
    """The name by which the definitions know a service's port."""
    return f"{service.upper().replace('-', '_')}_PORT"


def variables(layout: Layout, ports: dict[str, int]) -> dict[str, str]:
    """What `${…}` of the demo's definitions stands for here."""
    places = {"DEMO_FOLDER": str(layout.folder), "DEMO_PYTHON": sys.executable, "DEMO_WORLD": str(PROGRAMS)}
    return places | {port_variable(service): str(port) for service, port in ports.items()}
