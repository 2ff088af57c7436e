"""When a selection counts as recovered, and what the drift benchmark's stream is."""

from __future__ import annotations

import math

import numpy as np
import pytest

from benchmarks.moving_goods import (
    GUILTY_SHARE,
    PER_DAY,
    WARM_DAYS,
    Arm,
    draw_lines,
    make_moving,
    play,
)
from benchmarks.recovery import EARLIER, WINDOW, curve, mean_interval, median_interval, recovery


def test_recovered_is_when_a_whole_window_is_nearly_as_precise_again() -> None:
    found = np.concatenate([np.ones(EARLIER), np.zeros(300), np.ones(EARLIER)]).astype(bool)
    none = np.zeros(len(found), bool)
    told = recovery(found, none, EARLIER)
    assert (told.before, told.dropped, told.end) == (1.0, 0.0, 1.0)
    assert told.inspections == 300 + math.ceil(0.9 * WINDOW)
    assert recovery(found[: EARLIER + 300], none[: EARLIER + 300], EARLIER).inspections is None


def test_random_checks_are_inspections_but_not_precision() -> None:
    found = np.ones(2 * EARLIER + WINDOW, bool)
    random = np.zeros(len(found), bool)
    found[EARLIER : EARLIER + 50], random[EARLIER : EARLIER + 50] = False, True
    told = recovery(found, random, EARLIER)
    assert told.dropped == 1.0
    assert told.inspections == 50 + WINDOW


def test_a_curve_counts_from_the_change() -> None:
    found = np.array([1, 1, 0, 0, 1, 0], bool)
    told = curve(found, np.zeros(6, bool), 2, 2, range(-1, 3))
    assert told[:3].tolist() == [1.0, 0.0, 0.5]
    assert np.isnan(told[3])


def test_runs_that_never_recover_make_the_interval_endless() -> None:
    median, low, high = median_interval([100.0, 200.0, math.inf], 1)
    assert (median, low, high) == (200.0, 100.0, math.inf)
    found, low, high = mean_interval([1.0, 2.0, 3.0], 1)
    assert low < found < high
    assert found == pytest.approx(2.0)


def test_guilty_lines_move_to_as_large_a_part_of_trade() -> None:
    draws = np.random.default_rng(1)
    popular = draws.dirichlet(np.ones(80))
    before, after = draw_lines(popular, draws)
    assert not set(before.tolist()) & set(after.tolist())
    for one in (before, after):
        assert popular[one].sum() == pytest.approx(GUILTY_SHARE, rel=0.1)


def test_a_stream_is_inspected_as_the_arm_says() -> None:
    moving = make_moving(1, WARM_DAYS + 6)
    played = play(moving, Arm(0.05, 0.2, detector=True), 1)
    assert moving.moved_at == (WARM_DAYS + 3) * PER_DAY
    assert played.rows[0] >= WARM_DAYS * PER_DAY
    assert np.array_equal(played.found, moving.guilty[played.rows])
    assert len(played.rows) == pytest.approx(0.05 * 6 * PER_DAY, rel=0.4)
    assert played.random.any()
    assert not played.random.all()
