"""An open incident follows the definitions in its runbook: the next attempt goes by what its owner wants now."""

from datetime import datetime

from sqlalchemy.orm import Session

from loop.definitions import Definitions
from runbooks import proposal
from ticketing import remediations
from ticketing.views import OpenIncident
from watchdesk.fingerprints import of_condition


def runbook_of(definitions: Definitions, incident: OpenIncident) -> str | None:
    """The runbook that its monitor names now. Blindness has none; of a monitor that is gone the last one is kept."""
    monitor = definitions.monitors.get(incident.monitor)
    if monitor is None or incident.fingerprint != of_condition(incident.monitor):
        return incident.runbook
    return monitor.runbook


def follow(session: Session, incident: OpenIncident, runbook: str | None, now: datetime) -> None:
    """Put another runbook on the ticket; a plan of the one before is not asked about any more."""
    if incident.runbook is not None and proposal.withdraw(session, incident.id, incident.runbook):
        because = f"The plan of runbook {incident.runbook} is withdrawn: the definitions do not name it any more"
        remediations.approval_ended(session, incident.id, because, now)
    remediations.runbook_changed(session, incident.id, runbook, now)
