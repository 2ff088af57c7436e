"""How the monitor is doing: for people and for tests."""

from __future__ import annotations

import json
import os
import time
from pathlib import Path
from typing import Any, Final

EVERY_S: Final = 1.0


class Status:
    """Writes ``monitor.json``, at most once a second.

    Parameters
    ----------
    path
        Where.
    """

    def __init__(self, path: Path) -> None:
        self._path: Final = path
        self._written_at = 0.0
        self._errors: Final[dict[str, str]] = {}

    def failed(self, what: str, error: Exception) -> None:
        """Note what went wrong with the store or the engine."""
        self._errors[what] = f"{type(error).__name__}: {str(error)[:500]}"

    def worked(self, what: str) -> None:
        """Note that it works again."""
        self._errors.pop(what, None)

    def write(self, said: dict[str, Any], *, now: bool = False) -> None:
        """Write the file, if a second has passed or it must be now."""
        at = time.monotonic()
        if not now and at - self._written_at < EVERY_S:
            return
        self._written_at = at
        whole = {
            "pid": os.getpid(),
            **said,
            "errors": self._errors,
            "written_us": time.time_ns() // 1000,
        }
        fresh = self._path.with_suffix(".new")
        fresh.write_text(json.dumps(whole), "utf-8")
        fresh.replace(self._path)
