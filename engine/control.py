"""Keeps a lane's hold rate at what was promised, without labels.

The threshold is the quantile of the scores that would hold the promised share, tracked by
stochastic approximation, plus something for every case by which the lane is ahead of its promise:
so the share is met and not only the quantile. Where officers' capacity is stated, the promise is
what they can inspect of those who come.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from haechi.engine.decay import HOUR_S
from haechi.engine.exactmath import LN2, remaining
from haechi.engine.kernel import Flag, Int, Real, Row, kernel

LANE: Final = np.dtype(
    [
        ("threshold", "<f8"),
        ("seen", "<f8"),
        ("held", "<f8"),
        ("promised", "<f8"),
        ("hourly", "<f8"),
        ("last_us", "<i8"),
        ("capacity", "<f8"),
        ("capacity_until_us", "<i8"),
        ("explored", "<f8"),
        ("watched", "<f8"),
    ]
)
"""One lane at one stage: tracked threshold (log-odds), cases answered and held, sum of what was
promised, cases within an hour (decayed), inspections an hour that officers can do until when, the
logarithm that keeps exploration at its rate, and the promised share of the cases whose score was
seen."""

_LEAST_STEP: Final = 0.05
_FIRST_STEP: Final = 3.0
_DEBT: Final = 0.4
_MOST_DEBT: Final = 15.0
_LEEWAY: Final = 0.02
"""A large lane that is ahead or behind by so much of its promise is left alone: following every
case costs precision."""


@kernel
def promise(lane: Row, rate: Real, now_us: Int) -> Real:
    """Share of cases that may be held; 0 where nothing is promised.

    Parameters
    ----------
    lane
        ``LANE`` record.
    rate
        Share that the lane's policy names, 0 for none.
    now_us
        The core's clock.
    """
    if lane.capacity_until_us <= now_us:
        return rate
    age_s = (now_us - lane.last_us) * 1e-6
    hourly = max(lane.hourly * remaining(age_s, HOUR_S) * LN2, 1.0)
    share = min(lane.capacity / hourly, 1.0)
    return min(share, rate) if rate > 0.0 else share


@kernel
def hold_at(lane: Row, configured: Real, share: Real) -> Real:
    """Threshold in force: the configured one where nothing is promised."""
    if share <= 0.0:
        return configured
    start = lane.threshold
    if lane.watched < 1.0:
        start = max(start, configured) if lane.watched > 0.0 else configured
    ahead = lane.held - lane.promised
    left_alone = max(_LEEWAY * lane.promised - 1.0, 0.0)
    debt = ahead - min(max(ahead, -left_alone), left_alone)
    return start + _DEBT * min(max(debt, -_MOST_DEBT), _MOST_DEBT)


@kernel
def answered(
    lane: Row, configured: Real, share: Real, log_odds: Real, held: Flag, now_us: Int
) -> None:
    """Take one case that a gate was answered about.

    Parameters
    ----------
    lane
        ``LANE`` record; changed in place.
    configured
        Threshold of the policy, where tracking begins at the latest.
    share
        What :func:`promise` said.
    log_odds
        Its score.
    held
        Whether it was held.
    now_us
        The core's clock.
    """
    age_s = (now_us - lane.last_us) * 1e-6
    lane.hourly = lane.hourly * remaining(age_s, HOUR_S) + 1.0
    lane.last_us = max(lane.last_us, now_us)
    lane.seen += 1.0
    if held:
        lane.held += 1.0
    lane.promised += share if share > 0.0 else (1.0 if held else 0.0)
    if share <= 0.0 or log_odds != log_odds:
        return
    first = lane.watched < 1.0
    lane.watched += share
    if first:
        # Of so many cases as one hold is promised for, the highest score is where to begin.
        above = lane.threshold if lane.watched > share else log_odds
        lane.threshold = max(log_odds, above)
        if lane.watched >= 1.0:
            lane.threshold = min(lane.threshold, configured)
        return
    step = max(_LEAST_STEP, _FIRST_STEP / (1.0 + lane.watched))
    lane.threshold += step * ((1.0 if log_odds >= lane.threshold else 0.0) - share)
