"""XGBoost on card transactions: the handbook's fifteen features, and its training by week.

References
----------
Le Borgne, Siblini, Lebichot and Bontempi, "Reproducible Machine Learning for Credit Card Fraud
Detection: Practical Handbook", chapters on feature transformation and on validation.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

Features = NDArray[np.float64]
"""One row a transaction, shape (n, features)."""

SETTINGS: Final = ((100, 0.1, 3), (100, 0.3, 3), (50, 0.1, 6), (100, 0.1, 6), (50, 0.3, 6))
"""Trees, learning rate and depth: the corners of the handbook's grid."""

_DAY_S: Final = 86_400
_WINDOWS: Final = (1, 7, 30)
_DELAY: Final = 7
_NIGHT: Final = 6
_FIRST_WEEKDAY: Final = 6
"""The transactions begin on a Sunday."""


def handbook_features(rows: NDArray[Any]) -> Features:
    """Amount, weekend, night; of the customer and the delayed terminal counts over 1, 7, 30 days.

    Parameters
    ----------
    rows
        ``TRANSACTION`` records from the first day on, ascending in time, shape (n,).

    Returns
    -------
    Shape (n, 15).
    """
    second, amount = rows["second"], rows["amount"]
    weekday = (second // _DAY_S + _FIRST_WEEKDAY) % 7
    columns = [amount, weekday >= 5, second % _DAY_S // 3600 <= _NIGHT]
    for days in _WINDOWS:
        count, total = rolling(rows["customer"], second, amount, days * _DAY_S)
        columns += [count, total / count]
    fraud = rows["fraud"].astype(float)
    fresh, fresh_frauds = rolling(rows["terminal"], second, fraud, _DELAY * _DAY_S)
    for days in _WINDOWS:
        count, frauds = rolling(rows["terminal"], second, fraud, (_DELAY + days) * _DAY_S)
        known = count - fresh
        columns += [known, (frauds - fresh_frauds) / np.maximum(known, 1.0)]
    return np.stack([np.asarray(column, float) for column in columns], axis=1)


def rolling(
    keys: NDArray[Any], second: NDArray[np.int64], values: NDArray[np.float64], window_s: int
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Count and sum of each row's key within the window that ends with the row, which it includes.

    Parameters
    ----------
    keys, second, values
        Of each row, ascending in time, shape (n,).
    window_s
        Length; what is exactly so old is out.
    """
    order = np.argsort(keys, kind="stable")
    longest = int(second.max()) + window_s + 1
    place = keys[order].astype(np.int64) * longest
    begin = np.searchsorted(
        place + second[order], place + np.maximum(second[order] - window_s, -1), side="right"
    )
    sums = np.concatenate([[0.0], np.cumsum(values[order])])
    end = np.arange(1, len(keys) + 1)
    count, total = np.empty(len(keys)), np.empty(len(keys))
    count[order] = end - begin
    total[order] = sums[end] - sums[begin]
    return count, total


def boosted(
    train: Features,
    labels: NDArray[np.bool_],
    test: Features,
    setting: tuple[int, float, int],
) -> NDArray[np.float64]:
    """Train XGBoost and predict; probabilities, shape (len(test),).

    The exact method and a base score of a half are what reproduces the handbook's figures.
    """
    import xgboost

    trees, rate, depth = setting
    parameters = {
        "tree_method": "exact", "base_score": 0.5, "objective": "binary:logistic",
        "eta": rate, "max_depth": depth, "nthread": 1, "seed": 0,
    }  # fmt: skip
    model = xgboost.train(parameters, xgboost.DMatrix(train, labels), trees)
    return np.asarray(model.predict(xgboost.DMatrix(test)), float)
