"""The stream on which models are compared, and the features that all of them read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from benchmarks.goods import make_goods
from haechi.configs.port import Port
from haechi.engine.features import FEATURES, PLACE
from haechi.streams.adapters.fdh import Manifests, read_transactions
from haechi.streams.tokens import KEY_BYTES, Tokens

_PARTIES: Final = ("importer", "declarant", "seller", "courier", "consignee", "sender", "pccc",
                   "address", "hs6", "hs4")  # fmt: skip
NUMBERS: Final = (
    "price_ratio", "price_deviation", "price", "mass_gap", "paid_gap", "pccc_addresses",
    "address_pcccs", "pccc_hour", "pccc_week", "sender_minutes",
    *(f"{party}_{what}" for party in _PARTIES for what in ("found", "seen")),
)  # fmt: skip
"""Thirty numbers that the models read of the seeded stream."""

CODES: Final = ("office", "process", "import_type", "import_use", "transport", "seller")
"""Six categories that they read of it."""

_PER_DAY: Final = 2000.0


@dataclass(frozen=True, slots=True)
class Stream:
    """Manifests in order of time, and what inspections of all of them find.

    Parameters
    ----------
    name
        What it is.
    events
        ``EVENT`` records, shape (n,).
    found
        Labels, shape (n,).
    reads
        Names of the features that models read, or none for all there are.
    base
        Log-odds where learning begins.
    """

    name: str
    events: Any
    found: NDArray[np.bool_]
    reads: tuple[str, ...]
    base: float


def seeded(seed: int, count: int) -> Stream:
    """Parcels whose guilt follows a logistic law of seller, importer, goods, price and codes."""
    goods = make_goods(seed, count, _PER_DAY)
    draws = np.random.default_rng([seed, 1])
    events = goods.events
    log_odds = np.full(count, -3.6)
    log_odds += draws.normal(0.0, 1.0, 800)[goods.seller]
    log_odds += draws.normal(0.0, 0.8, 400)[goods.product]
    for name, spread in (("importer", 0.8), ("office", 0.4), ("process", 0.4), ("transport", 0.4)):
        _, number = np.unique(events[name], return_inverse=True)
        log_odds += draws.normal(0.0, spread, number.max() + 1)[number]
    log_odds += 1.2 * goods.cheap
    found = draws.random(count) < 1.0 / (1.0 + np.exp(-log_odds))
    return Stream("seeded parcels", events, found, (*NUMBERS, *CODES), -3.0)


def transactions(path: Path, count: int) -> Stream:
    """The first transactions of the Fraud Detection Handbook's file."""
    rows = read_transactions(path)[:count]
    manifests = Manifests(rows, Tokens(bytes(KEY_BYTES)), Port.load())
    events = manifests.of(np.arange(len(rows)))
    return Stream(path.name, events, rows["fraud"] == 1, (), -4.0)


def reading(model: Any, names: Sequence[str]) -> Any:
    """The same models, reading these features alone; no names leave them as they are."""
    if not names:
        return model
    changed = model.copy()
    changed["reads"] = 0
    changed["reads"][:, [PLACE[name] for name in names]] = 1
    return changed


def present(x: NDArray[np.float64], names: Sequence[str]) -> list[int]:
    """Places of those features that say something in any row, shape (n, features).

    Parameters
    ----------
    x
        Vectors, shape (n, features).
    names
        Names of the features; none for all that models read alone.
    """
    wanted = names or [feature.name for feature in FEATURES if feature.learn == "alone"]
    return [PLACE[name] for name in wanted if not np.isnan(x[:, PLACE[name]]).all()]


def as_dicts(x: NDArray[np.float64], places: Sequence[int]) -> list[dict[str, float | str]]:
    """Vectors as rivals take them: numbers as floats, codes as words; what misses is left out."""
    named = [(at, FEATURES[at].name, FEATURES[at].kind in ("number", "flag")) for at in places]
    columns = [x[:, at].tolist() for at in places]
    return [
        {
            name: value if number else f"{int(value):x}"
            for (_, name, number), value in zip(named, values, strict=True)
            if value == value
        }
        for values in zip(*columns, strict=True)
    ]
