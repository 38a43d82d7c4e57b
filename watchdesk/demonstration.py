"""Removing what the kernel keeps of a demonstration: windows for its services, notes about its remediations."""

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from watchdesk.definition_status import DefinitionStatus
from watchdesk.maintenance_tables import MaintenanceWindow
from watchdesk.tables import MirroredRow


@dataclass(frozen=True, slots=True, kw_only=True)
class Names:
    """What is the demonstration's: its monitors and services."""

    monitors: frozenset[str]
    services: frozenset[str]

    def covers(self, window: MaintenanceWindow) -> bool:
        """Whether the window is about nothing else."""
        return self.monitors.issuperset(window.monitors) and self.services.issuperset(window.services)


def remove(session: Session, names: Names, remediations: Collection[str]) -> int:
    """Delete windows that are about the demonstration only, and the notes that its remediations were shown."""
    windows = [window for window in session.scalars(select(MaintenanceWindow)) if names.covers(window)]
    for window in windows:
        session.delete(window)
    shown = delete(MirroredRow).where(MirroredRow.remediation.in_(remediations)).returning(MirroredRow.remediation)
    return len(windows) + len(session.scalars(shown).all())


def forget_folder(session: Session, root: str) -> None:
    """Delete the note that definitions were once read from a folder that is gone."""
    session.execute(delete(DefinitionStatus).where(DefinitionStatus.root == root))
