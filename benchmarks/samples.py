"""What a result keeps of many measured values: HdrHistograms, one a stretch of the run.

Neighbouring calls meet the same disturbance, so whoever draws anew must draw stretches, not
calls; and a histogram stays small however many calls there were. Any HdrHistogram tool reads
one (V2, compressed, base 64); a count's value times ``step`` is in ``unit``.
"""

from __future__ import annotations

import importlib.util
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

STRETCHES: Final = 20
_DIGITS: Final = 3
_STEPS_BELOW: Final = 1000
"""Steps in the power of ten of the least value: nothing is coarser than three digits."""
NEEDED: Final = {50.0: 1, 99.0: 1_000, 99.9: 10_000, 99.99: 1_000_000}
"""Values without which a percentile is an anecdote."""


@dataclass(frozen=True, slots=True)
class Samples:
    """Values of one figure, as kept.

    Parameters
    ----------
    unit
        Their unit.
    least
        Whether more is better.
    values
        Distinct values, ascending, shape (n,).
    counts
        How often each came in each stretch, shape (stretches, n).
    """

    unit: str
    least: bool
    values: NDArray[np.float64]
    counts: NDArray[np.int64]

    @property
    def total(self) -> int:
        """How many values there are."""
        return int(self.counts.sum())

    def shown(self) -> list[float]:
        """Which percentiles so many values can tell."""
        return [percent for percent, needed in NEEDED.items() if self.total >= needed]

    def percentile(self, percent: float) -> float:
        """The smallest value that so many percent of all do not exceed."""
        return float(self.percentiles(percent, np.ones((1, len(self.counts)), np.int64))[0])

    def percentiles(self, percent: float, times: NDArray[np.int64]) -> NDArray[np.float64]:
        """The same of stretches drawn anew.

        Parameters
        ----------
        percent
            Which percentile.
        times
            How often each stretch was drawn, shape (draws, stretches).

        Returns
        -------
        One a draw, shape (draws,).
        """
        reached = np.cumsum(times @ self.counts, axis=1)
        wanted = np.maximum(np.ceil(percent / 100 * reached[:, -1:]), 1)
        return np.asarray(self.values[np.argmax(reached >= wanted, axis=1)])


def available() -> bool:
    """Whether values can be kept: hdrhistogram is an extra."""
    return importlib.util.find_spec("hdrh") is not None


def encode(values: ArrayLike, unit: str, *, least: bool = False) -> dict[str, Any]:
    """Make of values what a result file holds.

    Parameters
    ----------
    values
        In the order in which they were measured, >= 0, at least one, shape (n,).
    unit
        Their unit.
    least
        Whether more is better.
    """
    from hdrh.histogram import HdrHistogram

    given = np.asarray(values, np.float64)
    positive = given[given > 0]
    least_value = float(positive.min()) if len(positive) else 1.0
    step = 10.0 ** math.floor(math.log10(least_value)) / _STEPS_BELOW
    steps = np.rint(given / step).astype(np.int64)
    highest = max(int(steps.max()), 2)
    stretches = []
    for part in np.array_split(steps, min(STRETCHES, len(steps))):
        histogram = HdrHistogram(1, highest, _DIGITS)
        for value, count in zip(*np.unique(part, return_counts=True), strict=True):
            histogram.record_value(int(value), int(count))
        stretches.append(histogram.encode().decode("ascii"))
    return {"unit": unit, "least": least, "step": step, "stretches": stretches}


def decode(kept: Mapping[str, Any]) -> Samples:
    """Read what a result file holds.

    Raises
    ------
    ImportError
        If hdrhistogram is missing.
    """
    from hdrh.histogram import HdrHistogram

    stretches = [
        {
            item.value_iterated_to: item.count_added_in_this_iter_step
            for item in HdrHistogram.decode(text).get_recorded_iterator()
        }
        for text in kept["stretches"]
    ]
    steps = sorted(set().union(*stretches))
    counts = np.array([[one.get(step, 0) for step in steps] for one in stretches], np.int64)
    values = np.array(steps, np.float64) * kept["step"]
    return Samples(kept["unit"], kept["least"], values, counts)
