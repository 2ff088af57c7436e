"""exp and log that give the same bits on every machine.

NumPy's and libm's differ by CPU feature (AVX-512, FMA). These use only +, -, x and /,
which IEEE 754 rounds one way; errors stay below 2 units in the last place, which the
tests hold against mpmath-grade references.
"""

from __future__ import annotations

import math

from haechi.engine.kernel import Real, kernel

_LN2_HI = 6.93147180369123816490e-01
_LN2_LO = 1.90821492927058770002e-10
LN2 = 0.6931471805599453
_LOG2E = 1.44269504088896338700e00
_SQRT_HALF = 0.70710678118654752440


@kernel
def exp(x: Real) -> Real:
    """e**x; 0 below -700, e**700 above 700. NaN stays NaN."""
    if x != x:
        return x
    if x < -700.0:
        return 0.0
    x = min(x, 700.0)
    k = math.floor(x * _LOG2E + 0.5)
    r = (x - k * _LN2_HI) - k * _LN2_LO
    # Taylor series to r**13; |r| <= ln(2)/2, so the next term is below 2**-58.
    term = 1.0 / 6227020800.0
    term = term * r + 1.0 / 479001600.0
    term = term * r + 1.0 / 39916800.0
    term = term * r + 1.0 / 3628800.0
    term = term * r + 1.0 / 362880.0
    term = term * r + 1.0 / 40320.0
    term = term * r + 1.0 / 5040.0
    term = term * r + 1.0 / 720.0
    term = term * r + 1.0 / 120.0
    term = term * r + 1.0 / 24.0
    term = term * r + 1.0 / 6.0
    term = term * r + 0.5
    term = term * r + 1.0
    term = term * r + 1.0
    return math.ldexp(term, int(k))


@kernel
def log(x: Real) -> Real:
    """Natural logarithm of x > 0; NaN for anything else."""
    if not x > 0.0 or x == math.inf:
        return math.nan
    m, k = math.frexp(x)
    if m < _SQRT_HALF:
        m *= 2.0
        k -= 1
    s = (m - 1.0) / (m + 1.0)
    z = s * s
    # 2 * atanh(s); |s| <= 0.172, so the next term is below 2**-60.
    total = 1.0 / 23.0
    total = total * z + 1.0 / 21.0
    total = total * z + 1.0 / 19.0
    total = total * z + 1.0 / 17.0
    total = total * z + 1.0 / 15.0
    total = total * z + 1.0 / 13.0
    total = total * z + 1.0 / 11.0
    total = total * z + 1.0 / 9.0
    total = total * z + 1.0 / 7.0
    total = total * z + 1.0 / 5.0
    total = total * z + 1.0 / 3.0
    return (k * _LN2_LO + 2.0 * s * z * total + 2.0 * s) + k * _LN2_HI


@kernel
def log2(x: Real) -> Real:
    """Logarithm to base 2 of x > 0; NaN for anything else."""
    return log(x) * _LOG2E


@kernel
def sigmoid(x: Real) -> Real:
    """Probability of a log-odds."""
    if x >= 0.0:
        return 1.0 / (1.0 + exp(-x))
    e = exp(x)
    return e / (1.0 + e)


@kernel
def remaining(age: Real, half_life: Real) -> Real:
    """Share of a count that is left after an age, in (0, 1]; 1 for none. Both in one unit."""
    if age <= 0.0:
        return 1.0
    return exp(-LN2 * age / half_life)
