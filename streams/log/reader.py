"""Reading the log beside its writer: replay, explain, watch, ship and verify all do it here."""

from __future__ import annotations

import sqlite3
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from haechi.engine.errors import LogError
from haechi.engine.records import DECISION
from haechi.streams.log.derived import INDEX, OBSERVATIONS
from haechi.streams.log.keys import SubjectKeys
from haechi.streams.log.segment import (
    ORDINAL_BITS,
    first_offset_of,
    open_for_reading,
    segment_paths,
)

_PAGE: Final = 4096
_FAR: Final = 1 << 62
_SIZE: Final = DECISION.itemsize
_EVENT: Final = (
    "offset, kind, stamp_us, event_us, subject, id, digest, source, records, payload, chain"
)
_REPLAYED: Final = "offset, kind, stamp_us, id, digest, records, decisions"


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
    queued_us: int
    applied_us: int
    body: bytes

    @property
    def id(self) -> bytes:
        """Its id, 16 bytes."""
        return self.body[:16]

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
        self.folder = folder
        self._keys = keys
        self._open: dict[Path, sqlite3.Connection] = {}
        self._paths: list[Path] = []
        self._firsts: list[int] = []

    def _refresh(self) -> None:
        self._paths = segment_paths(self.folder)
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
                raise LogError(f"{path} cannot be read: {error}") from error
            self._open[path] = db
        return db

    def _holding(self, offset: int) -> Path | None:
        if not self._paths:
            self._refresh()
        at = bisect_right(self._firsts, offset) - 1
        return self._paths[at] if at >= 0 else None

    def head(self, path: Path | None = None) -> Head | None:
        """Where a segment (the last one by default) ends; None for an empty log."""
        if path is None:
            self._refresh()
            if not self._paths:
                return None
            path = self._paths[-1]
        db = self._db(path)
        made = db.execute("SELECT first_offset, previous FROM segment").fetchone()
        if made is None:
            return None
        last = db.execute(
            "SELECT offset, chain FROM events ORDER BY offset DESC LIMIT 1"
        ).fetchone()
        return Head(*made, *(last or (made[0] - 1, made[1])))

    def events(self, start: int = 0, end: int | None = None) -> Iterator[LoggedEvent]:
        """Events from ``start`` up to but not including ``end``, in order."""
        for rows in self._pages(_EVENT, start, end):
            for row in rows:
                yield LoggedEvent(*row)

    def events_of(self, kind: int, start: int = 0, end: int | None = None) -> Iterator[LoggedEvent]:
        """Events of one kind from ``start`` up to but not including ``end``, in order."""
        for rows in self._pages(_EVENT, start, end, kind):
            for row in rows:
                yield LoggedEvent(*row)

    def sealed_pages(
        self, start: int = 0, end: int | None = None
    ) -> Iterator[list[tuple[Any, ...]]]:
        """Pages of what the chain covers: the columns of an event, then its decisions."""
        return self._pages(f"{_EVENT}, decisions", start, end)

    def replay_pages(
        self, start: int = 0, end: int | None = None
    ) -> Iterator[list[tuple[int, int, int, bytes, bytes, bytes, bytes]]]:
        """Pages of what a replay needs: offset, kind, stamp_us, id, digest, records, decisions."""
        return self._pages(_REPLAYED, start, end)

    def tail(self, start: int, most: int) -> tuple[list[tuple[Any, ...]], list[tuple[str, int]]]:
        """Up to ``most`` whole rows from ``start`` on, for another copy of the log.

        Returns
        -------
        The rows, and where the sources stand with them if they reach the end of their segment.
        """
        self._refresh()
        path = self._holding(start)
        if path is None:
            return [], []
        db = self._db(path)
        # One view of both: a source's position must not run ahead of its events.
        db.execute("BEGIN")
        try:
            rows = db.execute(
                "SELECT * FROM events WHERE offset >= ? ORDER BY offset LIMIT ?", (start, most)
            ).fetchall()
            if len(rows) == most:
                return rows, []
            return rows, db.execute("SELECT name, position FROM sources").fetchall()
        finally:
            db.execute("COMMIT")

    def records_about(
        self, subject: int, kind: int, always: int, end: int
    ) -> Iterator[list[tuple[int, bytes]]]:
        """Pages of offset and records of a subject's events of one kind, and all of another."""
        signed = subject - (1 << 64) if subject >> 63 else subject
        where = "(kind = ? OR (kind = ? AND subject = ?))"
        return self._select("offset, records", where, (always, kind, signed), 0, end)

    def _pages(
        self, columns: str, start: int, end: int | None, kind: int | None = None
    ) -> Iterator[list[Any]]:
        return self._select(columns, "kind = coalesce(?, kind)", (kind,), start, end)

    def _select(
        self, columns: str, where: str, given: tuple[Any, ...], start: int, end: int | None
    ) -> Iterator[list[Any]]:
        stop = end if end is not None else _FAR
        for path, first, after in self.ranges():
            if after <= start or first >= stop:
                continue
            cursor = self._db(path).execute(
                f"SELECT {columns} FROM events WHERE offset >= ? AND offset < ? "  # noqa: S608 - fixed names
                f"AND {where} ORDER BY offset",
                (max(start, first), min(stop, after), *given),
            )
            while rows := cursor.fetchmany(_PAGE):
                yield rows

    def ranges(self) -> list[tuple[Path, int, int]]:
        """Segments, oldest first, each with its first offset and that of the next one."""
        self._refresh()
        return list(zip(self._paths, self._firsts, [*self._firsts[1:], _FAR], strict=True))

    def strays(self, path: Path, first: int, after: int) -> int | None:
        """Offset of an event in a segment that does not belong there, or None."""
        row = (
            self._db(path)
            .execute(
                "SELECT offset FROM events WHERE offset < ? OR offset >= ? LIMIT 1", (first, after)
            )
            .fetchone()
        )
        return int(row[0]) if row else None

    def answers_between(self, start: int, until_us: int) -> Iterator[bytes]:
        """Bodies of the decisions from an offset on, up to a stamp of the writer."""
        for rows in self._pages("stamp_us, decisions", start, None):
            for stamp_us, bodies in rows:
                if stamp_us > until_us:
                    return
                for at in range(0, len(bodies), _SIZE):
                    yield bodies[at : at + _SIZE]

    def decisions(self, start: int, end: int) -> list[LoggedDecision]:
        """Decisions of the events from ``start`` up to but not including ``end``."""
        return [
            LoggedDecision(
                (offset << ORDINAL_BITS) + at // _SIZE, queued, applied, bodies[at : at + _SIZE]
            )
            for rows in self._pages("offset, queued_us, applied_us, decisions", start, end)
            for offset, queued, applied, bodies in rows
            for at in range(0, len(bodies), _SIZE)
        ]

    def decisions_after(self, offset: int, ordinal: int, limit: int) -> list[bytes]:
        """Bodies of the decisions behind a position, in the log's order, at most ``limit``."""
        found: list[bytes] = []
        for rows in self._pages("offset, decisions", offset, None):
            for at_offset, bodies in rows:
                skip = (ordinal + 1) * _SIZE if at_offset == offset else 0
                found.extend(bodies[at : at + _SIZE] for at in range(skip, len(bodies), _SIZE))
                if len(found) >= limit:
                    return found[:limit]
        return found

    def logged_decision(
        self, decision_id: bytes, before: int | None = None
    ) -> LoggedDecision | None:
        """A decision by its id, 16 bytes, or None.

        What is not indexed is sought only below the offset ``before``, if one is given.
        """
        position, upto = self._indexed(decision_id)
        if position is None and (before is None or upto < before):
            position = self._in_tail(decision_id, upto, before)
        found = self._at(position) if position is not None else None
        # The index may be of another copy of the log: what it names must be what was asked.
        return found if found is not None and found.id == decision_id else None

    def _indexed(self, decision_id: bytes) -> tuple[int | None, int]:
        """Position by the index, and the offset that the index reaches to."""
        path = self.folder / INDEX
        if not path.exists():
            return None, 0
        db = self._db(path)
        try:
            row = db.execute(
                "SELECT position FROM decisions WHERE id = ?", (decision_id,)
            ).fetchone()
            if row is not None:
                return int(row[0]), 0
            upto = db.execute("SELECT offset FROM upto").fetchone()
        except sqlite3.OperationalError:
            # The keeper is just making it; until then everything counts as not indexed.
            return None, 0
        return None, int(upto[0]) if upto else 0

    def _in_tail(self, decision_id: bytes, upto: int, before: int | None) -> int | None:
        """Position among the newest decisions, which the index does not hold yet."""
        for rows in self._pages("offset, decisions", upto, before):
            for offset, bodies in rows:
                for at in range(0, len(bodies), _SIZE):
                    if bodies[at : at + 16] == decision_id:
                        return int((offset << ORDINAL_BITS) + at // _SIZE)
        return None

    def decision(self, decision_id: bytes) -> bytes | None:
        """Body of a decision by its id, or None."""
        found = self.logged_decision(decision_id)
        return found.body if found else None

    def _at(self, position: int) -> LoggedDecision | None:
        path = self._holding(position >> ORDINAL_BITS)
        if path is None:
            return None
        row = (
            self._db(path)
            .execute(
                "SELECT queued_us, applied_us, decisions FROM events WHERE offset = ?",
                (position >> ORDINAL_BITS,),
            )
            .fetchone()
        )
        at = (position & ((1 << ORDINAL_BITS) - 1)) * _SIZE
        if row is None or len(row[2]) < at + _SIZE:
            return None
        return LoggedDecision(position, row[0], row[1], row[2][at : at + _SIZE])

    def decision_at(self, position: int) -> bytes | None:
        """Body of the decision at a position, or None."""
        found = self._at(position)
        return found.body if found else None

    def event(self, offset: int) -> LoggedEvent | None:
        """The event at an offset, or None."""
        path = self._holding(offset)
        row = self._row(path, offset) if path is not None else None
        if row is None:
            # A segment may have been begun since somebody last looked.
            self._refresh()
            newer = self._holding(offset)
            row = self._row(newer, offset) if newer is not None and newer != path else None
        return LoggedEvent(*row) if row is not None else None

    def _row(self, path: Path, offset: int) -> Any:
        sql = f"SELECT {_EVENT} FROM events WHERE offset = ?"  # noqa: S608 - fixed names
        return self._db(path).execute(sql, (offset,)).fetchone()

    def payload(self, event: LoggedEvent) -> bytes:
        """Decrypt the message that an event came as.

        Raises
        ------
        haechi.streams.log.keys.Erased
            If its subject was erased.
        """
        assert self._keys is not None, "this reader was opened without keys"
        return self._keys.decrypt(event.subject, event.offset, event.payload)

    def deliveries_after(self, number: int, limit: int) -> list[tuple[int, bytes, int, int]]:
        """Observed deliveries behind a number: number, decision id, committed_us, returned_us."""
        path = self.folder / OBSERVATIONS
        if not path.exists():
            return []
        try:
            return (
                self._db(path)
                .execute(
                    "SELECT * FROM deliveries WHERE number > ? ORDER BY number LIMIT ?",
                    (number, limit),
                )
                .fetchall()
            )
        except sqlite3.OperationalError:
            # The keeper is just making the table.
            return []

    def last_delivery(self) -> int:
        """Number of the last observed delivery; -1 if there is none."""
        path = self.folder / OBSERVATIONS
        if not path.exists():
            return -1
        try:
            found = self._db(path).execute("SELECT max(number) FROM deliveries").fetchone()[0]
        except sqlite3.OperationalError:
            return -1
        return -1 if found is None else int(found)

    def source_position(self, name: str) -> int | None:
        """The committed position in a source, or None."""
        for path in reversed(self.segments()):
            row = (
                self._db(path)
                .execute("SELECT position FROM sources WHERE name = ?", (name,))
                .fetchone()
            )
            if row is not None:
                return int(row[0])
        return None

    def close(self) -> None:
        """Close all files."""
        for db in self._open.values():
            db.close()
        self._open.clear()
