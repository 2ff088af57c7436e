from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from haechi.engine import decay

T0 = 1_700_000_000_000_000
HALF_LIVES = {
    "minutes": decay.TEN_MINUTES_S,
    "hour": decay.HOUR_S,
    "week": decay.WEEK_S,
    "year": decay.YEAR_S,
}
TIMES = st.lists(st.integers(0, 30 * 86_400), min_size=1, max_size=20)


def new() -> Any:
    return np.zeros(1, decay.HISTORY)


def weight(age_s: float, half_life_s: float) -> float:
    return math.pow(0.5, age_s / half_life_s)


@given(TIMES)
def test_sightings_in_any_order_make_the_closed_form(seconds: list[int]) -> None:
    rows = new()
    for second in seconds:
        decay.count_sighting(rows[0], T0 + second * 1_000_000)
    latest = max(seconds)
    assert rows[0]["last_us"] == T0 + latest * 1_000_000
    for name, half_life in HALF_LIVES.items():
        exact = sum(weight(latest - second, half_life) for second in seconds)
        assert rows[0][name] == pytest.approx(exact, rel=1e-9)


@given(TIMES, st.lists(st.booleans(), min_size=20, max_size=20))
def test_labels_in_any_order(seconds: list[int], found: list[bool]) -> None:
    rows = new()
    for second, hit in zip(seconds, found, strict=False):
        decay.count_label(rows[0], T0 + second * 1_000_000, hit, 1.0)
    latest = max(seconds)
    weights = [weight(latest - second, decay.YEAR_S) for second in seconds]
    hits = sum(w for w, hit in zip(weights, found, strict=False) if hit)
    assert rows[0]["inspected"] == pytest.approx(sum(weights), rel=1e-9)
    assert rows[0]["found"] == pytest.approx(hits, rel=1e-9, abs=1e-12)


@given(TIMES, st.lists(st.floats(-20.0, 20.0), min_size=20, max_size=20))
def test_mean_in_any_order(seconds: list[int], values: list[float]) -> None:
    rows = new()
    for second, value in zip(seconds, values, strict=False):
        decay.add_to_mean(rows[0], T0 + second * 1_000_000, value)
    latest = max(seconds)
    weights = [weight(latest - second, decay.YEAR_S) for second in seconds]
    mean = sum(w * v for w, v in zip(weights, values, strict=False)) / sum(weights)
    assert rows[0]["mean"] == pytest.approx(mean, rel=1e-9, abs=1e-9)


@given(TIMES, st.booleans())
def test_a_label_is_taken_back(seconds: list[int], hit: bool) -> None:
    rows = new()
    decay.count_label(rows[0], T0, True, 1.0)
    for second in seconds:
        decay.count_label(rows[0], T0 + second * 1_000_000, hit, 1.0)
    decay.count_label(rows[0], T0 + 40_000_000, not hit, 1.0)
    decay.count_label(rows[0], T0 + 40_000_000, not hit, -1.0)
    for second in reversed(seconds):
        decay.count_label(rows[0], T0 + second * 1_000_000, hit, -1.0)
    left = rows[0]["found"] / weight((rows[0]["last_us"] - T0) // 1_000_000, decay.YEAR_S)
    assert left == pytest.approx(1.0, rel=1e-9)


def test_the_past_changes_nothing_but_what_it_counts() -> None:
    rows = new()
    decay.count_sighting(rows[0], T0)
    before = rows[0].tobytes()
    assert decay.advance(rows[0], T0 - 5_000_000) == 5.0
    assert rows[0].tobytes() == before
    assert decay.remaining(-1.0, 60.0) == 1.0
    assert decay.remaining(0.0, 60.0) == 1.0


def test_partners_fade_over_a_month() -> None:
    rows = new()
    decay.advance(rows[0], T0)
    rows[0]["partners"] = 8.0
    decay.advance(rows[0], T0 + int(decay.MONTH_S) * 1_000_000)
    assert rows[0]["partners"] == pytest.approx(4.0, rel=1e-12)


@given(st.integers(0, 50), st.integers(0, 50), st.floats(0.001, 0.5), st.floats(0.5, 10.0))
def test_found_log_odds(found: int, nothing: int, prior: float, smoothing: float) -> None:
    rows = new()
    rows[0]["found"] = found
    rows[0]["inspected"] = found + nothing
    p = (found + smoothing * prior) / (found + nothing + smoothing)
    p = min(max(p, 1e-6), 1 - 1e-6)
    exact = math.log(p / (1 - p)) - math.log(prior / (1 - prior))
    assert decay.found_log_odds(rows[0], prior, smoothing) == pytest.approx(exact, abs=1e-9)
