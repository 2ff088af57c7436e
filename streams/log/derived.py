"""What is derived from the log and written off the writer's thread: head, index, observations.

All of it can be lost without losing a decision: the index is made again from the segments,
observations are only observed, and the head is a second witness of where the log ends.
"""

from __future__ import annotations

import json
import os
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from haechi.engine.errors import LogCorrupt
from haechi.engine.records import DECISION
from haechi.streams.log.segment import ORDINAL_BITS, first_offset_of, read_only, segment_paths

INDEX: Final = "index.sqlite"
OBSERVATIONS: Final = "observations.sqlite"
HEAD: Final = "head.json"

_AT_ONCE: Final = 4096
"""Events that are indexed in one transaction: ids are random, so that a page of the index is
written once for many of them."""

_ADD: Final = """
    WITH RECURSIVE
        fresh AS (
            SELECT offset, decisions FROM segment.events WHERE offset >= :upto AND offset < :to
        ),
        ordinal(n) AS (
            SELECT 0 UNION ALL SELECT n + 1 FROM ordinal
            WHERE n + 1 < (SELECT max(length(decisions)) / :size FROM fresh)
        )
    INSERT OR REPLACE INTO decisions
    SELECT substr(decisions, 1 + n * :size, 16), (offset << :bits) + n
    FROM fresh CROSS JOIN ordinal WHERE n < length(decisions) / :size ORDER BY 1
"""


@dataclass(frozen=True, slots=True)
class Head:
    """Where the log ended when this was noted."""

    offset: int
    chain: bytes
    epoch: int


def write_head(folder: Path, head: Head) -> None:
    """Note where the log ends, in one step, and so that it survives a power loss."""
    path = folder / HEAD
    partial = path.with_suffix(".partial")
    with partial.open("w") as file:
        json.dump({"offset": head.offset, "chain": head.chain.hex(), "epoch": head.epoch}, file)
        file.flush()
        os.fsync(file.fileno())
    partial.chmod(0o600)
    partial.replace(path)


def read_head(folder: Path) -> Head | None:
    """Where the log ended at the last note; None if there is none.

    Raises
    ------
    LogCorrupt
        If the note cannot be read.
    """
    try:
        noted = json.loads((folder / HEAD).read_text())
        return Head(int(noted["offset"]), bytes.fromhex(noted["chain"]), int(noted["epoch"]))
    except FileNotFoundError:
        return None
    except (ValueError, KeyError, TypeError) as error:
        raise LogCorrupt(
            -1, f"{folder / HEAD} cannot be read ({error}); restore it from the log's backup"
        ) from error


def open_index(folder: Path) -> sqlite3.Connection:
    """Open the index of decision ids for writing."""
    return _open(
        folder / INDEX,
        "CREATE TABLE IF NOT EXISTS decisions (id BLOB PRIMARY KEY, position INTEGER NOT NULL)"
        " WITHOUT ROWID;"
        "CREATE TABLE IF NOT EXISTS upto (one INTEGER PRIMARY KEY CHECK (one = 1),"
        " offset INTEGER NOT NULL);"
        "INSERT OR IGNORE INTO upto VALUES (1, 0);",
    )


def open_observations(folder: Path) -> sqlite3.Connection:
    """Open the observed deliveries for writing."""
    return _open(
        folder / OBSERVATIONS,
        "CREATE TABLE IF NOT EXISTS deliveries (number INTEGER PRIMARY KEY AUTOINCREMENT,"
        " decision BLOB NOT NULL, committed_us INTEGER NOT NULL, returned_us INTEGER NOT NULL);",
    )


def _open(path: Path, schema: str) -> sqlite3.Connection:
    db = sqlite3.connect(
        path.absolute().as_uri(),
        uri=True,
        isolation_level=None,
        check_same_thread=False,
        timeout=5.0,
    )
    db.execute("PRAGMA journal_mode=WAL")
    db.execute("PRAGMA synchronous=NORMAL")
    db.executescript(schema)
    path.chmod(0o600)
    return db


def index_segments(db: sqlite3.Connection, folder: Path) -> None:
    """Index what the log in a folder holds and the index does not.

    SQLite does it by itself: row by row through here, each row would ask for the interpreter, which
    is the deciding thread's.
    """
    (upto,) = db.execute("SELECT offset FROM upto").fetchone()
    paths = segment_paths(folder)
    for path, following in zip(paths, [*map(first_offset_of, paths[1:]), None], strict=True):
        if following is None or following > upto:
            upto = _index_segment(db, path, upto)


def _index_segment(db: sqlite3.Connection, path: Path, upto: int) -> int:
    """Index a segment from an offset on; up to which offset all is indexed now."""
    db.execute("ATTACH ? AS segment", (read_only(path),))
    try:
        (last,) = db.execute("SELECT max(offset) FROM segment.events").fetchone()
        end = upto if last is None else last + 1
        while upto < end:
            to = min(upto + _AT_ONCE, end)
            with db:
                db.execute("BEGIN")
                of = {"upto": upto, "to": to, "size": DECISION.itemsize, "bits": ORDINAL_BITS}
                db.execute(_ADD, of)
                db.execute("UPDATE upto SET offset = ?", (to,))
            upto = to
    finally:
        db.execute("DETACH segment")
    return upto


def add_observations(db: sqlite3.Connection, rows: Sequence[tuple[bytes, int, int]]) -> None:
    """Write observed deliveries: decision, when it was committed, when its answer was out."""
    places = ", ".join(["(?, ?, ?)"] * len(rows))
    db.execute(
        f"INSERT INTO deliveries (decision, committed_us, returned_us) VALUES {places}",  # noqa: S608  # placeholders only
        [value for row in rows for value in row],
    )
