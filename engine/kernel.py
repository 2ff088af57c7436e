"""How kernels are compiled, and the words for their arguments.

No fastmath, no parallel reduction: the same input gives the same bits on every machine. No
reference counting either: kernels borrow the arrays they are given and make none.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeAlias, TypeVar, cast

# The first level of optimisation gives the same speed here and compiles in less time.
os.environ.setdefault("NUMBA_OPT", "1")

import numba as nb

from haechi.engine.build import BUILD_HEX


def _cache_folder() -> Path:
    """Where compiled kernels are kept: beside the sources, or in the temporary folder."""
    beside = Path(__file__).parent
    if os.access(beside, os.W_OK):
        return beside / "__pycache__" / f"kernels-{BUILD_HEX[:16]}"
    return Path(tempfile.gettempdir()) / f"haechi-{os.getuid()}-kernels-{BUILD_HEX[:16]}"


_numba: Any = nb  # its stubs know neither all its options nor its settings
_numba.config.CACHE_DIR = str(_cache_folder())

Array: TypeAlias = Any
"""A NumPy array, whose docstring gives shape and unit. mypy has no word for arrays of records."""

Row: TypeAlias = Any
"""One record of a structured array: fields are attributes inside a kernel."""

Int: TypeAlias = Any
"""An int64 or, for tokens and keys, a uint64. Numba tells them apart; mypy has no word for it."""

Real: TypeAlias = Any
"""A float64."""

Flag: TypeAlias = Any
"""True or false."""

F = TypeVar("F", bound=Callable[..., Any])


def kernel(function: F) -> F:
    """Compile with Numba, cached on disk; division follows IEEE 754 instead of raising."""
    compiled = _numba.njit(cache=True, error_model="numpy", no_cfunc_wrapper=True, _nrt=False)
    return cast(F, compiled(function))


def batch(function: F) -> F:
    """Compile a kernel that works on many rows at once, while other threads may run."""
    compiled = _numba.njit(
        cache=True, error_model="numpy", no_cfunc_wrapper=True, _nrt=False, nogil=True
    )
    return cast(F, compiled(function))


def step(function: F) -> F:
    """Compile a kernel that only other kernels call.

    Without the wrapper for Python, which would unpack every array of a shard's state anew
    for each of them, compiling takes a quarter less time.
    """
    compiled = _numba.njit(
        cache=True,
        error_model="numpy",
        no_cpython_wrapper=True,
        no_cfunc_wrapper=True,
        _nrt=False,
    )
    return cast(F, compiled(function))


def bound(compiled: F, *example: Any) -> F:
    """A kernel for arguments of the example's types and no others, compiled now.

    Numba's dispatcher looks at every argument's type at every call, which for a shard's state
    takes ten times as long as the call (4.0 us against 0.4). Whoever binds must keep the types:
    nothing checks them any more.
    """
    kernel: Any = compiled
    signature = tuple(_numba.typeof(one) for one in example)
    kernel.compile(signature)
    return cast(F, kernel.overloads[signature].entry_point)
