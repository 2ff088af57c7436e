"""Rule sets as officers might write them: twenty by hand, and as many more as wanted by seed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np

BY_HAND: Final = (
    ("parcel", "xray_score > 0.7 and not trusted", "REFER"),
    ("parcel", "similar_seizure > 0.8 and xray_score > 0.4", "HOLD"),
    ("parcel", "price_ratio < -log2(3) and hs2 in (85, 91, 42, 64)", "REFER"),
    ("parcel", "price_ratio < -3 and mass_gap > 1", "HOLD"),
    ("parcel", "pccc_invalid and not trusted", "REFER"),
    ("parcel", "pccc_addresses >= 4 and pccc_week > 2", "REFER"),
    ("parcel", "address_pcccs >= 5", "REFER"),
    ("parcel", "paid_gap > 1.5 or paid_gap < -1.5", "REFER"),
    ("parcel", 'hs2 in (21, 30) and origin in ("TH", "VN", "KH") and mass < 2', "REFER"),
    ("parcel", "sender_found > 1 and sender_seen > 3", "HOLD"),
    ("parcel", "consignee_price_ratio < -2 and sender_minutes > 3", "REFER"),
    ("parcel", "missing(price) and mass > 4", "REFER"),
    ("traveler", "bag_alarms >= 2 and one_way", "HOLD"),
    ("traveler", "body_scan_score > 0.6 and cash_payment", "HOLD"),
    ("traveler", "booked_ahead < 4 and cash_payment and one_way", "REFER"),
    ("traveler", "document_bad and not known(declared_cash)", "REFER"),
    ("traveler", "bag_weight > 4.7 and booked_ahead < 5", "REFER"),
    ("traveler", "declared_cash > log2(10000) and not restricted_declared", "REFER"),
    ("traveler", "linked_parcel_risk > 0.5 and linked_parcels >= 2", "REFER"),
    ("traveler", "companion_risk > 0.4 and bag_score > 0.3", "REFER"),
)
"""Kind of case, condition and least verdict."""

_NUMBERS: Final[Mapping[str, Mapping[str, tuple[float, float]]]] = {
    "parcel": {
        "xray_score": (0.2, 0.9), "price_ratio": (-4, 1), "price": (0, 9), "mass": (0, 5),
        "mass_gap": (0.2, 2), "paid_gap": (-2, 2), "pccc_week": (0, 4), "pccc_addresses": (1, 5),
        "sender_seen": (0, 8), "sender_found": (-4, 1), "hs6_found": (-4, 1), "seller_seen": (0, 8),
        "unit_price": (-2, 10), "price_deviation": (-4, 2), "consignee_seen": (0, 5),
    },
    "traveler": {
        "bag_score": (0.2, 0.9), "body_scan_score": (0.2, 0.9), "booked_ahead": (2, 12),
        "bag_weight": (3, 5.2), "declared_cash": (8, 14), "visits": (0, 4),
        "document_days_left": (5, 11), "companions": (0, 3), "flight_found": (-5, 0),
    },
}  # fmt: skip
_FLAGS: Final = {
    "parcel": ("trusted", "pccc_invalid"),
    "traveler": ("cash_payment", "one_way"),
}
_PARCELS: Final = 0.6


def seeded(count: int, seed: int, more: Sequence[tuple[str, str, str]] = ()) -> str:
    """A file of so many rules: those given, the twenty, and drawn ones of three or four tests."""
    draws = np.random.default_rng(seed)
    rules = [*more, *BY_HAND][:count]
    while len(rules) < count:
        of = "parcel" if draws.random() < _PARCELS else "traveler"
        parts = []
        for name in draws.choice([*_NUMBERS[of]], int(draws.integers(3, 5)), replace=False):
            low, high = _NUMBERS[of][str(name)]
            sign, limit = (">", 0.95) if draws.random() < 0.5 else ("<", 0.05)
            at = low + (high - low) * (limit + draws.normal() / 12)
            parts.append(f"{name} {sign} {at:.2f}")
        if draws.random() < 0.5:
            negated = "not " if draws.random() < 0.5 else ""
            parts.append(negated + str(draws.choice(_FLAGS[of])))
        rules.append((of, " and ".join(parts), "HOLD" if draws.random() < 0.1 else "REFER"))
    return _file(rules)


def _file(rules: list[tuple[str, str, str]]) -> str:
    texts = (
        f'[[rule]]\nid = "rule-{n}"\nof = "{of}"\nwhen = \'{when}\'\nverdict = "{verdict}"\n'
        'reason = { en = "trial", ko = "trial" }\nowner = "benchmark"\nlegal_basis = "none"\n'
        "until = 2100-01-01T00:00:00Z\n"
        for n, (of, when, verdict) in enumerate(rules)
    )
    return 'name = "trial"\n' + "".join(texts)
