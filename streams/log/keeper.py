"""Housekeeping of the log, off the writer's thread: WAL checkpoints.

A checkpoint on the writing connection stalls it for milliseconds (it was the first suspect
for the p99.9 of every server measured), so it runs here, on a connection of its own.
"""

from __future__ import annotations

import sqlite3
import threading
from pathlib import Path
from typing import Final

EVERY_S: Final = 1.0
"""Seconds between checkpoints."""


class Keeper:
    """A thread that moves the WAL of the segment being written into its file.

    Parameters
    ----------
    path
        The segment being written.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="log-keeper", daemon=True)

    def start(self) -> None:
        """Start the thread."""
        self._thread.start()

    def follow(self, path: Path) -> None:
        """Look after the next segment from now on."""
        self._path = path

    def stop(self) -> None:
        """Stop the thread and wait for it."""
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join()

    def _run(self) -> None:
        db: sqlite3.Connection | None = None
        opened: Path | None = None
        while not self._stop.wait(EVERY_S):
            try:
                if opened != self._path:
                    if db is not None:
                        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
                        db.close()
                    opened = self._path
                    db = sqlite3.connect(opened, isolation_level=None, check_same_thread=False)
                assert db is not None
                db.execute("PRAGMA wal_checkpoint(PASSIVE)")
            except sqlite3.Error:
                # A checkpoint that fails loses nothing; the writer's own commit will say
                # what is wrong with the disk.
                continue
        if db is not None:
            db.close()
