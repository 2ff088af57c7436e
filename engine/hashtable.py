"""Open-addressing index from 64-bit keys to slots, as one flat array.

Linear probing with backward-shift deletion: no tombstones, so a table that lives for years
stays as fast as a new one. Key 0 means an empty place; keys are keyed hashes, never 0.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np

from haechi.engine.hashing import mix
from haechi.engine.kernel import Array, Flag, Int, kernel

ENTRY: Final = np.dtype([("key", "<u8"), ("slot", "<i8")])
"""One place of an index."""

MISSING: Final = -1
"""What :func:`find` returns for a key that is not there."""

_MAX_LOAD: Final = 0.6


def new_index(capacity: int) -> np.ndarray[Any, Any]:
    """An empty index with room for ``capacity`` keys, shape (power of two,)."""
    places = 64
    while places * _MAX_LOAD < capacity:
        places *= 2
    return np.zeros(places, ENTRY)


@kernel
def _home(key: Int, places: Int) -> Int:
    return np.int64(mix(key, np.uint64(0)) & np.uint64(places - 1))


@kernel
def find(index: Array, key: Int) -> Int:
    """Slot of ``key``, or ``MISSING``."""
    places = index.shape[0]
    at = _home(key, places)
    while index[at].key != np.uint64(0):
        if index[at].key == key:
            return index[at].slot
        at = (at + 1) & (places - 1)
    return -1


@kernel
def put(index: Array, key: Int, slot: Int) -> Int:
    """Point ``key`` at ``slot``; returns 1 if the key is new, else 0."""
    places = index.shape[0]
    at = _home(key, places)
    while index[at].key != np.uint64(0):
        if index[at].key == key:
            index[at].slot = slot
            return 0
        at = (at + 1) & (places - 1)
    index[at].key = key
    index[at].slot = slot
    return 1


@kernel
def remove(index: Array, key: Int) -> Int:
    """Forget ``key``; returns 1 if it was there, else 0."""
    places = index.shape[0]
    at = _home(key, places)
    while index[at].key != key:
        if index[at].key == np.uint64(0):
            return 0
        at = (at + 1) & (places - 1)
    hole = at
    at = (at + 1) & (places - 1)
    while index[at].key != np.uint64(0):
        home = _home(index[at].key, places)
        if ((at - home) & (places - 1)) >= ((at - hole) & (places - 1)):
            index[hole].key = index[at].key
            index[hole].slot = index[at].slot
            hole = at
        at = (at + 1) & (places - 1)
    index[hole].key = np.uint64(0)
    index[hole].slot = 0
    return 1


@kernel
def _copy_into(old: Array, new: Array) -> None:
    for i in range(old.shape[0]):
        if old[i].key != np.uint64(0):
            put(new, old[i].key, old[i].slot)


@kernel
def is_roomy(index: Array, keys: Int) -> Flag:
    """Whether an index stays fast with this many keys."""
    return keys <= index.shape[0] * _MAX_LOAD


def grown(index: np.ndarray[Any, Any], keys: int) -> np.ndarray[Any, Any]:
    """The index itself, or one of twice its size if ``keys`` keys would crowd it."""
    if keys <= index.shape[0] * _MAX_LOAD:
        return index
    larger = new_index(2 * keys)
    _copy_into(index, larger)
    return larger
