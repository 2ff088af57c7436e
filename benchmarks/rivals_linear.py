"""Online logistic regressions that a user would pick instead.

Each takes rows as a program has them, as dicts of numbers and words, predicts and then learns,
row by row. All import their library when they are made.
"""

from __future__ import annotations

import math
import numbers
from collections.abc import Sequence
from typing import Any, Final, Protocol

Rows = Sequence[tuple[dict[str, float | str], bool]]
"""Features and label of each."""

MORE: Final = "install them with `make extra-bench`"


class Rival(Protocol):
    """Predicts and learns."""

    def take(self, rows: Rows) -> list[float]:
        """Predict each row, then learn it; scores that rank as the probabilities do."""


class Idiomatic:
    """river as its documentation shows it: scaled numbers and one-hot words into a pipeline."""

    def __init__(self) -> None:
        from river import compose, linear_model, preprocessing

        scaled = compose.SelectType(numbers.Number) | preprocessing.StandardScaler()
        coded = compose.SelectType(str) | preprocessing.OneHotEncoder()
        self._model: Any = (scaled + coded) | linear_model.LogisticRegression()

    def take(self, rows: Rows) -> list[float]:
        """Predict and learn."""
        predict, learn = self._model.predict_proba_one, self._model.learn_one
        scores = []
        for x, y in rows:
            scores.append(predict(x)[True])
            learn(x, y)
        return scores


class Tuned:
    """river's parts called by hand: its scaler, its regression with AdaGrad, words made keys."""

    def __init__(self) -> None:
        from river import linear_model, optim, preprocessing

        self._scaler: Any = preprocessing.StandardScaler()
        self._model: Any = linear_model.LogisticRegression(optimizer=optim.AdaGrad(0.1))

    def take(self, rows: Rows) -> list[float]:
        """Predict and learn."""
        fit, scale = self._scaler.learn_one, self._scaler.transform_one
        predict, learn = self._model.predict_proba_one, self._model.learn_one
        scores = []
        for x, y in rows:
            plain = {k: v for k, v in x.items() if v.__class__ is float}
            fit(plain)
            vector = scale(plain)
            for k, v in x.items():
                if v.__class__ is str:
                    vector[f"{k}={v}"] = 1.0
            scores.append(predict(vector)[True])
            learn(vector, y)
        return scores


class Plain:
    """Pure Python: weights, squared gradients and moments in dicts (AdaGrad)."""

    _RATE: Final = 0.1

    def __init__(self) -> None:
        self._cells: dict[str, list[float]] = {}
        self._moments: dict[str, list[float]] = {}

    def take(self, rows: Rows) -> list[float]:
        """Predict and learn."""
        cells, moments, rate = self._cells, self._moments, self._RATE
        scores = []
        for x, y in rows:
            z = 0.0
            used = []
            for k, v in [*x.items(), ("bias", "")]:
                if v.__class__ is float:
                    moment = moments.get(k)
                    if moment is None:
                        moment = moments[k] = [0.0, 0.0, 0.0]
                    moment[0] += 1.0
                    gap = v - moment[1]
                    moment[1] += gap / moment[0]
                    moment[2] += gap * (v - moment[1])
                    spread = moment[2] / moment[0]
                    value = (v - moment[1]) / math.sqrt(spread) if spread > 0.0 else 0.0
                else:
                    k, value = f"{k}={v}", 1.0  # noqa: PLW2901
                cell = cells.get(k)
                if cell is None:
                    cell = cells[k] = [0.0, 1e-8]
                z += cell[0] * value
                used.append((cell, value))
            p = 1.0 / (1.0 + math.exp(-min(max(z, -30.0), 30.0)))
            scores.append(z)
            error = p - y
            for cell, value in used:
                gradient = error * value
                cell[1] += gradient * gradient
                cell[0] -= rate * gradient / math.sqrt(cell[1])
        return scores


class WabbitText:
    """Vowpal Wabbit, each row written as its text format."""

    def __init__(self) -> None:
        self._wabbit = wabbit()

    def take(self, rows: Rows) -> list[float]:
        """Predict and learn; learning tells what was predicted before."""
        example, learn, done = self._wabbit.example, self._wabbit.learn, self._wabbit.finish_example
        scores = []
        for x, y in rows:
            text = " ".join(
                [f"{k}:{v:.6g}" if v.__class__ is float else f"{k}={v}" for k, v in x.items()]
            )
            one = example(f"1 | {text}" if y else f"-1 | {text}")
            learn(one)
            scores.append(one.get_simplelabel_prediction())
            done(one)
        return scores


class WabbitExample:
    """Vowpal Wabbit, each row given through its own API for examples."""

    def __init__(self) -> None:
        self._wabbit = wabbit()

    def take(self, rows: Rows) -> list[float]:
        """Predict and learn; learning tells what was predicted before."""
        example, learn, done = self._wabbit.example, self._wabbit.learn, self._wabbit.finish_example
        scores = []
        for x, y in rows:
            one = example(
                {" ": [(k, v) if v.__class__ is float else f"{k}={v}" for k, v in x.items()]}
            )
            one.set_label_string("1" if y else "-1")
            learn(one)
            scores.append(one.get_simplelabel_prediction())
            done(one)
        return scores


def wabbit() -> Any:
    """A Vowpal Wabbit that learns a logistic regression of a million cells."""
    from vowpalwabbit import Workspace

    return Workspace("--loss_function logistic -b 20 --quiet")


RIVALS: Final[dict[str, tuple[str, type[Rival]]]] = {
    "river idiomatic": ("river", Idiomatic),
    "river tuned": ("river", Tuned),
    "pure Python": ("", Plain),
    "VW text": ("vowpalwabbit", WabbitText),
    "VW examples": ("vowpalwabbit", WabbitExample),
}
"""By name: the library, and the rival."""
