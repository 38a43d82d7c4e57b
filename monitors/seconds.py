"""Time by health: how long a monitor was in which, and what share of it was good."""

from dataclasses import dataclass

from monitors.storage.codes import CRITICAL, OK, UNKNOWN, UNMEASURED, WARNING


@dataclass(frozen=True, slots=True, kw_only=True)
class Seconds:
    """Seconds in each health. Unknown: a check was made and could not tell. Unmeasured: no check spoke for that time
    (before the first one, after a gap longer than the monitor's rhythm allows). Neither is ever counted as good.
    """

    ok_s: float = 0.0
    warning_s: float = 0.0
    critical_s: float = 0.0
    unknown_s: float = 0.0
    unmeasured_s: float = 0.0

    @property
    def total_s(self) -> float:
        return self.ok_s + self.warning_s + self.critical_s + self.unknown_s + self.unmeasured_s

    @property
    def available_ratio(self) -> float | None:
        """Good time (ok and warning) of the time with a verdict, 0-1; None when there was none."""
        good_s = self.ok_s + self.warning_s
        judged_s = good_s + self.critical_s
        return good_s / judged_s if judged_s > 0 else None

    @property
    def unknown_ratio(self) -> float:
        """Share of the time about which nothing is known, unknown or unmeasured, 0-1; to be shown beside the former."""
        return (self.unknown_s + self.unmeasured_s) / self.total_s if self.total_s > 0 else 0.0


class Tally:
    """Adds up milliseconds by health code."""

    def __init__(self) -> None:
        self._ms = [0] * (UNMEASURED + 1)

    def add(self, code: int, ms: int) -> None:
        self._ms[code] += ms

    def fill(self, total_ms: int) -> None:
        """Whatever is missing to `total_ms` was not measured."""
        self._ms[UNMEASURED] += total_ms - sum(self._ms)

    def seconds(self) -> dict[str, float]:
        """As the fields of Seconds."""
        return {
            "ok_s": self._ms[OK] / 1000,
            "warning_s": self._ms[WARNING] / 1000,
            "critical_s": self._ms[CRITICAL] / 1000,
            "unknown_s": self._ms[UNKNOWN] / 1000,
            "unmeasured_s": self._ms[UNMEASURED] / 1000,
        }
