"""The standby's copy of the log: every link is checked as it comes, then it is committed."""

from __future__ import annotations

from typing import Any

from haechi.rpc.v1 import standby_service_pb2 as pb
from haechi.streams.log.artefacts import Artefacts
from haechi.streams.log.keys import SubjectKeys
from haechi.streams.log.writer import LogWriter
from haechi.streams.standby.shipments import ROW


class Copy:
    """Writes what is shipped; for one thread.

    Parameters
    ----------
    writer
        Of the copy's segments.
    keys
        The copy's keys.
    artefacts
        The copy's artefacts.
    """

    def __init__(self, writer: LogWriter, keys: SubjectKeys, artefacts: Artefacts) -> None:
        self._writer = writer
        self._keys = keys
        self._artefacts = artefacts

    @property
    def head_offset(self) -> int:
        """Last event that it has; -1 for none."""
        return self._writer.offset - 1

    def opening(self, shard: int, epoch: int) -> pb.FollowOpening:
        """Tell what it has, to whom it wants to follow."""
        return pb.FollowOpening(
            shard=shard,
            epoch=epoch,
            next_offset=self._writer.offset,
            chain=self._writer.chain,
            erasure=self._keys.last_erasure(),
            artefacts=[bytes.fromhex(name) for name in self._artefacts.names()],
        )

    def take(self, shipment: pb.Shipment) -> None:
        """Commit a shipment: keys and artefacts before the rows that need them.

        Raises
        ------
        LogCorrupt
            At the first row that does not follow the one before; nothing of it is kept.
        LogUnwritable
            If it cannot be written.
        """
        for content in shipment.artefacts:
            self._artefacts.keep(content)
        if shipment.erased or shipment.keys:
            self._keys.adopt(
                [(erased.number, erased.subject) for erased in shipment.erased],
                [(key.subject, key.key) for key in shipment.keys],
            )
        rows: list[tuple[Any, ...]] = [
            tuple(getattr(row, name) for name in ROW) for row in shipment.rows
        ]
        if rows:
            self._writer.append_copies(
                rows, [(source.name, source.position) for source in shipment.sources]
            )
