"""Tells watchers that there is something new; they read it from the log themselves."""

from __future__ import annotations

import threading

from bytewax.outputs import DynamicSink, StatelessSinkPartition

from haechi.operators.logic import Committed


class WatchHub:
    """A version that grows with every commit that holds decisions.

    Attributes
    ----------
    bound
        Offset of the last event of which watchers may be told: behind it, a standby lacks some.
    """

    def __init__(self) -> None:
        self.version = 0
        self.bound = 1 << 62
        self._changed = threading.Condition()
        self._watchers = 0

    @property
    def watchers(self) -> int:
        """How many wait right now."""
        return self._watchers

    def publish(self) -> None:
        """Something was committed."""
        self.version += 1
        # Nobody watching is the common case, and a lock not taken costs nothing.
        if self._watchers:
            with self._changed:
                self._changed.notify_all()

    def wait(self, seen: int, timeout_s: float) -> int:
        """Wait for something newer than ``seen``; returns the version then."""
        with self._changed:
            self._watchers += 1
            try:
                if self.version == seen:
                    self._changed.wait(timeout_s)
            finally:
                self._watchers -= 1
        return self.version


class _Partition(StatelessSinkPartition[Committed]):
    def __init__(self, hub: WatchHub) -> None:
        self._hub = hub

    def write_batch(self, items: list[Committed]) -> None:
        if any(committed.decisions for committed in items):
            self._hub.publish()


class WatchSink(DynamicSink[Committed]):
    """Wakes watchers.

    Parameters
    ----------
    hub
        Where they wait.
    """

    def __init__(self, hub: WatchHub) -> None:
        self._hub = hub

    def build(self, step_id: str, worker_index: int, worker_count: int) -> _Partition:
        """One partition."""
        return _Partition(self._hub)
