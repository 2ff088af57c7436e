"""Rates of errors between people, with intervals that know that pairs share people.

One odd face is in hundreds of pairs, so that counting pairs as if they were independent gives
intervals that are far too narrow. Persons are drawn anew instead, each with all of their pairs.
Where nothing or everything is an error there is nothing to draw; then Wilson's interval stands
over persons, or over pairs of persons, each counted once.

References
----------
Bolle, Ratha and Pankanti (2004), "Error analysis of pattern recognition systems: the subsets
bootstrap", Computer Vision and Image Understanding 93.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from haechi.streams.monitor.estimates import wilson

FloatArray: TypeAlias = NDArray[np.float64]

_DRAWS: Final = 1000
_SEED: Final = 7


@dataclass(frozen=True, slots=True)
class Rate:
    """A share with its interval of 95%; NaN where there is nothing to count.

    Parameters
    ----------
    value, low, high
        The share and its bounds.
    errors, n
        Of how many it is the share.
    interval
        What the bounds rest on, in words.
    """

    value: float
    low: float
    high: float
    errors: int
    n: int
    interval: str


def draws(persons: int) -> FloatArray:
    """How often each person is drawn, shape (draws, persons); the same at every call."""
    shares = np.full(persons, 1.0 / persons)
    drawn = np.random.default_rng(_SEED).multinomial(persons, shares, size=_DRAWS)
    return drawn.astype(np.float64)


def tally(owners: NDArray[np.int64], values: ArrayLike, size: int) -> FloatArray:
    """Sum values by whom they belong to, shape (size,)."""
    sums = np.zeros(size)
    np.add.at(sums, owners, values)
    return sums


def simple_rate(errors: int, n: int) -> Rate:
    """Rate of what is independent enough, such as photos."""
    if not n:
        return Rate(math.nan, 0.0, 1.0, 0, 0, "nothing to count")
    return Rate(errors / n, *wilson(errors / n, n), errors, n, f"Wilson over {n:,}")


def rate_over_persons(errors: FloatArray, counts: FloatArray) -> Rate:
    """Rate of what belongs to one person each.

    Parameters
    ----------
    errors, counts
        Errors, and what they are counted of, by person, shape (persons,).
    """
    return drawn_rate(errors, counts, "persons", lambda w: (w @ errors, w @ counts))


def rate_over_pairs_of_persons(errors: FloatArray, counts: FloatArray) -> Rate:
    """Rate of what belongs to two persons each.

    Parameters
    ----------
    errors, counts
        Errors, and what they are counted of, by both persons, shape (persons, persons); what is
        at ``[a, b]`` is not also at ``[b, a]``.
    """

    def drawn(w: FloatArray) -> tuple[FloatArray, FloatArray]:
        return ((w @ errors) * w).sum(axis=1), ((w @ counts) * w).sum(axis=1)

    return drawn_rate(errors, counts, "pairs of persons", drawn)


def drawn_rate(
    errors: FloatArray,
    counts: FloatArray,
    what: str,
    draw: Callable[[FloatArray], tuple[FloatArray, FloatArray]],
) -> Rate:
    """Rate whose interval comes from drawing persons anew.

    Parameters
    ----------
    errors, counts
        Errors, and what they are counted of, by independent unit; persons are the last axis.
    what
        What a unit is called.
    draw
        From how often each person is drawn, shape (draws, persons), to errors and counts of each
        draw, shape (draws,).
    """
    wrong, n = int(errors.sum()), int(counts.sum())
    if not n:
        return simple_rate(0, 0)
    value = wrong / n
    if wrong in (0, n):
        units = int(np.count_nonzero(counts))
        return Rate(value, *wilson(value, units), wrong, n, f"Wilson over {units:,} {what}")
    drawn_errors, drawn_counts = draw(draws(errors.shape[-1]))
    some = drawn_counts > 0
    bounds: Any = np.quantile(drawn_errors[some] / drawn_counts[some], [0.025, 0.975])
    return Rate(value, float(bounds[0]), float(bounds[1]), wrong, n, "bootstrap over persons")
