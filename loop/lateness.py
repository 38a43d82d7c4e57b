"""How late checks begin: counted as they come back, forgotten little by little."""

from collections.abc import Mapping
from dataclasses import dataclass

from monitors.state import Verdict
from watchdesk.health import Health

LATE = 0.5  # of its interval after it was due: then a check is late
HALF = 0.5  # of the checks; more than that means that the median is late
QUARTER = 0.25  # of the checks; it is well again below that
LEAST = 10.0  # checks; of fewer nothing is said
REMEMBERED_S = 300.0  # after that a check weighs about a third
SEEN, WERE_LATE = "checks", "late checks"


@dataclass(slots=True)
class Lateness:
    """The checks of about the last five minutes, weighed by age: how many there were, and how many began late."""

    seen: float = 0.0
    late: float = 0.0

    def note(self, share: float) -> None:
        """One check began this late, as a share of its interval."""
        self.seen += 1.0
        self.late += share > LATE

    def forget(self) -> None:
        self.seen = self.late = 0.0

    def grow_older(self, elapsed_s: float) -> None:
        kept = max(0.0, 1.0 - elapsed_s / REMEMBERED_S)
        self.seen *= kept
        self.late *= kept

    def verdict(self, *, was_confirmed: bool) -> Verdict:
        """Warning when more than half began late; once that was confirmed, until fewer than a quarter do."""
        share = self.late / self.seen if self.seen >= LEAST else 0.0
        is_late = share > (QUARTER if was_confirmed else HALF)
        words = f"{share:.0%} of the checks of the last minutes began more than half their interval late"
        return Verdict(
            health=Health.WARNING if is_late else Health.OK,
            summary=words if self.seen >= LEAST else "hardly any check was due",
            memory={SEEN: self.seen, WERE_LATE: self.late},
        )


def remembered(memory: Mapping[str, float]) -> Lateness:
    """What an earlier shift knew."""
    return Lateness(memory.get(SEEN, 0.0), memory.get(WERE_LATE, 0.0))
