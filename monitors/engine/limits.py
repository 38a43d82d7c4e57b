"""How much the engine does at once."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class EngineLimits:
    """Bounds per lane; what is beyond them waits its turn.

    `connections` holds for transfers and, separately, for conversations on sockets. `abandoned_threads` are threads
    that hang in a probe past its timeout: that many are replaced, further ones shrink the pool.
    """

    connections: int = 500
    processes: int = 16
    threads: int = 32
    lookups: int = 16
    abandoned_threads: int = 64
