"""The hash chain that makes the log the audit trail.

Each link covers the one before, the event's header and records, its encrypted payload and
the digest of its decisions. Erasing a subject deletes a key and not a byte of this, so the
chain still holds.
"""

from __future__ import annotations

import hashlib
import struct
from typing import Any, Final

GENESIS: Final = bytes(32)
"""What the first event's link covers."""

_HEADER: Final = struct.Struct("<qqqqq")


def link(previous: bytes, row: tuple[Any, ...], decisions: bytes) -> bytes:
    """Hash of one event and everything before it, 32 bytes.

    Parameters
    ----------
    previous
        Link of the event before.
    row
        offset, kind, stamp_us, event_us, subject, id, digest, source, records and the
        encrypted payload.
    decisions
        Bodies of the decisions that it caused, in order, in one piece.
    """
    total = hashlib.sha256(previous)
    total.update(_HEADER.pack(*row[:5]))
    total.update(row[5])
    total.update(row[6])
    total.update(row[7].encode())
    total.update(row[8])
    total.update(row[9])
    total.update(hashlib.sha256(decisions).digest())
    return total.digest()
