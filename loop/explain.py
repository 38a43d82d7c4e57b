"""Explaining: every state, ticket and refusal answers for itself, from what was recorded."""

from loop.explain_monitor import of_monitor
from loop.explain_runbook import of_runbook
from loop.explain_ticket import of_ticket
from loop.explanation import Explanation, Reason

__all__ = ["Explanation", "Reason", "of_monitor", "of_runbook", "of_ticket"]
