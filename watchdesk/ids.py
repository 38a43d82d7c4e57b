"""Identifiers: time-ordered ids for machines (UUID version 7, RFC 9562 section 5.7)."""

import secrets
from datetime import datetime
from uuid import UUID

from watchdesk.clock import to_epoch_ms


def new_id(now: datetime) -> str:
    """A UUIDv7 of 36 characters; ids made later sort later, to the millisecond."""
    value = (to_epoch_ms(now) & (1 << 48) - 1) << 80 | secrets.randbits(80)
    value = value & ~(0xF << 76) | 0x7 << 76
    value = value & ~(0x3 << 62) | 0x2 << 62
    return str(UUID(int=value))
