"""Only what is inspected gets a label: the core selects, as it would at a gate.

Each row is a manifest and a gate's question about it. After a first month in which everything is
inspected, the lane's promised hold rate and its random checks choose, and an outcome comes only
of those, with the probability with which they were chosen.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from haechi.engine.codes import SelectedBy
from haechi.streams.evaluation.kcs import Progress, due_us
from haechi.streams.evaluation.kcs_rows import KcsRows
from haechi.streams.evaluation.prequential import Prequential, by_day, most_waiting
from haechi.streams.evaluation.setup import Setup
from haechi.streams.monitor.estimates import (
    Estimate,
    Tally,
    found_at_random,
    precision,
    prevalence,
)

LABEL_DELAY_DAYS: Final = 7
WARM_UP_DAYS: Final = 31
"""Days at the beginning of which everything is inspected."""


@dataclass(frozen=True, slots=True)
class Selected:
    """What the core chose of every row, also in the first month.

    Parameters
    ----------
    log_odds
        Calibrated score, shape (n,).
    by
        ``SelectedBy`` of each row, shape (n,).
    propensity
        Probability with which it was chosen, NaN if it was not, shape (n,).
    """

    log_odds: NDArray[np.float64]
    by: NDArray[np.uint8]
    propensity: NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Inspections:
    """What the inspections of a window brought.

    Parameters
    ----------
    n, inspected, found
        Rows, inspections and findings.
    chosen, explored
        Precision of what the score selected, and of random checks.
    prevalence
        What the inspections say of all rows, weighed by 1/propensity.
    prevalence_true
        What the labels say of all rows.
    """

    n: int
    inspected: int
    found: int
    chosen: Estimate
    explored: Estimate
    prevalence: Estimate
    prevalence_true: float

    @property
    def precision(self) -> float:
        """Share of inspections with a finding; NaN without inspections."""
        return self.found / self.inspected if self.inspected else float("nan")

    @property
    def share(self) -> float:
        """Share of rows that were inspected."""
        return self.inspected / self.n


def select_declarations(
    rows: KcsRows, setup: Setup, delay_days: int, seed: int, progress: Progress
) -> Selected:
    """Ask about every row when it comes, and let only inspected rows have a label.

    Parameters
    ----------
    rows
        The declarations.
    setup
        The configuration, :meth:`Setup.selecting`.
    delay_days
        Whole days as in :func:`score_declarations`.
    seed
        Of the keyed draws.
    progress
        Called after each day.
    """
    shard = Prequential(
        setup.settings(delay_days + 2, seed),
        most_waiting(rows.days, delay_days),
        setup.question(),
    )
    n = len(rows.days)
    said = Selected(np.zeros(n), np.zeros(n, np.uint8), np.zeros(n))
    for part in by_day(rows.days):
        made = shard.score(rows.events[part])
        said.log_odds[part] = made["log_odds"]
        said.by[part] = made["selected_by"]
        said.propensity[part] = made["propensity"]
        if rows.days[part[0]] < rows.days[0] + WARM_UP_DAYS:
            told = part[rows.labelled[part]]
            by = np.full(len(told), SelectedBy.RANDOM, np.uint8)
            propensity = np.ones(len(told))
        else:
            told = part[rows.labelled[part] & (made["selected_by"] != SelectedBy.NOT_SELECTED)]
            by, propensity = said.by[told], said.propensity[told]
        shard.expect(told, due_us(rows, told, delay_days), rows.found[told], propensity, by)
        progress(int(part[-1]) + 1, n)
    return said


def inspections(rows: KcsRows, window: NDArray[np.bool_], said: Selected) -> Inspections:
    """Count the inspections of a window, rows of which are True, shape (n,)."""
    tally = Tally()
    chosen = np.flatnonzero(window & (said.by != SelectedBy.NOT_SELECTED))
    for place in chosen.tolist():
        one = tally.chosen if said.by[place] == SelectedBy.MODEL else tally.drawn
        one.add(bool(rows.found[place]), float(said.propensity[place]))
    return Inspections(
        int(window.sum()),
        len(chosen),
        int(rows.found[chosen].sum()),
        precision(tally),
        found_at_random(tally),
        prevalence(tally),
        float(rows.found[window].mean()),
    )
