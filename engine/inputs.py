"""What the learned model reads of a feature vector, and how its parts add up.

    log-odds = shared + (memory + w * general   if such goods are known
                         general                if they are new)

*Shared* inputs always count: a bias, each feature's bin, and pairs of the features that are
marked so. *Memory* is what inspections found of goods that agree in several fields. *General* is
what is known of goods of their kind; it learns from new goods only, so that what repeats a
thousand times does not drown the rest. Everything is a weight times a value, so contributions are
exact; an input of two features is shared equally by them.
"""

from __future__ import annotations

import math
from enum import IntEnum
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray

from haechi.engine import exactmath
from haechi.engine.codes import NodeKind
from haechi.engine.exactmath import sigmoid
from haechi.engine.features import FEATURES, GENERAL_CROSSES, MEMORIES, PLACE, members
from haechi.engine.ftrl import CELLS, RATE, update
from haechi.engine.hashing import mix
from haechi.engine.kernel import Array, Int, Real, Row, kernel

_N: Final = len(FEATURES)


class Part(IntEnum):
    """Parts of the model; each learns at its own rate."""

    SHARED = 0
    CELL = 1
    DENSE = 2
    GENERAL = 3


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
"""How one kind of subject's model learns: rates by part, weight of the prior in labels, which
features it reads, whether it reads pairs, and whether it predicts as river does."""


_Inputs = list[tuple[Part, tuple[int, ...]]]


def _layout(node: Literal["parcel", "traveler"]) -> _Inputs:
    """Inputs in order: their part, and the features that share what they add."""
    own: list[int] = members(node).tolist()
    read = [i for i in own if FEATURES[i].learn in ("alone", "paired")]
    paired = [i for i in own if FEATURES[i].learn == "paired"]
    shared: list[tuple[int, ...]] = [(), *((i,) for i in read)]
    shared += [(a, b) for k, a in enumerate(paired) for b in paired[:k]]
    rows: _Inputs = [(Part.SHARED, one) for one in shared]
    if node == "parcel":
        for memory in MEMORIES:
            found = (PLACE[f"{memory.name}_found"],)
            rows += [(Part.CELL, found), (Part.DENSE, found), (Part.DENSE, found)]
        rows.append((Part.DENSE, ()))
        kinds = [i for i in own if FEATURES[i].learn == "general"]
        general: list[tuple[int, ...]] = [(), *((i,) for i in kinds)]
        general += [tuple(PLACE[name] for name in names) for names in GENERAL_CROSSES]
        rows += [(Part.GENERAL, one) for one in general]
    return rows


_PARCEL_INPUTS: Final = _layout("parcel")
_TRAVELER_INPUTS: Final = _layout("traveler")
INPUTS: Final = max(len(_PARCEL_INPUTS), len(_TRAVELER_INPUTS))
"""Most inputs that a vector can turn on."""


def _column(rows: _Inputs, k: int) -> NDArray[np.int64]:
    return np.array([one[k] if len(one) > k else -1 for _, one in rows], np.int64)


def _count(rows: _Inputs, counted: Part) -> int:
    return sum(part == counted for part, _ in rows)


def _single(rows: _Inputs) -> NDArray[np.int64]:
    """Place of each feature's own shared input, -1 for none, shape (features,)."""
    places = np.full(_N, -1, np.int64)
    for k, (part, features) in enumerate(rows):
        if part == Part.SHARED and len(features) == 1:
            places[features[0]] = k
    return places


_PARCEL_FIRST: Final = _column(_PARCEL_INPUTS, 0)
_PARCEL_SECOND: Final = _column(_PARCEL_INPUTS, 1)
_TRAVELER_FIRST: Final = _column(_TRAVELER_INPUTS, 0)
_TRAVELER_SECOND: Final = _column(_TRAVELER_INPUTS, 1)
_PARCEL_SINGLE: Final = _single(_PARCEL_INPUTS)
_TRAVELER_SINGLE: Final = _single(_TRAVELER_INPUTS)
_PARCEL_SHARED: Final = _count(_PARCEL_INPUTS, Part.SHARED)
_TRAVELER_SHARED: Final = _count(_TRAVELER_INPUTS, Part.SHARED)
_MEMORIES: Final = len(MEMORIES)
_AS_INPUT: Final = _PARCEL_SHARED + 3 * _MEMORIES
_GENERAL: Final = _AS_INPUT + 1
_END: Final = len(_PARCEL_INPUTS)

_PARCEL: Final = int(NodeKind.PARCEL)
_FOUND: Final = np.array([PLACE[f"{memory.name}_found"] for memory in MEMORIES], np.int64)
_FINEST: Final = next(PLACE[f"{memory.name}_found"] for memory in MEMORIES if memory.finest)
_FOUND_RATE: Final = PLACE["found_rate"]
_MOST_PARTS: Final = max(len(memory.parts) for memory in MEMORIES)
_PARTS: Final = np.array(
    [
        [PLACE[part] for part in memory.parts] + [-1] * (_MOST_PARTS - len(memory.parts))
        for memory in MEMORIES
    ]
)
_EXACT: Final = np.array([memory.exact for memory in MEMORIES])
_IS_NUMBER: Final = np.array([f.kind in ("number", "flag") for f in FEATURES])
_IS_FLAG: Final = np.array([f.kind == "flag" for f in FEATURES])
_IS_LOG: Final = np.array([f.scale == "log" for f in FEATURES])
_STEP: Final = np.array([f.step for f in FEATURES])
_MASK: Final = np.uint64(CELLS - 1)
_MISSING_BITS: Final = np.uint64(0x7FF8000000000000)
_MOST_CODE: Final = float((1 << 53) - 1)
_NO_CELL: Final = np.int64(-1)
_TE_VALUE: Final = 0.5
_COUNT_VALUE: Final = 0.25
_SHARED: Final = int(Part.SHARED)
_CELL: Final = int(Part.CELL)
_DENSE: Final = int(Part.DENSE)
_GENERAL_PART: Final = int(Part.GENERAL)
_UNDECLARED: Final = int(Goods.UNDECLARED)
_NEW: Final = int(Goods.NEW)
_KNOWN: Final = int(Goods.KNOWN)


@kernel
def bin_of(x: Array, i: Int) -> Int:
    """What the model sees of one feature: its bin, its code, or that it is missing."""
    value = x[i]
    if value != value:
        return _MISSING_BITS
    if _IS_NUMBER[i]:
        if _IS_LOG[i]:
            value = exactmath.log2(1.0 + max(value, 0.0))
        return np.uint64(np.int64(math.floor(min(max(value / _STEP[i], -1e6), 1e6))))
    # Codes may be fractional (a tax rate), and tokens have 52 bits: both are exact like this.
    return np.uint64(np.int64(min(max(value, -1.0), _MOST_CODE) * 64.0))


@kernel
def memory_key(x: Array, m: Int) -> Int:
    """Key of the goods that agree in the fields of memory ``m``; 0 if none are declared."""
    first = x[_PARTS[m, 0]]
    if first != first:
        return np.uint64(0)
    h = np.uint64(5000 + m)
    for k in range(_MOST_PARTS):
        i = _PARTS[m, k]
        if i >= 0:
            if _EXACT[m] and _IS_NUMBER[i] and x[i] == x[i]:
                h = mix(h, np.uint64(np.int64(x[i] * 1e9)))
            else:
                h = mix(h, bin_of(x, i))
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
def goods_of(x: Array, node: Int) -> Int:
    """What is known of a parcel's goods."""
    found = x[_FINEST]
    if node != _PARCEL or found != found:
        return _UNDECLARED
    return _NEW if found + x[_FINEST + 1] == 0.0 else _KNOWN


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
        Filled with cells, int64, shape (>= INPUTS,); -1 is an input that is off.
    values
        Filled with values, float64, shape (>= INPUTS,).

    Returns
    -------
    How many places are filled.
    """
    parcel = node == _PARCEL
    first = _PARCEL_FIRST if parcel else _TRAVELER_FIRST
    second = _PARCEL_SECOND if parcel else _TRAVELER_SECOND
    shared = _PARCEL_SHARED if parcel else _TRAVELER_SHARED
    single = _PARCEL_SINGLE if parcel else _TRAVELER_SINGLE
    cells[0] = 0
    values[0] = 1.0
    for k in range(1, shared):
        i, j = first[k], second[k]
        values[k] = 1.0
        cells[k] = _NO_CELL
        if j < 0:
            # What is missing, and a flag that is down, have no cell: a cell that is nearly always
            # on would be one more intercept, and thirty of them learn thirty times too fast.
            value = x[i]
            if model.reads[i] == 1 and value == value and not (_IS_FLAG[i] and value == 0.0):
                bins[i] = bin_of(x, i)
                cells[k] = np.int64(mix(np.uint64(k), bins[i]) & _MASK)
        elif model.paired == 1 and cells[single[i]] >= 0 and cells[single[j]] >= 0:
            cells[k] = np.int64(mix(mix(np.uint64(k), bins[i]), bins[j]) & _MASK)
    if not parcel:
        return shared
    if goods_of(x, node) == _UNDECLARED:
        for k in range(shared, _END):
            cells[k] = _NO_CELL
            values[k] = 0.0
        return _END
    rate = min(max(x[_FOUND_RATE], 1e-4), 1.0 - 1e-4)
    prior = _log_odds(rate)
    k = shared
    for m in range(_MEMORIES):
        i = _FOUND[m]
        found, clean = x[i], x[i + 1]
        if model.reads[i] == 1 and found == found:
            bucket = np.uint64(6 * _bucket(found) + _bucket(clean))
            count = found + clean
            cells[k] = np.int64(mix(np.uint64(k), bucket) & _MASK)
            cells[k + 1] = np.int64(mix(np.uint64(k + 1), np.uint64(0)) & _MASK)
            cells[k + 2] = np.int64(mix(np.uint64(k + 2), np.uint64(0)) & _MASK)
            values[k] = 1.0
            share = (found + model.smoothing * rate) / (count + model.smoothing)
            values[k + 1] = _TE_VALUE * (_log_odds(min(max(share, 1e-6), 1.0 - 1e-6)) - prior)
            values[k + 2] = _COUNT_VALUE * exactmath.log(1.0 + count)
        else:
            cells[k] = _NO_CELL
            cells[k + 1] = _NO_CELL
            cells[k + 2] = _NO_CELL
        k += 3
    cells[_AS_INPUT] = np.int64(mix(np.uint64(_AS_INPUT), np.uint64(0)) & _MASK)
    for k in range(_GENERAL, _END):
        i, j = first[k], second[k]
        values[k] = 1.0
        cells[k] = _NO_CELL
        if i < 0:
            cells[k] = np.int64(mix(np.uint64(k), np.uint64(0)) & _MASK)
        elif model.reads[i] == 1 and (j < 0 or model.reads[j] == 1):
            h = mix(np.uint64(k), bin_of(x, i))
            cells[k] = np.int64((mix(h, bin_of(x, j)) if j >= 0 else h) & _MASK)
    return _END


@kernel
def _sum(weights: Array, cells: Array, values: Array, start: Int, stop: Int) -> Real:
    total = 0.0
    for k in range(start, stop):
        if cells[k] >= 0:
            total += weights[cells[k], 2] * values[k]
    return total


@kernel
def _give(contribution: Array, first: Int, second: Int, added: Real) -> Real:
    """Give what an input adds to its features; returns what belongs to none."""
    if first < 0:
        return added
    if second < 0:
        contribution[first] += added
    else:
        contribution[first] += 0.5 * added
        contribution[second] += 0.5 * added
    return 0.0


@kernel
def predict(
    weights: Array, node: Int, goods: Int, cells: Array, values: Array, contribution: Array
) -> Real:
    """Add up what each input adds, feature by feature.

    Parameters
    ----------
    weights
        Model, shape (CELLS, 3).
    node
        Kind of case.
    goods
        What :func:`goods_of` said.
    cells, values
        What :func:`find_inputs` filled.
    contribution
        What each feature adds, shape (features,); added to.

    Returns
    -------
    What belongs to no feature. With the contributions it is the model's log-odds.
    """
    parcel = node == _PARCEL
    first = _PARCEL_FIRST if parcel else _TRAVELER_FIRST
    second = _PARCEL_SECOND if parcel else _TRAVELER_SECOND
    rest = 0.0
    shared = _PARCEL_SHARED if parcel else _TRAVELER_SHARED
    for k in range(_AS_INPUT if goods == _KNOWN else shared):
        if cells[k] >= 0:
            rest += _give(contribution, first[k], second[k], weights[cells[k], 2] * values[k])
    if goods == _UNDECLARED:
        return rest
    scale = 1.0
    if goods == _KNOWN:
        scale = weights[cells[_AS_INPUT], 2]
    for k in range(_GENERAL, _END):
        if cells[k] >= 0:
            added = scale * (weights[cells[k], 2] * values[k])
            rest += _give(contribution, first[k], second[k], added)
    return rest


@kernel
def learn(
    weights: Array,
    model: Row,
    node: Int,
    goods: Int,
    cells: Array,
    values: Array,
    offset: Real,
    label: Real,
    importance: Real,
) -> Real:
    """Take one label.

    Parameters
    ----------
    weights
        Model, shape (CELLS, 3); changed in place.
    model
        ``MODEL`` record.
    node, goods, cells, values
        As in :func:`predict`, of the vector as it was scored.
    offset
        Log-odds from outside the model (base and prior), which stays fixed.
    label
        1.0 found, 0.0 nothing.
    importance
        Weight of the example, > 0.

    Returns
    -------
    Probability before learning.
    """
    shared = _PARCEL_SHARED if node == _PARCEL else _TRAVELER_SHARED
    total = offset + _sum(weights, cells, values, 0, shared)
    general = 0.0
    if goods != _UNDECLARED:
        general = _sum(weights, cells, values, _GENERAL, _END)
    if goods == _KNOWN:
        values[_AS_INPUT] = general
        total += _sum(weights, cells, values, shared, _GENERAL)
    else:
        total += general
    p = sigmoid(total)
    gradient = (p - label) * importance
    for k in range(shared):
        if cells[k] >= 0:
            update(weights, cells[k], gradient, model.rate[_SHARED], model.stale == 1)
    if goods == _KNOWN:
        for k in range(shared, _AS_INPUT):
            if cells[k] >= 0:
                part = _CELL if (k - shared) % 3 == 0 else _DENSE
                update(weights, cells[k], gradient * values[k], model.rate[part], model.stale == 1)
        update(weights, cells[_AS_INPUT], gradient * general, model.rate[_DENSE], model.stale == 1)
    elif goods == _NEW:
        for k in range(_GENERAL, _END):
            if cells[k] >= 0:
                update(weights, cells[k], gradient, model.rate[_GENERAL_PART], model.stale == 1)
    return p
