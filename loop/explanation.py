"""An explanation: the answer in a sentence, and the reasons behind it, each from something on record."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """One step of the chain: the question it answers, the answer in lines, and the facts that it was read from."""

    question: str
    lines: tuple[str, ...]
    facts: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """`subject` names the monitor, ticket or runbook; reasons stand in the order in which things are decided."""

    subject: str
    answer: str
    reasons: tuple[Reason, ...]

    def as_document(self) -> dict[str, Any]:
        return {
            "subject": self.subject,
            "answer": self.answer,
            "reasons": [
                {"question": reason.question, "lines": list(reason.lines), "facts": dict(reason.facts)}
                for reason in self.reasons
            ],
        }

    def as_text(self) -> str:
        """For people: the answer, then each question with its lines."""
        asked = ("\n".join((reason.question, *(f"  {line}" for line in reason.lines))) for reason in self.reasons)
        return "\n\n".join((f"{self.subject}: {self.answer}", *asked))
