"""One thread that watches the deadlines of all calls."""

from __future__ import annotations

import heapq
import logging
import threading
import time
from collections.abc import Callable
from typing import Final

_TICK_NS: Final = 2_000_000
"""Deadlines are kept by ticks, and pass by so much too late at most. Under load one passes every
fifth of a millisecond, mostly of somebody who was answered long ago, and waking for each would
disturb the thread that decides."""

_LOG: Final = logging.getLogger(__name__)


class Deadlines:
    """Calls back when a deadline has passed, whether or not it still matters.

    Whoever sets a deadline decides in the callback, atomically, whether the answer came first;
    so nothing has to be taken out, which would cost more than it saves: budgets are short.
    """

    def __init__(self) -> None:
        self._due: Final[dict[int, list[tuple[Callable[[int], None], int]]]] = {}
        self._ticks: Final[list[int]] = []
        self._lock = threading.Lock()
        self._changed = threading.Condition(self._lock)
        self._stopped = False
        self._thread = threading.Thread(target=self._run, name="haechi-deadlines", daemon=True)

    def start(self) -> None:
        """Begin to watch."""
        self._thread.start()

    def stop(self) -> None:
        """Watch no more."""
        with self._changed:
            self._stopped = True
            self._changed.notify()

    def at(self, deadline_ns: int, passed: Callable[[int], None], index: int) -> None:
        """Have ``passed(index)`` called at a time, monotonic nanoseconds."""
        tick = deadline_ns // _TICK_NS + 1
        with self._lock:
            due = self._due.get(tick)
            if due is None:
                due = self._due[tick] = []
                heapq.heappush(self._ticks, tick)
                if self._ticks[0] == tick:
                    self._changed.notify()
            due.append((passed, index))

    def _run(self) -> None:
        while True:
            with self._changed:
                if self._stopped:
                    return
                wait_s = None
                if self._ticks:
                    wait_s = (self._ticks[0] * _TICK_NS - time.monotonic_ns()) / 1e9
                if wait_s is None or wait_s > 0:
                    self._changed.wait(wait_s)
                    continue
                due = self._due.pop(heapq.heappop(self._ticks))
            for passed, index in due:
                try:
                    passed(index)
                except Exception:
                    _LOG.exception("a deadline's callback failed")
