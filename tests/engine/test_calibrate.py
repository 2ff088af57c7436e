"""Calibration finds the slope and the shift that scores lack, also from few, weighted labels."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from haechi.engine.calibrate import PLATT, calibrate, start
from haechi.engine.kernel import kernel


@kernel
def _start(rows: Any) -> None:
    start(rows[0])


@kernel
def _calibrate(rows: Any, base: float, z: Any, labels: Any, weights: Any, times: Any) -> None:
    for i in range(z.shape[0]):
        calibrate(rows[0], base, z[i], labels[i], weights[i], times[i])


def learned(z: Any, labels: Any, weights: Any, base: float = -1.0) -> Any:
    rows = np.zeros(1, PLATT)
    _start(rows)
    times = np.arange(1, len(z) + 1) * 60_000_000
    _calibrate(rows, base, z, labels.astype(float), weights, times)
    return rows[0]


@pytest.mark.parametrize(("slope", "shift"), [(1.0, 0.0), (0.5, 0.0), (1.5, -1.0), (2.0, 0.5)])
def test_slope_and_shift_are_found(slope: float, shift: float) -> None:
    draws = np.random.default_rng(5)
    z = draws.normal(0.0, 2.0, 60_000)
    p = 1.0 / (1.0 + np.exp(-(-1.0 + slope * z + shift)))
    found = learned(z, draws.random(len(z)) < p, np.ones(len(z)))
    assert found["slope"] == pytest.approx(slope, abs=0.08)
    assert found["shift"] == pytest.approx(shift, abs=0.1)


def test_inverse_propensities_undo_the_selection() -> None:
    """Whoever inspects what scores high and few of the rest still learns what holds for all."""
    draws = np.random.default_rng(6)
    z = draws.normal(0.0, 2.0, 400_000)
    p = 1.0 / (1.0 + np.exp(-(-1.0 + 0.7 * z)))
    labels = draws.random(len(z)) < p
    # Inspected above 1, or if found likely by something that the score does not know.
    propensity = np.where(z > 1.0, 1.0, np.where(labels, 0.2, 0.05))
    seen = draws.random(len(z)) < propensity
    weighted = learned(z[seen], labels[seen], 1.0 / propensity[seen])
    naive = learned(z[seen], labels[seen], np.ones(int(seen.sum())))
    assert weighted["slope"] == pytest.approx(0.7, abs=0.08)
    assert abs(naive["shift"]) > 4 * abs(weighted["shift"])


def test_a_few_labels_do_not_throw_scores_about() -> None:
    found = learned(np.full(5, 3.0), np.zeros(5, bool), np.ones(5))
    assert 0.8 < found["slope"] <= 1.0
