from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from river import linear_model, optim

from haechi.engine import ftrl
from haechi.engine.kernel import kernel

ALPHA, BETA, L2 = 0.1, 1.0, 1.0

EXAMPLES = st.lists(
    st.tuples(
        st.dictionaries(st.integers(0, 15), st.floats(-2.0, 2.0), min_size=1, max_size=6),
        st.booleans(),
        st.sampled_from([1.0, 0.25, 4.0]),
    ),
    min_size=1,
    max_size=30,
)


def rate() -> Any:
    row = np.zeros(1, ftrl.RATE)
    row[0] = ALPHA, BETA, L2
    return row


@kernel
def _update(weights: Any, cell: int, gradient: float, rates: Any, stale: bool) -> None:
    ftrl.update(weights, cell, gradient, rates[0], stale)


class PlainFtrl:
    """Algorithm 1 of McMahan et al. (2013) without l1, in dictionaries."""

    def __init__(self) -> None:
        self.z: dict[int, float] = {}
        self.n: dict[int, float] = {}

    def weight(self, i: int) -> float:
        n = self.n.get(i, 0.0)
        return -self.z.get(i, 0.0) / ((BETA + math.sqrt(n)) / ALPHA + L2)

    def learn(self, x: dict[int, float], label: float, importance: float) -> float:
        p = 1.0 / (1.0 + math.exp(-sum(self.weight(i) * v for i, v in x.items())))
        for i, v in x.items():
            g = (p - label) * importance * v
            n = self.n.get(i, 0.0)
            sigma = (math.sqrt(n + g * g) - math.sqrt(n)) / ALPHA
            self.z[i] = self.z.get(i, 0.0) + g - sigma * self.weight(i)
            self.n[i] = n + g * g
        return p


def learn(weights: Any, x: dict[int, float], label: float, importance: float, stale: bool) -> float:
    p = 1.0 / (1.0 + math.exp(-sum(weights[i, 2] * v for i, v in x.items())))
    for i, v in x.items():
        _update(weights, i, (p - label) * importance * v, rate(), stale)
    return p


@given(EXAMPLES)
def test_against_the_paper(examples: list[tuple[dict[int, float], bool, float]]) -> None:
    weights = np.zeros((16, 3))
    plain = PlainFtrl()
    for x, label, importance in examples:
        p = learn(weights, x, float(label), importance, stale=False)
        assert p == pytest.approx(plain.learn(x, float(label), importance), rel=1e-9)
    for i in range(16):
        assert weights[i, 2] == pytest.approx(plain.weight(i), rel=1e-9, abs=1e-12)


@given(EXAMPLES)
def test_against_river(examples: list[tuple[dict[int, float], bool, float]]) -> None:
    """River predicts with weights from before the last gradient; as an option so do we."""
    weights = np.zeros((16, 3))
    river = linear_model.LogisticRegression(
        optim.FTRLProximal(alpha=ALPHA, beta=BETA, l1=0.0, l2=L2), intercept_lr=0.0
    )
    for x, label, importance in examples:
        want = river.predict_proba_one(x)[True]
        got = learn(weights, x, float(label), importance, stale=True)
        assert got == pytest.approx(want, rel=0, abs=1e-14)
        river.learn_one(x, label, w=importance)


def test_a_gradient_touches_its_own_cell_only() -> None:
    weights = np.zeros((8, 3))
    _update(weights, 3, -0.5, rate(), False)
    assert weights[3, 2] > 0.0
    assert not np.delete(weights, 3, axis=0).any()


def test_an_untrained_model_is_silent() -> None:
    assert ftrl.CELLS & (ftrl.CELLS - 1) == 0
    model = ftrl.new_weights()
    assert model.shape == (ftrl.CELLS, 3)
    assert not model.any()
