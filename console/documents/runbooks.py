"""Runbooks as documents: what is defined, and what they did."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from console.documents.plain import plain
from loop.approval import Preview, waiting
from loop.definitions import Definitions
from loop.operations import require_runbook
from runbooks import queries
from runbooks.model import Runbook

RECORD = timedelta(days=30)
NEWEST = 10


def runbook_list(session: Session, definitions: Definitions, now: datetime) -> list[dict[str, Any]]:
    """A row a runbook, by id, with its record of the last 30 days."""
    records = {record.runbook: record for record in queries.statistics(session, now - RECORD, now)}
    rows = []
    for name, runbook in sorted(definitions.runbooks.items()):
        record = records.get(name)
        rows.append(
            _row(runbook)
            | {
                "attempts": record.attempts if record else 0,
                "incidents": record.incidents if record else 0,
                "repaired": record.repaired if record else 0,
            }
        )
    return rows


def runbook_detail(session: Session, definitions: Definitions, name: str, now: datetime) -> dict[str, Any]:
    """One runbook with its whole definition, waiting plans and newest attempts. Raises NotFound."""
    require_runbook(definitions, name)
    runbook = definitions.runbooks[name]
    document = _row(runbook) | {
        "description": runbook.description,
        "definition": str(runbook.place),
        "version": runbook.version,
        "content": runbook.content,
        "waiting_plans": [
            {"hash": plan.hash, "ticket": plan.ticket_number, "expires_at": plan.expires_at}
            for plan in waiting(session, now)
            if plan.runbook == name
        ],
        "history": list(queries.list_remediations(session, NEWEST, name)),
    }
    found: dict[str, Any] = plain(document)
    return found


def history(session: Session, runbook: str | None, limit: int) -> list[dict[str, Any]]:
    """Attempts, newest first."""
    return [plain(attempt) for attempt in queries.list_remediations(session, limit, runbook)]


def preview_document(preview: Preview) -> dict[str, Any]:
    """What would run, and what each guard says to it."""
    found: dict[str, Any] = plain(
        {
            "plan": preview.plan,
            "flaw": preview.flaw or None,
            "would_run": preview.plan is not None and all(denial is None for _, denial in preview.guards),
            "guards": [
                {
                    "guard": guard,
                    "passes": denial is None,
                    "reason": denial.reason if denial else "",
                    "numbers": denial.numbers if denial else {},
                }
                for guard, denial in preview.guards
            ],
        }
    )
    return found


def _row(runbook: Runbook) -> dict[str, Any]:
    return {
        "id": runbook.id,
        "title": runbook.title,
        "owner": runbook.owner,
        "risk": runbook.risk.value,
        "trust": runbook.trust.level,
        "monitors": list(runbook.match.monitors),
    }
