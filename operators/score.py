"""From a feature vector to log-odds: the expert prior plus what was learned, exactly added.

For parcels the learning model counts, calibrated online. For travelers the model that was
promoted counts; the one that learns runs in shadow.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from haechi.engine import exactmath
from haechi.engine.codes import NodeKind, Stream
from haechi.engine.features import FEATURES, members
from haechi.engine.inputs import Goods, find_inputs
from haechi.engine.kernel import Int, Real, Row, step
from haechi.engine.model import predict
from haechi.engine.prior import ramp
from haechi.operators.parties import found_rate
from haechi.operators.state import State

_PARCEL: Final = int(NodeKind.PARCEL)
_PARCEL_MEMBERS: Final = members("parcel")
_TRAVELER_MEMBERS: Final = members("traveler")
_LINKED: Final = np.array([f.linked for f in FEATURES])
_NEW: Final = int(Goods.NEW)
_LIVE: Final = 0
_SHADOW: Final = 1
_PROMOTED: Final = 2
FEATURE_STREAM: Final = np.array([Stream[f.stream.upper()] for f in FEATURES], np.int64)
"""Stream of each feature, shape (features,)."""


@step
def base_log_odds(s: State, node: Int) -> Real:
    """Log-odds of a finding when nothing speaks: for parcels what random checks would find."""
    if node != _PARCEL:
        return s.base[1]
    rate = found_rate(s, node)
    return exactmath.log(rate / (1.0 - rate))


@step
def arm(goods: Int) -> Int:
    """Which calibration a score belongs to: of what is new, or of what is known."""
    return 0 if goods == _NEW else 1


@step
def score(s: State, node: Int, out: Row) -> None:
    """Score the vector in ``s.vector`` and write score and contributions into ``out``."""
    parcel = node == _PARCEL
    kind = 0 if parcel else 1
    goods = find_inputs(s.vector, node, s.model[kind], s.bins, s.cells, s.values)
    c = out.contribution
    for k in range(c.shape[0]):
        c[k] = 0.0
    out.shadow_log_odds = np.nan
    base = base_log_odds(s, node)
    places = _PARCEL_MEMBERS if parcel else _TRAVELER_MEMBERS
    prior: Real = 0.0
    if not parcel:
        shadow = predict(s.weights[_SHADOW], node, goods, s.cells, s.values, c)
        for i in places:
            shadow += c[i]
            c[i] = 0.0
            prior += ramp(s.prior[kind, i], s.vector[i])
        out.shadow_log_odds = base + prior + shadow
    weights = s.weights[_LIVE if parcel else _PROMOTED]
    rest = predict(weights, node, goods, s.cells, s.values, c)
    platt = s.platt[kind, arm(goods)]
    z: Real = rest
    total = base + platt.slope * rest + platt.shift
    out.base = total
    linked: Real = 0.0
    for i in places:
        added = ramp(s.prior[kind, i], s.vector[i]) + c[i]
        z += added
        c[i] = platt.slope * added
        total += c[i]
        if _LINKED[i]:
            linked += c[i]
    out.raw = z
    out.log_odds = total
    out.own_log_odds = total - linked
