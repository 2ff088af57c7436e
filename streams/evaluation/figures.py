"""The figures of one ranking: how well it separates, and how far its probabilities hold."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from haechi.engine.exactmath import sigmoid
from haechi.streams.evaluation.metrics import (
    Labels,
    Scores,
    area_under_curve,
    average_precision,
    base_log_loss,
    calibration_error,
    calibration_slope,
    log_loss,
    precision_at,
)

SHARES: Final = (0.01, 0.02, 0.05, 0.10)
"""Highest shares whose precision is told."""


@dataclass(frozen=True, slots=True)
class Ranking:
    """How well scores separate what was found from the rest; NaN where nothing can be said.

    Parameters
    ----------
    n, found
        Rows, and those with a finding.
    auc, ap
        Area under the ROC curve; average precision.
    precision_at
        Precision of the highest share, by share.
    """

    n: int
    found: int
    auc: float
    ap: float
    precision_at: Mapping[float, float]

    @classmethod
    def of(cls, labels: Labels, scores: Scores) -> Ranking:
        """Rank rows by scores, shape (n,); of equals the earlier comes first."""
        return cls(
            len(labels),
            int(labels.sum()),
            area_under_curve(labels, scores),
            average_precision(labels, scores),
            {share: precision_at(labels, scores, share) for share in SHARES},
        )


@dataclass(frozen=True, slots=True)
class Calibration:
    """Whether scores may be read as probabilities.

    Parameters
    ----------
    log_loss, base_log_loss
        Of the scores, and of saying the labels' own rate of everything, nats.
    slope
        Of the labels on the log-odds; 1 is calibrated.
    top_error
        Expected calibration error of the highest 5%.
    """

    log_loss: float
    base_log_loss: float
    slope: float
    top_error: float

    @classmethod
    def of(cls, labels: Labels, log_odds: Scores) -> Calibration:
        """Hold labels against log-odds, shape (n,)."""
        p = probabilities(log_odds)
        return cls(
            log_loss(labels, p),
            base_log_loss(labels),
            calibration_slope(labels, log_odds),
            calibration_error(labels, p),
        )


def probabilities(log_odds: Scores) -> NDArray[np.float64]:
    """Calibrated probabilities, with the same bits on every machine, shape (n,)."""
    return np.array([sigmoid(one) for one in log_odds.tolist()], np.float64)
