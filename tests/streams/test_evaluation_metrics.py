from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from haechi.streams.evaluation import metrics

ROWS = st.lists(
    st.tuples(st.booleans(), st.sampled_from([-2.0, -1.0, 0.0, 0.5, 3.0])), min_size=2, max_size=40
)


def arrays(rows: list[tuple[bool, float]]) -> tuple[np.ndarray, np.ndarray]:
    return np.array([y for y, _ in rows]), np.array([z for _, z in rows])


@given(ROWS)
def test_area_under_curve_counts_pairs(rows: list[tuple[bool, float]]) -> None:
    right = [
        1.0 if a > b else 0.5 if a == b else 0.0 for ya, a in rows if ya for yb, b in rows if not yb
    ]
    got = metrics.area_under_curve(*arrays(rows))
    if right:
        assert got == pytest.approx(sum(right) / len(right))
    else:
        assert math.isnan(got)


@given(ROWS)
def test_average_precision_steps_through_thresholds(rows: list[tuple[bool, float]]) -> None:
    positives = sum(y for y, _ in rows)
    got = metrics.average_precision(*arrays(rows))
    if not positives:
        assert math.isnan(got)
        return
    total, before = 0.0, 0.0
    for threshold in sorted({z for _, z in rows}, reverse=True):
        above = [y for y, z in rows if z >= threshold]
        recall = sum(above) / positives
        total += (recall - before) * sum(above) / len(above)
        before = recall
    assert got == pytest.approx(total)


@given(ROWS, st.sampled_from([0.05, 0.1, 0.5]))
def test_precision_of_the_top_takes_earlier_ones_of_equals(
    rows: list[tuple[bool, float]], share: float
) -> None:
    count = round(len(rows) * share)
    got = metrics.precision_at(*arrays(rows), share)
    top = sorted(range(len(rows)), key=lambda i: (-rows[i][1], i))[:count]
    if count:
        assert got == pytest.approx(sum(rows[i][0] for i in top) / count)
    else:
        assert math.isnan(got)


def test_log_loss_and_the_base_rate() -> None:
    labels = np.array([True, False, False, False])
    p = np.array([0.5, 0.25, 0.0, 0.125])
    by_hand = -(math.log(0.5) + math.log(0.75) + math.log(1.0) + math.log(0.875)) / 4
    assert metrics.log_loss(labels, p) == pytest.approx(by_hand)
    entropy = -(0.25 * math.log(0.25) + 0.75 * math.log(0.75))
    assert metrics.base_log_loss(labels) == pytest.approx(entropy)


def test_the_slope_is_one_where_scores_are_right_and_a_half_where_they_are_twice_too_sure() -> None:
    rng = np.random.default_rng(1)
    z = rng.normal(0.0, 2.0, 40_000)
    labels = rng.random(len(z)) < 1.0 / (1.0 + np.exp(-z))
    assert metrics.calibration_slope(labels, z) == pytest.approx(1.0, abs=0.03)
    assert metrics.calibration_slope(labels, 2.0 * z) == pytest.approx(0.5, abs=0.02)


@pytest.mark.parametrize("labels", [[True, True, True], [False, False, False]])
def test_no_slope_of_labels_that_are_all_alike(labels: list[bool]) -> None:
    assert math.isnan(metrics.calibration_slope(np.array(labels), np.array([0.0, 1.0, 2.0])))


def test_no_slope_of_scores_that_are_all_alike() -> None:
    assert math.isnan(metrics.calibration_slope(np.array([True, False]), np.zeros(2)))


def test_calibration_error_weighs_gaps_of_the_top() -> None:
    p = np.linspace(1.0, 0.0, 100)
    labels = np.zeros(100, bool)
    labels[:10] = True
    # Of the highest tenth each row is a bin of its own, and was found.
    assert metrics.calibration_error(labels, p, 0.1) == pytest.approx((1.0 - p[:10]).mean())
