"""Where the definitions are: those that were set, or the shipped set for this machine."""

from pathlib import Path

from watchdesk.settings import Settings

SHIPPED = Path(__file__).resolve().parents[1] / "examples" / "local"


def definitions_root(settings: Settings) -> Path:
    """The folder of the definitions: the one that was set, else the shipped set."""
    return settings.definitions or SHIPPED
