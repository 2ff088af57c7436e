"""The record of looks: who saw which decision, or searched for whom, and when.

A file of lines that is only appended to, beside the log. It holds what was looked at by its
decision's id, or the token of the name that was searched for, never the name.
"""

from __future__ import annotations

import contextlib
import json
import os
import threading
import time
from pathlib import Path
from typing import Any, Final

from haechi.engine.errors import ConfigError
from haechi.rpc.identity import Principal

_LINE_BYTES: Final = 400


class Looks:
    """Appends looks, and shows the latest.

    Parameters
    ----------
    path
        The file; only its owner reads it.

    Raises
    ------
    ConfigError
        If it cannot be written: nobody sees anything then.
    """

    def __init__(self, path: Path) -> None:
        try:
            self._file = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT, 0o600)
        except OSError as error:
            raise ConfigError(
                f"looks cannot be recorded in {path}: {error.strerror}; give the dashboard a data "
                "directory that it may write"
            ) from None
        self._lock = threading.Lock()

    def note(self, person: Principal, what: str, which: str, came_of_it: str = "") -> None:
        """Record a look, before anything is shown.

        Parameters
        ----------
        person
            Who looks.
        what
            DECISION, SEARCH, ACT or REPLAY.
        which
            Decision's id, or kind and token of what was searched for.
        came_of_it
            What was done, for an act.
        """
        line = {
            "at_us": time.time_ns() // 1000, "who": person.name, "role": person.role.value,
            "what": what, "which": which, "more": came_of_it[:80],
        }  # fmt: skip
        raw = json.dumps(line, separators=(",", ":")).encode() + b"\n"
        with self._lock:
            os.write(self._file, raw)

    def latest(self, most: int = 200) -> list[dict[str, Any]]:
        """The newest looks, newest first."""
        size = os.fstat(self._file).st_size
        start = max(0, size - most * _LINE_BYTES)
        lines = os.pread(self._file, size - start, start).splitlines()
        if start:
            # It may begin in the middle of a line.
            lines = lines[1:]
        looks = []
        for line in reversed(lines[-most:]):
            # A full disk may have torn a line: it stays in the file, and hides no other.
            with contextlib.suppress(ValueError):
                looks.append(json.loads(line))
        return looks

    def close(self) -> None:
        """Close the file."""
        os.close(self._file)
