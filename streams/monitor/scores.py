"""How well one model tells finds from nothing, over its latest labels.

AUC, log-loss and bias are river's, updated label by label; the intervals and the calibration
slope are taken over the same labels when somebody asks.
"""

from __future__ import annotations

import math
from collections import deque
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from river import metrics, stats

from haechi.streams.monitor.estimates import Z95, Estimate

_Floats = NDArray[np.float64]
_STEPS: Final = 50
_CLOSE: Final = 1e-9
_STEEP: Final = 50.0


def probability(log_odds: float) -> float:
    """Probability of log-odds."""
    if log_odds >= 0:
        return 1.0 / (1.0 + math.exp(-log_odds))
    raised = math.exp(log_odds)
    return raised / (1.0 + raised)


class Scores:
    """River's metrics of one model.

    Parameters
    ----------
    window
        Latest labels that count.
    """

    def __init__(self, window: int) -> None:
        self._window: Final = window
        # River's metrics have no types.
        self._auc: Final[Any] = metrics.RollingROCAUC(window)  # type: ignore[no-untyped-call]
        self._log_loss: Final[Any] = metrics.LogLoss()  # type: ignore[no-untyped-call]
        self._bias: Final[Any] = stats.Mean()
        self._latest: Final[deque[tuple[bool, float]]] = deque()

    def __len__(self) -> int:
        return len(self._latest)

    def add(self, found: bool, log_odds: float) -> None:
        """Take a label and what the model had said."""
        said = probability(log_odds)
        if len(self._latest) == self._window:
            # The rolling AUC lets go of its oldest by itself.
            before, then = self._latest.popleft()
            self._revert(before, probability(then))
        self._latest.append((found, log_odds))
        self._auc.update(found, said)
        self._log_loss.update(found, said)
        self._bias.update(found - said)

    def remove(self, found: bool, log_odds: float) -> None:
        """Take a label back, unless it has slid out already."""
        try:
            self._latest.remove((found, log_odds))
        except ValueError:
            return
        said = probability(log_odds)
        self._auc.revert(found, said)
        self._revert(found, said)

    def _revert(self, found: bool, said: float) -> None:
        self._log_loss.revert(found, said)
        self._bias.revert(found - said)

    def estimates(self) -> dict[str, Estimate]:
        """The figures by name: auc, log_loss, calibration_bias and calibration_slope."""
        n = len(self._latest)
        if not n:
            return {}
        found = np.array([label for label, _ in self._latest], float)
        log_odds = np.array([score for _, score in self._latest], float)
        said = 1.0 / (1.0 + np.exp(-np.clip(log_odds, -500, 500)))
        right = np.where(found == 1, said, 1 - said)
        losses = -np.log(np.clip(right, 1e-15, 1.0))
        return {
            "auc": _auc_interval(float(self._auc.get()), int(found.sum()), n),
            "log_loss": _mean_interval(float(self._log_loss.get()), losses, least=0.0),
            "calibration_bias": _mean_interval(float(self._bias.get()), found - said),
            "calibration_slope": calibration_slope(found, log_odds),
        }


def _mean_interval(mean: float, values: _Floats, least: float = -1.0) -> Estimate:
    n = len(values)
    if n < 2:
        return Estimate(mean, math.nan, math.nan, n)
    half = Z95 * float(values.std(ddof=1)) / math.sqrt(n)
    return Estimate(mean, max(least, mean - half), mean + half, n)


def _auc_interval(auc: float, found: int, n: int) -> Estimate:
    """Interval of an AUC after Hanley and McNeil (1982), on the scale of its log-odds.

    The AUC is first drawn half a pair towards chance: of a few pairs that all stand right nobody
    knows that all others do.
    """
    rest = n - found
    pairs = found * rest
    if not pairs:
        return Estimate(math.nan, math.nan, math.nan, n)
    drawn = (auc * pairs + 0.5) / (pairs + 1)
    one, two = drawn / (2 - drawn), 2 * drawn * drawn / (1 + drawn)
    variance = drawn * (1 - drawn) + (found - 1) * (one - drawn**2) + (rest - 1) * (two - drawn**2)
    half = Z95 * math.sqrt(max(0.0, variance) / pairs) / (drawn * (1 - drawn))
    middle = math.log(drawn / (1 - drawn))
    low, high = probability(middle - half), probability(middle + half)
    return Estimate(auc, min(auc, low), max(auc, high), n)


def calibration_slope(found: _Floats, log_odds: _Floats) -> Estimate:
    """Slope of a logistic regression of the labels on the model's log-odds; 1 is calibrated.

    Parameters
    ----------
    found
        Labels, 0 or 1, shape (n,).
    log_odds
        What the model said, shape (n,).

    Returns
    -------
    The slope with Wald's interval; NaN where the labels do not determine it.

    References
    ----------
    Cox (1958), "Two further applications of a model for binary regression", Biometrika 45.
    """
    n = len(found)
    unknown = Estimate(math.nan, math.nan, math.nan, n)
    if n < 3 or found.min() == found.max() or np.ptp(log_odds) == 0:
        return unknown
    seen = np.stack([np.ones(n), log_odds], axis=1)
    # From a slope of 0, because far out the likelihood of sure models is flat.
    at = np.zeros(2)
    for _ in range(_STEPS):
        said = 1.0 / (1.0 + np.exp(-np.clip(seen @ at, -500, 500)))
        information = seen.T @ (seen * (said * (1 - said))[:, None])
        try:
            step = np.linalg.solve(information, seen.T @ (found - said))
        except np.linalg.LinAlgError:
            return unknown
        # A long step would jump over the top of a likelihood that is flat far from it.
        at = at + step * min(1.0, 2.0 / max(float(np.abs(step).max()), 1e-300))
        if not np.isfinite(at).all() or abs(at[1]) > _STEEP:
            return unknown
        if float(np.abs(step).max()) < _CLOSE:
            half = Z95 * math.sqrt(float(np.linalg.inv(information)[1, 1]))
            return Estimate(float(at[1]), float(at[1]) - half, float(at[1]) + half, n)
    return unknown
