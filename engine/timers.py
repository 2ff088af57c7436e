"""A binary heap of deadlines in one flat array, ordered by time, then by insertion.

Deadlines are popped by the stamp of the event that is being applied, never by a clock.
"""

from __future__ import annotations

from enum import IntEnum
from typing import Final

import numpy as np

from haechi.engine.kernel import Array, Flag, Int, kernel

TIMER: Final = np.dtype(
    [("due_us", "<i8"), ("serial", "<i8"), ("slot", "<i8"), ("generation", "<i8"), ("what", "<i8")]
)
"""One deadline: which case (slot and generation), and what is due."""


class Due(IntEnum):
    """What happens when a deadline passes."""

    EVIDENCE_WAIT = 1
    REVIEW = 2
    ACKNOWLEDGE = 3
    EXPIRY = 4
    WINDOW = 5


@kernel
def _less(heap: Array, a: Int, b: Int) -> Flag:
    if heap[a].due_us != heap[b].due_us:
        return heap[a].due_us < heap[b].due_us
    return heap[a].serial < heap[b].serial


@kernel
def _swap(heap: Array, a: Int, b: Int) -> None:
    for_a = (heap[a].due_us, heap[a].serial, heap[a].slot, heap[a].generation, heap[a].what)
    heap[a] = heap[b]
    heap[b].due_us = for_a[0]
    heap[b].serial = for_a[1]
    heap[b].slot = for_a[2]
    heap[b].generation = for_a[3]
    heap[b].what = for_a[4]


@kernel
def push_timer(
    heap: Array, size: Int, due_us: Int, serial: Int, slot: Int, generation: Int, what: Int
) -> None:
    """Add a deadline to a heap of ``size`` entries; the caller counts it."""
    heap[size].due_us = due_us
    heap[size].serial = serial
    heap[size].slot = slot
    heap[size].generation = generation
    heap[size].what = what
    at = size
    while at > 0:
        parent = (at - 1) >> 1
        if not _less(heap, at, parent):
            break
        _swap(heap, at, parent)
        at = parent


@kernel
def pop_timer(heap: Array, size: Int) -> None:
    """Move the earliest deadline to position ``size - 1``; the caller counts it off."""
    last = size - 1
    _swap(heap, 0, last)
    at = 0
    while True:
        child = 2 * at + 1
        if child >= last:
            break
        if child + 1 < last and _less(heap, child + 1, child):
            child += 1
        if not _less(heap, child, at):
            break
        _swap(heap, at, child)
        at = child
