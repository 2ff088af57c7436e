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

_HEADER: Final = struct.Struct("<qqqqqIIIIII")


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
    offset, kind, stamp_us, event_us, subject, event_id, digest, source, records, payload = row
    name = source.encode()
    # Lengths first, so that no byte can move from one part to the next.
    header = _HEADER.pack(
        offset,
        kind,
        stamp_us,
        event_us,
        subject,
        len(event_id),
        len(digest),
        len(name),
        len(records),
        len(payload),
        len(decisions),
    )
    made = hashlib.sha256(decisions).digest()
    parts = (previous, header, event_id, digest, name, records, payload, made)
    return hashlib.sha256(b"".join(parts)).digest()
