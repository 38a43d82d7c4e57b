"""What the desk was last told about a monitor, as one persisted text, so that each fact is told once."""

from dataclasses import dataclass, replace

from watchdesk.health import Health


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """The facts that stand at the desk. `parents` are the failed monitors whose incident the problem was put to."""

    problem: Health | None = None
    parents: tuple[str, ...] = ()
    is_flapping: bool = False
    is_blind: bool = False

    @property
    def is_attached(self) -> bool:
        """Whether the problem was told as a consequence of others' failure."""
        return bool(self.parents)

    @property
    def text(self) -> str:
        """Words like `problem:critical`, `attached:critical:router,switch`, `flapping` and `blind`; '' for nothing."""
        words = []
        if self.problem is not None and self.parents:
            words.append(f"attached:{self.problem}:{','.join(self.parents)}")
        elif self.problem is not None:
            words.append(f"problem:{self.problem}")
        words += ["flapping"] * self.is_flapping + ["blind"] * self.is_blind
        return " ".join(words)

    def without_problem(self) -> "Told":
        return replace(self, problem=None, parents=())


NOTHING = Told()


def read_told(text: str) -> Told:
    """The inverse of `Told.text`."""
    problem: Health | None = None
    parents: tuple[str, ...] = ()
    for word in text.split():
        kind, _, rest = word.partition(":")
        if kind in {"problem", "attached"}:
            severity, _, names = rest.partition(":")
            problem, parents = Health(severity), tuple(names.split(",")) if names else ()
    words = text.split()
    return Told(problem=problem, parents=parents, is_flapping="flapping" in words, is_blind="blind" in words)
