"""The log's one writer: a batch of events and their decisions in one transaction."""

from __future__ import annotations

import fcntl
import sqlite3
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from haechi.engine.errors import LogUnwritable
from haechi.streams.log.chain import GENESIS, link
from haechi.streams.log.keeper import Keeper
from haechi.streams.log.keys import SubjectKeys
from haechi.streams.log.segment import (
    ORDINAL_BITS,
    Durability,
    first_offset_of,
    open_for_writing,
    segment_path,
    segment_paths,
)

SEGMENT_EVENTS: Final = 1_000_000
"""Events a segment holds before the next one starts."""


@dataclass(frozen=True, slots=True)
class Row:
    """One event to append.

    Parameters
    ----------
    kind, stamp_us, event_us, subject, id, digest, source
        As in the ``events`` table.
    records
        What the core applied: one or more ``EVENT`` records.
    payload
        The message as it came; it is encrypted under the subject's key.
    decisions
        Bodies of the decisions that it caused, in order.
    decision_ids
        Their ids, 16 bytes each.
    queued_us, applied_us
        Observed: how long it waited for the writer, and how long its batch took to apply.
    """

    kind: int
    stamp_us: int
    event_us: int
    subject: int
    id: bytes
    digest: bytes
    source: str
    records: bytes
    payload: bytes
    decisions: Sequence[bytes]
    decision_ids: Sequence[bytes]
    queued_us: int
    applied_us: int


class LogWriter:
    """Appends to the log in ``folder``; there can be one at a time.

    Parameters
    ----------
    folder
        Where segments lie; made if need be.
    keys
        The subjects' keys.
    durability
        ``process`` or ``disk``.
    segment_events
        Events a segment holds.
    """

    def __init__(
        self,
        folder: Path,
        keys: SubjectKeys,
        durability: Durability = "process",
        segment_events: int = SEGMENT_EVENTS,
    ) -> None:
        self._folder = folder
        self._keys = keys
        self._durability = durability
        self._segment_events = segment_events
        try:
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            self._lock = (folder / "lock").open("w")
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise LogUnwritable(
                f"the log {folder} has a writer already; stop that engine, or use another --data"
            ) from error
        except OSError as error:
            raise LogUnwritable(f"the log {folder} cannot be written: {error}") from error
        self.offset = 0
        self.chain = GENESIS
        self.epoch = 0
        paths = segment_paths(folder)
        self._path = paths[-1] if paths else segment_path(folder, 0)
        self._db = open_for_writing(self._path, durability)
        self._load_head()
        self._keeper = Keeper(self._path)
        self._keeper.start()

    def _load_head(self) -> None:
        row = self._db.execute("SELECT offset, chain, epoch FROM head").fetchone()
        if row is not None:
            self.offset, self.chain, self.epoch = row[0] + 1, row[1], row[2]
            return
        first = first_offset_of(self._path)
        if first != self.offset:
            # The segment was made, but its head never committed: the one before says where.
            earlier = segment_paths(self._folder)[-2]
            before = open_for_writing(earlier, self._durability)
            tail = before.execute("SELECT offset, chain, epoch FROM head").fetchone()
            self.offset, self.chain, self.epoch = tail[0] + 1, tail[1], tail[2]
            before.close()
        self._write_head(first)

    def _write_head(self, first_offset: int) -> None:
        self._db.execute(
            "INSERT INTO head VALUES (1, ?, ?, ?, ?, ?)",
            (first_offset, self.chain, first_offset - 1, self.chain, self.epoch),
        )

    def begin_epoch(self) -> int:
        """Count one more start of the engine; it is committed with the next batch."""
        self.epoch += 1
        return self.epoch

    def append(
        self,
        rows: Sequence[Row],
        sources: Iterable[tuple[str, int]] = (),
        deliveries: Iterable[tuple[bytes, int, int]] = (),
    ) -> int:
        """Commit a batch; returns the offset of its first event.

        Parameters
        ----------
        rows
            The events, in order.
        sources
            Positions in the sources they came from (Kafka), committed with them.
        deliveries
            Observed: decision id, microseconds to the commit and to the reply.

        Raises
        ------
        LogUnwritable
            If it could not be committed. Nothing of the batch may leave; the process must
            end and start again from the log.
        """
        first = self.offset
        offset = first
        chain = self.chain
        events = []
        decisions = []
        encrypt = self._keys.encrypt
        try:
            for row in rows:
                event = (
                    offset,
                    row.kind,
                    row.stamp_us,
                    row.event_us,
                    row.subject,
                    row.id,
                    row.digest,
                    row.source,
                    row.records,
                    encrypt(row.subject, offset, row.payload),
                )
                chain = link(chain, event, row.decisions)
                events.append((*event, chain))
                position = offset << ORDINAL_BITS
                for ordinal, decision in enumerate(row.decisions):
                    decisions.append(
                        (
                            position + ordinal,
                            row.decision_ids[ordinal],
                            row.queued_us,
                            row.applied_us,
                            decision,
                        )
                    )
                offset += 1
            db = self._db
            db.execute("BEGIN IMMEDIATE")
            try:
                db.executemany("INSERT INTO events VALUES (?,?,?,?,?,?,?,?,?,?,?)", events)
                if decisions:
                    db.executemany("INSERT INTO decisions VALUES (?,?,?,?,?)", decisions)
                for source in sources:
                    db.execute("INSERT OR REPLACE INTO sources VALUES (?, ?)", source)
                for delivery in deliveries:
                    db.execute("INSERT INTO deliveries VALUES (NULL,?,?,?)", delivery)
                if rows:
                    db.execute(
                        "UPDATE head SET offset = ?, chain = ?, epoch = ?",
                        (offset - 1, chain, self.epoch),
                    )
                db.execute("COMMIT")
            except BaseException:
                if db.in_transaction:
                    db.execute("ROLLBACK")
                raise
        except (sqlite3.Error, OSError) as error:
            raise LogUnwritable(
                f"the log {self._path} cannot be written: {error}; nothing was answered. "
                "Free disk space or fix its permissions, then start again"
            ) from error
        self.offset = offset
        self.chain = chain
        if offset - first_offset_of(self._path) >= self._segment_events:
            self._roll()
        return first

    def _roll(self) -> None:
        """Start the next segment, chained to this one."""
        self._db.close()
        self._path = segment_path(self._folder, self.offset)
        self._db = open_for_writing(self._path, self._durability)
        self._write_head(self.offset)
        self._keeper.follow(self._path)

    def close(self) -> None:
        """Close the log and let another writer in."""
        self._keeper.stop()
        self._db.close()
        fcntl.flock(self._lock, fcntl.LOCK_UN)
        self._lock.close()
