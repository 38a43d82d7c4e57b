"""Runbook definitions: from files to runbooks, with every fault of every file in its place."""

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from runbooks.forms import RunbookForm
from runbooks.lint import lint
from runbooks.model import Match, Parameter, Runbook
from runbooks.python_files import read_python_runbooks
from runbooks.step_definition import read_steps
from watchdesk.definitions.documents import Document, read_documents
from watchdesk.definitions.faults import DefinitionsInvalid, Faults
from watchdesk.definitions.models import mapping_at, validate_content
from watchdesk.health import Health

__all__ = ["Runbook", "content_to_runbook", "load_runbooks", "read_runbook"]
STEP_KEYS = ("steps", "rollback")


def load_runbooks(root: Path, faults: Faults) -> dict[str, Runbook]:
    """The runbooks of `root/runbooks`, YAML and Python, by id. What has faults is left out."""
    documents = [*read_documents(root, "runbooks", faults), *read_python_runbooks(root, faults)]
    found: dict[str, Runbook] = {}
    for document in documents:
        runbook = read_runbook(document, faults)
        if runbook is None:
            continue
        if runbook.id in found:
            message = f"the runbook '{runbook.id}' is also defined at {found[runbook.id].place}; rename one"
            faults.add(document.place(("id",)), message, "D101")
        else:
            found[runbook.id] = runbook
    return found


def read_runbook(document: Document, faults: Faults) -> Runbook | None:
    """The runbook that one document holds; None when it has faults, which are then collected."""
    before = len(faults.found)
    content = mapping_at(document, (), faults)
    head = {key: value for key, value in content.items() if key not in STEP_KEYS}
    form = validate_content(RunbookForm, head, document, (), faults)
    steps = read_steps(document, "steps", faults)
    rollback = read_steps(document, "rollback", faults)
    if form is None or len(faults.found) > before:
        return None
    runbook = Runbook(
        id=form.id,
        title=form.title,
        owner=form.owner,
        risk=form.risk,
        trust=form.trust.value(),
        params=_params(form),
        match=Match(
            monitors=tuple(form.match.monitors),
            health=frozenset(map(Health, form.match.health)),
            max_age=form.match.max_age,
        ),
        limits=form.limits.value(),
        steps=steps,
        verify=form.verify.value() if form.verify else None,
        rollback=rollback,
        escalate=form.on_failure.escalate,
        description=form.description,
        place=document.place(("id",)),
        version=version_of(content),
        content=content,
    )
    lint(runbook, document, faults)
    return runbook if len(faults.found) == before else None


def content_to_runbook(content: Mapping[str, Any]) -> Runbook:
    """The runbook that plain values say (a stored definition). Raises DefinitionsInvalid."""
    faults = Faults()
    place = "stored definition"
    runbook = read_runbook(Document(file=place, content=dict(content), values={}, keys={}), faults)
    if runbook is None:
        raise DefinitionsInvalid(faults)
    return runbook


def version_of(content: Mapping[str, Any]) -> str:
    """A hash of everything a runbook says; approvals and statistics bind to it."""
    canonical = json.dumps(content, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()[:16]


def _params(form: RunbookForm) -> dict[str, Parameter]:
    return {
        name: Parameter(
            name=name,
            type=given.type,
            value=None if given.value is None else str(given.value),
            source=given.source,
            choices=tuple(given.choices),
            allow=tuple(given.allow),
            minimum=given.min,
            maximum=given.max,
        )
        for name, given in form.params.items()
    }
