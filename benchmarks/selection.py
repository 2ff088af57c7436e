"""How much more a selection finds than random checks would, and how sure that is."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from benchmarks.port_run import Inspection
from haechi.engine.codes import SelectedBy
from haechi.rpc.v1.officers_pb2 import INSPECTION_METHOD_SEARCH
from haechi.streams.simulator.inspections import INCONCLUSIVE, NOT_DONE, sensitivity
from haechi.streams.simulator.truth import Truth

_DRAWS: Final = 2000
_TAKES_PLACE: Final = (1.0 - NOT_DONE) * (1.0 - INCONCLUSIVE)

COLUMNS: Final = ("subjects", "guilty", "random", "inspections", "found")
"""Of one group of subjects: how many, how many guilty, what random checks of all of them would find
(expected), inspections that the engine selected, and what these found."""


@dataclass(frozen=True, slots=True)
class Interval:
    """A figure with the ends of its 95% interval."""

    found: float
    low: float
    high: float

    def told(self, digits: int = 2) -> str:
        """As text."""
        return f"{self.found:.{digits}f} [{self.low:.{digits}f}, {self.high:.{digits}f}]"


def expected(truth: Truth) -> float:
    """Chance that one random check of a subject finds something."""
    return _TAKES_PLACE * sensitivity(truth.pattern, INSPECTION_METHOD_SEARCH)


def tally(
    truths: Iterable[Truth], groups: Mapping[str, str], inspections: Iterable[Inspection]
) -> NDArray[np.float64]:
    """Count :data:`COLUMNS` by group of subjects, shape (groups, 5).

    Parameters
    ----------
    truths
        Of the subjects to be counted.
    groups
        Who hangs together, by subject; who is in none is one of its own.
    inspections
        All that there were; those of other subjects, or not selected by the engine, do not count.
    """
    places: dict[str, int] = {}
    place_of: dict[str, int] = {}
    rows: list[list[float]] = []
    for truth in truths:
        place = places.setdefault(groups.get(truth.subject, truth.subject), len(rows))
        if place == len(rows):
            rows.append([0.0] * len(COLUMNS))
        place_of[truth.subject] = place
        rows[place][0] += 1.0
        rows[place][1] += truth.guilty
        rows[place][2] += expected(truth)
    for one in inspections:
        if one.selected_by == SelectedBy.MODEL and one.subject in place_of:
            rows[place_of[one.subject]][3] += 1.0
            rows[place_of[one.subject]][4] += one.found
    return np.array(rows).reshape(-1, len(COLUMNS))


def figures(counts: NDArray[np.float64], seed: int) -> dict[str, Interval]:
    """Figures of a selection with bootstrap intervals; groups are drawn.

    Parameters
    ----------
    counts
        :data:`COLUMNS` by group, shape (n, 5).
    seed
        Seed of the draws.

    Returns
    -------
    ``per_100``: seizures in 100 selected inspections; ``random_per_100``: expected of random
    checks; ``guilty_per_100``: of random checks that miss nothing; ``lift`` and ``sure_lift``:
    the first over each of them; ``recall``: finds over guilty subjects.
    """
    draws = np.random.default_rng(seed)
    whole = _figures(counts.sum(axis=0, keepdims=True))
    sums = np.stack(
        [
            counts[draws.integers(len(counts), size=len(counts))].sum(axis=0)
            for _ in range(_DRAWS if len(counts) else 0)
        ]
    )
    drawn = _figures(sums)
    return {name: Interval(float(whole[name][0]), *_ends(drawn[name])) for name in whole}


def _ends(drawn: NDArray[np.float64]) -> tuple[float, float]:
    """Ends of the 95% interval; none where nobody was inspected in any draw."""
    if np.isnan(drawn).all():
        return np.nan, np.nan
    low, high = np.nanquantile(drawn, [0.025, 0.975])
    return float(low), float(high)


def _figures(sums: NDArray[np.float64]) -> dict[str, NDArray[np.float64]]:
    subjects, guilty, random, inspections, found = sums.T
    with np.errstate(divide="ignore", invalid="ignore"):
        selected = found / inspections
        return {
            "per_100": 100 * selected,
            "random_per_100": 100 * random / subjects,
            "guilty_per_100": 100 * guilty / subjects,
            "lift": selected / (random / subjects),
            "sure_lift": selected / (guilty / subjects),
            "recall": found / guilty,
        }
