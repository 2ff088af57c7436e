"""What it costs to keep a decision: the store by rows and by batches, SQLite, and a bare file.

All lie on the same filesystem; each call returns when what it wrote is kept as that way keeps it.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from benchmarks.asking import Append
from benchmarks.shipping import Running
from haechi.configs.schema import Target
from haechi.engine.records import DECISION
from haechi.streams.log.reader import LoggedDecision
from haechi.streams.log.segment import ORDINAL_BITS
from haechi.streams.shipper.decisions import decision_batch
from haechi.streams.shipper.names import BareNames
from haechi.streams.shipper.outlet import Outlet, connector

SHARD: Final = 99
"""A shard that no engine has: its rows get into nobody's way."""

BATCH: Final = 100


class Store:
    """Inserts decisions as the shipper does.

    Parameters
    ----------
    running
        Whose store.
    decisions
        What there is to insert; begun again from the start when it ends.
    size
        Rows of an insert.
    """

    def __init__(self, running: Running, decisions: list[LoggedDecision], size: int) -> None:
        password = running.passwords["engine"]
        self._client = connector("127.0.0.1", running.store_port, "engine", password)()
        self._outlet = Outlet(self._client, SHARD, Target())
        self._decisions = decisions
        self._size = size
        self.inserts = 0

    def __call__(self, _: int) -> None:
        """Insert."""
        # A deduplication token must be new each time, and it names the positions.
        shift = (self.inserts * BATCH + self._size) << 32
        begin = self.inserts * self._size % (len(self._decisions) - self._size + 1)
        rows = [
            LoggedDecision(one.position + (shift << ORDINAL_BITS), 0, 0, one.body)
            for one in self._decisions[begin : begin + self._size]
        ]
        batch = decision_batch(rows, lambda _: 0, SHARD, BareNames())
        self._outlet.insert(batch.table, batch.whole(), batch.token)
        self.inserts += 1

    def kept(self) -> int:
        """Rows that the store has of this shard."""
        rows = self._client.query(
            "SELECT count() FROM haechi.decisions WHERE shard = {shard:UInt32}",
            parameters={"shard": SHARD},
        ).result_rows
        return int(rows[0][0])

    def close(self) -> None:
        """Let go of the connection."""
        self._client.close()


class Sqlite:
    """A table in SQLite with a write-ahead log, one transaction a row.

    Parameters
    ----------
    path
        Its file.
    synchronous
        ``NORMAL`` survives a killed process, ``FULL`` a power loss.
    """

    def __init__(self, path: Path, synchronous: str) -> None:
        self._connection = sqlite3.connect(path, isolation_level=None)
        self._connection.execute("PRAGMA journal_mode=WAL")
        self._connection.execute(f"PRAGMA synchronous={synchronous}")
        self._connection.execute("CREATE TABLE decisions (position INTEGER PRIMARY KEY, body BLOB)")
        self._body = bytes(DECISION.itemsize)
        self.inserts = 0

    def __call__(self, _: int) -> None:
        """Insert."""
        self._connection.execute("INSERT INTO decisions VALUES (?, ?)", (self.inserts, self._body))
        self.inserts += 1

    def kept(self) -> int:
        """Rows that it has."""
        return int(self._connection.execute("SELECT count(*) FROM decisions").fetchone()[0])

    def close(self) -> None:
        """Close it."""
        self._connection.close()


def rivals(
    running: Running, folder: Path, decisions: list[LoggedDecision]
) -> dict[str, tuple[int, Callable[[int], Any]]]:
    """Ways to keep a decision: rows of a call, and the call."""
    return {
        "the store, one row an insert": (1, Store(running, decisions, 1)),
        f"the store, {BATCH} rows an insert": (BATCH, Store(running, decisions, BATCH)),
        "SQLite WAL NORMAL, a row a commit": (1, Sqlite(folder / "normal.db", "NORMAL")),
        "SQLite WAL FULL, a row a commit": (1, Sqlite(folder / "full.db", "FULL")),
        "a file, fdatasync a row": (1, Append(folder / "file", DECISION.itemsize)),
    }
