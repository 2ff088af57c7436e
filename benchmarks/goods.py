"""A seeded stream of parcels' manifests as the decoder would hand them to the core.

Products (goods from one place at one price level) come again and again, as in express cargo;
whoever buys, sells and carries them comes from populations of realistic skew. What is guilty is
decided elsewhere.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from haechi.engine.codes import EventKind, NodeKind
from haechi.engine.records import EVENT, code, pack_event

START_US: Final = 1_735_689_600_000_000
"""When the first parcel comes: 2025-01-01 UTC."""

_LANE: Final = 6
_MANIFEST: Final = pack_event(
    kind=EventKind.PARCEL_MANIFEST, node=NodeKind.PARCEL, first=1, last=1, lane=_LANE
)
_ORIGINS: Final = [
    code(one) for one in ("CN", "US", "JP", "DE", "VN", "GB", "FR", "IT", "HK", "TH", "NL", "TR")
]
_PEOPLE: Final = {
    "importer": 3000,
    "declarant": 200,
    "courier": 8,
    "consignee": 6000,
    "sender": 1500,
    "address": 5000,
}
_CODES: Final = {"office": 12, "process": 5, "import_type": 6, "import_use": 5, "transport": 3}
_SELLERS: Final = 800


@dataclass(frozen=True, slots=True)
class Goods:
    """Parcels in order of time.

    Parameters
    ----------
    events
        Their manifests, ``EVENT`` records, shape (n,).
    product, seller
        Number of each parcel's product and seller, shape (n,).
    cheap
        How far each is declared below its product's price, log2, shape (n,).
    """

    events: Any
    product: NDArray[np.int64]
    seller: NDArray[np.int64]
    cheap: NDArray[np.float64]


def make_goods(
    seed: int, count: int, per_day: float, products: int = 400, lines: int = 400
) -> Goods:
    """Draw parcels.

    Parameters
    ----------
    seed
        Seed of everything.
    count
        Parcels.
    per_day
        How many come a day.
    products
        Kinds of goods.
    lines
        Lines of trade: an HS heading from one country. Product ``p`` belongs to ``p % lines``.
    """
    draws = np.random.default_rng(seed)
    line = np.arange(products) % lines
    hs6 = draws.integers(100, 9900, lines)[line] * 100 + draws.integers(10, 99, products)
    origin = np.array(_ORIGINS, np.uint64)[_skewed(draws, len(_ORIGINS), lines)][line]
    moved = draws.random(lines) < 0.2
    departure = np.where(moved[line], np.uint64(_ORIGINS[8]), origin)
    tax_rate = draws.choice([0.0, 5.0, 6.5, 8.0, 13.0], products)
    price = np.exp(draws.normal(4.0, 1.0, products))
    mass = np.exp(draws.normal(0.0, 1.0, products))

    product = _skewed(draws, products, count)
    cheap = -draws.normal(0.0, 0.35, count)
    seller = (product * 7 + draws.integers(0, 4, count)) % _SELLERS
    events = np.repeat(np.frombuffer(_MANIFEST, EVENT), count)
    numbers = np.arange(1, count + 1, dtype=np.uint64)
    events["ref"] = events["subject"] = numbers
    events["event_us"] = START_US + (np.arange(count) / per_day * 86_400e6).astype(np.int64)
    events["hs6"] = hs6[product]
    events["origin"], events["departure"] = origin[product], departure[product]
    events["tax_rate"] = tax_rate[product]
    events["tax_type"] = code("A")
    events["price"] = price[product] * 2.0**-cheap
    events["mass_kg"] = mass[product] * np.exp(draws.normal(0.0, 0.2, count))
    events["declared_mass_kg"] = events["mass_kg"]
    events["measured_mass_kg"] = events["mass_kg"] * np.exp(draws.normal(0.0, 0.05, count))
    events["paid"] = events["price"] * np.exp(draws.normal(0.0, 0.2, count))
    events["seller"] = _tokens("seller", seller)
    for name, size in _PEOPLE.items():
        events[name] = _tokens(name, _skewed(draws, size, count))
    events["pccc"] = events["consignee"] ^ np.uint64(0xC0DE << 32)
    events["pccc_state"] = 1
    for name, size in _CODES.items():
        known = np.array([code(f"{chr(65 + i)}1") for i in range(size)], np.uint64)
        events[name] = known[_skewed(draws, size, count)]
    return Goods(events, product, seller, cheap)


def _skewed(draws: np.random.Generator, size: int, count: int) -> NDArray[np.int64]:
    """Draw numbers below ``size`` of which the k-th is as frequent as 1 / (k + size / 20)."""
    weights = 1.0 / (np.arange(size) + 1.0 + size / 20.0)
    return draws.choice(size, count, p=weights / weights.sum())


def _tokens(kind: str, numbers: NDArray[np.int64]) -> NDArray[np.uint64]:
    """Tokens of numbered names: spread over 64 bits as keyed hashes are."""
    salted = numbers.astype(np.uint64) + np.uint64(int.from_bytes(kind.encode()[:6], "little") << 8)
    salted *= np.uint64(0x9E3779B97F4A7C15)
    salted ^= salted >> np.uint64(31)
    return salted * np.uint64(0xD6E8FEB86659FD93) | np.uint64(1)
