"""Figures as `haechi evaluate` says them, to machines and to people."""

from __future__ import annotations

import math
import statistics
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from haechi.streams.evaluation.figures import Calibration, Ranking
    from haechi.streams.monitor.estimates import Estimate

CALIBRATION: Final = (
    ("log-loss", "log_loss"),
    ("log-loss of the base rate", "base_log_loss"),
    ("calibration slope", "calibration_slope"),
    ("ECE of the top 5%", "ece_top_5"),
)
"""Titles of the figures of calibration, and their names."""


def prior_text(header: dict[str, Any]) -> str:
    """What the models began with."""
    text = f"expert prior off: learning begins at log-odds {header['base_log_odds']:g}"
    return text + (f"; without {', '.join(header['without'])}" if header["without"] else "")


def ranking_json(ranking: Ranking) -> dict[str, Any]:
    """How well scores rank, for machines."""
    return {
        "n": ranking.n,
        "found": ranking.found,
        "auc": ranking.auc,
        "ap": ranking.ap,
        **{f"precision_at_{round(100 * k)}": p for k, p in ranking.precision_at.items()},
    }


def calibration_json(calibration: Calibration) -> dict[str, float]:
    """How far scores are probabilities, for machines."""
    return {
        "log_loss": calibration.log_loss,
        "base_log_loss": calibration.base_log_loss,
        "calibration_slope": calibration.slope,
        "ece_top_5": calibration.top_error,
    }


def estimate_json(estimate: Estimate) -> dict[str, float | int]:
    """An estimate with its interval, for machines."""
    return {
        "value": estimate.value,
        "low": estimate.low,
        "high": estimate.high,
        "n": estimate.n,
    }


def mean(values: Sequence[float]) -> float:
    """Mean of what is known."""
    known = [one for one in values if not math.isnan(one)]
    return statistics.fmean(known) if known else math.nan


def shown(value: float) -> str:
    """A figure for people; a dash for what nobody can know."""
    return "-" if math.isnan(value) else f"{value:.4f}"
