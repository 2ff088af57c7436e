"""Logistic regression, learned online by FTRL-proximal.

McMahan et al., "Ad Click Prediction: a View from the Trenches", KDD 2013, algorithm 1. A model is
a table of cells; an input is a cell and a value, and its weight times its value is what it adds to
the log-odds, exactly. Inputs that are seen at another pace learn at another rate.
"""

from __future__ import annotations

import math
from typing import Any, Final

import numpy as np

from haechi.engine.kernel import Array, Flag, Int, Real, Row, kernel

CELLS: Final = 1 << 20
"""Cells of a model; collisions cost nothing measurable on a million cells (KCS data)."""

RATE: Final = np.dtype([("alpha", "<f8"), ("beta", "<f8"), ("l2", "<f8")])
"""How fast an input learns. There is no l1, because contributions should be complete."""


def new_weights() -> np.ndarray[Any, Any]:
    """An untrained model, float64, shape (CELLS, 3): z, n and the weight of each cell."""
    return np.zeros((CELLS, 3))


@kernel
def settled(z: Real, n: Real, rate: Row) -> Real:
    """Weight that belongs to z and n."""
    if z == 0.0:
        return 0.0
    return -z / ((rate.beta + math.sqrt(n)) / rate.alpha + rate.l2)


@kernel
def update(weights: Array, cell: Int, gradient: Real, rate: Row, stale: Flag) -> None:
    """Take one gradient into one cell.

    Parameters
    ----------
    weights
        Model, shape (CELLS, 3); changed in place.
    cell
        Which cell.
    gradient
        Of the loss by this cell's weight: (probability - label) * importance * value.
    rate
        ``RATE`` record.
    stale
        Predict with the weight from before this gradient, as river's FTRLProximal does.
    """
    z, n = weights[cell, 0], weights[cell, 1]
    w = settled(z, n, rate)
    n_next = n + gradient * gradient
    z_next = z + gradient - (math.sqrt(n_next) - math.sqrt(n)) / rate.alpha * w
    weights[cell, 0] = z_next
    weights[cell, 1] = n_next
    weights[cell, 2] = w if stale else settled(z_next, n_next, rate)


@kernel
def loosen(weights: Array, share: Real) -> None:
    """Let every cell learn as if it had seen only ``share`` of its gradients; weights stay."""
    for cell in range(weights.shape[0]):
        n = weights[cell, 1]
        if n > 0.0:
            weights[cell, 0] *= (1.0 + math.sqrt(share * n)) / (1.0 + math.sqrt(n))
            weights[cell, 1] = share * n
