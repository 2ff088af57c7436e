"""What a standby lacks of a log, read beside its writer: rows, keys, erasures and artefacts."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path
from typing import Any, Final

from haechi.engine.codes import EventKind
from haechi.rpc.v1 import standby_service_pb2 as pb
from haechi.streams.log.artefacts import Artefacts
from haechi.streams.log.chain import GENESIS
from haechi.streams.log.reader import LogReader
from haechi.streams.log.segment import open_for_reading

MOST_ROWS: Final = 256
MOST_BYTES: Final = 4 << 20
"""Of rows in one shipment, about; less than a transport's message may have."""

_ARTEFACTS_AT_ONCE: Final = 8
_NAMES_ARTEFACTS: Final = frozenset(
    {EventKind.ENGINE_STARTED, EventKind.MODEL_PROMOTION, EventKind.RULE_SET}
)
ROW: Final = (
    "offset", "kind", "stamp_us", "event_us", "subject", "id", "digest", "source", "records",
    "payload", "chain", "queued_us", "applied_us", "decisions",
)  # fmt: skip
_KIND: Final = 1
_SUBJECT: Final = 4
_LARGE: Final = (8, 9, 13)


class Shipments:
    """Reads what one standby lacks; for one thread.

    Parameters
    ----------
    log
        Where the segments lie.
    keys
        The file of the subjects' keys.
    artefacts
        Where the artefacts lie.
    opening
        What the standby has.
    """

    def __init__(self, log: Path, keys: Path, artefacts: Path, opening: pb.FollowOpening) -> None:
        self._reader = LogReader(log)
        self._keys = open_for_reading(keys)
        self._artefacts = Artefacts(artefacts)
        self._has = {name.hex() for name in opening.artefacts}
        self._looked = False
        self._sent_keys: set[int] = set()
        self._sent_sources: set[tuple[str, int]] = set()
        self._erasure = opening.erasure
        self.next_offset: int = opening.next_offset

    def next(self, head_offset: int) -> pb.Shipment | None:
        """What was committed since the last shipment; None if nothing was.

        Parameters
        ----------
        head_offset
            Where the log ends, for the standby to know how far behind it is.
        """
        read, sources = self._reader.tail(self.next_offset, MOST_ROWS)
        shipment = pb.Shipment(head_offset=head_offset)
        if not self._looked or any(row[_KIND] in _NAMES_ARTEFACTS for row in read):
            # Whatever an event names lay there before the event did.
            if self._add_artefacts(shipment):
                return shipment
            self._looked = True
        rows = _within(read, MOST_BYTES)
        self._add_keys(shipment, {row[_SUBJECT] for row in rows})
        for row in rows:
            shipment.rows.add(**dict(zip(ROW, row, strict=True)))
        if len(rows) == len(read):
            # Else they would run ahead of their events.
            for name, position in set(sources) - self._sent_sources:
                shipment.sources.add(name=name, position=position)
            self._sent_sources.update(sources)
        if rows:
            self.next_offset = rows[-1][0] + 1
        return shipment if rows or shipment.erased else None

    def _add_artefacts(self, shipment: pb.Shipment) -> bool:
        """Add some artefacts that the standby lacks; whether there were any."""
        lacking = sorted(self._artefacts.names() - self._has)[:_ARTEFACTS_AT_ONCE]
        for name in lacking:
            shipment.artefacts.append(self._artefacts.read(name))
            self._has.add(name)
        return bool(lacking)

    def _add_keys(self, shipment: pb.Shipment, subjects: set[int]) -> None:
        """Add erasures, and keys that were not sent yet.

        The rows were read before: an erasure that came between shows as one, and a key that was
        made after it is not taken for the one that was erased.
        """
        db = self._keys
        db.execute("BEGIN")
        try:
            erased = db.execute(
                "SELECT number, subject FROM erased WHERE number > ? ORDER BY number",
                (self._erasure,),
            ).fetchall()
            self._sent_keys.difference_update(subject for _, subject in erased)
            wanted = subjects - self._sent_keys
            found = [
                (subject, row[0])
                for subject in wanted
                if (row := db.execute(
                    "SELECT key FROM keys WHERE subject = ?", (subject,)
                ).fetchone())
            ]  # fmt: skip
        finally:
            db.execute("COMMIT")
        for number, subject in erased:
            shipment.erased.add(number=number, subject=subject)
            self._erasure = number
        for subject, key in found:
            shipment.keys.add(subject=subject, key=key)
            self._sent_keys.add(subject)

    def close(self) -> None:
        """Let go of all files."""
        self._reader.close()
        self._keys.close()


def _within(rows: list[tuple[Any, ...]], most: int) -> list[tuple[Any, ...]]:
    """As many rows as have about so many bytes together, one at least."""
    total = 0
    for number, row in enumerate(rows):
        total += sum(len(row[place]) for place in _LARGE)
        if total > most:
            return rows[: max(1, number)]
    return rows


def chain_before(log: Path, offset: int) -> bytes | None:
    """The chain's link before an event of a log; None if the log does not reach it."""
    if offset == 0:
        return GENESIS
    with closing(LogReader(log)) as reader:
        before = reader.event(offset - 1)
    return before.chain if before is not None else None
