"""Which would-be releases are inspected at random: each with a known probability, never zero.

Uniformly, or rather where an inspection would teach most: goods that nobody inspected yet, that
come often, and of which no inspection is under way. A tracked normaliser keeps the mean share at
what the lane promises, so that the probability of each case is known when it comes.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from haechi.engine import exactmath
from haechi.engine.decay import YEAR_S
from haechi.engine.exactmath import remaining
from haechi.engine.kernel import Flag, Int, Real, Row, kernel

WAIT: Final = np.dtype([("seen", "<f8"), ("last_us", "<i8"), ("pending", "<f8"), ("spare", "<f8")])
"""Goods that came and were not inspected (decayed, 400 d), and inspections under way. Kept by hash:
two kinds of goods may share one, which only blurs where to look."""

WAITS: Final = 1 << 18
_TEMPERATURE: Final = 0.1
_SEEN: Final = 0.6
_PENDING: Final = 2.0
_BONUS: Final = 0.4
_UNDER_WAY: Final = 1.0
_KNOWN: Final = 20.0
_UNIFORM: Final = 0.1
"""Share of exploration that is uniform, so that every case has a chance."""

_MOST: Final = 0.5
_STEP: Final = 2.0
"""Step of the normaliser, times the rate: the likeliest case moves it by one."""


@kernel
def _now(row: Row, now_us: Int) -> Real:
    return row.seen * remaining((now_us - row.last_us) * 1e-6, YEAR_S)


@kernel
def bonus(row: Row, now_us: Int) -> Real:
    """Log-odds by which new goods are rather held: what comes often is worth knowing."""
    more = _BONUS * exactmath.log(1.0 + _now(row, now_us))
    return more - _UNDER_WAY if row.pending > 0.0 else more


@kernel
def worth(row: Row, now_us: Int, z: Real, known: Flag) -> Real:
    """How much an inspection would teach, in units of the draw's temperature."""
    u = z + _SEEN * exactmath.log(1.0 + _now(row, now_us))
    if row.pending > 0.0:
        u -= _PENDING
    return (u - (_KNOWN if known else 0.0)) / _TEMPERATURE


@kernel
def _sharp(u: Real, norm: Real) -> Real:
    return min(exactmath.exp(min(u - norm, 0.0)), _MOST)


@kernel
def probability(u: Real, norm: Real, rate: Real) -> Real:
    """Probability with which a would-be release is inspected.

    Parameters
    ----------
    u
        What :func:`worth` said.
    norm
        The lane's normaliser.
    rate
        Mean share that is promised.
    """
    return min(_sharp(u, norm) + _UNIFORM * rate, 1.0)


@kernel
def normalised(u: Real, norm: Real, rate: Real) -> Real:
    """The normaliser after one more case."""
    return norm + min(_STEP * rate, 0.05) * (_sharp(u, norm) / (rate * (1.0 - _UNIFORM)) - 1.0)


@kernel
def note_answer(row: Row, now_us: Int, inspected: Flag) -> None:
    """Note that goods came, and whether they are to be inspected."""
    if inspected:
        row.pending += 1.0
    else:
        row.seen = _now(row, now_us) + 1.0
        row.last_us = max(now_us, row.last_us)


@kernel
def note_outcome(row: Row) -> None:
    """Note that an inspection ended."""
    row.pending = max(row.pending - 1.0, 0.0)
