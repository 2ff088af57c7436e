"""The expert prior: a ramp a feature, in log-odds, from configs/prior.toml."""

from __future__ import annotations

from typing import Final

import numpy as np

from haechi.engine.kernel import Row, kernel

TERM: Final = np.dtype(
    [("log_odds", "<f8"), ("from_", "<f8"), ("to", "<f8"), ("missing", "<f8"), ("used", "<i8")]
)
"""One feature's ramp: nothing below ``from_``, ``log_odds`` from ``to`` on, linear between;
``to`` may lie below ``from_`` for a ramp that rises downwards."""


@kernel
def ramp(term: Row, x: float) -> float:
    """Log-odds that a feature value adds; ``missing`` for NaN."""
    if term.used == 0:
        return 0.0
    if x != x:
        return term.missing
    share = (x - term.from_) / (term.to - term.from_)
    return term.log_odds * min(max(share, 0.0), 1.0)
