"""What inspections found of a party in a row, and whether others explain it."""

from __future__ import annotations

import math
from typing import Final

import numpy as np

from haechi.engine.baseline import days_since
from haechi.engine.kernel import Array, Flag, Int, Real, Row, kernel

RUN: Final = np.dtype(
    [
        ("length", "<f8"),
        ("blame", "<f8"),
        ("began_us", "<i8"),
        ("clean_us", "<i8"),
    ]
)
"""Findings in the run, how far another party explains the one that it explains least, when the run
began and when an inspection last found nothing; 0 for never."""

UNEXPLAINED: Final = 6.0
"""Blame where there is no run; in log2, as ratios are."""

_KEPT: Final = 0.5
"""Share of a run that a clean inspection leaves: one missed finding should not end it."""


@kernel
def describe(row: Row, now_us: Int, out: Array) -> None:
    """Write length, days, clean days and blame of a run, shape (4,)."""
    on = row.length > 0.0
    out[0] = row.length
    out[1] = days_since(now_us, row.began_us if on else np.int64(0))
    out[2] = days_since(now_us, row.clean_us)
    out[3] = row.blame if on else UNEXPLAINED


@kernel
def extend(row: Row, seen_us: Int, found: Flag, blame: Real) -> None:
    """Take an outcome into the run.

    Parameters
    ----------
    row
        ``RUN`` record; changed in place.
    seen_us
        When what was inspected had been seen.
    found
        Whether something was found.
    blame
        How unusual the other party was then or has been since, log2 ratio; NaN if not known.
        Where every finding has somebody else to blame, this party may be innocent.
    """
    if not found:
        row.length = math.floor(_KEPT * row.length)
        row.clean_us = max(seen_us, row.clean_us)
        return
    if row.length == 0.0:
        row.began_us = seen_us
        row.blame = UNEXPLAINED
    row.length += 1.0
    if blame == blame:
        row.blame = min(row.blame, blame)
