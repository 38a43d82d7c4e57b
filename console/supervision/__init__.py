"""Everything on one machine in one process tree: `up`, `down`, and what `doctor` asks about it."""

from console.supervision.checkup import Check, checks
from console.supervision.starting import down, up

__all__ = ["Check", "checks", "down", "up"]
