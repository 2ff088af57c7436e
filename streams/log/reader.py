"""Reading the log beside its writer: replay, explain, watch, ship and verify all do it here."""

from __future__ import annotations

import sqlite3
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from haechi.engine.errors import LogError
from haechi.streams.log.keys import SubjectKeys
from haechi.streams.log.segment import (
    ORDINAL_BITS,
    first_offset_of,
    open_for_reading,
    segment_paths,
)

_PAGE: Final = 4096


@dataclass(frozen=True, slots=True)
class LoggedEvent:
    """One event as the log holds it; ``payload`` is encrypted."""

    offset: int
    kind: int
    stamp_us: int
    event_us: int
    subject: int
    id: bytes
    digest: bytes
    source: str
    records: bytes
    payload: bytes
    chain: bytes


@dataclass(frozen=True, slots=True)
class LoggedDecision:
    """One decision as the log holds it, with what was observed beside it."""

    position: int
    id: bytes
    queued_us: int
    applied_us: int
    body: bytes

    @property
    def offset(self) -> int:
        """Offset of the event that caused it."""
        return self.position >> ORDINAL_BITS


@dataclass(frozen=True, slots=True)
class Head:
    """Where a segment stands: its range, the link before it and its last link."""

    first_offset: int
    previous: bytes
    offset: int
    chain: bytes
    epoch: int


class LogReader:
    """Reads one shard's log; one reader a thread.

    Parameters
    ----------
    folder
        Where the segments lie.
    keys
        The subjects' keys, or None for those who need no payloads.
    """

    def __init__(self, folder: Path, keys: SubjectKeys | None = None) -> None:
        self._folder = folder
        self._keys = keys
        self._open: dict[Path, sqlite3.Connection] = {}
        self._paths: list[Path] = []
        self._firsts: list[int] = []

    def _refresh(self) -> None:
        self._paths = segment_paths(self._folder)
        self._firsts = [first_offset_of(path) for path in self._paths]

    def segments(self) -> list[Path]:
        """Segments, oldest first."""
        self._refresh()
        return self._paths

    def _db(self, path: Path) -> sqlite3.Connection:
        db = self._open.get(path)
        if db is None:
            try:
                db = open_for_reading(path)
            except sqlite3.Error as error:
                raise LogError(f"log segment {path} cannot be read: {error}") from error
            self._open[path] = db
        return db

    def _holding(self, offset: int) -> Path | None:
        if not self._paths:
            self._refresh()
        at = bisect_right(self._firsts, offset) - 1
        return self._paths[at] if at >= 0 else None

    def head(self, path: Path | None = None) -> Head | None:
        """Head of a segment (of the last one by default); None for an empty log."""
        if path is None:
            self._refresh()
            if not self._paths:
                return None
            path = self._paths[-1]
        row = (
            self._db(path)
            .execute("SELECT first_offset, previous, offset, chain, epoch FROM head")
            .fetchone()
        )
        return Head(*row) if row else None

    def events(self, start: int = 0, end: int | None = None) -> Iterator[LoggedEvent]:
        """Events from ``start`` up to but not including ``end``, in order."""
        stop = end if end is not None else 1 << 62
        for path, first, following in self._ranges():
            if following <= start or first >= stop:
                continue
            cursor = self._db(path).execute(
                "SELECT * FROM events WHERE offset >= ? AND offset < ? ORDER BY offset",
                (start, stop),
            )
            while rows := cursor.fetchmany(_PAGE):
                for row in rows:
                    yield LoggedEvent(*row)

    def pages(self, start: int = 0, end: int | None = None) -> Iterator[list[tuple[Any, ...]]]:
        """Like :meth:`events`, as pages of plain rows."""
        return self._pages("*", start, end)

    def replay_pages(
        self, start: int = 0, end: int | None = None
    ) -> Iterator[list[tuple[int, int, int, bytes, bytes, bytes]]]:
        """Pages of what a replay needs: offset, kind, stamp_us, id, digest, records."""
        return self._pages("offset, kind, stamp_us, id, digest, records", start, end)

    def _pages(self, columns: str, start: int, end: int | None) -> Iterator[list[Any]]:
        stop = end if end is not None else 1 << 62
        for path, first, following in self._ranges():
            if following <= start or first >= stop:
                continue
            cursor = self._db(path).execute(
                f"SELECT {columns} FROM events WHERE offset >= ? AND offset < ? ORDER BY offset",  # noqa: S608 - fixed names
                (start, stop),
            )
            while rows := cursor.fetchmany(_PAGE):
                yield rows

    def _ranges(self) -> list[tuple[Path, int, int]]:
        self._refresh()
        return list(zip(self._paths, self._firsts, [*self._firsts[1:], 1 << 62], strict=True))

    def decisions(self, start: int, end: int) -> list[LoggedDecision]:
        """Decisions of the events from ``start`` up to but not including ``end``."""
        found: list[LoggedDecision] = []
        for path, first, following in self._ranges():
            if following <= start or first >= end:
                continue
            rows = self._db(path).execute(
                "SELECT * FROM decisions WHERE position >= ? AND position < ? ORDER BY position",
                (start << ORDINAL_BITS, end << ORDINAL_BITS),
            )
            found.extend(LoggedDecision(*row) for row in rows)
        return found

    def bodies(self, start: int, end: int) -> list[bytes]:
        """Bodies of the decisions of the events from ``start`` up to but not including ``end``."""
        found: list[bytes] = []
        for path, first, following in self._ranges():
            if following <= start or first >= end:
                continue
            rows = self._db(path).execute(
                "SELECT body FROM decisions WHERE position >= ? AND position < ? ORDER BY position",
                (start << ORDINAL_BITS, end << ORDINAL_BITS),
            )
            found.extend([row[0] for row in rows])
        return found

    def decisions_after(self, offset: int, ordinal: int, limit: int) -> list[bytes]:
        """Bodies of the decisions behind a position, in the log's order, at most ``limit``."""
        after = (offset << ORDINAL_BITS) + ordinal
        bodies: list[bytes] = []
        for path, _, following in self._ranges():
            if following <= offset or len(bodies) >= limit:
                continue
            rows = self._db(path).execute(
                "SELECT body FROM decisions WHERE position > ? ORDER BY position LIMIT ?",
                (after, limit - len(bodies)),
            )
            bodies.extend(row[0] for row in rows)
        return bodies

    def logged_decision(self, decision_id: bytes) -> LoggedDecision | None:
        """A decision by its id, 16 bytes, or None."""
        found = self._look_for(decision_id)
        if found is None:
            known = len(self._paths)
            self._refresh()
            if len(self._paths) != known:
                found = self._look_for(decision_id)
        return found

    def _look_for(self, decision_id: bytes) -> LoggedDecision | None:
        for path in reversed(self._paths):
            row = (
                self._db(path)
                .execute("SELECT * FROM decisions WHERE id = ?", (decision_id,))
                .fetchone()
            )
            if row is not None:
                return LoggedDecision(*row)
        return None

    def decision(self, decision_id: bytes) -> bytes | None:
        """Body of a decision by its id, or None."""
        found = self.logged_decision(decision_id)
        return found.body if found else None

    def decision_at(self, position: int) -> bytes | None:
        """Body of the decision at a position, or None."""
        path = self._holding(position >> ORDINAL_BITS)
        if path is None:
            return None
        row = (
            self._db(path)
            .execute("SELECT body FROM decisions WHERE position = ?", (position,))
            .fetchone()
        )
        return row[0] if row else None

    def event(self, offset: int) -> LoggedEvent | None:
        """The event at an offset, or None."""
        return next(self.events(offset, offset + 1), None)

    def payload(self, event: LoggedEvent) -> bytes:
        """Decrypt the message that an event came as.

        Raises
        ------
        haechi.streams.log.keys.Erased
            If its subject was erased.
        """
        assert self._keys is not None, "this reader was opened without keys"
        return self._keys.decrypt(event.subject, event.offset, event.payload)

    def deliveries_after(self, path: Path, number: int, limit: int) -> list[tuple[Any, ...]]:
        """Observed deliveries of one segment behind a number: number, id, us, us."""
        return (
            self._db(path)
            .execute(
                "SELECT * FROM deliveries WHERE number > ? ORDER BY number LIMIT ?", (number, limit)
            )
            .fetchall()
        )

    def source_position(self, name: str) -> int | None:
        """The committed position in a source, or None."""
        self._refresh()
        for path in reversed(self._paths):
            row = (
                self._db(path)
                .execute("SELECT position FROM sources WHERE name = ?", (name,))
                .fetchone()
            )
            if row is not None:
                return int(row[0])
        return None

    def close(self) -> None:
        """Close all segments."""
        for db in self._open.values():
            db.close()
        self._open.clear()
