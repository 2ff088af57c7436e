"""Takes a log into a monitor, piece by piece, beside the log's writer."""

from __future__ import annotations

import time
from typing import Final

from haechi.streams.log.reader import LoggedEvent, LogReader
from haechi.streams.monitor.alarms import EventId
from haechi.streams.monitor.monitor import Monitor

PIECE_S: Final = 0.1
"""How long a piece of the log is to take, so that a stop is heard soon."""

_LEAST: Final = 16
_MOST: Final = 4096


class Follower:
    """Takes a log piece by piece into a monitor.

    Parameters
    ----------
    monitor
        What takes it; it goes on behind the last event that it took.
    reader
        The log, with keys.
    event_id
        Gives ids of the log.
    """

    def __init__(self, monitor: Monitor, reader: LogReader, event_id: EventId) -> None:
        self._monitor = monitor
        self._reader = reader
        self._event_id = event_id
        self._span = _LEAST

    def step(self) -> bool:
        """Take the next piece; whether there was any."""
        began = time.monotonic()
        ranges = self._reader.ranges()
        start = max(self._monitor.offset + 1, ranges[0][1] if ranges else 0)
        # Read whole before any of it is taken: an open cursor would hold the log's WAL.
        pages = list(self._reader.sealed_pages(start, start + self._span))
        taken = 0
        for rows in pages:
            for row in rows:
                event = LoggedEvent(*row[:-1])
                self._monitor.take(event, row[-1], self._reader, self._event_id)
                taken += 1
        if taken:
            took_s = max(time.monotonic() - began, 1e-4)
            self._span = max(_LEAST, min(_MOST, int(taken * PIECE_S / took_s), 4 * self._span))
        return taken > 0
