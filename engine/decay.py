"""Rolling counts over minutes, hours and days by exponential decay."""

from __future__ import annotations

from typing import Final

import numpy as np

from haechi.engine import exactmath
from haechi.engine.baseline import BASELINE
from haechi.engine.exactmath import remaining
from haechi.engine.kernel import Flag, Int, Real, Row, kernel
from haechi.engine.run import RUN

TEN_MINUTES_S: Final = 600.0
HOUR_S: Final = 3600.0
WEEK_S: Final = 7 * 86400.0
MONTH_S: Final = 30 * 86400.0
YEAR_S: Final = 400 * 86400.0
"""Half-lives. 400 days is what target encodings of customs data want (measured)."""

HISTORY: Final = np.dtype(
    [
        ("key", "<u8"),
        ("last_us", "<i8"),
        ("minutes", "<f8"),
        ("hour", "<f8"),
        ("week", "<f8"),
        ("year", "<f8"),
        ("inspected", "<f8"),
        ("found", "<f8"),
        ("partners", "<f8"),
        ("mean", "<f8"),
        ("mean_weight", "<f8"),
        ("spread", "<f8"),
        ("baseline", BASELINE),
        ("run", RUN),
    ]
)
"""History of one party (a person, an importer, an HS code, ...), as of ``last_us`` in event
time. ``minutes``, ``hour``, ``week`` and ``year`` count sightings with these half-lives;
``inspected`` and ``found`` count labels over 400 days; ``partners`` counts new counterparts
(addresses of a customs code) over 30 days; ``mean`` and ``spread`` are a running mean and variance
over 400 days; ``baseline`` is what is usual, ``run`` what was found in a row."""


@kernel
def advance(row: Row, now_us: Int) -> Real:
    """Decay a history to ``now_us``; an older ``now_us`` changes nothing.

    Returns
    -------
    Seconds by which ``now_us`` lies before the row's time, 0 if it does not: what comes late
    is to be counted with the weight it would have by now.
    """
    if row.last_us == 0:
        row.last_us = now_us
        return 0.0
    age_s = (now_us - row.last_us) * 1e-6
    if age_s <= 0.0:
        return -age_s
    row.minutes *= remaining(age_s, TEN_MINUTES_S)
    row.hour *= remaining(age_s, HOUR_S)
    row.week *= remaining(age_s, WEEK_S)
    year = remaining(age_s, YEAR_S)
    row.year *= year
    row.inspected *= year
    row.found *= year
    row.mean_weight *= year
    row.partners *= remaining(age_s, MONTH_S)
    row.last_us = now_us
    return 0.0


@kernel
def count_sighting(row: Row, now_us: Int) -> None:
    """Count one sighting at ``now_us``, which may lie in the row's past."""
    late_s = advance(row, now_us)
    row.minutes += remaining(late_s, TEN_MINUTES_S)
    row.hour += remaining(late_s, HOUR_S)
    row.week += remaining(late_s, WEEK_S)
    row.year += remaining(late_s, YEAR_S)


@kernel
def count_label(row: Row, now_us: Int, found: Flag, times: Real) -> None:
    """Count one inspection's outcome; ``times`` is 1, or -1 to take back what was wrong."""
    weight = remaining(advance(row, now_us), YEAR_S) * times
    row.inspected = max(row.inspected + weight, 0.0)
    if found:
        row.found = max(row.found + weight, 0.0)


@kernel
def add_to_mean(row: Row, now_us: Int, value: Real) -> None:
    """Take a value into the running mean and variance."""
    weight = remaining(advance(row, now_us), YEAR_S)
    row.mean_weight += weight
    off = value - row.mean
    row.mean += off * weight / row.mean_weight
    row.spread += (off * (value - row.mean) - row.spread) * weight / row.mean_weight


@kernel
def found_log_odds(row: Row, prior: Real, smoothing: Real) -> Real:
    """Log-odds of a finding given this history, centred on the prior; 0 without labels.

    Parameters
    ----------
    row
        ``HISTORY`` record, decayed to now.
    prior
        Probability of a finding where nothing is known, in (0, 1).
    smoothing
        Weight of the prior, labels.
    """
    if row.inspected == 0.0:
        return 0.0
    p = (row.found + smoothing * prior) / (row.inspected + smoothing)
    p = min(max(p, 1e-6), 1.0 - 1e-6)
    return exactmath.log(p / (1.0 - p)) - exactmath.log(prior / (1.0 - prior))
