"""Evidence: the samples that prove an opening or a resolution, kept with a digest that the timeline seals."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from ticketing.signal_document import samples_to_document, storable
from ticketing.tables.ticket import Evidence, Ticket
from ticketing.vocabulary import EvidencePhase
from watchdesk.signals import Sample


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """What is to be kept: the samples, oldest first, and the facts that they were judged by."""

    phase: EvidencePhase
    monitor: str
    summary: str
    samples: tuple[Sample, ...]
    facts: Mapping[str, Any] = field(default_factory=dict)


def keep(session: Session, ticket: Ticket, proof: Proof, now: datetime) -> str:
    """Store the proof; returns its SHA-256, to be named by the timeline row that rests on it."""
    samples, facts = samples_to_document(proof.samples), dict(proof.facts)
    said = [proof.phase.value, proof.monitor, proof.summary, facts, samples]
    digest = hashlib.sha256(json.dumps(said, sort_keys=True, separators=(",", ":")).encode()).hexdigest()
    session.add(
        Evidence(
            ticket_id=ticket.id,
            phase=proof.phase.value,
            monitor=proof.monitor,
            taken_at=now,
            summary=storable(proof.summary),
            facts=facts,
            samples=samples,
            digest=digest,
        )
    )
    return digest
