"""Hashed logistic regression, learned online by FTRL-proximal.

McMahan et al., "Ad Click Prediction: a View from the Trenches", KDD 2013, algorithm 1.
Every input is a cell of value one (a feature in one bin, or a cross), so that a weight is
its contribution to the log-odds, exactly. A cell is two numbers, z and n, side by side.
"""

from __future__ import annotations

import math
from typing import Any, Final

import numpy as np

from haechi.engine.exactmath import sigmoid
from haechi.engine.kernel import Array, Int, Real, kernel

CELLS: Final = 1 << 20
"""Cells of a model; collisions cost nothing measurable on a million cells (KCS data)."""

ALPHA: Final = 0.1
BETA: Final = 1.0
L2: Final = 1.0
"""Hand-set on the KCS training year; l1 stays 0, because contributions should be complete."""


def new_weights() -> np.ndarray[Any, Any]:
    """An untrained model, float64, shape (CELLS, 2): z and n of each cell."""
    return np.zeros((CELLS, 2))


@kernel
def weight(weights: Array, cell: Int) -> Real:
    """Log-odds that one cell contributes."""
    z = weights[cell, 0]
    if z == 0.0:
        return 0.0
    return -z / ((BETA + math.sqrt(weights[cell, 1])) / ALPHA + L2)


@kernel
def learn(
    weights: Array, cells: Array, count: Int, offset: Real, label: Real, importance: Real
) -> Real:
    """Take one label into the first ``count`` cells.

    Parameters
    ----------
    weights
        Model, shape (CELLS, 2); changed in place.
    cells
        Cells that were on when it was scored, int64, shape (>= count,); -1 is none.
    count
        How many of them to read.
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
    total = offset
    for i in range(count):
        if cells[i] >= 0:
            total += weight(weights, cells[i])
    p = sigmoid(total)
    gradient = (p - label) * importance
    for i in range(count):
        cell = cells[i]
        if cell < 0:
            continue
        w = weight(weights, cell)
        n = weights[cell, 1]
        n_next = n + gradient * gradient
        sigma = (math.sqrt(n_next) - math.sqrt(n)) / ALPHA
        weights[cell, 0] += gradient - sigma * w
        weights[cell, 1] = n_next
    return p
