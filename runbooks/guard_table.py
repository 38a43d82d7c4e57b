"""The guards in their order: first what holds for everything, then for this target, then for this runbook."""

from collections.abc import Sequence

from runbooks import inventory, limits, scope, trust
from runbooks.guards import Guard

KILL_SWITCH = Guard("kill_switch", scope.refuse_when_stopped)
GUARDS: Sequence[Guard] = (
    KILL_SWITCH,
    Guard("trigger", scope.refuse_other_triggers),
    Guard("age", scope.refuse_stale_triggers),
    Guard("target", scope.refuse_unresolved_targets),
    Guard("inventory", inventory.refuse_after_a_drop),
    Guard("window", scope.refuse_in_windows),
    Guard("person", scope.refuse_beside_a_person),
    Guard("escalated", limits.refuse_after_escalation),
    Guard("exclusion", limits.refuse_a_second_on_the_target),
    Guard("concurrency", limits.refuse_too_many_at_once),
    Guard("attempts", limits.refuse_more_attempts),
    Guard("cooldown", limits.refuse_too_soon),
    Guard("rate", limits.refuse_too_often),
    Guard("breaker", limits.refuse_while_broken),
    Guard("trust", trust.refuse_without_trust),
    Guard("approval", trust.refuse_without_approval),
)
