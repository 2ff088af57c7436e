"""What inspections found of goods that agree in several fields, forgotten by half in 400 days."""

from __future__ import annotations

from typing import Final

import numpy as np

from haechi.engine.decay import YEAR_S
from haechi.engine.exactmath import remaining
from haechi.engine.kernel import Flag, Int, Real, Row, kernel

MEMORY: Final = np.dtype([("key", "<u8"), ("last_us", "<i8"), ("found", "<f8"), ("clean", "<f8")])
"""Decayed findings and clean inspections of one key, as of ``last_us`` in event time."""


@kernel
def share_left(row: Row, now_us: Int) -> Real:
    """Share of a memory's counts that is left at ``now_us``, which changes nothing."""
    return remaining((now_us - row.last_us) * 1e-6, YEAR_S)


@kernel
def remember(row: Row, now_us: Int, found: Flag, times: Real) -> None:
    """Count an inspection's outcome; ``times`` is 1, or -1 to take back what was wrong."""
    age_s = (now_us - row.last_us) * 1e-6
    weight = times
    if age_s > 0.0:
        left = remaining(age_s, YEAR_S)
        row.found *= left
        row.clean *= left
        row.last_us = now_us
    else:
        # What comes late counts with the weight that it would have by now.
        weight *= remaining(-age_s, YEAR_S)
    if found:
        row.found = max(row.found + weight, 0.0)
    else:
        row.clean = max(row.clean + weight, 0.0)
