"""Percentiles of measured times, and how sure a ratio of two of them is."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

Times = NDArray[np.float64]
"""Microseconds, one a call, in the order of calls, shape (n,)."""

SHOWN: Final = (50.0, 99.0, 99.9)
_DRAWS: Final = 500


def percentile(times: Times, percent: float) -> float:
    """The smallest time that so many percent of all do not exceed; never interpolated."""
    ordered = np.sort(times)
    place = int(np.ceil(percent / 100 * len(ordered))) - 1
    return float(ordered[max(place, 0)])


def summary(times: Times) -> dict[str, float]:
    """p50, p99 and p99.9, the mean and the count."""
    told = {f"p{percent:g}_us": round(percentile(times, percent), 1) for percent in SHOWN}
    return {**told, "mean_us": round(float(times.mean()), 1), "calls": len(times)}


def ratio(
    above: Sequence[Times], below: Times, percent: float, seed: int
) -> tuple[float, float, float]:
    """A ratio of percentiles with its 95% bootstrap interval.

    Calls of one round were made within a millisecond of each other, so rounds are drawn, not
    calls: what disturbed one disturbed the others.

    Parameters
    ----------
    above
        One array, or two whose percentiles are subtracted, each of shape (n,).
    below
        What they are divided by, shape (n,).
    percent
        Which percentile.
    seed
        Seed of the draws.

    Returns
    -------
    The ratio, and its interval's ends.
    """
    stacked = np.stack([*above, below])
    draws = np.random.default_rng(seed)
    rounds = stacked.shape[1]
    found = [_of(stacked[:, draws.integers(rounds, size=rounds)], percent) for _ in range(_DRAWS)]
    low, high = np.quantile(found, [0.025, 0.975])
    return round(_of(stacked, percent), 3), round(float(low), 3), round(float(high), 3)


def ratio_of_runs(
    above: Sequence[Times], below: Sequence[Times], percent: float, seed: int
) -> tuple[float, float, float]:
    """A ratio of percentiles of runs that alternated, with its 95% bootstrap interval.

    Calls of one run wait for each other, so whole runs are drawn, each with the one beside it.

    Parameters
    ----------
    above
        One array a run, of any length.
    below
        As many.
    percent
        Which percentile of all runs together.
    seed
        Seed of the draws.

    Returns
    -------
    The ratio, and its interval's ends.
    """

    def of(runs: Sequence[int]) -> float:
        found = (np.concatenate([side[run] for run in runs]) for side in (above, below))
        over, under = (percentile(times, percent) for times in found)
        return over / under

    draws = np.random.default_rng(seed)
    every = range(len(above))
    found = [of(draws.choice(every, len(above)).tolist()) for _ in range(_DRAWS)]
    low, high = np.quantile(found, [0.025, 0.975])
    return round(of(every), 3), round(float(low), 3), round(float(high), 3)


def _of(stacked: NDArray[Any], percent: float) -> float:
    *above, below = (percentile(row, percent) for row in stacked)
    return (above[0] - (above[1] if len(above) > 1 else 0.0)) / below
