"""What birth years say beside two names that are alike."""

from __future__ import annotations

from functools import lru_cache
from typing import Final

_SAME_YEAR: Final = 0.06
_NEAR_YEAR: Final = -0.04
_FAR_YEAR: Final = -0.25

_APART_MOST: Final = 100
"""Nobody's year of birth is further from another's; it only bounds the search."""


def with_years(alike: float, one: int | None, other: int | None) -> float:
    """Take birth years into account, where both are known.

    Parameters
    ----------
    alike
        How alike the names are, in [0, 1].
    one, other
        Years of birth.

    Returns
    -------
    In [0, 1]: more for the same year, unchanged for the next one (a slip), less for others.
    """
    if one is None or other is None:
        return alike
    apart = abs(one - other)
    if apart == 0:
        return min(1.0, alike + _SAME_YEAR)
    if apart == 1:
        return alike
    swapped = one // 100 == other // 100 and one % 10 * 10 + one % 100 // 10 == other % 100
    return max(0.0, alike + (_NEAR_YEAR if apart <= 3 or swapped else _FAR_YEAR))


@lru_cache(maxsize=512)
def years_like(year: int, threshold: float) -> frozenset[int]:
    """Years of birth, and 0 for none, with which the same name would still reach a threshold.

    Most names that are worth comparing are other people's, whom their year tells apart for less.
    """
    near = range(year - _APART_MOST, year + _APART_MOST + 1)
    return frozenset([0, *(one for one in near if with_years(1.0, year, one) >= threshold)])
