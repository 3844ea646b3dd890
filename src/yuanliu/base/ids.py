"""Ids of our own: UUID version 7 (RFC 9562 §5.7), made at the door and never derived from a lot
number.
"""

from __future__ import annotations

import os
import time
import uuid


def new_id() -> str:
    """Make a new id: 48 bits of milliseconds and 74 random bits, as lower-case text."""
    milliseconds = time.time_ns() // 1_000_000
    random = int.from_bytes(os.urandom(10), "big")
    value = (milliseconds & (2**48 - 1)) << 80
    value |= 0x7 << 76 | (random >> 68 & 0xFFF) << 64
    value |= 0b10 << 62 | random & (2**62 - 1)
    return str(uuid.UUID(int=value))


def is_id(text: str) -> bool:
    """Tell whether the text has the form of an id."""
    try:
        return str(uuid.UUID(text)) == text.lower()
    except ValueError:
        return False
