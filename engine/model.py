"""A learned model: what it says of a vector's inputs, and how it takes a label.

    z = trust * shared + (memory     if such goods are known
                          general    if they are new)

Each part learns as if it were alone, so that none leans on another; *trust* is one factor that says
how much the shared part is worth beside the others. Everything is a weight times a value, so
contributions are exact; an input of two features is shared by them equally.
"""

from __future__ import annotations

from typing import Final

from haechi.engine.codes import NodeKind
from haechi.engine.exactmath import sigmoid
from haechi.engine.ftrl import update
from haechi.engine.inputs import (
    GENERAL_AT,
    INPUTS_OF_PARCELS,
    PARCEL_FIRST,
    PARCEL_SECOND,
    PARCEL_SHARED,
    TRAVELER_FIRST,
    TRAVELER_SECOND,
    TRAVELER_SHARED,
    TRUST_CELL,
    Goods,
)
from haechi.engine.kernel import Array, Flag, Int, Real, Row, kernel
from haechi.engine.layout import Part

_PARCEL: Final = int(NodeKind.PARCEL)
_SHARED_PART: Final = int(Part.SHARED)
_CELL_PART: Final = int(Part.CELL)
_DENSE_PART: Final = int(Part.DENSE)
_GENERAL_PART: Final = int(Part.GENERAL)
_TRUST_PART: Final = int(Part.TRUST)
_UNDECLARED: Final = int(Goods.UNDECLARED)
_KNOWN: Final = int(Goods.KNOWN)


@kernel
def _sum(weights: Array, cells: Array, values: Array, start: Int, stop: Int) -> Real:
    total = 0.0
    for k in range(start, stop):
        if cells[k] >= 0:
            total += weights[cells[k], 2] * values[k]
    return total


@kernel
def trust(weights: Array) -> Real:
    """What the shared part is worth: 1 before anything was learned, never below 0."""
    return max(1.0 + weights[TRUST_CELL, 2], 0.0)


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
    goods, cells, values
        What :func:`find_inputs` said and filled.
    contribution
        What each feature adds, shape (features,); added to.

    Returns
    -------
    What belongs to no feature. With the contributions it is the model's ``z``.
    """
    parcel = node == _PARCEL
    first = PARCEL_FIRST if parcel else TRAVELER_FIRST
    second = PARCEL_SECOND if parcel else TRAVELER_SECOND
    factor = trust(weights)
    rest = 0.0
    for k in range(PARCEL_SHARED if parcel else TRAVELER_SHARED):
        if cells[k] >= 0:
            added = factor * (weights[cells[k], 2] * values[k])
            rest += _give(contribution, first[k], second[k], added)
    if goods == _UNDECLARED:
        return rest
    start = PARCEL_SHARED if goods == _KNOWN else GENERAL_AT
    for k in range(start, GENERAL_AT if goods == _KNOWN else INPUTS_OF_PARCELS):
        if cells[k] >= 0:
            rest += _give(contribution, first[k], second[k], weights[cells[k], 2] * values[k])
    return rest


@kernel
def _push(
    weights: Array,
    cells: Array,
    values: Array,
    start: Int,
    stop: Int,
    gradient: Real,
    rate: Row,
    stale: Flag,
) -> None:
    for k in range(start, stop):
        if cells[k] >= 0:
            update(weights, cells[k], gradient * values[k], rate, stale)


@kernel
def learn(
    weights: Array,
    model: Row,
    node: Int,
    goods: Int,
    unseen: Flag,
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
    unseen
        Whether nobody has inspected such goods by now.
    offset
        Log-odds from outside the model (base and prior), which stays fixed.
    label
        1.0 found, 0.0 nothing.
    importance
        Weight of the example, > 0.

    Returns
    -------
    What the model would add to the offset, before learning.
    """
    stale = model.stale == 1
    stop = PARCEL_SHARED if node == _PARCEL else TRAVELER_SHARED
    shared = _sum(weights, cells, values, 0, stop)
    factor = trust(weights)
    z = factor * shared
    if goods != _UNDECLARED:
        memory = _sum(weights, cells, values, PARCEL_SHARED, GENERAL_AT)
        general = _sum(weights, cells, values, GENERAL_AT, INPUTS_OF_PARCELS)
        z += memory if goods == _KNOWN else general
        error = (sigmoid(offset + memory) - label) * importance
        for k in range(PARCEL_SHARED, GENERAL_AT, 2):
            if cells[k] >= 0:
                update(weights, cells[k], error * values[k], model.rate[_CELL_PART], stale)
                dense = error * values[k + 1]
                update(weights, cells[k + 1], dense, model.rate[_DENSE_PART], stale)
        if unseen:
            error = (sigmoid(offset + general) - label) * importance
            rate = model.rate[_GENERAL_PART]
            _push(weights, cells, values, GENERAL_AT, INPUTS_OF_PARCELS, error, rate, stale)
    error = (sigmoid(offset + shared) - label) * importance
    _push(weights, cells, values, 0, stop, error, model.rate[_SHARED_PART], stale)
    error = (sigmoid(offset + z) - label) * importance
    update(weights, TRUST_CELL, error * shared, model.rate[_TRUST_PART], stale)
    return z
