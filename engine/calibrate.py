"""Probabilities that mean what they say: the score's slope and shift, learned online.

    log-odds = base + slope * z + shift

where ``z`` is what prior and model add to the base. Two parameters, one Newton step a label on the
weighted log-loss of the score as it was given (online Platt scaling). What is known and what is new
are calibrated apart, because their scores come from different inputs.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from haechi.engine.exactmath import sigmoid
from haechi.engine.kernel import Real, Row, kernel

PLATT: Final = np.dtype(
    [("slope", "<f8"), ("shift", "<f8"), ("zz", "<f8"), ("z", "<f8"), ("one", "<f8")]
)
"""Slope, shift, and the curvature of the loss in both, decayed."""

_PRIOR: Final = 20.0
_KEPT: Final = 0.5 ** (1.0 / 4000.0)
"""A label's part in the curvature is halved after 4,000 more."""


@kernel
def start(platt: Row) -> None:
    """Begin with scores as they are."""
    platt.slope = 1.0
    platt.shift = 0.0
    platt.zz = _PRIOR
    platt.z = 0.0
    platt.one = _PRIOR


@kernel
def calibrate(platt: Row, base: Real, z: Real, label: Real, weight: Real) -> None:
    """Take one label.

    Parameters
    ----------
    platt
        ``PLATT`` record; changed in place.
    base
        Log-odds that stay as they are.
    z
        What was added to them when it was scored.
    label
        1.0 found, 0.0 nothing.
    weight
        Inverse of the propensity with which it was inspected.
    """
    p = sigmoid(base + platt.slope * z + platt.shift)
    v = max(p * (1.0 - p), 1e-3) * weight
    platt.zz = _PRIOR + (platt.zz - _PRIOR) * _KEPT + v * z * z
    platt.z = platt.z * _KEPT + v * z
    platt.one = _PRIOR + (platt.one - _PRIOR) * _KEPT + v
    error = (p - label) * weight
    det = platt.zz * platt.one - platt.z * platt.z
    platt.slope -= (platt.one * z - platt.z) * error / det
    platt.shift -= (platt.zz - platt.z * z) * error / det
    # A score never turns round, whatever a few odd labels say.
    platt.slope = min(max(platt.slope, 0.1), 3.0)
