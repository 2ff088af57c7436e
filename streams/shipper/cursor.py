"""How far shipping has come: a hint on disk that saves asking the store for everything.

It is written before each insert and names the range that the insert covers. After a crash
that range is made anew under the same deduplication tokens, so that an insert which is still
on its way when its sender is killed cannot land beside its own repetition.
"""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

TABLES = ("decisions", "events", "outcomes", "actions", "dead_letters", "deliveries")
"""Tables whose rows are counted and checked."""


@dataclass(slots=True)
class Cursor:
    """What the store has acknowledged.

    Parameters
    ----------
    store
        Identity of the store that acknowledged it.
    decisions
        Decisions of all events below this offset are there.
    events
        Events below this offset are there, with outcomes, actions and dead letters.
    epoch
        Epoch of the event before ``events``.
    delivery
        Last number of the deliveries that are there.
    rows
        Rows acknowledged, by table.
    underway
        End of the range that was being inserted, by ``decisions``, ``events`` and
        ``deliveries``.
    """

    store: str = ""
    decisions: int = 0
    events: int = 0
    epoch: int = 0
    delivery: int = 0
    rows: dict[str, int] = field(default_factory=lambda: dict.fromkeys(TABLES, 0))
    underway: dict[str, int] = field(default_factory=dict)


class CursorFile:
    """Keeps the cursor beside the log.

    Parameters
    ----------
    path
        Where.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._longest = 0

    def load(self) -> Cursor:
        """Read it; whatever cannot be read is a start from the beginning."""
        try:
            raw = self._path.read_bytes()
            self._longest = len(raw)
            said: dict[str, Any] = json.loads(raw)
            cursor = Cursor(**said)
            cursor.rows = {table: int(cursor.rows[table]) for table in TABLES}
        except (OSError, ValueError, TypeError, KeyError):
            return Cursor()
        return cursor

    def save(self, cursor: Cursor) -> None:
        """Write it over the last one, in one piece, at the price of no new file.

        It is not synced: it is only a hint, which is checked after every start, and what a
        power failure leaves of it is read as a start from the beginning.
        """
        raw = json.dumps(asdict(cursor)).encode()
        self._longest = max(self._longest, len(raw))
        file = os.open(self._path, os.O_WRONLY | os.O_CREAT, 0o600)
        try:
            # Blanks cover what stood there; JSON allows them.
            os.pwrite(file, raw.ljust(self._longest), 0)
        finally:
            os.close(file)
