"""A learned model as bytes, to be named by their hash: what a promotion puts into force.

Layout: the magic, the header's length (4 bytes, little-endian), the header as JSON, the cells that
are not empty (``CELL`` records by ascending index), then the kind's two ``PLATT`` records. The
same model with the same header always gives the same bytes.
"""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import asdict, dataclass, fields
from typing import Any, Final

import numpy as np

from haechi.engine.calibrate import PLATT, start
from haechi.engine.codes import NodeKind
from haechi.engine.errors import ModelUnusable
from haechi.engine.features import VERSION
from haechi.engine.ftrl import CELLS
from haechi.engine.kernel import Array

MAGIC: Final = b"HAECHI-MODEL-01\n"
KINDS: Final = {"parcel": NodeKind.PARCEL, "traveler": NodeKind.TRAVELER}
"""Families of models, by the word that people use."""

MADE_BY: Final = ("checkpoint", "refit", "none")
CELL: Final = np.dtype([("index", "<u4"), ("z", "<f8"), ("n", "<f8"), ("weight", "<f8")])
"""One cell that learned something."""

_HEX64: Final = re.compile(r"[0-9a-f]{64}")
_HEX16: Final = re.compile(r"[0-9a-f]{16}")
_HEADER_MOST: Final = 1 << 16
_LEAST_SLOPE: Final = 0.1
_MOST_SLOPE: Final = 3.0
_MAKE_ANEW: Final = "make it anew with: haechi models checkpoint, or refit"


@dataclass(frozen=True, slots=True)
class ModelHeader:
    """What a model is and where it comes from.

    Parameters
    ----------
    kind
        ``parcel`` or ``traveler``.
    settings
        SHA-256 of the ``MODEL`` record by which it learned, hex.
    made_by
        ``checkpoint`` (the learner as it was), ``refit`` (from the log's labels) or ``none``.
    shard
        Shard from whose log it learned.
    learned_to
        Last offset of that log that it could see; -1 for none.
    labels
        How many labels it learned.
    state
        Digest of the shard's state at that offset, hex; zeros for none.
    build
        Build that made it, hex.
    cells
        How many cells are not empty.
    features
        Table of features, 16 hex digits.
    """

    kind: str
    settings: str
    made_by: str
    shard: int
    learned_to: int
    labels: int
    state: str
    build: str
    cells: int = 0
    features: str = f"{VERSION:016x}"


@dataclass(frozen=True, slots=True)
class TrainedModel:
    """A model that was read back.

    Parameters
    ----------
    header
        What it is.
    cells
        ``CELL`` records, by ascending index.
    platt
        ``PLATT`` records, shape (2,).
    """

    header: ModelHeader
    cells: Array
    platt: Array

    def write_to(self, weights: Array) -> None:
        """Put the model into a table of cells, float64, shape (CELLS, 3)."""
        weights[...] = 0.0
        index = self.cells["index"]
        for column, name in enumerate(("z", "n", "weight")):
            weights[index, column] = self.cells[name]


def settings_digest(model: Array) -> str:
    """SHA-256 of one ``MODEL`` record, hex."""
    return hashlib.sha256(np.ascontiguousarray(model).tobytes()).hexdigest()


def fresh_platt() -> Array:
    """Calibration of an untrained model, ``PLATT`` records, shape (2,)."""
    platt = np.zeros(2, PLATT)
    for one in platt:
        start(one)
    return platt


def pack_model(header: ModelHeader, weights: Array, platt: Array) -> bytes:
    """Pack a model.

    Parameters
    ----------
    header
        What it is; ``cells`` is filled in.
    weights
        Float64, shape (CELLS, 3).
    platt
        ``PLATT`` records, shape (2,).
    """
    (index,) = np.nonzero(np.ascontiguousarray(weights).view("<u8").any(axis=1))
    cells = np.zeros(len(index), CELL)
    cells["index"] = index
    for column, name in enumerate(("z", "n", "weight")):
        cells[name] = weights[index, column]
    said = {**asdict(header), "cells": len(index)}
    text = json.dumps(said, sort_keys=True, separators=(",", ":")).encode("ascii")
    size = len(text).to_bytes(4, "little")
    return b"".join((MAGIC, size, text, cells.tobytes(), np.ascontiguousarray(platt).tobytes()))


def unpack_header(raw: bytes) -> ModelHeader:
    """Read and check what a model says of itself.

    Raises
    ------
    ModelUnusable
        If the bytes are no model, or one of another table of features.
    """
    return _header(raw)[0]


def unpack_model(raw: bytes, kind: str | None = None) -> TrainedModel:
    """Read a model back and check all of it; the arrays cannot be written to.

    Parameters
    ----------
    raw
        What :func:`pack_model` packed.
    kind
        The kind that it must be of, or None for any.

    Raises
    ------
    ModelUnusable
        ``UNREADABLE_ARTEFACT``, ``OTHER_FEATURES`` or ``WRONG_FAMILY``.
    """
    header, at = _header(raw)
    if kind is not None and header.kind != kind:
        raise ModelUnusable(
            "WRONG_FAMILY",
            f"the artefact is a model of kind {header.kind} and {kind} was asked for; "
            "name the other family, or another artefact",
        )
    wanted = header.cells * CELL.itemsize + 2 * PLATT.itemsize
    if len(raw) - at != wanted:
        raise _unreadable(f"{len(raw) - at} bytes follow its header and {wanted} must")
    cells = np.frombuffer(raw, CELL, header.cells, at)
    platt = np.frombuffer(raw, PLATT, 2, at + header.cells * CELL.itemsize)
    index = cells["index"]
    if len(index) and (index[-1] >= CELLS or not (index[1:] > index[:-1]).all()):
        raise _unreadable(f"its cells are not in order below {CELLS}")
    if not all(np.isfinite(cells[name]).all() for name in ("z", "n", "weight")):
        raise _unreadable("a cell is not finite")
    if (cells["n"] < 0.0).any():
        raise _unreadable("a cell has learned from less than nothing")
    slopes = platt["slope"]
    numbers = [platt[name] for name in ("slope", "shift", "zz", "z", "one")]
    if (
        not np.isfinite(numbers).all()
        or (slopes < _LEAST_SLOPE).any()
        or (slopes > _MOST_SLOPE).any()
    ):
        raise _unreadable(f"its calibration is not within {_LEAST_SLOPE} to {_MOST_SLOPE}")
    return TrainedModel(header, cells, platt)


def _header(raw: bytes) -> tuple[ModelHeader, int]:
    """The header and where it ends."""
    begin = len(MAGIC) + 4
    if raw[: len(MAGIC)] != MAGIC or len(raw) < begin:
        raise _unreadable("it does not begin as one")
    end = begin + int.from_bytes(raw[len(MAGIC) : begin], "little")
    if end - begin > _HEADER_MOST or end > len(raw):
        raise _unreadable(f"its header ends at {end} and the file at {len(raw)}")
    try:
        said = json.loads(raw[begin:end].decode("ascii"))
    except (ValueError, RecursionError):
        raise _unreadable("its header is no JSON") from None
    if not isinstance(said, dict) or set(said) != {field.name for field in fields(ModelHeader)}:
        raise _unreadable("its header has other fields than this version's")
    if said["features"] != f"{VERSION:016x}":
        raise ModelUnusable(
            "OTHER_FEATURES",
            f"the artefact was made with feature table {str(said['features'])[:16]!r} and this "
            f"build has {VERSION:016x}; make it anew with this build: haechi models refit",
        )
    if not _is_sound(said):
        raise _unreadable("a field of its header is out of range")
    return ModelHeader(**said), end


def _is_sound(said: dict[str, Any]) -> bool:
    texts = ("kind", "settings", "made_by", "state", "build", "features")
    if not all(isinstance(said[name], str) for name in texts):
        return False
    least = {"shard": 0, "learned_to": -1, "labels": 0, "cells": 0}
    for name, lowest in least.items():
        value = said[name]
        if type(value) is not int or not lowest <= value < 1 << 62:
            return False
    return (
        said["kind"] in KINDS
        and said["made_by"] in MADE_BY
        and said["cells"] <= CELLS
        and all(_HEX64.fullmatch(said[name]) for name in ("settings", "state", "build"))
        and _HEX16.fullmatch(said["features"]) is not None
    )


def _unreadable(why: str) -> ModelUnusable:
    return ModelUnusable(
        "UNREADABLE_ARTEFACT", f"the artefact is no model that can be read: {why}; {_MAKE_ANEW}"
    )
