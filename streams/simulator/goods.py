"""Goods of the express trade: what they cost, weigh, look like and where they come from.

Prices per kilogram are log-normal around the HS code's median, as declared values of real
parcels are. The figures are round assumptions; codes are common, so that an engine gets to
know their prices within hours.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

KRW_PER_USD: Final = 1380.0
PRICE_SPREAD: Final = 0.45
"""Standard deviation of the logarithm of an honest price within a code."""

MASS_SPREAD: Final = 0.5


@dataclass(frozen=True, slots=True)
class Goods:
    """One HS code.

    Parameters
    ----------
    hs6
        Six digits.
    text
        As declared.
    usd_per_kg
        Median price, US dollars per kilogram.
    mass_kg
        Median net mass of a parcel.
    tax_rate_percent
        Rate of duty.
    image
        Class that an X-ray image shows.
    """

    hs6: str
    text: str
    usd_per_kg: float
    mass_kg: float
    tax_rate_percent: float
    image: str


_ROWS: Final = """
210690|food supplement capsules|65|0.8|8|bottles
610910|cotton T-shirts|42|0.6|13|textile
640411|sports shoes|55|1.3|13|shoes
330499|skin care cream|110|0.5|6.5|bottles
950300|toys|30|1.1|8|plastic
420222|handbag|120|0.9|8|leather
851830|headphones|180|0.5|8|electronics
611030|knitted pullover|48|0.7|13|textile
620462|women's trousers|45|0.7|13|textile
851762|wireless adapter|150|0.4|0|electronics
847130|laptop computer|420|2.2|0|electronics
392690|plastic articles|14|1.0|6.5|plastic
330300|perfume|160|0.5|6.5|bottles
640399|leather shoes|85|1.4|13|shoes
650500|caps|40|0.3|8|textile
420232|wallet|140|0.3|8|leather
711319|jewellery|900|0.1|8|metal
910211|wrist watch|700|0.3|8|metal
090121|roasted coffee|22|1.5|8|powder
210111|instant coffee|28|1.2|8|powder
180690|chocolate|18|1.4|8|food
340130|body wash|20|1.2|6.5|bottles
330510|shampoo|18|1.3|6.5|bottles
950490|game consoles|110|2.0|0|electronics
852351|memory cards|600|0.1|0|electronics
850760|batteries|60|0.8|8|electronics
732393|kitchenware|16|2.5|8|metal
821192|kitchen knives|55|0.8|8|metal
950691|exercise equipment|9|6.0|8|metal
490199|books|15|1.2|0|paper
630790|textile articles|25|0.8|10|textile
300490|medicines in packets|140|0.4|8|bottles
871200|bicycle|35|14.0|8|metal
900410|sunglasses|260|0.2|8|plastic
"""

CATALOGUE: Final = tuple(
    Goods(hs6, text, float(usd), float(kg), float(tax), image)
    for hs6, text, usd, kg, tax, image in (row.split("|") for row in _ROWS.split("\n") if row)
)
"""Codes, the commonest first."""

_RANKS: Final = 1.0 / np.arange(1.0, len(CATALOGUE) + 1.0)
SHARES: Final = tuple(float(share) for share in _RANKS / _RANKS.sum())
"""Share of parcels by code: by Zipf's law."""
