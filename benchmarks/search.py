"""The highest rate that is sustained: doubled until it is not, then halved in between."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final

from benchmarks.report import Progress
from benchmarks.under_load import UnderLoad
from benchmarks.ways import WAYS

_CALLS: Final = 500.0
_USUAL_TRIES: Final = 10
_EXACT: Final = 0.03
_LEAST: Final = 1 / 64


class Search:
    """Looks for the highest rate; ask for ``rate``, try it, and ``tell``.

    Parameters
    ----------
    start
        The first rate to try, well below what is expected.

    Attributes
    ----------
    low
        Highest rate that was sustained; 0 for none.
    high
        Lowest that was not.

    Examples
    --------
    >>> search = Search(100.0)
    >>> while not search.over:
    ...     search.tell(search.rate <= 700)
    >>> search.low, search.high
    (700.0, 712.5)
    """

    def __init__(self, start: float) -> None:
        self.low = 0.0
        self.high = math.inf
        self._start = start

    @property
    def rate(self) -> float:
        """The rate to try next."""
        if math.isinf(self.high):
            return 2 * self.low or self._start
        return (self.low + self.high) / 2

    @property
    def over(self) -> bool:
        """Whether it is known to three percent, or that there is none."""
        if math.isinf(self.high):
            return False
        return self.high - self.low <= _EXACT * self.high or self.high < _LEAST * self._start

    def tell(self, sustained: bool) -> None:
        """Say what became of the rate."""
        if sustained:
            self.low = self.rate
        else:
            self.high = self.rate


def sustainable(under: UnderLoad, ways: Sequence[str], seconds: float) -> dict[str, Search]:
    """Find what is sustained in several ways, a step of each in turn.

    Parameters
    ----------
    under
        What is asked.
    ways
        Names of the ways.
    seconds
        Length of each run; a rate that fails is tried once more.

    Raises
    ------
    RuntimeError
        If in some way nothing is sustained.
    """
    searches = {way: Search(_CALLS * math.sqrt(WAYS[way].each)) for way in ways}
    tried = 0
    with Progress("tries to find what is sustained", _USUAL_TRIES * len(ways)) as progress:
        while rest := [way for way in ways if not searches[way].over]:
            for way in rest:
                rate = searches[way].rate
                kept_up = any(under.steady(way, rate, seconds).sustained for _ in range(2))
                searches[way].tell(kept_up)
                tried += 1
                progress.at(tried)
    if failed := [way for way, one in searches.items() if not one.low]:
        raise RuntimeError(
            f"not even a trickle is sustained by {', '.join(failed)}, so there is nothing to "
            "measure: look for what else runs on this machine"
        )
    return searches
