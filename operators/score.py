"""From a feature vector to log-odds: the expert prior plus what was learned, exactly added.

Every feature and every cross is one cell of the learned model, so its weight is its
contribution. For parcels the learned part counts; for travelers it runs in shadow.
"""

from __future__ import annotations

import math
from typing import Final

import numpy as np

from haechi.engine.codes import NodeKind, Stream
from haechi.engine.features import CROSSES, FEATURES, PLACE, members
from haechi.engine.ftrl import CELLS, weight
from haechi.engine.hashing import mix
from haechi.engine.kernel import Array, Int, Row, step
from haechi.engine.prior import ramp
from haechi.operators.state import State

_N: Final = len(FEATURES)
_CROSSES: Final = len(CROSSES)
_PARCEL: Final = int(NodeKind.PARCEL)
_PARCEL_MEMBERS: Final = members("parcel")
_TRAVELER_MEMBERS: Final = members("traveler")
_IS_NUMBER: Final = np.array([f.kind in ("number", "flag") for f in FEATURES])
_IS_FLAG: Final = np.array([f.kind == "flag" for f in FEATURES])
_STEP: Final = np.array([f.step for f in FEATURES])
_LINKED: Final = np.array([f.linked for f in FEATURES])
_MOST_PARTS: Final = max(len(cross.parts) for cross in CROSSES)
_PARTS: Final = np.array(
    [
        [PLACE[part] for part in cross.parts] + [-1] * (_MOST_PARTS - len(cross.parts))
        for cross in CROSSES
    ]
)
FEATURE_STREAM: Final = np.array([Stream[f.stream.upper()] for f in FEATURES], np.int64)
"""Stream of each feature, shape (features,)."""

_MASK: Final = np.uint64(CELLS - 1)
_MISSING_BITS: Final = np.uint64(0x7FF8000000000000)
_BIAS: Final = np.int64(0)
_NO_CELL: Final = np.int64(-1)
_MOST_CODE: Final = float((1 << 53) - 1)


@step
def _bits(vector: Array, i: Int) -> Int:
    """What the learned model sees of one feature: its bin, its code, or that it is missing."""
    value = vector[i]
    if value != value:
        return _MISSING_BITS
    if _IS_NUMBER[i]:
        return np.uint64(np.int64(math.floor(min(max(value / _STEP[i], -1e6), 1e6))))
    # Codes may be fractional (a tax rate), and tokens have 52 bits: both are exact like this.
    return np.uint64(np.int64(min(max(value, -1.0), _MOST_CODE) * 64.0))


@step
def find_cells(vector: Array, node: Int, cells: Array) -> Int:
    """Cells that a vector turns on: the bias, the features, the crosses.

    Parameters
    ----------
    vector
        Feature vector, shape (features,).
    node
        Kind of case.
    cells
        Filled with cells, int64, shape (>= features + crosses,).

    Returns
    -------
    How many places of ``cells`` are filled; -1 stands for a feature without a cell.
    """
    places = _PARCEL_MEMBERS if node == _PARCEL else _TRAVELER_MEMBERS
    cells[0] = _BIAS
    count = 1
    for i in places:
        value = vector[i]
        # What is missing, and a flag that is down, have no cell: a cell that is nearly always
        # on would be one more intercept, and thirty of them learn thirty times too fast.
        if value == value and not (_IS_FLAG[i] and value == 0.0):
            cells[count] = np.int64(mix(np.uint64(i + 1), _bits(vector, i)) & _MASK)
        else:
            cells[count] = _NO_CELL
        count += 1
    if node == _PARCEL:
        for c in range(_CROSSES):
            h = np.uint64(1000 + c)
            for k in range(_MOST_PARTS):
                if _PARTS[c, k] >= 0:
                    h = mix(h, _bits(vector, _PARTS[c, k]))
            cells[count] = np.int64(h & _MASK)
            count += 1
    return count


@step
def score(s: State, node: Int, out: Row) -> None:
    """Score the vector in ``s.vector`` and write score and contributions into ``out``."""
    count = find_cells(s.vector, node, s.cells)
    c = out.contribution
    for i in range(c.shape[0]):
        c[i] = 0.0
    live = node == _PARCEL
    kind = 0 if live else 1
    weights = s.weights[kind]
    places = _PARCEL_MEMBERS if live else _TRAVELER_MEMBERS
    base = s.base[kind]
    learned = weight(weights, s.cells[0])
    if live:
        base += learned
    total = base
    own = base
    shadow = base if live else base + learned
    for k in range(places.shape[0]):
        i = places[k]
        prior = ramp(s.prior[kind, i], s.vector[i])
        cell = s.cells[1 + k]
        learned = weight(weights, cell) if cell >= 0 else 0.0
        shadow += prior + learned
        c[i] = prior + learned if live else prior
        total += c[i]
        if not _LINKED[i]:
            own += c[i]
    for k in range(1 + places.shape[0], count):
        i = _N + k - 1 - places.shape[0]
        learned = weight(weights, s.cells[k])
        shadow += learned
        if live:
            c[i] = learned
            total += learned
            own += learned
    out.base = base
    out.log_odds = total
    out.own_log_odds = own
    out.shadow_log_odds = np.nan if live else shadow
