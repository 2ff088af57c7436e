"""Money in one unit: the records hold United States dollars.

Prices are only ever compared on a log scale in bins of half a doubling, so fixed reference
rates do: one that drifts by a tenth moves a price by a seventh of a doubling. Records keep
the converted figure, so that a later change here does not touch what the log already says.
"""

from __future__ import annotations

from typing import Final

from haechi.engine.errors import BadInput
from haechi.streams.decode.checks import shown

PER_USD: Final = {
    "KRW": 1300.0,
    "USD": 1.0,
    "EUR": 0.9,
    "JPY": 140.0,
    "CNY": 7.0,
    "HKD": 7.8,
    "GBP": 0.8,
    "AUD": 1.5,
    "CAD": 1.35,
    "CHF": 0.9,
    "SGD": 1.35,
    "TWD": 31.0,
    "THB": 35.0,
    "VND": 24500.0,
    "INR": 83.0,
}
"""Units of a currency that make one dollar, rounded yearly means of 2023."""

KRW_PER_USD: Final = PER_USD["KRW"]


def to_usd(value: float, currency: str, field: str) -> float:
    """Convert an amount to dollars; where no currency is given it is the won, as declared.

    Raises
    ------
    BadInput
        ``BAD_CURRENCY`` if there is no rate.
    """
    rate = PER_USD.get(currency or "KRW")
    if rate is None:
        raise BadInput(
            "BAD_CURRENCY",
            f"{field} is {shown(currency)}; send Korean won, or one of {', '.join(PER_USD)}",
        )
    return value / rate
