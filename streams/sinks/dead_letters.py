"""Says aloud what was refused; the letter itself is in the log already."""

from __future__ import annotations

import logging
from typing import Final

from bytewax.outputs import DynamicSink, StatelessSinkPartition

from haechi.operators.logic import Committed

_LOG: Final = logging.getLogger("haechi.dead_letters")


class _Partition(StatelessSinkPartition[Committed]):
    def write_batch(self, items: list[Committed]) -> None:
        for committed in items:
            for event in committed.dead_letters:
                assert event.refusal is not None
                # Code and source only: the message may quote what a person sent.
                _LOG.warning(
                    "refused %s from %s, %d bytes; kept in the log",
                    event.refusal.code,
                    event.entry.source,
                    len(event.entry.raw),
                )


class DeadLetterSink(DynamicSink[Committed]):
    """Logs refusals."""

    def build(self, step_id: str, worker_index: int, worker_count: int) -> _Partition:
        """One partition."""
        return _Partition()
