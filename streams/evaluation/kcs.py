"""The protocol of the customs declarations: a day is scored, what is due was learned before it.

On day d every label of a row of day d - 1 - D or earlier is known, D being the delay, and was
learned in the rows' order. The vector that is learned is the one that was scored. Figures pool
the rows of a window of days.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from haechi.engine.codes import SelectedBy
from haechi.engine.errors import ConfigError
from haechi.streams.evaluation.figures import Calibration, Ranking
from haechi.streams.evaluation.kcs_rows import KcsRows, day_text
from haechi.streams.evaluation.prequential import DAY_US, Prequential, by_day, most_waiting
from haechi.streams.evaluation.setup import Setup

LABEL_DELAY_DAYS: Final = 30
WINDOW_DAYS: Final = 91
"""Days at the end of a single file that are scored."""

Progress = Callable[[int, int], None]
"""Takes rows done and rows in all."""


@dataclass(frozen=True, slots=True)
class KcsFigures:
    """What is told of one model on a window.

    Parameters
    ----------
    all_rows, unseen
        Duty evasion among all rows, and among those of unseen blocks.
    critical
        The same scores as a ranking of critical duty evasion.
    calibration
        Of all rows.
    """

    all_rows: Ranking
    unseen: Ranking
    critical: Ranking
    calibration: Calibration


def score_declarations(
    rows: KcsRows, setup: Setup, delay_days: int, progress: Progress
) -> NDArray[np.float64]:
    """Score every row when it comes; each label is learned when it is due.

    Parameters
    ----------
    rows
        The declarations.
    setup
        The configuration.
    delay_days
        Whole days between a row's day and the day after which its label is known, >= 0.
    progress
        Called after each day.

    Returns
    -------
    Calibrated log-odds of each row, shape (n,).
    """
    shard = Prequential(setup.settings(delay_days + 2), most_waiting(rows.days, delay_days))
    log_odds = np.zeros(len(rows.days))
    for part in by_day(rows.days):
        log_odds[part] = shard.score(rows.events[part])["log_odds"]
        told = part[rows.labelled[part]]
        shard.expect(
            told, due_us(rows, told, delay_days), rows.found[told], np.ones(len(told)),
            SelectedBy.RANDOM,
        )  # fmt: skip
        progress(int(part[-1]) + 1, len(rows.days))
    return log_odds


def due_us(rows: KcsRows, which: NDArray[np.int64], delay_days: int) -> NDArray[np.int64]:
    """When labels are known: at the start of the day after the delay, shape (n,)."""
    due: NDArray[np.int64] = (rows.days[which] + delay_days + 1) * DAY_US
    return due


def window_of(rows: KcsRows, given: tuple[int, int] | None) -> NDArray[np.bool_]:
    """Tell which rows are scored.

    Parameters
    ----------
    rows
        The declarations.
    given
        First and last day since the epoch; None for the last file, or the last 91 days of a
        single one.

    Returns
    -------
    Shape (n,).

    Raises
    ------
    ConfigError
        If there are none.
    """
    if given is not None:
        window = (rows.days >= given[0]) & (rows.days <= given[1])
    elif rows.files[-1] > 0:
        window = rows.files == rows.files[-1]
    else:
        window = rows.days > rows.days[-1] - WINDOW_DAYS
    if not window.any():
        first, last = day_text(int(rows.days[0])), day_text(int(rows.days[-1]))
        raise ConfigError(
            f"no row lies in the window; the files hold {first} to {last}: give --window FROM:TO "
            "within them"
        )
    return window


def figures_of(
    rows: KcsRows, window: NDArray[np.bool_], log_odds: NDArray[np.float64]
) -> KcsFigures:
    """Figures of a window; ``log_odds`` of all rows, shape (n,)."""
    found, z = rows.found[window], log_odds[window]
    unseen = rows.unseen(window)
    return KcsFigures(
        Ranking.of(found, z),
        Ranking.of(found[unseen], z[unseen]),
        Ranking.of(rows.critical[window], z),
        Calibration.of(found, z),
    )
