"""One segment of the log: a SQLite file in WAL mode with one row an event.

A commit appends to the write-ahead log and, with durability ``disk``, waits for the disk.
Everything that can be derived (the head, the index of ids) is written by the keeper
(:mod:`haechi.streams.log.keeper`) on connections of its own, so that a commit touches as few
pages as can be.
"""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Final, Literal

from haechi.engine.errors import LogUnwritable

Durability = Literal["process", "disk", "replica"]
"""``process`` survives a killed process; ``disk`` a power loss as well; ``replica`` the loss of
this copy, because a standby has every commit too before anything leaves."""

_SYNCHRONOUS: Final = {"process": "NORMAL", "disk": "FULL", "replica": "NORMAL"}

ORDINAL_BITS: Final = 10
"""A decision's position is its event's offset and, in the low bits, its ordinal."""

PAGE_BYTES: Final = 8192
"""Two or three events share a page: a commit then writes half as many as with one each."""

_SCHEMA: Final = """
CREATE TABLE IF NOT EXISTS events (
    offset INTEGER PRIMARY KEY,
    kind INTEGER NOT NULL,
    stamp_us INTEGER NOT NULL,
    event_us INTEGER NOT NULL,
    subject INTEGER NOT NULL,
    id BLOB NOT NULL,
    digest BLOB NOT NULL,
    source TEXT NOT NULL,
    records BLOB NOT NULL,
    payload BLOB NOT NULL,
    chain BLOB NOT NULL,
    queued_us INTEGER NOT NULL,
    applied_us INTEGER NOT NULL,
    decisions BLOB NOT NULL
);
CREATE TABLE IF NOT EXISTS sources (name TEXT PRIMARY KEY, position INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS segment (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    first_offset INTEGER NOT NULL,
    previous BLOB NOT NULL
);
"""


def segment_path(folder: Path, first_offset: int) -> Path:
    """Where the segment that starts at an offset lies."""
    return folder / f"segment-{first_offset:015d}.sqlite"


def segment_paths(folder: Path) -> list[Path]:
    """All segments, oldest first."""
    return sorted(folder.glob("segment-*.sqlite"))


def first_offset_of(path: Path) -> int:
    """The offset that a segment starts at."""
    return int(path.stem.removeprefix("segment-"))


def open_for_writing(path: Path, durability: Durability, previous: bytes) -> sqlite3.Connection:
    """Open or make a segment for its one writer.

    Parameters
    ----------
    path
        Where it lies.
    durability
        What a commit survives.
    previous
        The chain's link before its first event, for a new segment.

    Raises
    ------
    LogUnwritable
        If the file cannot be made or written.
    """
    try:
        made = not path.exists()
        db = sqlite3.connect(path, isolation_level=None, check_same_thread=False, timeout=5.0)
        db.execute(f"PRAGMA page_size={PAGE_BYTES}")
        db.execute("PRAGMA journal_mode=WAL")
        db.execute(f"PRAGMA synchronous={_SYNCHRONOUS[durability]}")
        db.execute("PRAGMA wal_autocheckpoint=0")
        db.execute("PRAGMA cache_size=-16384")
        db.executescript(_SCHEMA)
        db.execute(
            "INSERT OR IGNORE INTO segment VALUES (1, ?, ?)", (first_offset_of(path), previous)
        )
        if made:
            path.chmod(0o600)
    except (sqlite3.Error, OSError) as error:
        raise LogUnwritable(
            f"log segment {path} cannot be opened for writing: {error}; "
            "free disk space or fix its permissions, then start again"
        ) from error
    return db


def read_only(path: Path) -> str:
    """Name a file to SQLite so that nothing can be changed through it."""
    return f"{path.absolute().as_uri()}?mode=ro"


def open_for_reading(path: Path) -> sqlite3.Connection:
    """Open a file of the log beside its writer; nothing can be changed through it."""
    db = sqlite3.connect(
        read_only(path), uri=True, isolation_level=None, check_same_thread=False, timeout=5.0
    )
    db.execute("PRAGMA query_only=ON")
    return db
