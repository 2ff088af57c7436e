"""Names: keys that lead to an open case, and to nothing once it closed.

An entry holds the case's generation beside its slot, so a name that outlived its case never
leads to whoever has the slot now.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from haechi.engine.hashing import mix
from haechi.engine.hashtable import MISSING, find, put, remove
from haechi.engine.kernel import Int, step
from haechi.operators.state import Count, State

_NONE: Final = np.uint64(0)
_GENERATION_SHIFT: Final = 32
_SLOT_BITS: Final = (1 << _GENERATION_SHIFT) - 1


@step
def case_key(ref: Int, node: Int, arrival: Int) -> Int:
    """Key of one arrival of a subject, by its flight or by when it was first heard of."""
    return mix(mix(ref, np.uint64(node)), np.uint64(arrival))


@step
def entry_of(s: State, slot: Int) -> Int:
    """A case's slot and generation in one number, never 0."""
    return s.cases[slot].generation << _GENERATION_SHIFT | slot


@step
def slot_of(s: State, entry: Int) -> Int:
    """Slot of the case of an entry, or ``MISSING`` if it closed or there was none."""
    slot = entry & _SLOT_BITS
    if entry == 0 or s.cases[slot].generation != entry >> _GENERATION_SHIFT:
        return MISSING
    return slot


@step
def case_named(s: State, key: Int) -> Int:
    """Slot of the open case that a name leads to, or ``MISSING``."""
    if key == _NONE:
        return MISSING
    entry = find(s.case_index, key)
    if entry == MISSING:
        return MISSING
    slot = slot_of(s, entry)
    if slot == MISSING:
        s.counters[Count.CASE_KEYS] -= remove(s.case_index, key)
    return slot


@step
def point_at(s: State, key: Int, slot: Int) -> None:
    """Let a name lead to a case."""
    if key != _NONE:
        s.counters[Count.CASE_KEYS] += put(s.case_index, key, entry_of(s, slot))


@step
def forget(s: State, key: Int, slot: Int) -> None:
    """Let a name lead nowhere, if it leads to this case."""
    if case_named(s, key) == slot:
        s.counters[Count.CASE_KEYS] -= remove(s.case_index, key)
