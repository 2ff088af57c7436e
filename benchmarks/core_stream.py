"""The core and its model on a stream whose every row is inspected at once."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from haechi.engine import exactmath
from haechi.engine.codes import EventKind, Finding, NodeKind, SelectedBy
from haechi.engine.features import FEATURES, PLACE, members
from haechi.engine.ftrl import new_weights
from haechi.engine.inputs import INPUTS, Goods, find_inputs
from haechi.engine.kernel import Array, Real, Row, kernel
from haechi.engine.model import learn, predict
from haechi.engine.records import DECISION, EVENT, pack_event
from haechi.operators.shard import Shard, ShardSettings

_PARCEL: Final = int(NodeKind.PARCEL)
_PLACES: Final = members("parcel")
_FOUND_RATE: Final = PLACE["found_rate"]
_NEW: Final = int(Goods.NEW)
_FIELDS: Final[Any] = DECISION.fields
_CASE_AT: Final = _FIELDS["case_key"][1]
_OUTCOME: Final = pack_event(
    kind=EventKind.INSPECTION_OUTCOME,
    first=1,
    last=1,
    recall=0,
    propensity=1.0,
    selected_by=SelectedBy.RANDOM,
)


@kernel
def _loop(
    weights: Array,
    model: Row,
    x: Array,
    labels: Array,
    bins: Array,
    cells: Array,
    values: Array,
    contribution: Array,
    raw: Array,
) -> None:
    for row in range(x.shape[0]):
        vector = x[row]
        goods = find_inputs(vector, _PARCEL, model, bins, cells, values)
        contribution[:] = 0.0
        z: Real = predict(weights, _PARCEL, goods, cells, values, contribution)
        for i in _PLACES:
            z += contribution[i]
        raw[row] = z
        rate = vector[_FOUND_RATE]
        offset = exactmath.log(rate / (1.0 - rate))
        learn(
            weights, model, _PARCEL, goods, goods == _NEW, cells, values, offset, labels[row], 1.0
        )  # fmt: skip


class Kernels:
    """Predicts and learns from feature vectors in one compiled loop.

    Parameters
    ----------
    model
        ``MODEL`` records, shape (2,).
    """

    def __init__(self, model: Array) -> None:
        self._weights = new_weights()
        self._model = model[0]
        self._scratch = (
            np.zeros(len(FEATURES), np.uint64),
            np.zeros(INPUTS, np.int64),
            np.zeros(INPUTS),
            np.zeros(len(FEATURES)),
        )

    def take(self, x: NDArray[np.float64], labels: NDArray[np.float64]) -> NDArray[np.float64]:
        """Predict each vector, shape (n, features), then learn its label; log-odds, shape (n,)."""
        raw = np.zeros(len(x))
        _loop(self._weights, self._model, x, labels, *self._scratch, raw)
        return raw


class Core:
    """A shard that is given a manifest and the outcome of the one before at every call.

    Parameters
    ----------
    settings
        What is in force.
    """

    def __init__(self, settings: ShardSettings) -> None:
        self.shard: Final = Shard(1 << 12)
        self.shard.configure(settings)
        self._both = np.frombuffer(bytearray(_OUTCOME * 2), EVENT)
        self._raw = memoryview(self._both.view(np.uint8).data)
        self._outcome, self._manifest = self._both[0], self._both[1]
        self._body = b""
        self._taken = 0
        self._label = False

    def take(self, events: Array, labels: NDArray[np.bool_]) -> bytes:
        """Decide about each manifest once its predecessor's outcome was learned.

        Returns
        -------
        The decisions' bodies.
        """
        size = EVENT.itemsize
        whole = memoryview(np.ascontiguousarray(events).view(np.uint8).data)
        apply, raw, outcome, manifest = self.shard.apply, self._raw, self._outcome, self._manifest
        made = []
        for row, found in enumerate(labels.tolist()):
            raw[size:] = whole[row * size : row * size + size]
            stamp = manifest["event_us"]
            manifest["stamp_us"] = stamp
            manifest["id_hi"] = manifest["offset"] = 2 * self._taken + 1
            if self._body:
                body = self._body
                outcome["id_hi"] = outcome["offset"] = 2 * self._taken
                outcome["event_us"] = outcome["stamp_us"] = stamp
                outcome["found"] = Finding.FOUND if self._label else Finding.NOTHING
                outcome["other"] = int.from_bytes(body[_CASE_AT : _CASE_AT + 8], "little")
                outcome["target_hi"] = int.from_bytes(body[:8], "little")
                outcome["target_lo"] = int.from_bytes(body[8:16], "little")
                body = apply(self._both, np.frombuffer(body, DECISION))
            else:
                body = apply(self._both[1:])
            if len(body) != DECISION.itemsize:
                raise ValueError(f"one manifest made {len(body) // DECISION.itemsize} decisions")
            made.append(body)
            self._body, self._label = body, found
            self._taken += 1
        return b"".join(made)


def in_turn(manifests: Array, made: Array, found: NDArray[np.bool_]) -> Array:
    """What :class:`Core` gives its shard, in one piece: manifest, outcome, manifest, and so on.

    Parameters
    ----------
    manifests
        ``EVENT`` records, shape (n,).
    made
        What was decided about them, ``DECISION`` records, shape (n,).
    found
        What their inspections found, shape (n,).
    """
    events = np.repeat(np.frombuffer(_OUTCOME, EVENT), 2 * len(manifests))
    events[::2] = manifests
    outcomes = events[1::2]
    outcomes["event_us"] = np.append(manifests["event_us"][1:], manifests["event_us"][-1:])
    outcomes["found"] = np.where(found, Finding.FOUND, Finding.NOTHING)
    outcomes["other"] = made["case_key"]
    outcomes["target_hi"], outcomes["target_lo"] = made["id_hi"], made["id_lo"]
    events["stamp_us"] = events["event_us"]
    events["id_hi"] = events["offset"] = np.arange(1, len(events) + 1)
    return events
