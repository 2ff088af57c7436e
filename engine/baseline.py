"""What is usual for a party: a mean that fraud cannot drag."""

from __future__ import annotations

from typing import Final

import numpy as np

from haechi.engine import exactmath
from haechi.engine.kernel import Array, Int, Real, Row, kernel

BASELINE: Final = np.dtype(
    [
        ("total", "<f8"),
        ("taken", "<f8"),
        ("count", "<f8"),
        ("high_us", "<i8"),
        ("peak", "<f8"),
        ("peak_us", "<i8"),
    ]
)
"""Sum and number of the values taken in, number of all, when a ratio was last high, and the highest
ratio of late as of ``peak_us``."""

OVERALL: Final = np.dtype([("total", "<f8"), ("taken", "<f8")])
"""Sum and number of the values taken in of all parties together."""

MOST_DAYS: Final = 60.0
_FEW: Final = 4.0
_HIGH: Final = 3.0
_TAKEN: Final = 2.5
_CLIP: Final = 2.2
_PEAK_DAYS: Final = 5.0
_DAY_US: Final = 86400e6
_LEAST: Final = 1e-3


@kernel
def days_since(now_us: Int, then_us: Int) -> Real:
    """Days from one time to another, 0 to :data:`MOST_DAYS`; the most for never (0)."""
    if then_us == 0:
        return MOST_DAYS
    return min(max((now_us - then_us) / _DAY_US, 0.0), MOST_DAYS)


@kernel
def _prior(overall: Row, value: Real) -> Real:
    return overall.total / overall.taken if overall.taken > 0.0 else max(value, 1.0)


@kernel
def _mean(row: Row, prior: Real) -> Real:
    """The mean, which begins at what is usual for everybody."""
    return (row.total + prior) / (row.taken + 1.0)


@kernel
def peak_now(row: Row, now_us: Int) -> Real:
    """Highest ratio of late, halved every five days."""
    return row.peak * exactmath.remaining((now_us - row.peak_us) / _DAY_US, _PEAK_DAYS)


@kernel
def as_log2(ratio: Real) -> Real:
    """A ratio as log2, not below a thousandth."""
    return exactmath.log2(max(ratio, _LEAST))


@kernel
def compare(row: Row, overall: Row, now_us: Int, value: Real, out: Array) -> None:
    """Write log2 ratio, calm and peak of a value against what is usual, shape (3,)."""
    out[0] = as_log2(value / _mean(row, _prior(overall, value)))
    out[1] = days_since(now_us, row.high_us)
    out[2] = as_log2(peak_now(row, now_us))


@kernel
def take(row: Row, overall: Row, now_us: Int, value: Real) -> None:
    """Take a value in; what is far above the usual is noted and not taken."""
    prior = _prior(overall, value)
    mean = _mean(row, prior)
    ratio = value / mean
    if ratio <= _TAKEN or row.count < _FEW:
        taken = min(value, 3.0 * prior if row.count < _FEW else _CLIP * mean)
        row.total += taken
        row.taken += 1.0
        overall.total += taken
        overall.taken += 1.0
    row.count += 1.0
    if ratio > _HIGH:
        row.high_us = max(now_us, row.high_us)
    row.peak = max(peak_now(row, now_us), ratio)
    row.peak_us = max(now_us, row.peak_us)
