"""Exact search of a gallery: the rows nearest to a probe, found in one pass.

Every row is compared, so nothing is ever missed; the best are kept while they are found, so
that no array of all similarities is written. At 128 dimensions it reads memory as fast as one
core can, which is why an approximate index would buy little below a million faces.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, TypeAlias, TypeVar, cast

import numba as nb
import numpy as np
from numpy.typing import NDArray

# Importing it also settles where compiled kernels are kept.
from haechi.engine.kernel import step

FloatMatrix: TypeAlias = NDArray[np.float32]
"""Templates of length 1, one a row, C-contiguous, shape (rows, dimension)."""

FloatVector: TypeAlias = NDArray[np.float32]
"""A template of length 1, or similarities; its docstring gives the shape."""

_LINE_BYTES: Final = 64
_ALIGNED: Final = _LINE_BYTES // np.dtype(np.float32).itemsize

F = TypeVar("F", bound=Callable[..., Any])
_numba: Any = nb


def _search(function: F) -> F:
    """Compile a search, while which other threads may run.

    Sums may be reordered here, which the core's kernels forbid, so that they fill the vector
    registers: a match is an input, as a sensor's reading is, and replay starts behind it. NaN and
    infinity still mean what they mean.
    """
    compiled = _numba.njit(
        cache=True,
        error_model="numpy",
        fastmath={"reassoc", "contract", "nsz"},
        no_cfunc_wrapper=True,
        nogil=True,
        _nrt=False,
    )
    return cast(F, compiled(function))


def room(rows: int, dimension: int) -> FloatMatrix:
    """Zeros that start at a cache line, so that no load straddles two: a sixth faster.

    Parameters
    ----------
    rows, dimension
        The shape.
    """
    raw = np.zeros(rows * dimension + _ALIGNED, np.float32)
    start = -(raw.ctypes.data // raw.itemsize) % _ALIGNED
    return raw[start : start + rows * dimension].reshape(rows, dimension)


@_search
def top_k(
    matrix: FloatMatrix,
    count: int,
    probe: FloatVector,
    rows: NDArray[np.int64],
    similarities: FloatVector,
) -> None:
    """Find the rows with the greatest inner product.

    Parameters
    ----------
    matrix
        Templates of length 1, shape (most, dimension).
    count
        How many rows are in use, from the first, <= most.
    probe
        Template of length 1 that is looked for, shape (dimension,).
    rows
        Gets their row numbers, best first, equals by row number; shape (k,), k >= 1. -1 where
        there are fewer than k.
    similarities
        Gets their cosine similarities, shape (k,); -inf where there are fewer than k.
    """
    rows[:] = -1
    similarities[:] = -np.inf
    last = len(rows) - 1
    for row in range(count):
        similarity = np.float32(0.0)
        for at in range(len(probe)):
            similarity += matrix[row, at] * probe[at]
        if similarity > similarities[last]:
            _insert(rows, similarities, row, similarity)


@step
def _insert(
    rows: NDArray[np.int64], similarities: FloatVector, row: int, similarity: np.float32
) -> None:
    """Put a row where it belongs among the best; the last of them falls out."""
    at = len(rows) - 1
    while at > 0 and similarities[at - 1] < similarity:
        rows[at] = rows[at - 1]
        similarities[at] = similarities[at - 1]
        at -= 1
    rows[at] = row
    similarities[at] = similarity
