"""Learning a model anew from a log's labels, with the kernels by which the core learns.

Several passes in the log's order, from an untrained model. The calibration of parcels learns in the
first pass only, where every label is scored before it is learned.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from haechi.engine.calibrate import calibrate
from haechi.engine.codes import NodeKind
from haechi.engine.features import FEATURES
from haechi.engine.ftrl import new_weights
from haechi.engine.inputs import INPUTS, find_inputs
from haechi.engine.kernel import Array, Flag, Int, Real, kernel
from haechi.engine.model import learn, predict
from haechi.engine.prior import ramp
from haechi.engine.records import DECISION
from haechi.operators.artefact import fresh_platt
from haechi.operators.score import arm
from haechi.streams.models.labels import Label

HELD_OUT: Final = 0.2
"""Share of the labels, the last in time, that figures are stated on."""

_MOST_IMPORTANCE: Final = 10.0
_NODES: Final = (int(NodeKind.PARCEL), int(NodeKind.TRAVELER))


@kernel
def _pass(
    weights: Array, platt: Array, model: Array, kind: Int, node: Int, prior: Array, x: Array,
    base: Array, found: Array, weight: Array, unseen: Array, event_us: Array,
    first_pass: Flag, bins: Array, cells: Array, values: Array,
) -> None:  # fmt: skip
    for row in range(x.shape[0]):
        offset = base[row]
        for i in range(x.shape[1]):
            offset += ramp(prior[kind, i], x[row, i])
        goods = find_inputs(x[row], node, model[kind], bins, cells, values)
        label = 1.0 if found[row] == 1 else 0.0
        importance = 1.0 if weight[row] == 0.0 else min(weight[row], _MOST_IMPORTANCE)
        z = learn(
            weights, model[kind], node, goods, unseen[row] == 1, cells, values, offset, label,
            importance,
        )  # fmt: skip
        if kind == 0 and first_pass and weight[row] > 0.0:
            at = platt[arm(goods)]
            calibrate(at, base[row], offset - base[row] + z, label, weight[row], event_us[row])


@kernel
def _say(
    weights: Array, platt: Array, model: Array, kind: Int, node: Int, prior: Array, x: Array,
    base: Array, bins: Array, cells: Array, values: Array, added: Array, said: Array,
) -> None:  # fmt: skip
    for row in range(x.shape[0]):
        goods = find_inputs(x[row], node, model[kind], bins, cells, values)
        for i in range(added.shape[0]):
            added[i] = 0.0
        z: Real = predict(weights, node, goods, cells, values, added)
        for i in range(added.shape[0]):
            z += added[i] + ramp(prior[kind, i], x[row, i])
        at = platt[arm(goods)]
        said[row] = base[row] + at.slope * z + at.shift


@dataclass(frozen=True, slots=True)
class Refit:
    """A model that was learned anew.

    Parameters
    ----------
    weights
        Float64, shape (CELLS, 3).
    platt
        ``PLATT`` records, shape (2,).
    held_out
        How many of the last labels were held out first.
    said
        Log-odds of the held out labels by the model that had not learned them.
    base_rate
        Share with a finding among the labels before them.
    """

    weights: Array
    platt: Array
    held_out: int
    said: NDArray[np.float64]
    base_rate: float


class Learner:
    """Learns one kind of subject's model.

    Parameters
    ----------
    kind
        0 parcels, 1 travelers.
    model
        ``MODEL`` records, shape (2,).
    prior
        ``TERM`` records, shape (2, features).
    """

    def __init__(self, kind: int, model: Array, prior: Array) -> None:
        self._kind = kind
        self._model = model.copy()
        self._prior = prior.copy()
        self._scratch = (
            np.zeros(len(FEATURES), np.uint64), np.zeros(INPUTS, np.int64), np.zeros(INPUTS),
        )  # fmt: skip

    def learn(self, labels: Sequence[Label], passes: int) -> tuple[Array, Array]:
        """Weights and calibration after some passes from an untrained model."""
        weights, platt = new_weights(), fresh_platt()
        if not labels:
            return weights, platt
        columns = (
            vectors(labels),
            np.array([label.base for label in labels]),
            np.array([label.found for label in labels], np.int64),
            np.array([label.weight for label in labels]),
            np.array([label.unseen for label in labels], np.int64),
            np.array([label.event_us for label in labels], np.int64),
        )
        kind, node = self._kind, _NODES[self._kind]
        for number in range(passes):
            _pass(
                weights, platt, self._model, kind, node, self._prior, *columns, number == 0,
                *self._scratch,
            )  # fmt: skip
        return weights, platt

    def say(self, labels: Sequence[Label], weights: Array, platt: Array) -> NDArray[np.float64]:
        """Log-odds by a model, shape (n,)."""
        said = np.zeros(len(labels))
        if labels:
            base = np.array([label.base for label in labels])
            _say(
                weights, platt, self._model, self._kind, _NODES[self._kind], self._prior,
                vectors(labels), base, *self._scratch, np.zeros(len(FEATURES)), said,
            )  # fmt: skip
        return said

    def refit(self, labels: Sequence[Label], passes: int) -> Refit:
        """Learn without the last fifth, state what that says of it, then learn everything."""
        held = int(len(labels) * HELD_OUT)
        before, after = labels[: len(labels) - held], labels[len(labels) - held :]
        said = self.say(after, *self.learn(before, passes))
        rate = (sum(label.found for label in before) + 0.5) / (len(before) + 1.0)
        return Refit(*self.learn(labels, passes), held, said, rate)


def vectors(labels: Sequence[Label]) -> NDArray[np.float64]:
    """Feature vectors as scored, shape (n, features)."""
    return np.ascontiguousarray(decided(labels)["x"])


def decided(labels: Sequence[Label]) -> Array:
    """``DECISION`` records that labels name, shape (n,)."""
    return np.frombuffer(b"".join([label.body for label in labels]), DECISION)
