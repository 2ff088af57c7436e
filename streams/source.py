"""The dataflow's source: takes from the intake, blocking, and lets time pass.

A blocking take breaks Bytewax's advice never to block in a source, on purpose: it is what
brings p50 from hundreds of microseconds to 24 at 1% idle CPU (measured). So there is one
source, and nothing else in the flow may depend on prompt timers.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from typing import Final

from bytewax.inputs import DynamicSource, StatelessSourcePartition

from haechi.operators.admission import tick
from haechi.operators.intake import Entry, Intake
from haechi.streams.lane import PIECE, PIECE_BESIDE_GATES, Lane

SHARD_KEY: Final = "shard"
"""The one key: Bytewax reorders keys inside a batch, and one key keeps arrival order."""

_WAIT_S: Final = 0.005
_MOST: Final = 1024
_TICK_EVERY_US: Final = 20_000
_BREATH_S: Final = 0.0002
"""Between pieces of the lower lane. It is a real wait, in which the interpreter is free: the
server's threads share a core with this one and would otherwise not get their turn."""

_QUIET_S: Final = 0.25
"""Without an entry for so long, nobody asks."""

_PIECE_EVERY_US: Final = 1_000
"""Between pieces of work that is due at once; a gate's event comes first."""

_AT_ONCE: Final = datetime(2000, 1, 1, tzinfo=UTC)


class _Partition(StatelessSourcePartition[tuple[str, Entry]]):
    def __init__(
        self,
        intake: Intake,
        next_due_us: Callable[[], int | None],
        stopping: Callable[[], bool],
        lane: Lane,
    ) -> None:
        self._intake = intake
        self._next_due_us = next_due_us
        self._stopping = stopping
        self._lane = lane
        self._last_tick_us = 0
        self._taken_s = 0.0

    def next_batch(self) -> Iterable[tuple[str, Entry]]:
        work_waits = self._next_due_us() == 0
        wait_s = _PIECE_EVERY_US / 1e6 if work_waits else _WAIT_S
        entries = self._intake.take(_MOST, _BREATH_S if self._lane.waiting() else wait_s)
        if not entries:
            if self._stopping():
                raise StopIteration
            due_us = self._next_due_us()
            now_us = time.time_ns() // 1000
            # A clock that was set back is caught up with by the writer's stamps.
            apart_us = _TICK_EVERY_US if due_us else _PIECE_EVERY_US
            if due_us is None or due_us > now_us or now_us - self._last_tick_us < apart_us:
                quiet = time.monotonic() - self._taken_s > _QUIET_S
                entries = self._lane.take(PIECE if quiet else PIECE_BESIDE_GATES)
            else:
                self._last_tick_us = now_us
                entries = [tick(now_us)]
        else:
            self._taken_s = time.monotonic()
        return [(SHARD_KEY, entry) for entry in entries]

    def next_awake(self) -> datetime | None:
        return _AT_ONCE


class IntakeSource(DynamicSource[tuple[str, Entry]]):
    """Reads one intake in one worker.

    Parameters
    ----------
    intake
        What to take from.
    next_due_us
        When the shard's next deadline passes, or None.
    stopping
        Whether to end once the intake is empty.
    lane
        What to take from while nothing waits in the intake.
    """

    def __init__(
        self,
        intake: Intake,
        next_due_us: Callable[[], int | None],
        stopping: Callable[[], bool],
        lane: Lane,
    ) -> None:
        self._intake = intake
        self._next_due_us = next_due_us
        self._stopping = stopping
        self._lane = lane

    def build(self, step_id: str, worker_index: int, worker_count: int) -> _Partition:
        """One partition; a second worker would be a second writer."""
        assert worker_count == 1, "a shard has one worker: run another shard process instead"
        return _Partition(self._intake, self._next_due_us, self._stopping, self._lane)
