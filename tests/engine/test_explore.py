"""Random checks go where they teach most, at the promised share, each with its probability."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from haechi.engine.explore import WAIT, normalised, note_answer, note_outcome, probability, worth
from haechi.engine.kernel import kernel

DAY = 86_400_000_000


@kernel
def _run(z: Any, known: Any, rate: float, rows: Any, out: Any) -> None:
    norm = 0.0
    for i in range(z.shape[0]):
        u = worth(rows[0], 1, z[i], known[i] == 1)
        out[i] = probability(u, norm, rate)
        norm = normalised(u, norm, rate)


@kernel
def _worth(rows: Any, now_us: int, z: float) -> float:
    return worth(rows[0], now_us, z, False)


@kernel
def _answer(rows: Any, now_us: int, inspected: bool) -> None:
    note_answer(rows[0], now_us, inspected)


@kernel
def _outcome(rows: Any) -> None:
    note_outcome(rows[0])


@pytest.mark.parametrize("rate", [0.002, 0.01, 0.05])
def test_the_mean_probability_is_the_promised_share(rate: float) -> None:
    draws = np.random.default_rng(1)
    z, known = draws.normal(-2.0, 1.0, 20_000), (draws.random(20_000) < 0.7).astype(np.int64)
    p = np.zeros(len(z))
    _run(z, known, rate, np.zeros(1, WAIT), p)
    assert p[4000:].mean() == pytest.approx(rate, rel=0.2)
    assert (p >= 0.1 * rate).all(), "every case has a chance"
    assert (p <= 0.6).all()
    assert p[4000:][known[4000:] == 0].mean() > 5 * p[4000:][known[4000:] == 1].mean()


def test_what_comes_often_and_is_not_under_way_is_worth_more() -> None:
    rows = np.zeros(1, WAIT)
    first = _worth(rows, DAY, -2.0)
    for _ in range(5):
        _answer(rows, DAY, False)
    often = _worth(rows, DAY, -2.0)
    assert often > first
    _answer(rows, DAY, True)
    assert _worth(rows, DAY, -2.0) < often
    _outcome(rows)
    assert _worth(rows, DAY, -2.0) == pytest.approx(often)
    _outcome(rows)
    assert rows["pending"][0] == 0.0
