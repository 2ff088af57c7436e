"""What is usual for a party, and what was found of it in a row."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from haechi.engine.baseline import (
    BASELINE,
    MOST_DAYS,
    OVERALL,
    compare,
    peak_now,
    take,
)
from haechi.engine.kernel import kernel
from haechi.engine.run import RUN, UNEXPLAINED, describe, extend

DAY = 86_400_000_000
T0 = 1_700_000_000_000_000


@kernel
def _compare(rows: Any, overall: Any, now_us: int, value: float, out: Any) -> None:
    compare(rows[0], overall[0], now_us, value, out)


@kernel
def _take(rows: Any, overall: Any, now_us: int, value: float) -> None:
    take(rows[0], overall[0], now_us, value)


@kernel
def _peak(rows: Any, now_us: int) -> float:
    return peak_now(rows[0], now_us)


@kernel
def _extend(rows: Any, seen_us: int, found: bool, blame: float) -> None:
    extend(rows[0], seen_us, found, blame)


@kernel
def _describe(rows: Any, now_us: int, out: Any) -> None:
    describe(rows[0], now_us, out)


class Party:
    def __init__(self) -> None:
        self.rows, self.overall = np.zeros(1, BASELINE), np.zeros(1, OVERALL)

    def say(self, value: float, day: float) -> tuple[float, float, float]:
        out = np.zeros(3)
        _compare(self.rows, self.overall, T0 + int(day * DAY), value, out)
        return 2.0 ** out[0], out[1], 2.0 ** out[2]

    def take(self, value: float, day: float) -> None:
        _take(self.rows, self.overall, T0 + int(day * DAY), value)


def test_a_party_is_compared_with_its_own_usual() -> None:
    party = Party()
    for day in range(20):
        party.take(50.0, day)
    ratio, calm, _ = party.say(500.0, 20)
    assert ratio == pytest.approx(10.0, rel=0.01)
    assert calm == MOST_DAYS


@given(st.floats(1.0, 1e4), st.integers(5, 30))
def test_fraud_cannot_drag_the_mean(usual: float, times: int) -> None:
    party = Party()
    for day in range(20):
        party.take(usual, day)
    before = party.say(usual, 20)[0]
    for turn in range(times):
        party.take(usual * 50.0, 20 + turn / 100)
    assert party.say(usual, 21)[0] == pytest.approx(before, rel=1e-9)
    assert party.say(usual, 24)[1] == pytest.approx(4 - (times - 1) / 100, abs=1e-6)


def test_the_peak_fades_by_half_in_five_days() -> None:
    party = Party()
    for day in range(10):
        party.take(50.0, day)
    party.take(400.0, 10)
    assert _peak(party.rows, T0 + 10 * DAY) == pytest.approx(8.0, rel=0.01)
    assert _peak(party.rows, T0 + 15 * DAY) == pytest.approx(4.0, rel=0.01)


def test_who_is_new_is_compared_with_everybody() -> None:
    party = Party()
    for day in range(10):
        party.take(50.0, day)
    party.rows[:] = 0
    assert party.say(100.0, 11)[0] == pytest.approx(2.0, rel=0.01)


def said(rows: Any, day: float) -> list[float]:
    out = np.zeros(4)
    _describe(rows, T0 + int(day * DAY), out)
    return [float(one) for one in out]


def test_a_run_grows_and_a_clean_inspection_halves_it() -> None:
    rows = np.zeros(1, RUN)
    assert said(rows, 0) == [0.0, MOST_DAYS, MOST_DAYS, UNEXPLAINED]
    for day, blame in ((0, 2.0), (1, -0.5), (3, 1.0)):
        _extend(rows, T0 + day * DAY, True, blame)
    assert said(rows, 5) == [3.0, 5.0, MOST_DAYS, -0.5]
    _extend(rows, T0 + 6 * DAY, False, math.nan)
    assert said(rows, 7) == [1.0, 7.0, 1.0, -0.5]
    _extend(rows, T0 + 8 * DAY, False, math.nan)
    assert said(rows, 9) == [0.0, MOST_DAYS, 1.0, UNEXPLAINED]
    _extend(rows, T0 + 20 * DAY, True, math.nan)
    assert said(rows, 21) == [1.0, 1.0, 13.0, UNEXPLAINED]
