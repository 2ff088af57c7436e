from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from river import optim

from haechi.engine import ftrl

EXAMPLES = st.lists(
    st.tuples(
        st.lists(st.integers(0, 15), min_size=1, max_size=6, unique=True),
        st.booleans(),
        st.floats(-6.0, 2.0),
        st.sampled_from([1.0, 0.25, 4.0]),
    ),
    min_size=1,
    max_size=30,
)


class PlainFtrl:
    """Algorithm 1 of McMahan et al. (2013) without l1, in dictionaries."""

    def __init__(self) -> None:
        self.z: dict[int, float] = {}
        self.n: dict[int, float] = {}

    def weight(self, i: int) -> float:
        n = self.n.get(i, 0.0)
        return -self.z.get(i, 0.0) / ((ftrl.BETA + math.sqrt(n)) / ftrl.ALPHA + ftrl.L2)

    def learn(self, cells: list[int], offset: float, label: float, importance: float) -> float:
        p = 1.0 / (1.0 + math.exp(-(offset + sum(self.weight(i) for i in cells))))
        g = (p - label) * importance
        for i in cells:
            n = self.n.get(i, 0.0)
            sigma = (math.sqrt(n + g * g) - math.sqrt(n)) / ftrl.ALPHA
            self.z[i] = self.z.get(i, 0.0) + g - sigma * self.weight(i)
            self.n[i] = n + g * g
        return p


@given(EXAMPLES)
def test_against_the_paper_and_river(examples: list[tuple[list[int], bool, float, float]]) -> None:
    weights = np.zeros((16, 2))
    plain = PlainFtrl()
    river = optim.FTRLProximal(alpha=ftrl.ALPHA, beta=ftrl.BETA, l1=0.0, l2=ftrl.L2)
    stored: dict[int, float] = {}
    for cells, label, offset, importance in examples:
        p = ftrl.learn(
            weights, np.array(cells, np.int64), len(cells), offset, float(label), importance
        )
        assert p == pytest.approx(plain.learn(cells, offset, float(label), importance), rel=1e-9)
        # River writes a weight down only when its next gradient comes; a gradient of zero
        # brings it up to date and changes nothing else.
        river.step(stored, dict.fromkeys(cells, 0.0))
        total = offset + sum(stored.get(i, 0.0) for i in cells)
        gradient = (1.0 / (1.0 + math.exp(-total)) - float(label)) * importance
        river.step(stored, dict.fromkeys(cells, gradient))
    river.step(stored, dict.fromkeys(range(16), 0.0))
    for i in range(16):
        assert ftrl.weight(weights, i) == pytest.approx(plain.weight(i), rel=1e-9, abs=1e-12)
        assert ftrl.weight(weights, i) == pytest.approx(stored.get(i, 0.0), rel=1e-9, abs=1e-12)
        assert weights[i, 1] == pytest.approx(plain.n.get(i, 0.0), rel=1e-9)


def test_learning_moves_towards_the_label_and_touches_no_other_cell() -> None:
    weights = np.zeros((8, 2))
    cells = np.array([1, 3, 5, 7], np.int64)
    before = ftrl.learn(weights, cells, 3, -2.0, 1.0, 1.0)
    after = ftrl.learn(weights, cells, 3, -2.0, 1.0, 1.0)
    assert before < after < 1.0
    assert not weights[[0, 2, 4, 6, 7]].any()
    assert ftrl.weight(weights, 0) == 0.0


def test_an_untrained_model_is_silent() -> None:
    model = ftrl.new_weights()
    assert model.shape == (ftrl.CELLS, 2)
    assert ftrl.CELLS & (ftrl.CELLS - 1) == 0
    assert ftrl.weight(model, ftrl.CELLS - 1) == 0.0
