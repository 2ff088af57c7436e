"""What inspections found of a party in a row, since the last time that they found nothing."""

from __future__ import annotations

from typing import Final

import numpy as np

from haechi.engine.baseline import days_since
from haechi.engine.kernel import Array, Flag, Int, Real, Row, kernel

RUN: Final = np.dtype(
    [
        ("length", "<f8"),
        ("usual", "<f8"),
        ("low", "<f8"),
        ("began_us", "<i8"),
        ("clean_us", "<i8"),
    ]
)
"""Findings in the run, those of them that looked usual, the lowest ratio of the run (log2), when
it began and when an inspection last found nothing; 0 for never."""

_NO_LOW: Final = 6.0
_USUAL: Final = 1.3


@kernel
def describe(row: Row, now_us: Int, out: Array) -> None:
    """Write length, days, clean days, lowest ratio and usual findings of a run, shape (5,)."""
    out[0] = row.length
    out[1] = days_since(now_us, row.began_us if row.length > 0.0 else np.int64(0))
    out[2] = days_since(now_us, row.clean_us)
    out[3] = row.low if row.length > 0.0 else _NO_LOW
    out[4] = row.usual


@kernel
def extend(row: Row, seen_us: Int, found: Flag, ratio: Real) -> None:
    """Take an outcome into the run.

    Parameters
    ----------
    row
        ``RUN`` record; changed in place.
    seen_us
        When what was inspected had been seen.
    found
        Whether something was found.
    ratio
        How it compared with what is usual, log2; NaN where that is not known.
    """
    if not found:
        row.length = 0.0
        row.usual = 0.0
        row.clean_us = max(seen_us, row.clean_us)
        return
    if row.length == 0.0:
        row.began_us = seen_us
        row.low = _NO_LOW
    row.length += 1.0
    if ratio == ratio:
        row.low = min(row.low, ratio)
        if ratio < _USUAL:
            row.usual += 1.0
