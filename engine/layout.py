"""Which inputs a model has, in order, and which features each of them belongs to.

An input is an offset (no feature), a feature's bin, or several features' bins taken together; the
kernels in :mod:`haechi.engine.inputs` walk these arrays.
"""

from __future__ import annotations

from enum import IntEnum
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray

from haechi.engine.features import FEATURES, GENERAL, MEMORIES, PLACE, members


class Part(IntEnum):
    """Parts of a model; each learns at its own rate."""

    SHARED = 0
    CELL = 1
    DENSE = 2
    GENERAL = 3
    TRUST = 4


Node = Literal["parcel", "traveler"]
Row = tuple[Part, tuple[str, ...]]

SHIFTED: Final = "~"
"""Ending of a number's name whose bins lie half a bin further: two grids blur where one cuts."""


def grid(name: str) -> tuple[float, float]:
    """Width of a name's bins in steps of its feature, and by how much of a bin they are shifted.

    ``mass/2~`` has bins of two steps, shifted by half a bin.
    """
    _, _, width = name.removesuffix(SHIFTED).partition("/")
    return float(width or 1), 0.5 if name.endswith(SHIFTED) else 0.0


def rows(node: Node) -> list[Row]:
    """Inputs of one kind of case: their part, and what they read, with the ending of its grid."""
    own = [FEATURES[i] for i in members(node).tolist()]
    read = [feature.name for feature in own if feature.learn == "alone"]
    pairs = [
        (a.name, b.name)
        for k, a in enumerate(own)
        for b in own[:k]
        if a.group and a.group == b.group
    ]
    made: list[Row] = [(Part.SHARED, ())]
    made += [(Part.SHARED, (name,)) for name in read]
    made += [(Part.SHARED, pair) for pair in pairs]
    if node == "parcel":
        for memory in MEMORIES:
            found = (f"{memory.name}_found",)
            made += [(Part.CELL, found), (Part.DENSE, found)]
        made.append((Part.GENERAL, ()))
        made += [(Part.GENERAL, names) for names in GENERAL]
    return made


def place(name: str) -> int:
    """Position of a feature, whether or not its bins are coarse."""
    return PLACE[name.removesuffix(SHIFTED).partition("/")[0]]


def column(inputs: list[Row], k: int) -> NDArray[np.int64]:
    """Position of each input's ``k``-th feature, -1 for none."""
    return np.array([place(n[k]) if len(n) > k else -1 for _, n in inputs], np.int64)


def grids(inputs: list[Row], k: int) -> NDArray[np.float64]:
    """Grid of each input's ``k``-th feature, shape (inputs, 2)."""
    return np.array([grid(n[k]) if len(n) > k else (1.0, 0.0) for _, n in inputs])


def count(inputs: list[Row], part: Part) -> int:
    """How many inputs a part has."""
    return sum(one == part for one, _ in inputs)


def singles(inputs: list[Row]) -> NDArray[np.int64]:
    """Place of each feature's own shared input, -1 for none, shape (features,)."""
    places = np.full(len(FEATURES), -1, np.int64)
    for k, (part, names) in enumerate(inputs):
        if part == Part.SHARED and len(names) == 1:
            places[place(names[0])] = k
    return places
