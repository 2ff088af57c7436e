"""How soon a selection is as precise again as it was before the world changed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

WINDOW: Final = 200
"""Selected inspections over which precision is taken."""

SHARE: Final = 0.9
_DRAWS: Final = 2000


@dataclass(frozen=True, slots=True)
class Recovery:
    """One run's figures.

    Parameters
    ----------
    before, dropped, end
        Precision of the last :data:`EARLIER` selected inspections before the change, of the first
        :data:`WINDOW` after it, and of the last :data:`EARLIER` of all.
    inspections
        Inspections of any kind since the change until precision over the last :data:`WINDOW`
        selected ones reached :data:`SHARE` of ``before``; None if it never did.
    """

    before: float
    dropped: float
    end: float
    inspections: int | None


EARLIER: Final = 600


def recovery(found: NDArray[np.bool_], random: NDArray[np.bool_], changed_at: int) -> Recovery:
    """Take a run's figures.

    Parameters
    ----------
    found
        Whether each inspection found something, in order, shape (n,).
    random
        Whether it was a random check: those count as inspections, not into precision, shape (n,).
    changed_at
        First inspection after the change.
    """
    selected = np.flatnonzero(~random)
    hits = found[selected].astype(float)
    first = int(np.searchsorted(selected, changed_at))
    before = float(hits[max(0, first - EARLIER) : first].mean())
    after = hits[first:]
    rolling = np.convolve(after, np.ones(WINDOW), "valid") / WINDOW
    reached = np.flatnonzero(rolling >= SHARE * before)
    inspections = None
    if len(reached):
        inspections = int(selected[first + int(reached[0]) + WINDOW - 1]) - changed_at + 1
    return Recovery(
        before, float(after[:WINDOW].mean()), float(after[-EARLIER:].mean()), inspections
    )


def curve(
    found: NDArray[np.bool_], random: NDArray[np.bool_], changed_at: int, step: int, reach: range
) -> NDArray[np.float64]:
    """Precision of selected inspections by inspections since the change, in steps.

    Parameters
    ----------
    found, random, changed_at
        As in :func:`recovery`.
    step
        Inspections in one step.
    reach
        Numbers of the steps, 0 for the one that begins with the change.

    Returns
    -------
    Precision, NaN where nothing was selected, shape (len(reach),).
    """
    of = (np.arange(len(found)) - changed_at) // step - reach.start
    inside = (of >= 0) & (of < len(reach)) & ~random
    hits = np.bincount(of[inside], found[inside], len(reach))
    count = np.bincount(of[inside], minlength=len(reach))
    with np.errstate(invalid="ignore"):
        return np.asarray(hits / count)


def median_interval(values: Sequence[float], seed: int) -> tuple[float, float, float]:
    """Median over runs with its 95% bootstrap interval; infinite for runs that never got there."""
    runs = np.array(values, float)
    draws = np.random.default_rng(seed)
    medians = np.median(runs[draws.integers(len(runs), size=(_DRAWS, len(runs)))], axis=1)
    # Between two runs of which one is infinite there is no number: take the worse one.
    low, high = np.quantile(medians, [0.025, 0.975], method="inverted_cdf")
    return float(np.median(runs)), float(low), float(high)


def mean_interval(values: Sequence[float], seed: int) -> tuple[float, float, float]:
    """Mean over runs with its 95% bootstrap interval."""
    runs = np.array(values, float)
    draws = np.random.default_rng(seed)
    means = runs[draws.integers(len(runs), size=(_DRAWS, len(runs)))].mean(axis=1)
    low, high = np.quantile(means, [0.025, 0.975])
    return float(runs.mean()), float(low), float(high)
