"""The log's one writer: a batch of events and their decisions in one transaction."""

from __future__ import annotations

import fcntl
import sqlite3
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, Final, NamedTuple

from haechi.engine.errors import LogCorrupt, LogUnwritable
from haechi.streams.log.chain import GENESIS, link
from haechi.streams.log.derived import Head, read_head
from haechi.streams.log.keeper import Keeper
from haechi.streams.log.keys import SubjectKeys
from haechi.streams.log.segment import (
    Durability,
    open_for_reading,
    open_for_writing,
    segment_path,
    segment_paths,
)

SEGMENT_EVENTS: Final = 1_000_000
"""Events a segment holds before the next one starts."""

_INSERT: Final = "INSERT INTO events VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?)"


class Row(NamedTuple):
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
        Bodies of the decisions that it caused, in order, in one piece.
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
    decisions: bytes
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
        ``process``, ``disk`` or ``replica``.
    segment_events
        Events a segment holds.

    Attributes
    ----------
    positions
        Where each source is to be read on, by its name, as committed.
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
        self.positions: dict[str, int] = {}
        paths = segment_paths(folder)
        self._path = paths[-1] if paths else segment_path(folder, 0)
        self._db = open_for_writing(self._path, durability, _last_link(paths[:-1]))
        self._load()
        self.positions = _positions(segment_paths(folder))
        self._carry()
        self.keeper = Keeper(folder, self.head)
        self.keeper.start()

    def head(self) -> Head:
        """Where the log ends; offset -1 for an empty one. For any thread."""
        return self._end

    def _load(self) -> None:
        self._first, self.chain = self._db.execute(
            "SELECT first_offset, previous FROM segment"
        ).fetchone()
        self.offset = self._first
        row = self._db.execute(
            "SELECT offset, chain FROM events ORDER BY offset DESC LIMIT 1"
        ).fetchone()
        if row is not None:
            self.offset, self.chain = row[0] + 1, row[1]
        self._end = Head(self.offset - 1, self.chain, self.epoch)
        noted = read_head(self._folder)
        if noted is not None:
            self.epoch = noted.epoch
            if noted.offset >= self.offset:
                raise LogCorrupt(
                    self.offset,
                    f"the log ends at event {self.offset - 1}, but event {noted.offset} was "
                    "committed: its end was removed; restore the log from a backup",
                )

    def begin_epoch(self, after: int) -> int:
        """Count one more start of the engine than ``after``, the last one in the log."""
        self.epoch = max(self.epoch, after) + 1
        self._end = Head(self.offset - 1, self.chain, self.epoch)
        return self.epoch

    def append(self, rows: Sequence[Row], sources: Iterable[tuple[str, int]] = ()) -> int:
        """Commit a batch; returns the offset of its first event.

        Parameters
        ----------
        rows
            The events, in order.
        sources
            Positions in the sources they came from (Kafka), committed with them.

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
        encrypt = self._keys.encrypt
        try:
            for row in rows:
                sealed = (offset, *row[:8], encrypt(row.subject, row.payload))
                chain = link(chain, sealed, row.decisions)
                events.append((*sealed, chain, row.queued_us, row.applied_us, row.decisions))
                offset += 1
        except (sqlite3.Error, OSError) as error:
            raise self._unwritable(error) from error
        positions = tuple(sources)
        if events or positions:
            self._write(events, positions, offset, chain)
        return first

    def append_copies(
        self, rows: Sequence[tuple[Any, ...]], sources: Iterable[tuple[str, int]] = ()
    ) -> None:
        """Commit rows of another copy of this log, as :meth:`LogReader.tail` reads them.

        Every link is made again before anything is written.

        Raises
        ------
        LogCorrupt
            At the first row that does not follow the one before.
        LogUnwritable
            If they could not be committed.
        """
        offset, chain = self.offset, self.chain
        for row in rows:
            if row[0] != offset:
                raise LogCorrupt(
                    offset,
                    f"event {row[0]} came where event {offset} was to come: there is a gap; "
                    "follow again",
                )
            chain = link(chain, row[:10], row[13])
            if chain != row[10]:
                raise LogCorrupt(
                    offset,
                    f"event {offset} does not follow event {offset - 1} of this copy: it was "
                    "changed on its way, or the logs part there; compare both with haechi verify",
                )
            offset += 1
        self._write(rows, tuple(sources), offset, chain)

    def _write(
        self,
        events: Sequence[tuple[Any, ...]],
        positions: Sequence[tuple[str, int]],
        offset: int,
        chain: bytes,
    ) -> None:
        """Commit sealed rows, after which the log ends before ``offset``."""
        try:
            if len(events) == 1 and not positions:
                # One statement is its own transaction, and saves two.
                self._db.execute(_INSERT, events[0])
            else:
                self._commit(events, positions)
        except (sqlite3.Error, OSError) as error:
            raise self._unwritable(error) from error
        self.offset = offset
        self.chain = chain
        self._end = Head(offset - 1, chain, self.epoch)
        self.positions.update(positions)
        if offset - self._first >= self._segment_events:
            self._roll()

    def _unwritable(self, error: Exception) -> LogUnwritable:
        return LogUnwritable(
            f"the log {self._path} cannot be written: {error}; nothing was answered. "
            "Free disk space or fix its permissions, then start again"
        )

    def _commit(
        self, events: Sequence[tuple[object, ...]], sources: Sequence[tuple[str, int]]
    ) -> None:
        db = self._db
        db.execute("BEGIN IMMEDIATE")
        try:
            db.executemany(_INSERT, events)
            db.executemany("INSERT OR REPLACE INTO sources VALUES (?, ?)", sources)
            db.execute("COMMIT")
        except BaseException:
            if db.in_transaction:
                db.execute("ROLLBACK")
            raise

    def _roll(self) -> None:
        """Start the next segment, chained to this one."""
        try:
            self._db.close()
        except sqlite3.Error as error:
            raise LogUnwritable(f"log segment {self._path} cannot be closed: {error}") from error
        self._first = self.offset
        self._path = segment_path(self._folder, self.offset)
        self._db = open_for_writing(self._path, self._durability, self.chain)
        self._carry()

    def _carry(self) -> None:
        """Tell this segment all positions: the older ones may go one day."""
        try:
            self._commit((), tuple(self.positions.items()))
        except sqlite3.Error as error:
            raise LogUnwritable(f"log segment {self._path} cannot be written: {error}") from error

    def close(self) -> None:
        """Close the log and let another writer in."""
        self.keeper.stop()
        self._db.close()
        fcntl.flock(self._lock, fcntl.LOCK_UN)
        self._lock.close()


def _positions(paths: Sequence[Path]) -> dict[str, int]:
    """Positions that the newest segment knows, or, while it was being made, the one before."""
    for path in reversed(paths[-2:]):
        db = open_for_reading(path)
        try:
            rows = db.execute("SELECT name, position FROM sources").fetchall()
        finally:
            db.close()
        if rows:
            return dict(rows)
    return {}


def _last_link(paths: Sequence[Path]) -> bytes:
    """The chain's link at the end of the last of these segments."""
    if not paths:
        return GENESIS
    db = open_for_reading(paths[-1])
    try:
        row = db.execute("SELECT chain FROM events ORDER BY offset DESC LIMIT 1").fetchone()
    finally:
        db.close()
    return bytes(row[0]) if row else _last_link(paths[:-1])
