"""The handbook's features against the words they are defined by."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks.rivals_fdh import handbook_features, rolling
from haechi.streams.adapters.fdh import TRANSACTION

_DAY_S = 86_400


def _rows(count: int) -> np.ndarray:
    draws = np.random.default_rng(3)
    rows = np.zeros(count, TRANSACTION)
    rows["second"] = np.sort(draws.integers(0, 60 * _DAY_S, count))
    rows["day"] = rows["second"] // _DAY_S
    rows["customer"], rows["terminal"] = draws.integers(0, 5, (2, count))
    rows["amount"] = draws.uniform(1, 100, count)
    rows["fraud"] = draws.random(count) < 0.2
    return rows


def test_a_window_ends_with_the_row_and_leaves_out_what_is_as_old_as_it_is_long() -> None:
    keys = np.array([1, 2, 1, 1])
    second = np.array([0, 5, 9, 10])
    count, total = rolling(keys, second, np.array([1.0, 2.0, 4.0, 8.0]), 10)
    assert count.tolist() == [1.0, 1.0, 2.0, 2.0]
    assert total.tolist() == [1.0, 2.0, 5.0, 12.0]


def test_features_are_what_the_handbook_says() -> None:
    rows = _rows(400)
    features = handbook_features(rows)
    assert features.shape == (400, 15)
    for at in (50, 250, 399):
        now, before = rows["second"][at], np.arange(400) <= at
        own = before & (rows["customer"] == rows["customer"][at])
        same = before & (rows["terminal"] == rows["terminal"][at])
        expected = [
            rows["amount"][at],
            (now // _DAY_S + 6) % 7 >= 5,
            now % _DAY_S // 3600 <= 6,
        ]
        for days in (1, 7, 30):
            recent = own & (rows["second"] > now - days * _DAY_S)
            expected += [recent.sum(), rows["amount"][recent].mean()]
        for days in (1, 7, 30):
            known = same & (rows["second"] <= now - 7 * _DAY_S)
            known &= rows["second"] > now - (7 + days) * _DAY_S
            risk = rows["fraud"][known].mean() if known.any() else 0.0
            expected += [known.sum(), risk]
        assert features[at] == pytest.approx(np.array(expected, float))
