"""River's metrics of one model, over a window, with corrections."""

from __future__ import annotations

import math

import numpy as np
import pytest
from river import metrics

from haechi.streams.monitor.scores import Scores, calibration_slope, probability


def drawn(n: int, slope: float = 1.0, seed: int = 3) -> tuple[np.ndarray, np.ndarray]:
    random = np.random.default_rng(seed)
    log_odds = random.normal(-1.0, 1.5, n)
    found = random.random(n) < 1 / (1 + np.exp(-slope * log_odds))
    return found, log_odds


def brute_auc(found: np.ndarray, log_odds: np.ndarray) -> float:
    better = log_odds[found][:, None] - log_odds[~found][None, :]
    return float(np.mean((better > 0) + 0.5 * (better == 0)))


def fed(found: np.ndarray, log_odds: np.ndarray, window: int = 10_000) -> Scores:
    scores = Scores(window)
    for label, said in zip(found.tolist(), log_odds.tolist(), strict=True):
        scores.add(label, said)
    return scores


def test_figures_are_those_of_the_labels() -> None:
    found, log_odds = drawn(2000)
    said = fed(found, log_odds).estimates()
    loss = metrics.LogLoss()
    for label, score in zip(found.tolist(), log_odds.tolist(), strict=True):
        loss.update(label, probability(score))
    assert said["auc"].value == pytest.approx(brute_auc(found, log_odds))
    assert said["log_loss"].value == pytest.approx(loss.get())
    assert said["calibration_bias"].value == pytest.approx(
        np.mean(found - 1 / (1 + np.exp(-log_odds)))
    )
    for name, truth in (("calibration_bias", 0.0), ("calibration_slope", 1.0)):
        assert said[name].low < truth < said[name].high
    for one in said.values():
        assert one.low < one.value < one.high
        assert one.n == 2000


def test_only_the_latest_labels_count() -> None:
    found, log_odds = drawn(500)
    windowed, short = fed(found, log_odds, 200).estimates(), fed(found[-200:], log_odds[-200:])
    for name, one in short.estimates().items():
        assert windowed[name].value == pytest.approx(one.value), name


def test_a_label_that_is_taken_back_never_counted() -> None:
    found, log_odds = drawn(300)
    scores = fed(found, log_odds)
    scores.remove(bool(found[17]), float(log_odds[17]))
    scores.remove(True, 99.0)
    kept = np.arange(300) != 17
    again = fed(found[kept], log_odds[kept]).estimates()
    for name, one in scores.estimates().items():
        assert one.value == pytest.approx(again[name].value), name
        assert one.n == 299


@pytest.mark.parametrize("slope", [0.5, 1.0, 2.0])
def test_the_slope_tells_over_and_under_confidence(slope: float) -> None:
    found, log_odds = drawn(5000, slope, seed=8)
    said = calibration_slope(found.astype(float), log_odds)
    assert said.low < slope < said.high
    assert said.high - said.low < 0.4


def test_intervals_of_the_auc_cover() -> None:
    truth = brute_auc(*drawn(20_000, seed=0))
    covered = 0
    for seed in range(200):
        one = fed(*drawn(300, seed=seed + 1)).estimates()["auc"]
        covered += one.low <= truth <= one.high
    assert covered >= 0.91 * 200


def test_a_few_right_pairs_are_no_certainty() -> None:
    said = fed(np.array([True, False, False]), np.array([1.0, 0.0, -1.0])).estimates()["auc"]
    assert said.value == said.high == 1.0
    assert said.low < 0.5


def test_what_labels_cannot_say_is_nan() -> None:
    one_sort = fed(np.zeros(50, bool), np.linspace(-2, 2, 50)).estimates()
    assert math.isnan(one_sort["auc"].value)
    assert math.isnan(one_sort["calibration_slope"].value)
    assert one_sort["log_loss"].value > 0
    apart = calibration_slope(np.array([0.0, 0.0, 1.0, 1.0]), np.array([-2.0, -1.0, 1.0, 2.0]))
    assert math.isnan(apart.value)
    assert Scores(10).estimates() == {}


def test_extreme_scores_overflow_nothing() -> None:
    scores = fed(np.array([True, False]), np.array([800.0, -800.0]))
    assert scores.estimates()["log_loss"].value == pytest.approx(0.0, abs=1e-9)
    assert probability(-1000.0) == 0.0
