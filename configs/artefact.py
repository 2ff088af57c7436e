"""The compiled configuration as bytes, to be stored in the log under their own hash.

Layout: the magic, the header's length (4 bytes, little-endian), the header as JSON, then each
array's bytes in the header's order. The same arrays always give the same bytes.
"""

from __future__ import annotations

import json
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from haechi.engine.errors import ConfigError
from haechi.engine.features import FEATURES, VERSION
from haechi.engine.inputs import MODEL
from haechi.engine.policy_table import LANES, POLICY, STAGES, TERM

Policy = NDArray[Any]
"""``POLICY`` records, shape (LANES, STAGES), by lane number and Stage."""

Prior = NDArray[Any]
"""``TERM`` records, shape (2, features): parcels, then travelers."""

_MAGIC: Final = b"HAECHI-POLICY-1\n"
_SHAPES: Final = {
    "policy": (POLICY, (LANES, STAGES)),
    "default_lane": (np.dtype("<i8"), (3,)),
    "prior": (TERM, (2, len(FEATURES))),
    "base": (np.dtype("<f8"), (2,)),
    "model": (MODEL, (2,)),
}


class Artefact(NamedTuple):
    """What the core decides with; see :mod:`haechi.configs.policy` for the arrays."""

    policy: Policy
    default_lane: NDArray[np.int64]
    prior: Prior
    base: NDArray[np.float64]
    model: NDArray[Any]


def _header() -> bytes:
    """Describe this build's arrays."""
    header = {
        "arrays": [
            {"name": name, "dtype": np.lib.format.dtype_to_descr(dtype), "shape": shape}
            for name, (dtype, shape) in _SHAPES.items()
        ],
        "features": f"{VERSION:016x}",
    }
    return json.dumps(header, sort_keys=True, separators=(",", ":")).encode("ascii")


def pack_artefact(
    policy: Policy,
    default_lane: NDArray[np.int64],
    prior: Prior,
    base: NDArray[np.float64],
    model: NDArray[Any],
) -> bytes:
    """Pack the compiled policy, the prior and how the models learn.

    Raises
    ------
    ValueError
        If an array has another dtype or shape than this build's.
    """
    header = _header()
    parts = [_MAGIC, len(header).to_bytes(4, "little"), header]
    arrays = Artefact(policy, default_lane, prior, base, model)
    for array, (name, (dtype, shape)) in zip(arrays, _SHAPES.items(), strict=True):
        if array.dtype != dtype or array.shape != shape:
            raise ValueError(f"{name} is {array.dtype} {array.shape}; it must be {dtype} {shape}")
        parts.append(np.ascontiguousarray(array).tobytes())
    return b"".join(parts)


def unpack_artefact(raw: bytes) -> Artefact:
    """Unpack what :func:`pack_artefact` packed; the arrays cannot be written to.

    Raises
    ------
    ConfigError
        If the bytes are no such artefact, or were made with another table of features or
        another layout of records.
    """
    size_at = len(_MAGIC)
    body_at = size_at + 4
    if raw[:size_at] != _MAGIC or len(raw) < body_at:
        raise ConfigError("policy artefact: the bytes do not begin as one; give the stored ones")
    header_size = int.from_bytes(raw[size_at:body_at], "little")
    header = raw[body_at : body_at + header_size]
    if header != _header():
        raise ConfigError(
            f"policy artefact: {_difference(header)}; replay it with the build that made it"
        )
    at = body_at + header_size
    arrays: list[NDArray[Any]] = []
    for dtype, shape in _SHAPES.values():
        count = int(np.prod(shape))
        if at + count * dtype.itemsize > len(raw):
            raise ConfigError(f"policy artefact: {len(raw)} bytes end too early; restore the log")
        arrays.append(np.frombuffer(raw, dtype, count, at).reshape(shape))
        at += count * dtype.itemsize
    if at != len(raw):
        raise ConfigError(f"policy artefact: {len(raw) - at} bytes too many; restore the log")
    return Artefact(*arrays)


def _difference(header: bytes) -> str:
    """Why a header is not this build's."""
    try:
        found = json.loads(header)
        version = str(found["features"])
    except (ValueError, KeyError, TypeError):
        return "its header cannot be read"
    if version != f"{VERSION:016x}":
        return f"made with feature table {version}, this build has {VERSION:016x}"
    return "its records have another layout than this build's"
