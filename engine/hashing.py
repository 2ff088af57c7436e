"""Mixing of 64-bit integers, for keys, cells and keyed draws.

Not for secrets: what comes from outside is hashed with a key at the edge before it gets
here. The finalizer is Stafford's variant 13 (as in SplitMix64).
"""

from __future__ import annotations

import numpy as np

from haechi.engine.kernel import Int, Real, kernel

_A = np.uint64(0xBF58476D1CE4E5B9)
_B = np.uint64(0x94D049BB133111EB)
_GOLDEN = np.uint64(0x9E3779B97F4A7C15)
_S30 = np.uint64(30)
_S27 = np.uint64(27)
_S31 = np.uint64(31)
_S11 = np.uint64(11)


@kernel
def mix(a: Int, b: Int) -> Int:
    """Mix two uint64 into one; ``mix(a, b) != mix(b, a)``."""
    z = np.uint64(a) * _GOLDEN + np.uint64(b) + _GOLDEN
    z = (z ^ (z >> _S30)) * _A
    z = (z ^ (z >> _S27)) * _B
    return z ^ (z >> _S31)


@kernel
def unit_draw(seed: Int, key: Int) -> Real:
    """Uniform draw in [0, 1) that belongs to ``key``: one draw a case, never re-rolled."""
    return np.float64(mix(seed, key) >> _S11) * 1.1102230246251565e-16
