"""When calls are meant to be sent: schedules that do not wait for answers."""

from __future__ import annotations

from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray

Arrivals = Literal["poisson", "fixed"]
ARRIVALS: Final[tuple[Arrivals, ...]] = ("poisson", "fixed")

Schedule = NDArray[np.int64]
"""When each call is meant to be sent, nanoseconds from the start, ascending, shape (n,)."""


def schedule(arrivals: Arrivals, rate: float, seconds: float, seed: int) -> Schedule:
    """Make the arrivals of a steady load.

    Parameters
    ----------
    arrivals
        ``poisson``: many gates that know nothing of each other; ``fixed``: one every so often.
    rate
        Calls per second, on average.
    seconds
        For how long.
    seed
        Seed of the gaps between Poisson arrivals.
    """
    count = max(1, round(rate * seconds))
    if arrivals == "fixed":
        return (np.arange(count) / rate * 1e9).astype(np.int64)
    # That so many came in all is given; where they fall is uniform then (a Poisson process's law).
    draws = np.random.default_rng(seed).random(count) * seconds
    return (np.sort(draws) * 1e9).astype(np.int64)


def burst(
    arrivals: Arrivals, rate: float, times: float, seconds: tuple[float, float, float], seed: int
) -> Schedule:
    """Make a load that grows at once and falls back: a sale's first minute, a landed flight.

    Parameters
    ----------
    arrivals, rate
        As of :func:`schedule`, before and after.
    times
        How many times the rate comes meanwhile.
    seconds
        How long before, meanwhile and after.
    seed
        Seed of the gaps.
    """
    parts, began_s = [], 0.0
    for at, (lasts_s, factor) in enumerate(zip(seconds, (1.0, times, 1.0), strict=True)):
        part = schedule(arrivals, rate * factor, lasts_s, seed + at)
        parts.append(part + round(began_s * 1e9))
        began_s += lasts_s
    return np.concatenate(parts)
