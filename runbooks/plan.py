"""A plan: exactly what would run, resolved word by word, with a hash that an approval binds to."""

import hashlib
import json
from dataclasses import asdict, dataclass

from runbooks.execution import describe
from runbooks.model import Runbook, Step, Trigger
from runbooks.params import Values
from watchdesk.definitions.quantities import format_duration


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedStep:
    """One step, and in `does` what it would do."""

    id: str
    kind: str
    effect: str
    does: str
    timeout: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What would run for one ticket. `hash` covers all of it, so that the least change makes another plan."""

    runbook: str
    runbook_version: str
    title: str
    risk: int
    ticket_number: str
    monitor: str
    target: str
    params: tuple[tuple[str, str], ...]
    steps: tuple[PlannedStep, ...]
    verification: str
    rollback: tuple[PlannedStep, ...]
    hash: str = ""

    def to_json(self) -> str:
        return json.dumps(asdict(self), ensure_ascii=False)

    def to_text(self) -> str:
        """For people: a line for each step."""
        lines = [f"{self.title} ({self.runbook}, risk {self.risk}) on {self.target}, plan {self.hash[:12]}"]
        lines += [f"{number}. {step.id} [{step.effect}] {step.does}" for number, step in enumerate(self.steps, start=1)]
        lines.append(f"proved by: {self.verification}")
        lines += [f"on failure: {step.id} {step.does}" for step in self.rollback]
        return "\n".join(lines)


def make_plan(runbook: Runbook, trigger: Trigger, values: Values) -> Plan:
    """The plan of `runbook` for `trigger`. Raises ParameterInvalid or StepCannotRun when it cannot be made."""
    secrets = {name: f"({reference})" for name, reference in values.secrets.items()}
    plan = Plan(
        runbook=runbook.id,
        runbook_version=runbook.version,
        title=runbook.title,
        risk=int(runbook.risk),
        ticket_number=trigger.ticket_number,
        monitor=trigger.monitor,
        target=trigger.target,
        params=tuple(sorted((dict(values.plain) | secrets).items())),
        steps=tuple(_planned(step, values) for step in runbook.steps),
        verification=_verification(runbook, trigger),
        rollback=tuple(_planned(step, values) for step in runbook.rollback),
    )
    facts = asdict(plan) | {"ticket": trigger.ticket_id}
    digest = hashlib.sha256(json.dumps(facts, sort_keys=True, ensure_ascii=False).encode()).hexdigest()
    return Plan(**{name: getattr(plan, name) for name in Plan.__slots__ if name != "hash"}, hash=digest)


def _planned(step: Step, values: Values) -> PlannedStep:
    return PlannedStep(
        id=step.id,
        kind=step.kind,
        effect=step.effect,
        does=describe(step, values),
        timeout=format_duration(step.timeout),
    )


def _verification(runbook: Runbook, trigger: Trigger) -> str:
    if runbook.verify is None:
        return "nothing, as it changes nothing"
    within, stable = format_duration(runbook.verify.within), format_duration(runbook.verify.stable_for)
    return f"{trigger.monitor} ok within {within} and for {stable}"
