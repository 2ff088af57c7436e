from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from haechi.engine.policy_table import TERM
from haechi.engine.prior import ramp

NUMBERS = st.floats(-1e6, 1e6)


def term(log_odds: float, start: float, to: float, missing: float = 0.0, used: int = 1) -> Any:
    return np.array([(log_odds, start, to, missing, used)], TERM)[0]


@given(st.floats(-10, 10), NUMBERS, NUMBERS, NUMBERS)
def test_ramp_as_numpy_interpolates(log_odds: float, start: float, to: float, x: float) -> None:
    assume(abs(to - start) > 1e-3)
    ends = ([start, to], [0.0, log_odds]) if start < to else ([to, start], [log_odds, 0.0])
    expected = np.interp(x, *ends)
    assert ramp(term(log_odds, start, to), x) == pytest.approx(expected, abs=1e-6)


@given(NUMBERS)
def test_an_unused_term_adds_nothing(x: float) -> None:
    assert ramp(term(3.0, 0.0, 1.0, missing=2.0, used=0), x) == 0.0
    assert ramp(term(3.0, 0.0, 1.0, missing=2.0, used=0), math.nan) == 0.0


def test_missing_and_endless_values() -> None:
    one = term(3.0, 0.0, 1.0, missing=0.7)
    assert ramp(one, math.nan) == 0.7
    assert ramp(one, math.inf) == 3.0
    assert ramp(one, -math.inf) == 0.0
    down = term(5.0, -1.5, -4.5)
    assert ramp(down, -1.0) == 0.0
    assert ramp(down, -9.0) == 5.0
    assert ramp(down, -3.0) == 2.5
