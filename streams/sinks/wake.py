"""Wakes the shipper: one byte down a pipe a commit, never waiting for it."""

from __future__ import annotations

import os

from bytewax.outputs import DynamicSink, StatelessSinkPartition

from haechi.operators.logic import Committed


class _Partition(StatelessSinkPartition[Committed]):
    def __init__(self, wake_fd: int | None) -> None:
        self._wake_fd = wake_fd
        if wake_fd is not None:
            os.set_blocking(wake_fd, False)

    def write_batch(self, items: list[Committed]) -> None:
        if self._wake_fd is None:
            return
        try:
            os.write(self._wake_fd, b"\n")
        except BlockingIOError:
            # The pipe is full, so the shipper has been told often enough.
            return
        except BrokenPipeError:
            # No shipper: ClickHouse is never in the decision path. It catches up by itself.
            self._wake_fd = None


class WakeSink(DynamicSink[Committed]):
    """Tells the shipper that there is something to ship.

    Parameters
    ----------
    wake_fd
        Writing end of the pipe, or None where nobody ships.
    """

    def __init__(self, wake_fd: int | None) -> None:
        self._wake_fd = wake_fd

    def build(self, step_id: str, worker_index: int, worker_count: int) -> _Partition:
        """One partition."""
        return _Partition(self._wake_fd)
