"""Figures of a ranking and of its probabilities, from labels and scores."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Labels = NDArray[np.bool_]
Scores = NDArray[np.float64]


def area_under_curve(labels: Labels, scores: Scores) -> float:
    """Share of pairs of a positive and a negative that are ranked right; ties count half."""
    positives = int(labels.sum())
    negatives = len(labels) - positives
    if positives == 0 or negatives == 0:
        return float("nan")
    _, inverse, counts = np.unique(scores, return_inverse=True, return_counts=True)
    ranks = np.cumsum(counts) - (counts - 1) / 2.0
    total = float(ranks[inverse][labels].sum())
    return (total - positives * (positives + 1) / 2.0) / (positives * negatives)


def average_precision(labels: Labels, scores: Scores) -> float:
    """Area under precision against recall, by steps; tied scores are one step."""
    if not labels.any():
        return float("nan")
    order = np.argsort(-scores, kind="stable")
    ends = np.flatnonzero(np.r_[np.diff(scores[order]) != 0, True])
    found = np.cumsum(labels[order])[ends]
    precision = found / (ends + 1)
    recall = found / labels.sum()
    return float((np.diff(np.r_[0.0, recall]) * precision).sum())


def precision_at(labels: Labels, scores: Scores, share: float) -> float:
    """Precision of the highest ``share`` of the rows; of equals the earlier comes first."""
    count = round(len(labels) * share)
    if count == 0:
        return float("nan")
    return float(labels[np.argsort(-scores, kind="stable")[:count]].mean())


def log_loss(labels: Labels, probabilities: Scores) -> float:
    """Mean negative log-likelihood, nats."""
    p = np.clip(probabilities, 1e-15, 1.0 - 1e-15)
    return float(-np.where(labels, np.log(p), np.log1p(-p)).mean())


def base_log_loss(labels: Labels) -> float:
    """Log-loss of who says the labels' own base rate of everything, nats."""
    return log_loss(labels, np.full(len(labels), labels.mean()))


def calibration_slope(labels: Labels, log_odds: Scores) -> float:
    """Slope of the logistic regression of the labels on the log-odds; 1 is calibrated.

    NaN if there is no such regression: labels or scores are all alike.
    """
    if labels.all() or not labels.any() or np.ptp(log_odds) == 0.0:
        return float("nan")
    a, b = 1.0, 0.0
    for _ in range(50):
        p = 1.0 / (1.0 + np.exp(-np.clip(a * log_odds + b, -700, 700)))
        v = np.maximum(p * (1.0 - p), 1e-12)
        error = labels - p
        hessian = np.array(
            [[(v * log_odds**2).sum(), (v * log_odds).sum()], [(v * log_odds).sum(), v.sum()]]
        )
        step = np.linalg.solve(hessian, [(error * log_odds).sum(), error.sum()])
        a, b = a + float(step[0]), b + float(step[1])
        if abs(step[0]) < 1e-10 and abs(step[1]) < 1e-10:
            break
    return a


def calibration_error(
    labels: Labels, probabilities: Scores, share: float = 0.05, bins: int = 10
) -> float:
    """Expected calibration error of the highest ``share``: mean gap over bins of equal size."""
    count = round(len(labels) * share)
    top = np.argsort(-probabilities, kind="stable")[:count]
    gaps = [
        len(part) * abs(float(probabilities[part].mean()) - float(labels[part].mean()))
        for part in np.array_split(top, bins)
        if len(part)
    ]
    return sum(gaps) / count if count else float("nan")
