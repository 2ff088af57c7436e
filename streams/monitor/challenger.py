"""One classifier of river that competes with the model that decides.

It predicts when the engine decides and learns when the label comes (progressive validation).
One that raises is switched off; the engine never waits for any of this.
"""

from __future__ import annotations

import math
from typing import Final

import numpy as np
from numpy.typing import NDArray

from haechi.configs.monitor import Challenger as Named
from haechi.engine.features import FEATURES
from haechi.streams.monitor.making import make_classifier

_LEAST: Final = 1e-6
"""No model is surer than this: one wrong certainty would be an infinite loss."""


class Challenger:
    """Predicts and learns until it raises.

    Parameters
    ----------
    named
        What monitor.toml says of it.

    Attributes
    ----------
    off
        Why it was switched off, or empty.
    learned
        Labels learned.
    """

    def __init__(self, named: Named) -> None:
        self.name: Final = named.name
        self.of: Final = named.of
        self._model: Final = make_classifier(named)
        places = {feature.name: i for i, feature in enumerate(FEATURES)}
        self._names: Final = named.features
        self._places: Final = np.array([places[name] for name in named.features], np.int64)
        self.off = ""
        self.learned = 0

    def predict(self, x: NDArray[np.float64]) -> float:
        """Log-odds that something is found; NaN while it knows nothing, or is off.

        Parameters
        ----------
        x
            The decision's feature vector, shape (features,).
        """
        if self.off:
            return math.nan
        try:
            said = self._model.predict_proba_one(self._seen(x))
            probability = float(said.get(True, math.nan))
            if math.isnan(probability):
                # It has not seen such a case: some scalers give NaN for their first value.
                return math.nan
            if not 0.0 <= probability <= 1.0:
                raise ValueError(f"it gave the probability {probability}")
        except Exception as error:
            self._switch_off(error)
            return math.nan
        bounded = min(max(probability, _LEAST), 1.0 - _LEAST)
        return math.log(bounded / (1.0 - bounded))

    def learn(self, x: NDArray[np.float64], found: bool) -> None:
        """Learn a label with the vector as it was decided on."""
        if self.off:
            return
        try:
            self._model.learn_one(self._seen(x), found)
            self.learned += 1
        except Exception as error:
            self._switch_off(error)

    def _seen(self, x: NDArray[np.float64]) -> dict[str, float]:
        values = x[self._places].tolist()
        return {
            name: value
            for name, value in zip(self._names, values, strict=True)
            if math.isfinite(value)
        }

    def _switch_off(self, error: Exception) -> None:
        self.off = f"{type(error).__name__}: {str(error)[:200]}"
