"""Hands outcomes to whoever waits. First of the sinks, because gates come first."""

from __future__ import annotations

from bytewax.outputs import DynamicSink, StatelessSinkPartition

from haechi.operators.logic import Committed


class _Partition(StatelessSinkPartition[Committed]):
    def write_batch(self, items: list[Committed]) -> None:
        for committed in items:
            for completion, outcome in committed.replies:
                completion.complete(outcome)


class ReplySink(DynamicSink[Committed]):
    """Completes reply slots and streams."""

    def build(self, step_id: str, worker_index: int, worker_count: int) -> _Partition:
        """One partition."""
        return _Partition()
