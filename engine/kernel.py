"""How kernels are compiled, and the words for their arguments.

No fastmath, no parallel reduction: the same input gives the same bits on every machine.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar, cast

import numba as nb
import numpy as np

from haechi.engine.build import BUILD_HEX


def _cache_folder() -> Path:
    """Where compiled kernels are kept: beside the sources, or in the temporary folder."""
    beside = Path(__file__).parent
    if os.access(beside, os.W_OK):
        return beside / "__pycache__" / f"kernels-{BUILD_HEX[:16]}"
    return Path(tempfile.gettempdir()) / f"haechi-{os.getuid()}-kernels-{BUILD_HEX[:16]}"


nb.config.CACHE_DIR = str(_cache_folder())

Array = np.ndarray[Any, Any]
"""A flat array; its docstring gives shape and unit."""

Row = Any
"""One record of a structured array: fields are attributes inside a kernel."""

F = TypeVar("F", bound=Callable[..., Any])


def kernel(function: F) -> F:
    """Compile with Numba, cached on disk; division follows IEEE 754 instead of raising."""
    return cast(F, nb.njit(cache=True, error_model="numpy")(function))


def step(function: F) -> F:
    """Compile a kernel that only other kernels call.

    Without the wrapper for Python, which would unpack every array of a shard's state anew
    for each of them, compiling takes a quarter less time.
    """
    compiled = nb.njit(
        cache=True, error_model="numpy", no_cpython_wrapper=True, no_cfunc_wrapper=True
    )(function)
    return cast(F, compiled)
