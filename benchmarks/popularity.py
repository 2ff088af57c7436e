"""Whom events are about: everybody as often, or a few most of the time."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.int64]
"""Which subjects, one an event, shape (n,)."""

_EXPONENT: Final = 0.99
"""As in YCSB."""


def uniform(draws: np.random.Generator, subjects: int, events: int) -> Numbers:
    """Draw every subject as often as any other."""
    return draws.integers(subjects, size=events)


def zipf(draws: np.random.Generator, subjects: int, events: int) -> Numbers:
    """Draw the n-th most frequent in proportion to ``n ** -0.99``; who that is, is drawn, too."""
    shares = np.arange(1, subjects + 1, dtype=np.float64) ** -_EXPONENT
    return draws.permutation(subjects)[draws.choice(subjects, events, p=shares / shares.sum())]
