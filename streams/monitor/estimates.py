"""What inspections say about everybody, although only some were inspected.

A label counts ``1 / propensity`` times: whom the model selected was sure to be inspected, whom
a random check picked stands for all who were as likely to be picked. Shares are Hajek's ratios.
Their intervals of 95% are put together from Wilson's for the selected and for the random checks
(MOVER), because a linearised variance is 0 where nothing was found, and then covers nothing.

What has no chance of being inspected is not estimated: without random checks there is no
prevalence and no recall.

References
----------
Hajek (1971), in Foundations of Statistical Inference; Wilson (1927), JASA 22; Donner and Zou
(2012), "Closed-form confidence intervals for functions of the normal mean and standard
deviation", Statistical Methods in Medical Research 21 (MOVER for differences and ratios).
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field, fields
from typing import Final

Z95: Final = 1.959963984540054


@dataclass(frozen=True, slots=True)
class Estimate:
    """A figure with its interval of 95%; NaN where the labels cannot say.

    Parameters
    ----------
    value, low, high
        The figure and its bounds.
    n
        Labels that it rests on.
    """

    value: float
    low: float
    high: float
    n: int


@dataclass(slots=True)
class Stratum:
    """Sums over labels that were chosen in one way.

    Parameters
    ----------
    n, found
        Labels, and those with a finding.
    weight, weight_found, weight2
        Sum of the weights, of those with a finding, and of the squares.
    """

    n: int = 0
    found: int = 0
    weight: float = 0.0
    weight_found: float = 0.0
    weight2: float = 0.0

    def add(self, found: bool, propensity: float = 1.0, times: int = 1) -> None:
        """Count a label, inspected with this probability, in (0, 1]; -1 times takes it back."""
        weight = times / propensity
        self.n += times
        self.found += times * found
        self.weight += weight
        self.weight_found += weight * found
        self.weight2 += weight / propensity

    def plus(self, other: Stratum) -> Stratum:
        """Both together."""
        sums = (getattr(self, f.name) + getattr(other, f.name) for f in fields(Stratum))
        return Stratum(*sums)

    def share(self) -> tuple[float, float, float]:
        """Share with a finding among all whom it stands for, with its interval."""
        if not self.n:
            return 0.0, 0.0, 0.0
        share = min(1.0, max(0.0, self.weight_found / self.weight))
        # Labels of unequal weight tell as much as fewer equal ones (Kish).
        return (share, *wilson(share, self.weight**2 / self.weight2))

    def total(self) -> tuple[float, float, float]:
        """How many have something to find, with its interval."""
        share, low, high = self.share()
        # How many came and were inspected varies too.
        varies = Z95 * share * math.sqrt(self.weight2)
        total = self.weight * share
        below = total - _length(self.weight * (share - low), varies)
        above = total + _length(self.weight * (high - share), varies)
        return total, max(0.0, below), above


@dataclass(frozen=True, slots=True)
class Tally:
    """All labels of a group.

    Parameters
    ----------
    chosen
        Labels that the model selected.
    drawn
        Labels of random checks, and of others whose propensity is known.
    other
        Labels whose propensity is not known, such as an officer's own choice.
    """

    chosen: Stratum = field(default_factory=Stratum)
    drawn: Stratum = field(default_factory=Stratum)
    other: Stratum = field(default_factory=Stratum)

    @property
    def labels(self) -> int:
        """All of them."""
        return self.chosen.n + self.drawn.n + self.other.n

    def plus(self, tally: Tally) -> Tally:
        """Both together."""
        return Tally(
            self.chosen.plus(tally.chosen),
            self.drawn.plus(tally.drawn),
            self.other.plus(tally.other),
        )


def wilson(share: float, n: float) -> tuple[float, float]:
    """Interval of 95% for a share of ``n`` labels, which may be an effective number.

    Examples
    --------
    >>> [round(bound, 3) for bound in wilson(0.5, 10)]
    [0.237, 0.763]
    """
    if n <= 0:
        return 0.0, 1.0
    z2 = Z95 * Z95
    middle = (share + z2 / (2 * n)) / (1 + z2 / n)
    half = Z95 * math.sqrt(share * (1 - share) / n + z2 / (4 * n * n)) / (1 + z2 / n)
    return max(0.0, middle - half), min(1.0, middle + half)


def precision(tally: Tally) -> Estimate:
    """Share of what the model selected in which something was found."""
    return _found(tally.chosen)


def found_at_random(tally: Tally) -> Estimate:
    """Share of random checks in which something was found, each counting once."""
    return _found(tally.drawn)


def prevalence(tally: Tally) -> Estimate:
    """Share of all who came for whom an inspection would find something.

    Notes
    -----
    ``sum(found / propensity) / sum(1 / propensity)``: the selected and the rest, each with its
    share of all, which varies as well, with how many came and how many were drawn.
    """
    if not tally.drawn.n:
        return _unknown(tally)
    p, p_low, p_high = tally.chosen.share()
    q, q_low, q_high = tally.drawn.share()
    chosen = _chosen(tally)
    value = chosen * p + (1 - chosen) * q
    moved = Z95 * abs(p - q) * chosen * (1 - chosen) * _error_of_odds(tally)
    low = _length(chosen * (p - p_low), (1 - chosen) * (q - q_low), moved)
    high = _length(chosen * (p_high - p), (1 - chosen) * (q_high - q), moved)
    return Estimate(value, max(0.0, value - low), min(1.0, value + high), _known(tally))


def recall(tally: Tally) -> Estimate:
    """Share of those with something to find whom the model selected."""
    if not tally.drawn.n or not tally.chosen.found + tally.drawn.found:
        return _unknown(tally)
    missed, caught = tally.drawn.total(), tally.chosen.total()
    low, high = _ratio(*missed, *caught)
    value = caught[0] / (caught[0] + missed[0])
    return Estimate(value, _inverse(high), _inverse(low), _known(tally))


def lift(tally: Tally) -> Estimate:
    """How many times as much a selected inspection finds as one of anybody at random."""
    if not tally.drawn.n or not tally.chosen.found:
        return _unknown(tally)
    p, p_low, p_high = tally.chosen.share()
    q, q_low, q_high = tally.drawn.share()
    chosen = _chosen(tally)

    def times(ratio: float) -> float:
        return 1.0 / (chosen + (1 - chosen) * ratio)

    value = times(q / p)
    low, high = (times(ratio) for ratio in reversed(_ratio(q, q_low, q_high, p, p_low, p_high)))
    # The share of the selected varies too; on the scale of logarithms both errors add up.
    varies = Z95 * value * chosen * (1 - chosen) * abs(1 - q / p) * _error_of_odds(tally)
    below = value * math.exp(-_length(math.log(value / low), varies)) if low > 0 else 0.0
    above = value * math.exp(_length(math.log(high / value), varies))
    return Estimate(value, below, above, _known(tally))


def _found(stratum: Stratum) -> Estimate:
    if not stratum.n:
        return Estimate(math.nan, math.nan, math.nan, 0)
    share = stratum.found / stratum.n
    return Estimate(share, *wilson(share, stratum.n), stratum.n)


def _unknown(tally: Tally) -> Estimate:
    return Estimate(math.nan, math.nan, math.nan, _known(tally))


def _known(tally: Tally) -> int:
    return tally.chosen.n + tally.drawn.n


def _chosen(tally: Tally) -> float:
    """Share of all who came whom the model selected."""
    return tally.chosen.weight / (tally.chosen.weight + tally.drawn.weight)


def _error_of_odds(tally: Tally) -> float:
    """Relative standard error of how many the rest are for each of the selected."""
    if not tally.chosen.n:
        return 0.0
    strata = (tally.chosen, tally.drawn)
    return math.sqrt(sum(one.weight2 / one.weight**2 for one in strata))


def _length(*parts: float) -> float:
    return math.sqrt(sum(part * part for part in parts))


def _inverse(ratio: float) -> float:
    return 0.0 if math.isinf(ratio) else 1.0 / (1.0 + ratio)


def _ratio(
    a: float, a_low: float, a_high: float, b: float, b_low: float, b_high: float
) -> tuple[float, float]:
    """Interval of a / b from the intervals of two independent figures, b >= 0."""
    ab = a * b
    under = b_high * (2 * b - b_high)
    root = math.sqrt(max(0.0, ab * ab - a_low * (2 * a - a_low) * under))
    if abs(under) > 1e-12 * max(1.0, b * b):
        low = max(0.0, (ab - root) / under)
    else:
        low = a_low * (2 * a - a_low) / (2 * ab) if ab > 0 else 0.0
    under = b_low * (2 * b - b_low)
    root = math.sqrt(max(0.0, ab * ab - a_high * (2 * a - a_high) * under))
    high = (ab + root) / under if under > 1e-12 * max(1.0, b * b) else math.inf
    return low, high
