"""Housekeeping of the log, off the writer's thread.

Checkpoints of the WAL (on the writing connection they were the first suspect for every
server's p99.9), the index of decision ids, the noted head, and observed deliveries.
"""

from __future__ import annotations

import logging
import sqlite3
import threading
from collections import deque
from collections.abc import Callable
from pathlib import Path
from typing import Final

from haechi.streams.log.derived import (
    Head,
    add_observations,
    index_segments,
    open_index,
    open_observations,
    write_head,
)
from haechi.streams.log.segment import segment_paths

EVERY_S: Final = 1.0
"""Seconds between rounds."""

_OBSERVED_MOST: Final = 65536
_ROWS: Final = 256
"""Observed deliveries that are written in one statement."""

_LOG: Final = logging.getLogger("haechi.log")


class Keeper:
    """A thread that keeps what is derived from the log up to date.

    Parameters
    ----------
    folder
        Where the log lies.
    head
        Tells where the log ends.
    """

    def __init__(self, folder: Path, head: Callable[[], Head]) -> None:
        self._folder = folder
        self._head = head
        self._observed: deque[tuple[bytes, int, int]] = deque(maxlen=_OBSERVED_MOST)
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="log-keeper", daemon=True)
        self._checkpoints: dict[Path, sqlite3.Connection] = {}

    def start(self) -> None:
        """Start the thread."""
        self._thread.start()

    def observe(self, decision_id: bytes, committed_us: int, returned_us: int) -> None:
        """Note how long a decision took to its commit and to its reply."""
        self._observed.append((decision_id, committed_us, returned_us))

    def stop(self) -> None:
        """Do a last round and end the thread."""
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join()

    def _run(self) -> None:
        index = open_index(self._folder)
        observations = open_observations(self._folder)
        last = False
        while not last:
            last = self._stop.wait(EVERY_S)
            try:
                self._checkpoint()
                self._note_head()
                self._write_observed(observations)
                index_segments(index, self._folder)
            except (sqlite3.Error, OSError):
                # Nothing of this is needed to decide; the writer's own commit says what is
                # wrong with the disk.
                _LOG.exception("housekeeping of the log failed; it is tried again")
        for db in (index, observations, *self._checkpoints.values()):
            db.close()

    def _checkpoint(self) -> None:
        for path in segment_paths(self._folder)[-2:]:
            db = self._checkpoints.get(path)
            if db is None:
                db = self._checkpoints[path] = sqlite3.connect(
                    path, isolation_level=None, check_same_thread=False
                )
            db.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchall()

    def _note_head(self) -> None:
        head = self._head()
        if head.offset >= 0:
            write_head(self._folder, head)

    def _write_observed(self, db: sqlite3.Connection) -> None:
        if not self._observed:
            return
        with db:
            db.execute("BEGIN IMMEDIATE")
            while count := min(len(self._observed), _ROWS):
                add_observations(db, [self._observed.popleft() for _ in range(count)])
