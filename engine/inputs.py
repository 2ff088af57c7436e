"""What the learned model reads of a feature vector.

*Shared* inputs are a bias, each feature's bin, and pairs of the features that are marked so.
*Memory* is what inspections found of goods that agree in several fields. *General* is what is known
of goods of their kind; it learns from goods that nobody inspected before, so that what repeats a
thousand times does not drown the rest.
"""

from __future__ import annotations

import math
from enum import IntEnum
from typing import Final

import numpy as np

from haechi.engine import exactmath
from haechi.engine.codes import NodeKind
from haechi.engine.features import FEATURES, MEMORIES, PLACE
from haechi.engine.ftrl import CELLS, RATE
from haechi.engine.hashing import mix
from haechi.engine.kernel import Array, Flag, Int, Real, Row, kernel
from haechi.engine.layout import Part, column, count, grid, grids, place, rows, singles

_N: Final = len(FEATURES)


class Goods(IntEnum):
    """What is known of a parcel's goods."""

    UNDECLARED = 0
    NEW = 1
    KNOWN = 2


MODEL: Final = np.dtype(
    [
        ("rate", RATE, (len(Part),)),
        ("smoothing", "<f8"),
        ("reads", "u1", (_N,)),
        ("paired", "u1"),
        ("stale", "u1"),
        ("spare", "u1", (-(_N + 2) % 8,)),
    ]
)
"""How one kind of subject's model learns: rates by part, weight of the base rate in labels, which
features it reads, whether it reads pairs, and whether it predicts as river does."""

_PARCEL_ROWS: Final = rows("parcel")
_TRAVELER_ROWS: Final = rows("traveler")
INPUTS: Final = max(len(_PARCEL_ROWS), len(_TRAVELER_ROWS))
"""Most inputs that a vector can turn on."""

PARCEL_FIRST: Final = column(_PARCEL_ROWS, 0)
PARCEL_SECOND: Final = column(_PARCEL_ROWS, 1)
_PARCEL_GRIDS: Final = np.stack([grids(_PARCEL_ROWS, 0), grids(_PARCEL_ROWS, 1)])
_PARCEL_SINGLE: Final = singles(_PARCEL_ROWS)
PARCEL_SHARED: Final = count(_PARCEL_ROWS, Part.SHARED)
TRAVELER_FIRST: Final = column(_TRAVELER_ROWS, 0)
TRAVELER_SECOND: Final = column(_TRAVELER_ROWS, 1)
_TRAVELER_SINGLE: Final = singles(_TRAVELER_ROWS)
TRAVELER_SHARED: Final = count(_TRAVELER_ROWS, Part.SHARED)
_MEMORIES: Final = len(MEMORIES)
GENERAL_AT: Final = PARCEL_SHARED + 2 * _MEMORIES
INPUTS_OF_PARCELS: Final = len(_PARCEL_ROWS)

_PARCEL: Final = int(NodeKind.PARCEL)
_FOUND: Final = np.array([PLACE[f"{memory.name}_found"] for memory in MEMORIES], np.int64)
FINEST: Final = np.array([m for m, memory in enumerate(MEMORIES) if memory.finest], np.int64)
"""Memories that tell new goods from known ones: all of them must know the goods."""

_FOUND_RATE: Final = PLACE["found_rate"]
_MOST_FIELDS: Final = max(len(memory.parts) for memory in MEMORIES)
_FIELDS: Final = np.array(
    [
        [place(name) for name in memory.parts] + [-1] * (_MOST_FIELDS - len(memory.parts))
        for memory in MEMORIES
    ]
)
_FIELD_GRIDS: Final = np.array(
    [
        [grid(name) for name in memory.parts] + [(1.0, 0.0)] * (_MOST_FIELDS - len(memory.parts))
        for memory in MEMORIES
    ]
)
_EXACT: Final = np.array([memory.exact for memory in MEMORIES])
_IS_NUMBER: Final = np.array([f.kind in ("number", "flag") for f in FEATURES])
_IS_FLAG: Final = np.array([f.kind == "flag" for f in FEATURES])
_EDGES: Final = np.array([len(f.edges) for f in FEATURES])
_MOST_EDGES: Final = max(len(f.edges) for f in FEATURES)
_EDGE: Final = np.array([f.edges + (0.0,) * (_MOST_EDGES - len(f.edges)) for f in FEATURES])
_STEP: Final = np.array([f.step for f in FEATURES])
_MASK: Final = np.uint64(CELLS - 1)
_MISSING_BITS: Final = np.uint64(0x7FF8000000000000)
_MOST_CODE: Final = float((1 << 53) - 1)
_NO_CELL: Final = np.int64(-1)
_BIAS_CELL: Final = np.int64(0)
TRUST_CELL: Final = np.int64(1)
_DENSE_VALUE: Final = 0.25
_UNDECLARED: Final = int(Goods.UNDECLARED)
_NEW: Final = int(Goods.NEW)
_KNOWN: Final = int(Goods.KNOWN)


@kernel
def bin_of(x: Array, i: Int, width: Real, shift: Real) -> Int:
    """What the model sees of one feature: its bin on a grid, its code, or that it is missing."""
    value = x[i]
    if value != value:
        return _MISSING_BITS
    if _IS_NUMBER[i]:
        if _EDGES[i] > 0:
            k = 0
            while k < _EDGES[i] and value >= _EDGE[i, k]:
                k += 1
            return np.uint64(k)
        place_on_grid = value / (_STEP[i] * width) + shift
        return np.uint64(np.int64(math.floor(min(max(place_on_grid, -1e6), 1e6))))
    # Codes may be fractional (a tax rate), and tokens have 52 bits: both are exact like this.
    return np.uint64(np.int64(min(max(value, -1.0), _MOST_CODE) * 64.0))


@kernel
def memory_key(x: Array, m: Int) -> Int:
    """Key of the goods that agree in the fields of memory ``m``; 0 if none are declared."""
    first = x[_FIELDS[m, 0]]
    if first != first:
        return np.uint64(0)
    h = np.uint64(5000 + m)
    for k in range(_MOST_FIELDS):
        i = _FIELDS[m, k]
        if i >= 0:
            if _EXACT[m] and _IS_NUMBER[i] and x[i] == x[i]:
                h = mix(h, np.uint64(np.int64(x[i] * 1e9)))
            else:
                h = mix(h, bin_of(x, i, _FIELD_GRIDS[m, k, 0], _FIELD_GRIDS[m, k, 1]))
    return h


@kernel
def _bucket(count: Real) -> Int:
    """Bucket of a decayed count: none, about one, two, three, up to ten, more."""
    if count < 0.3:
        return 0
    if count < 1.2:
        return 1
    if count < 2.2:
        return 2
    if count < 4.0:
        return 3
    return 4 if count < 10.0 else 5


@kernel
def _log_odds(p: Real) -> Real:
    return exactmath.log(p / (1.0 - p))


@kernel
def reads_memory(model: Row, m: Int) -> Flag:
    """Whether a model reads memory ``m``."""
    return model.reads[_FOUND[m]] == 1


@kernel
def goods_of(x: Array, node: Int, model: Row) -> Int:
    """What is known of a parcel's goods, by the finest memories that the model reads."""
    if node != _PARCEL:
        return _UNDECLARED
    known = _KNOWN
    for m in FINEST:
        if not reads_memory(model, m):
            continue
        found = x[_FOUND[m]]
        if found != found:
            return _UNDECLARED
        if found + x[_FOUND[m] + 1] == 0.0:
            known = _NEW
    return known


@kernel
def _find_shared(
    x: Array,
    model: Row,
    first: Array,
    second: Array,
    single: Array,
    stop: Int,
    bins: Array,
    cells: Array,
    values: Array,
) -> None:
    cells[0] = _BIAS_CELL
    values[0] = 1.0
    for k in range(1, stop):
        i, j = first[k], second[k]
        values[k] = 1.0
        cells[k] = _NO_CELL
        if j < 0:
            # What is missing, and a flag that is down, have no cell: a cell that is nearly always
            # on would be one more bias, and thirty of them learn thirty times too fast.
            value = x[i]
            if model.reads[i] == 1 and value == value and not (_IS_FLAG[i] and value == 0.0):
                bins[i] = bin_of(x, i, 1.0, 0.0)
                cells[k] = np.int64(mix(np.uint64(k), bins[i]) & _MASK)
        elif model.paired == 1 and cells[single[i]] >= 0 and cells[single[j]] >= 0:
            cells[k] = np.int64(mix(mix(np.uint64(k), bins[i]), bins[j]) & _MASK)


@kernel
def _find_memories(x: Array, model: Row, cells: Array, values: Array) -> None:
    rate = min(max(x[_FOUND_RATE], 1e-4), 1.0 - 1e-4)
    usual = _log_odds(rate)
    k = PARCEL_SHARED
    for m in range(_MEMORIES):
        i = _FOUND[m]
        found, clean = x[i], x[i + 1]
        cells[k] = _NO_CELL
        cells[k + 1] = _NO_CELL
        if model.reads[i] == 1 and found == found:
            bucket = np.uint64(6 * _bucket(found) + _bucket(clean))
            cells[k] = np.int64(mix(np.uint64(k), bucket) & _MASK)
            cells[k + 1] = np.int64(mix(np.uint64(k + 1), np.uint64(0)) & _MASK)
            values[k] = 1.0
            more = found + model.smoothing * rate
            less = clean + model.smoothing * (1.0 - rate)
            values[k + 1] = _DENSE_VALUE * (exactmath.log(more / less) - usual)
        k += 2


@kernel
def _find_general(x: Array, model: Row, cells: Array, values: Array) -> None:
    for k in range(GENERAL_AT, INPUTS_OF_PARCELS):
        i, j = PARCEL_FIRST[k], PARCEL_SECOND[k]
        values[k] = 1.0
        cells[k] = _NO_CELL
        if i < 0:
            cells[k] = np.int64(mix(np.uint64(k), np.uint64(0)) & _MASK)
        elif model.reads[i] == 1 and (j < 0 or model.reads[j] == 1):
            h = mix(np.uint64(k), bin_of(x, i, _PARCEL_GRIDS[0, k, 0], _PARCEL_GRIDS[0, k, 1]))
            if j >= 0:
                h = mix(h, bin_of(x, j, _PARCEL_GRIDS[1, k, 0], _PARCEL_GRIDS[1, k, 1]))
            cells[k] = np.int64(h & _MASK)


@kernel
def find_inputs(x: Array, node: Int, model: Row, bins: Array, cells: Array, values: Array) -> Int:
    """Inputs that a vector turns on.

    Parameters
    ----------
    x
        Feature vector, shape (features,).
    node
        Kind of case.
    model
        ``MODEL`` record.
    bins
        Scratch, uint64, shape (features,).
    cells
        Filled with cells, int64, shape (INPUTS,); -1 is an input that is off.
    values
        Filled with values, float64, shape (INPUTS,).

    Returns
    -------
    What is known of the goods; ``UNDECLARED`` means that only shared inputs are filled in.
    """
    if node != _PARCEL:
        _find_shared(
            x, model, TRAVELER_FIRST, TRAVELER_SECOND, _TRAVELER_SINGLE, TRAVELER_SHARED,
            bins, cells, values,
        )  # fmt: skip
        return _UNDECLARED
    _find_shared(
        x, model, PARCEL_FIRST, PARCEL_SECOND, _PARCEL_SINGLE, PARCEL_SHARED,
        bins, cells, values,
    )  # fmt: skip
    goods = goods_of(x, node, model)
    if goods != _UNDECLARED:
        _find_memories(x, model, cells, values)
        _find_general(x, model, cells, values)
    return goods
