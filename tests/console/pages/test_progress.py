"""What the head of a ticket says of a runbook at work."""

from typing import Any

import pytest

from console.http.pages.happening import progress


def attempt(state: str, done: int, steps: int = 3, ended: str | None = None) -> dict[str, Any]:
    ends = ["2026-03-02T09:00:00+00:00"] * done + [None] * (steps - done)
    return {"state": state, "ended_at": ended, "steps": [{"ended_at": end} for end in ends]}


@pytest.mark.parametrize(
    ("attempts", "says"),
    [
        ([], ""),
        ([attempt("running", 0)], "Runbook running 1 of 3"),
        ([attempt("running", 1)], "Runbook running 2 of 3"),
        ([attempt("running", 3)], "Runbook running 3 of 3"),
        ([attempt("rolling_back", 2)], "Runbook running 3 of 3"),
        ([attempt("verifying", 3)], "Runbook ran, proof is awaited"),
        ([attempt("succeeded", 3, ended="2026-03-02T09:00:01+00:00")], ""),
        ([attempt("failed", 1, ended="2026-03-02T09:00:01+00:00"), attempt("running", 1)], "Runbook running 2 of 3"),
        ([attempt("gated", 0)], ""),
    ],
)
def test_the_head_says_how_far_a_runbook_is_while_it_works(attempts: list[dict[str, Any]], says: str) -> None:
    assert progress(attempts) == says
