"""The expert prior: a ramp a feature, in log-odds, from configs/prior.toml."""

from __future__ import annotations

from haechi.engine.kernel import Real, Row, kernel


@kernel
def ramp(term: Row, x: Real) -> Real:
    """Log-odds that a feature value adds; ``missing`` for NaN."""
    if term.used == 0:
        return 0.0
    if x != x:
        return term.missing
    share = (x - term.from_) / (term.to - term.from_)
    return term.log_odds * min(max(share, 0.0), 1.0)
