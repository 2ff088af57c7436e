"""One thread that watches the deadlines of all calls."""

from __future__ import annotations

import heapq
import itertools
import logging
import threading
import time
from collections.abc import Callable
from typing import Final

_PAUSE_S: Final = 0.001
"""How long to sleep at least. Under load a deadline passes every fifth of a millisecond, mostly of
somebody who was answered long ago, and waking for each would disturb the thread that decides."""

_LOG: Final = logging.getLogger(__name__)


class Deadlines:
    """Calls back when a deadline has passed, whether or not it still matters.

    Whoever sets a deadline decides in the callback, atomically, whether the answer came first;
    so nothing has to be taken out, which would cost more than it saves: budgets are short.
    """

    def __init__(self) -> None:
        self._due: Final[list[tuple[int, int, Callable[[int], None], int]]] = []
        self._number = itertools.count()
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
        with self._lock:
            due = self._due
            sooner = not due or deadline_ns < due[0][0]
            heapq.heappush(due, (deadline_ns, next(self._number), passed, index))
            if sooner:
                self._changed.notify()

    def _run(self) -> None:
        while True:
            with self._changed:
                if self._stopped:
                    return
                now_ns = time.monotonic_ns()
                if not self._due or self._due[0][0] > now_ns:
                    wait_s = max(_PAUSE_S, (self._due[0][0] - now_ns) / 1e9) if self._due else None
                    self._changed.wait(wait_s)
                    continue
                _, _, passed, index = heapq.heappop(self._due)
            try:
                passed(index)
            except Exception:
                _LOG.exception("a deadline's callback failed")
