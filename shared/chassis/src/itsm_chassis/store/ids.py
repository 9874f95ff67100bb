"""Ids made in the application: UUIDv7, so that new rows land at the end of an index (RFC 9562)."""

import os
import time
from uuid import UUID

_last = 0


def new_id() -> UUID:
    """A UUIDv7: 48 bits of milliseconds, then 74 random bits; each id of a process is above those before."""
    global _last
    value = (time.time_ns() // 1_000_000) << 74 | int.from_bytes(os.urandom(10), "big") >> 6
    if value <= _last:
        value = _last + 1 + int.from_bytes(os.urandom(4), "big")
    _last = value
    high, low = value >> 62, value & ((1 << 62) - 1)
    return UUID(int=(high >> 12) << 80 | 0x7 << 76 | (high & 0xFFF) << 64 | 0b10 << 62 | low)
