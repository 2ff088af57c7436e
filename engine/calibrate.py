"""Probabilities that mean what they say: the score's slope and shift, learned online.

    log-odds = base + slope * z + shift

where ``z`` is what prior and model add to the base. Two parameters, one Newton step a label on the
weighted log-loss of the score as it was given (online Platt scaling). What is known and what is new
are calibrated apart, because their scores come from different inputs.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from haechi.engine.exactmath import remaining, sigmoid
from haechi.engine.kernel import Int, Real, Row, kernel

PLATT: Final = np.dtype(
    [
        ("slope", "<f8"),
        ("shift", "<f8"),
        ("zz", "<f8"),
        ("z", "<f8"),
        ("one", "<f8"),
        ("last_us", "<i8"),
    ]
)
"""Slope, shift, and the curvature of the loss in both, decayed to ``last_us`` in event time."""

_DAMPING: Final = 100.0
"""Curvature that is always there, so that a few labels do not throw the scores about."""

_HALF_LIFE_S: Final = 60 * 86400.0
"""How fast earlier labels cease to steady the parameters."""


@kernel
def start(platt: Row) -> None:
    """Begin with scores as they are."""
    platt.slope = 1.0
    platt.shift = 0.0
    platt.zz = 0.0
    platt.z = 0.0
    platt.one = 0.0
    platt.last_us = 0


@kernel
def calibrate(platt: Row, base: Real, z: Real, label: Real, weight: Real, now_us: Int) -> None:
    """Take one label.

    Parameters
    ----------
    platt
        ``PLATT`` record; changed in place.
    base
        Log-odds that stay as they are.
    z
        What is added to them before calibration.
    label
        1.0 found, 0.0 nothing.
    weight
        Inverse of the propensity with which it was inspected.
    now_us
        When the inspection ended, event time.
    """
    p = sigmoid(base + platt.slope * z + platt.shift)
    v = max(p * (1.0 - p), 1e-3) * weight
    kept = 1.0
    if platt.last_us != 0:
        kept = remaining((now_us - platt.last_us) * 1e-6, _HALF_LIFE_S)
    platt.last_us = max(now_us, platt.last_us)
    platt.zz = platt.zz * kept + v * z * z
    platt.z = platt.z * kept + v * z
    platt.one = platt.one * kept + v
    error = (p - label) * weight
    zz, one = platt.zz + _DAMPING, platt.one + _DAMPING
    det = zz * one - platt.z * platt.z
    platt.slope -= (one * z - platt.z) * error / det
    platt.shift -= (zz - platt.z * z) * error / det
    # A score never turns round, whatever a few odd labels say.
    platt.slope = min(max(platt.slope, 0.1), 3.0)
