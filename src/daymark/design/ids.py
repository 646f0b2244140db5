"""Record ids: UUID version 7 (RFC 9562), made in Python so that they exist before the insert."""

import os
import time
from datetime import UTC, datetime, timedelta
from uuid import UUID


def new_id(at: datetime | None = None) -> UUID:
    """A fresh id, ordered by time.

    `at` replaces the moment written into the id: a report from the public carries the hour it
    arrived in and nothing finer.
    """
    milliseconds = int(at.timestamp() * 1000) if at else time.time_ns() // 1_000_000
    number = milliseconds << 80 | int.from_bytes(os.urandom(10), "big")
    number = number & ~(0xF << 76) | 0x7 << 76
    number = number & ~(0x3 << 62) | 0x2 << 62
    return UUID(int=number)


def next_id(at: datetime, *, after: UUID | None) -> UUID:
    """An id that comes after another's and tells no more of when than `at` and that one do.

    So what carries only an hour still stands where it belongs among what carries the minute.
    """
    if after is None:
        return new_id(at)
    earliest = datetime.fromtimestamp((after.int >> 80) / 1000, UTC) + timedelta(milliseconds=1)
    return new_id(max(at, earliest))
