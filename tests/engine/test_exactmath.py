from __future__ import annotations

import math
from decimal import Decimal, localcontext

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from haechi.engine import exactmath
from haechi.engine.fingerprint import numeric_fingerprint


def ulps(got: float, exact: Decimal) -> float:
    nearest = float(exact)
    return abs(float((Decimal(got) - exact) / Decimal(math.ulp(nearest))))


@given(st.floats(-700.0, 700.0))
@example(0.0)
@example(-700.0)
@example(700.0)
@example(math.log(2.0) / 2.0)
def test_exp_within_two_units(x: float) -> None:
    with localcontext() as context:
        context.prec = 60
        assert ulps(exactmath.exp(x), Decimal(x).exp()) <= 2.0


@given(st.one_of(st.floats(min_value=5e-324, max_value=1.7e308), st.floats(0.5, 2.0)))
@example(1.0)
@example(math.nextafter(1.0, 0.0))
@example(math.nextafter(1.0, 2.0))
@example(math.sqrt(0.5))
@example(5e-324)
def test_log_within_two_units(x: float) -> None:
    got = exactmath.log(x)
    if x == 1.0:
        assert got == 0.0
        return
    with localcontext() as context:
        context.prec = 60
        assert ulps(got, Decimal(x).ln()) <= 2.0


@given(st.floats(min_value=1e-300, max_value=1e300))
def test_log2_within_three_units(x: float) -> None:
    got = exactmath.log2(x)
    if x == 1.0:
        assert got == 0.0
        return
    with localcontext() as context:
        context.prec = 60
        # Two of the logarithm's and one of the product with the rounded factor.
        assert ulps(got, Decimal(x).ln() / Decimal(2).ln()) <= 3.0


@given(st.floats(-700.0, 700.0))
def test_sigmoid_within_four_units(x: float) -> None:
    with localcontext() as context:
        context.prec = 400
        exact = 1 / (1 + (-Decimal(x)).exp())
        assert ulps(exactmath.sigmoid(x), exact) <= 4.0


@given(st.floats(-50.0, 50.0))
def test_sigmoid_is_a_probability_and_symmetric(x: float) -> None:
    p = exactmath.sigmoid(x)
    assert 0.0 <= p <= 1.0
    assert p + exactmath.sigmoid(-x) == pytest.approx(1.0, abs=1e-15)


@given(st.floats(-30.0, 30.0), st.floats(-30.0, 30.0))
def test_exp_and_sigmoid_keep_order(a: float, b: float) -> None:
    low, high = min(a, b), max(a, b)
    assert exactmath.exp(low) <= exactmath.exp(high) * (1 + 1e-15)
    assert exactmath.sigmoid(low) <= exactmath.sigmoid(high) + 1e-15


def test_edges() -> None:
    assert exactmath.exp(0.0) == 1.0
    assert exactmath.exp(-1e9) == 0.0
    assert exactmath.exp(-math.inf) == 0.0
    assert exactmath.exp(math.inf) == exactmath.exp(700.0)
    assert math.isnan(exactmath.exp(math.nan))
    for x in (0.0, -1.0, math.inf, -math.inf, math.nan):
        assert math.isnan(exactmath.log(x))
        assert math.isnan(exactmath.log2(x))
    assert exactmath.sigmoid(0.0) == 0.5
    assert exactmath.sigmoid(math.inf) == 1.0
    assert math.isnan(exactmath.sigmoid(math.nan))


def test_known_bits() -> None:
    """These bits are the contract: another machine that gives others cannot replay."""
    assert exactmath.exp(1.0).hex() == "0x1.5bf0a8b14576ap+1"
    assert exactmath.exp(-0.6931471805599453).hex() == "0x1.0000000000000p-1"
    assert exactmath.log(10.0).hex() == "0x1.26bb1bbb55516p+1"
    assert exactmath.log2(10.0).hex() == "0x1.a934f0979a372p+1"
    assert exactmath.sigmoid(-4.6).hex() == "0x1.4619c3c6fdfaap-7"


def test_fingerprint_is_stable() -> None:
    assert numeric_fingerprint() == numeric_fingerprint()
    assert len(numeric_fingerprint()) == 32
