"""How far behind shipping is: for people, for health, and for the benchmarks."""

from __future__ import annotations

import json
import os
import time
from collections import deque
from pathlib import Path
from typing import Final

from haechi.streams.shipper.cursor import Cursor

EVERY_S: Final = 1.0
_KEPT: Final = 1024


class Progress:
    """Writes ``shipper.json``, at most once a second.

    Parameters
    ----------
    path
        Where.

    Attributes
    ----------
    batches
        Batches of decisions acknowledged so far.
    """

    def __init__(self, path: Path) -> None:
        self.batches = 0
        self._path = path
        self._written_at = 0.0
        self._last_error = ""
        self._retries = 0
        self._connected = False
        self._shipped = -1
        self._head = -1
        self._rows: dict[str, int] = {}
        self._behind_since: float | None = None
        self._acknowledged_ms: deque[float] = deque(maxlen=_KEPT)

    def acknowledged(self, stamp_us: int) -> None:
        """Note that the decisions of the event with this stamp have been acknowledged."""
        self.batches += 1
        self._acknowledged_ms.append((time.time_ns() // 1000 - stamp_us) / 1000)

    def seen(self, cursor: Cursor, head: int) -> None:
        """Note how far shipping and the log are."""
        self._connected = True
        self._shipped, self._head, self._rows = cursor.decisions - 1, head, cursor.rows
        self._clock()
        self.write()

    def failed(self, error: Exception) -> None:
        """Note what went wrong; shipping goes on when it can."""
        self._connected = False
        self._retries += 1
        self._last_error = f"{type(error).__name__}: {str(error)[:500]}"
        self.write()

    def waiting(self, head: int) -> None:
        """Note how the log grows while there is no store."""
        self._head = max(head, self._head)
        self._clock()
        self.write()

    def _clock(self) -> None:
        if self._shipped >= self._head:
            self._behind_since = None
        elif self._behind_since is None:
            self._behind_since = time.monotonic()

    def write(self, *, now: bool = False) -> None:
        """Write the file, if a second has passed or it must be now."""
        at = time.monotonic()
        if not now and at - self._written_at < EVERY_S:
            return
        self._written_at = at
        times = sorted(self._acknowledged_ms)
        acknowledged = {
            f"acknowledged_ms_{name}": times[len(times) * part // 1000] if times else None
            for name, part in (("p50", 500), ("p99", 990), ("p999", 999))
        }
        since = self._behind_since
        said = {
            "pid": os.getpid(),
            "connected": self._connected,
            "shipped_offset": self._shipped,
            "head_offset": self._head,
            "lag_events": max(0, self._head - self._shipped),
            "lag_ms": 0.0 if since is None else round((at - since) * 1000, 1),
            "rows": self._rows,
            **acknowledged,
            "last_error": self._last_error,
            "retries": self._retries,
            "written_us": time.time_ns() // 1000,
        }
        fresh = self._path.with_suffix(".new")
        fresh.write_text(json.dumps(said), "utf-8")
        fresh.replace(self._path)
