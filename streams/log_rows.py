"""From an applied batch to the rows that are committed."""

from __future__ import annotations

import time
from collections.abc import Sequence

from haechi.operators.admission import Batch
from haechi.streams.log.writer import Row


def rows_of(batch: Batch, bodies: Sequence[bytes], applied_us: int) -> list[Row]:
    """Make the rows of a batch.

    Parameters
    ----------
    batch
        What was admitted.
    bodies
        Decisions of each event, in one piece.
    applied_us
        How long the batch took to apply.
    """
    now_ns = time.monotonic_ns()
    rows = []
    at = 0
    for number, event in enumerate(batch.admitted):
        following = at + event.size
        subject = event.subject
        rows.append(
            Row(
                int(event.kind),
                batch.stamp_us + number,
                event.event_us,
                subject - (1 << 64) if subject >> 63 else subject,
                event.id,
                event.digest,
                event.entry.source,
                batch.records[at:following],
                event.payload,
                bodies[number],
                (now_ns - event.entry.received_ns) // 1000 - applied_us,
                applied_us,
            )
        )
        at = following
    return rows
