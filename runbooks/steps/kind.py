"""What a kind of step is, what it is given when it runs, and what it gives back."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any, Protocol

from runbooks.model import Effect
from watchdesk.catalogue import Item
from watchdesk.definitions.models import Definition
from watchdesk.definitions.quantities import Duration
from watchdesk.health import Health

OUTPUT_BYTES = 256 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class StepResult:
    """How a step ended. `exit_code` is None where nothing has one, and after a time-out."""

    is_ok: bool
    exit_code: int | None
    output: str


@dataclass(frozen=True, slots=True)
class Look:
    """What a probe saw just now, judged."""

    health: Health
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Situation:
    """What a step may use. `item` is where it acts: None or a local item is this machine. `look` probes a monitor at
    once; `pause` waits so many seconds and raises when the worker is to stop.
    """

    item: Item | None
    look: Callable[[str], Look]
    pause: Callable[[float], None]
    python_path: tuple[str, ...] = ()
    ssh_config: Path | None = None
    environment: Mapping[str, str] = field(default_factory=dict)


class StepForm(Definition):
    """Base of what stands under a kind's key."""

    timeout: Duration = timedelta(seconds=60)


class StepKind(Protocol):
    """One kind of step. `shorthand` names the key that a plain value under the kind's key stands for."""

    @property
    def name(self) -> str: ...

    @property
    def form(self) -> type[StepForm]: ...

    @property
    def shorthand(self) -> str | None: ...

    def effect(self, form: Any) -> Effect | None:
        """The effect that needs no declaration; None when the author must say it."""
        ...

    def describe(self, form: Any) -> str:
        """One line for a plan: what would be done, word by word."""
        ...

    def run(self, form: Any, situation: Situation) -> StepResult:
        """Do it. `form` is resolved. Raises StepCannotRun when it could not begin."""
        ...
