"""Hands outcomes to whoever waits. First of the sinks, because gates come first."""

from __future__ import annotations

from collections.abc import Callable

from bytewax.outputs import DynamicSink, StatelessSinkPartition

from haechi.operators.logic import Committed


class _Partition(StatelessSinkPartition[Committed]):
    def __init__(self, let_out: Callable[[Committed], None]) -> None:
        self._let_out = let_out

    def write_batch(self, items: list[Committed]) -> None:
        for committed in items:
            self._let_out(committed)


class ReplySink(DynamicSink[Committed]):
    """Completes reply slots and streams.

    Parameters
    ----------
    let_out
        Completes what a commit answers, now or once a standby has it.
    """

    def __init__(self, let_out: Callable[[Committed], None]) -> None:
        self._let_out = let_out

    def build(self, step_id: str, worker_index: int, worker_count: int) -> _Partition:
        """One partition."""
        return _Partition(self._let_out)
