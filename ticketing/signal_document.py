"""A health signal as a JSON document that both databases accept, and back."""

import math
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from watchdesk.health import Health
from watchdesk.signals import HealthSignal, ResolvePolicy, Sample, SignalKind


def to_document(signal: HealthSignal) -> dict[str, Any]:
    """The signal in plain values; what no database can hold (NUL, lone surrogates, NaN) is replaced."""
    return {
        "source": signal.source,
        "event_id": signal.event_id,
        "kind": signal.kind.value,
        "monitor": signal.monitor,
        "service": signal.service,
        "item": signal.item,
        "fingerprint": signal.fingerprint,
        "title": storable(signal.title),
        "health": signal.health.value,
        "observed_at": signal.observed_at.isoformat(),
        "since": signal.since.isoformat(),
        "summary": storable(signal.summary),
        "measured": {storable(name): storable(str(value)) for name, value in signal.measured.items()},
        "samples": samples_to_document(signal.samples),
        "parents": list(signal.parents),
        "runbook": signal.runbook,
        "resolve": {
            "after": signal.resolve.after,
            "grace_s": signal.resolve.grace.total_seconds(),
            "reopen_within_s": signal.resolve.reopen_within.total_seconds(),
        },
        "every_s": signal.every.total_seconds(),
        "definition": signal.definition,
        "definition_version": signal.definition_version,
    }


def from_document(document: Mapping[str, Any]) -> HealthSignal:
    """The signal that `to_document` spelled."""
    policy = document["resolve"]
    return HealthSignal(
        source=document["source"],
        event_id=document["event_id"],
        kind=SignalKind(document["kind"]),
        monitor=document["monitor"],
        service=document["service"],
        item=document["item"],
        fingerprint=document["fingerprint"],
        title=document["title"],
        health=Health(document["health"]),
        observed_at=datetime.fromisoformat(document["observed_at"]),
        since=datetime.fromisoformat(document["since"]),
        summary=document["summary"],
        measured=document["measured"],
        samples=samples_from_document(document["samples"]),
        parents=tuple(document["parents"]),
        runbook=document["runbook"],
        resolve=ResolvePolicy(
            after=policy["after"],
            grace=timedelta(seconds=policy["grace_s"]),
            reopen_within=timedelta(seconds=policy["reopen_within_s"]),
        ),
        every=timedelta(seconds=document["every_s"]),
        definition=document["definition"],
        definition_version=document["definition_version"],
    )


def samples_to_document(samples: tuple[Sample, ...]) -> list[dict[str, Any]]:
    return [
        {
            "at": sample.at.isoformat(),
            "health": sample.health.value,
            "latency_s": _finite(sample.latency_s),
            "summary": storable(sample.summary),
        }
        for sample in samples
    ]


def samples_from_document(document: list[dict[str, Any]]) -> tuple[Sample, ...]:
    return tuple(
        Sample(
            at=datetime.fromisoformat(spelled["at"]),
            health=Health(spelled["health"]),
            latency_s=spelled["latency_s"],
            summary=spelled["summary"],
        )
        for spelled in document
    )


def storable(text: str) -> str:
    """The text as both databases can hold it: PostgreSQL takes no NUL, UTF-8 no lone surrogate."""
    return text.replace("\0", "\N{REPLACEMENT CHARACTER}").encode("utf-8", "replace").decode()


def _finite(value: float | None) -> float | None:
    return value if value is not None and math.isfinite(value) else None
