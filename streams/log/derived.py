"""What is derived from the log and written off the writer's thread: head, index, observations.

All of it can be lost without losing a decision: the index is made again from the segments,
observations are only observed, and the head is a second witness of where the log ends.
"""

from __future__ import annotations

import json
import os
import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from haechi.engine.errors import LogCorrupt

INDEX: Final = "index.sqlite"
OBSERVATIONS: Final = "observations.sqlite"
HEAD: Final = "head.json"


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
    db = sqlite3.connect(path, isolation_level=None, check_same_thread=False, timeout=5.0)
    db.execute("PRAGMA journal_mode=WAL")
    db.execute("PRAGMA synchronous=NORMAL")
    db.executescript(schema)
    path.chmod(0o600)
    return db


def add_to_index(db: sqlite3.Connection, ids: Iterable[tuple[bytes, int]], upto: int) -> None:
    """Index decisions of all events before offset ``upto``."""
    db.execute("BEGIN IMMEDIATE")
    db.executemany("INSERT OR REPLACE INTO decisions VALUES (?, ?)", ids)
    db.execute("UPDATE upto SET offset = ?", (upto,))
    db.execute("COMMIT")
