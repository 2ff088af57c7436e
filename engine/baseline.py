"""What is usual for a party: a mean that fraud cannot drag."""

from __future__ import annotations

from typing import Final

import numpy as np

from haechi.engine import exactmath
from haechi.engine.kernel import Array, Int, Real, Row, kernel

BASELINE: Final = np.dtype(
    [
        ("total", "<f8"),
        ("count", "<f8"),
        ("high_us", "<i8"),
        ("peak", "<f8"),
        ("peak_us", "<i8"),
    ]
)
"""Sum and number of the values taken, when one was last high, and the highest ratio of late."""

MOST_DAYS: Final = 60.0
_START: Final = 50.0
_FEW: Final = 4.0
_HIGH: Final = 3.0
_TAKEN: Final = 2.5
_CLIP: Final = 2.2
_PEAK_DAYS: Final = 5.0
_DAY_US: Final = 86400e6


@kernel
def days_since(now_us: Int, then_us: Int) -> Real:
    """Days from one time to another, 0 to :data:`MOST_DAYS`; the most for never (0)."""
    if then_us == 0:
        return MOST_DAYS
    return min(max((now_us - then_us) / _DAY_US, 0.0), MOST_DAYS)


@kernel
def usual(row: Row) -> Real:
    """The mean, drawn towards a starting value while little is known."""
    return (_START + row.total) / (1.0 + row.count)


@kernel
def _peak_now(row: Row, now_us: Int) -> Real:
    age = max((now_us - row.peak_us) / _DAY_US, 0.0)
    return row.peak * exactmath.exp(-0.6931471805599453 * age / _PEAK_DAYS)


@kernel
def compare(row: Row, now_us: Int, value: Real, out: Array) -> None:
    """Write log2 ratio, calm and peak of a value against what is usual, shape (3,)."""
    ratio = value / (usual(row) + 1.0)
    out[0] = exactmath.log2(max(ratio, 1e-6))
    out[1] = days_since(now_us, row.high_us)
    out[2] = exactmath.log2(max(_peak_now(row, now_us), 1e-3))


@kernel
def take(row: Row, now_us: Int, value: Real) -> None:
    """Take a value in; what is far above the usual is noted and not taken."""
    mean = usual(row)
    ratio = value / (mean + 1.0)
    if ratio <= _TAKEN or row.count < _FEW:
        row.total += min(value, _CLIP * mean if row.count >= _FEW else 3.0 * _START)
        row.count += 1.0
    if ratio > _HIGH:
        row.high_us = max(now_us, row.high_us)
    row.peak = max(_peak_now(row, now_us), ratio)
    row.peak_us = max(now_us, row.peak_us)
