"""A lane holds the share that it promises, whatever the scores look like."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from haechi.engine.control import LANE, answered, hold_at, promise
from haechi.engine.kernel import kernel

HOUR = 3_600_000_000


@kernel
def _run(lanes: Any, configured: float, rate: float, scores: Any, every_us: int, held: Any) -> None:
    now = 0
    for i in range(scores.shape[0]):
        now += every_us
        share = promise(lanes[0], rate, now)
        holds = scores[i] >= hold_at(lanes[0], configured, share)
        answered(lanes[0], configured, share, scores[i], holds, now)
        held[i] = 1 if holds else 0


def run(scores: Any, rate: float, configured: float = 0.0, per_hour: int = 200, **lane: Any) -> Any:
    lanes = np.zeros(1, LANE)
    for name, value in lane.items():
        lanes[name] = value
    held = np.zeros(len(scores), np.int64)
    _run(lanes, configured, rate, scores, HOUR // per_hour, held)
    return held, lanes[0]


@pytest.mark.parametrize("rate", [0.01, 0.03, 0.1])
@pytest.mark.parametrize("centre", [-6.0, 0.0, 4.0])
def test_the_promised_share_is_held(rate: float, centre: float) -> None:
    scores = np.random.default_rng(3).normal(centre, 1.5, 3000)
    held, lane = run(scores, rate)
    assert held.mean() == pytest.approx(rate, rel=0.1)
    assert lane["held"] == held.sum()


def test_those_with_the_highest_scores_are_held() -> None:
    scores = np.random.default_rng(4).normal(-4.0, 1.5, 5000)
    held, _ = run(scores, 0.05)
    best = np.sort(scores)[-250:].mean()
    assert scores[held == 1].mean() > best - 0.3


def test_the_share_is_kept_when_the_scores_move() -> None:
    draws = np.random.default_rng(5)
    scores = np.concatenate([draws.normal(-4.0, 1.0, 4000), draws.normal(-1.0, 2.0, 4000)])
    held, _ = run(scores, 0.03)
    assert held[4000:].mean() == pytest.approx(0.03, rel=0.15)


def test_nothing_promised_leaves_the_threshold() -> None:
    scores = np.random.default_rng(6).normal(0.0, 1.0, 2000)
    held, _ = run(scores, 0.0, configured=1.0)
    np.testing.assert_array_equal(held, scores >= 1.0)


def test_capacity_bounds_what_is_held() -> None:
    scores = np.random.default_rng(7).normal(2.0, 1.0, 4000)
    held, _ = run(scores, 0.0, capacity=6.0, capacity_until_us=1 << 62)
    assert held[1000:].mean() * 200 == pytest.approx(6.0, rel=0.2)
    over, _ = run(scores, 0.0, capacity=6.0, capacity_until_us=HOUR)
    assert over[1000:].mean() > 0.5


@pytest.mark.parametrize("rate", [0.02, 0.1])
def test_a_small_lane_keeps_its_promise_while_scores_fall(rate: float) -> None:
    draws = np.random.default_rng(8)
    scores = draws.normal(-4.0, 2.0, 1500) - np.linspace(0.0, 3.0, 1500)
    held, _ = run(scores, rate)
    assert held.mean() == pytest.approx(rate, rel=0.15)
    assert scores[held == 1].mean() > scores.mean() + 2.0


def test_too_few_cases_leave_the_threshold() -> None:
    held, _ = run(np.full(30, -8.0), 0.02, configured=1.0)
    assert held.sum() == 0
    held, _ = run(np.array([0.0, 2.0, 2.0, 3.0]), 0.02, configured=1.0)
    assert held.tolist() == [0, 1, 0, 1], "before that, the highest so far beyond it"
