"""Runbook files as text, for tests."""

from runbooks.definition import read_runbook
from runbooks.model import Runbook
from watchdesk.definitions.documents import parse_document
from watchdesk.definitions.faults import Fault, Faults

HEAD = """\
apiVersion: watchdesk/v1
id: restart-shop
title: Restart the shop
owner: payments
risk: 2
match: {monitors: [shop-web]}
verify: {recheck: origin, within: 60s, stable_for: 5s}
"""
STEP = """\
steps:
  - id: restart
    run: {argv: [restart-shop]}
    effect: repeatable
"""


def read(text: str) -> tuple[Runbook | None, list[Fault]]:
    """The runbook, if it has none of the faults."""
    faults = Faults()
    document = parse_document(text, "runbooks/x.yaml", faults)
    return (read_runbook(document, faults) if document else None), list(faults)


def faults_of(text: str) -> list[str]:
    return [str(fault) for fault in read(text)[1]]


def runbook(text: str) -> Runbook:
    found, faults = read(text)
    assert found is not None, faults
    return found
