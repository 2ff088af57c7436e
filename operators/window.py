"""Which event ids came before: exactly, for a week at least and two at most.

Two generations of one flat table. When the younger has seen a week it becomes the older and
the older goes, so nothing is ever swept on the writer's thread. An id costs 54 bytes.
"""

from __future__ import annotations

import struct
from typing import Final, NamedTuple

import numpy as np

from haechi.engine.hashing import mix
from haechi.engine.kernel import Array, Int, bound, kernel

SEEN: Final = np.dtype([("hi", "<u8"), ("lo", "<u8"), ("digest", "<u8"), ("offset", "<i8")])
"""One id: its two halves, the start of its bytes' digest, and its offset."""

_MAX_LOAD: Final = 0.6
_WORDS: Final = struct.Struct("<qqq")


@kernel
def _place(table: Array, hi: Int, lo: Int) -> Int:
    """Where an id is, or would be."""
    places = table.shape[0]
    at = np.int64(mix(hi, lo) & np.uint64(places - 1))
    while table[at].offset != 0 and (table[at].hi != hi or table[at].lo != lo):
        at = (at + 1) & (places - 1)
    return at


@kernel
def _look_up(young: Array, old: Array, high: Int, low: Int, seal: Int) -> Int:
    """Offset plus one of an id; negated if its bytes differed; 0 if it never came."""
    hi, lo, digest = np.uint64(high), np.uint64(low), np.uint64(seal)
    at = _place(young, hi, lo)
    found = young[at].offset
    known = young[at].digest
    if found == 0:
        at = _place(old, hi, lo)
        found = old[at].offset
        known = old[at].digest
    if found != 0 and known != digest:
        return -found
    return found


@kernel
def _insert(table: Array, high: Int, low: Int, seal: Int, offset: Int) -> None:
    hi, lo, digest = np.uint64(high), np.uint64(low), np.uint64(seal)
    at = _place(table, hi, lo)
    table[at].hi = hi
    table[at].lo = lo
    table[at].digest = digest
    table[at].offset = offset + 1


@kernel
def _copy(old: Array, new: Array) -> None:
    for i in range(old.shape[0]):
        if old[i].offset != 0:
            new[_place(new, old[i].hi, old[i].lo)] = old[i]


def _table(ids: int) -> Array:
    places = 1 << 12
    while places * _MAX_LOAD < ids:
        places *= 2
    return np.zeros(places, SEEN)


class Remembered(NamedTuple):
    """What a window holds: ``SEEN`` records, a place each or zeros, in two tables of 2**n places.

    ``ids`` of them are in the younger table, the first one stamped ``since_us``.
    """

    young: Array
    old: Array
    ids: int
    since_us: int


class IdWindow:
    """The ids of the last week and their offsets.

    Parameters
    ----------
    window_us
        How long an id is remembered at least, microseconds.
    """

    def __init__(self, window_us: int) -> None:
        self._window_us = window_us
        self._young = _table(0)
        self._old = _table(0)
        self._count = 0
        self._since_us = 0
        self._find = bound(_look_up, self._young, self._old, 0, 0, 0)
        self._put = bound(_insert, self._young, 0, 0, 0, 0)

    def look_up(self, event_id: bytes, digest: bytes) -> tuple[int, bool] | None:
        """Offset of an id that came before and whether its bytes were the same, or None."""
        found = self._find(self._young, self._old, *_WORDS.unpack(event_id + digest[:8]))
        return None if found == 0 else (abs(found) - 1, found > 0)

    def insert(self, event_id: bytes, digest: bytes, offset: int, stamp_us: int) -> None:
        """Remember an id."""
        if self._since_us == 0:
            self._since_us = stamp_us
        if stamp_us - self._since_us >= self._window_us:
            self._old, self._young = self._young, _table(self._count)
            self._since_us, self._count = stamp_us, 0
        if self._count >= self._young.shape[0] * _MAX_LOAD:
            larger = _table(2 * self._count)
            _copy(self._young, larger)
            self._young = larger
        self._count += 1
        high, low, seal = _WORDS.unpack(event_id + digest[:8])
        self._put(self._young, high, low, seal, offset)

    def remembered(self) -> Remembered:
        """What it holds: its own tables, no copies."""
        return Remembered(self._young, self._old, self._count, self._since_us)

    def put_back(self, remembered: Remembered) -> None:
        """Hold what another window held, and nothing else; the tables are its own from now on."""
        self._young, self._old, self._count, self._since_us = remembered

    def size_bytes(self) -> int:
        """Memory that the window takes."""
        return int(self._young.nbytes + self._old.nbytes)
