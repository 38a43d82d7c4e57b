"""An expectation: one line under `expect`, ready to be judged."""

from dataclasses import dataclass
from datetime import timedelta

from monitors.comparisons import Path
from monitors.conditions import Condition


@dataclass(frozen=True, slots=True, kw_only=True)
class Expectation:
    """Either a plain condition (`holds`; when it does not hold the verdict is critical) or thresholds on one value.

    `warn` and `crit` hold when the value is bad; with `recover` a bad verdict stays until `recover` holds
    (hysteresis); with `for_at_least` a bad value counts only after it has been bad that long. `text` is the line as
    its author wrote it.
    """

    text: str
    holds: Condition | None = None
    warn: Condition | None = None
    crit: Condition | None = None
    recover: Condition | None = None
    for_at_least: timedelta = timedelta(0)

    @property
    def paths(self) -> frozenset[Path]:
        """The values it speaks of."""
        conditions = (self.holds, self.warn, self.crit, self.recover)
        return frozenset(path for condition in conditions if condition is not None for path in condition.paths)
