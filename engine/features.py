"""The one table of features.

The vector's layout, ClickHouse's columns, the names rules may use, reason codes, what the learned
model reads and dashboard labels are all derived from it. To add a feature, add a row here and its
update in ``operators/assemble.py``; a baseline, a run or a memory needs its row only.

Missing evidence is NaN, a value of its own. Nationality, age and sex are not features.
"""

from __future__ import annotations

import hashlib
import re
from typing import Final, Literal

import numpy as np

from haechi.engine.codes import Party
from haechi.engine.parts import Baseline, Encoding, Feature, Memory, Run

_HALF_LOG: Final = 0.7213475204444817
_QUARTER_LOG: Final = _HALF_LOG / 2.0
"""Half and a quarter of a natural logarithmic unit, in units of log2."""

_STATED: Final[tuple[Feature, ...]] = (
    # What a scanner saw.
    Feature("xray_score", "parcel", "number", "probability", "parcel X-ray", "parcel_xray",
            "latest", "parcel X-ray scored {value:.2f}", 0.1, clear=0.05),
    Feature("xray_alarm", "parcel", "flag", "-", "parcel X-ray", "parcel_xray", "latest",
            "parcel X-ray raised an alarm", clear=0.0),
    Feature("similar_seizure", "parcel", "number", "similarity", "past seizures", "parcel_xray",
            "highest", "X-ray image resembles a past seizure, similarity {value:.2f}", 0.1,
            clear=0.0),
    Feature("goods_seen", "parcel", "token", "-", "parcel X-ray", "parcel_xray", "latest",
            "goods that the X-ray takes it for", learn="none"),
    Feature("body_scan_score", "traveler", "number", "probability", "body scan", "body_scan",
            "latest", "body scanner scored {value:.2f}", 0.1, clear=0.05),
    Feature("body_scan_alarm", "traveler", "flag", "-", "body scan", "body_scan", "latest",
            "body scanner raised an alarm", clear=0.0),
    Feature("bag_score", "traveler", "number", "probability", "bag X-ray", "bag_xray",
            "highest of bags", "bag X-ray scored {value:.2f}", 0.1, clear=0.05),
    Feature("bag_alarms", "traveler", "number", "bags", "bag X-ray", "bag_xray", "count",
            "{value:.0f} bag(s) raised an X-ray alarm", clear=0.0),
    Feature("bags_unscanned", "traveler", "number", "bags", "bag X-ray", "bag_xray", "count",
            "{value:.0f} bag(s) not yet scanned", clear=0.0),
    # Who took bags out; with the bags' X-ray, because it asks for the same check.
    Feature("bags_elsewhere", "traveler", "number", "bags", "hand-over", "bag_xray", "count",
            "{value:.0f} bag(s) left with somebody else", clear=0.0),
    Feature("foreign_bags", "traveler", "number", "bags", "hand-over", "bag_xray", "count",
            "carried out {value:.0f} bag(s) of another traveler", clear=0.0),
    # Who was seen.
    Feature("face_similarity", "traveler", "number", "cosine", "face", "face", "latest",
            "face similarity {value:.2f}", 0.05, clear=0.8),
    Feature("face_review", "traveler", "flag", "-", "face", "face", "latest",
            "face match is doubtful", clear=0.0),
    Feature("face_different", "traveler", "flag", "-", "face", "face", "latest",
            "face at the exit is not the face of the desk", clear=0.0),
    Feature("face_watched", "traveler", "flag", "-", "face", "face", "any hit",
            "resembles a face on the watchlist", clear=0.0),
    # Other cases.
    Feature("linked_parcel_risk", "traveler", "number", "probability", "linked parcel", "linked",
            "highest own risk", "a linked parcel has risk {value:.2f}", 0.1,
            clear=0.005, linked=True),
    Feature("linked_parcels", "traveler", "number", "parcels", "linked parcel", "linked", "count",
            "{value:.0f} linked parcel(s)"),
    Feature("companion_risk", "traveler", "number", "probability", "companion", "companion",
            "highest own risk", "a companion has risk {value:.2f}", 0.1, clear=0.005, linked=True),
    Feature("companions", "traveler", "number", "travelers", "companion", "companion", "count",
            "{value:.0f} companion(s)"),
    Feature("linked_traveler_risk", "parcel", "number", "probability", "linked traveler",
            "linked", "highest own risk", "the linked traveler has risk {value:.2f}", 0.1,
            linked=True, clear=0.005),
    Feature("intelligence", "both", "number", "weight", "intelligence", "intelligence",
            "highest entry in force", "intelligence entry of weight {value:.2f}", 0.25, clear=0.0),
    # The traveler's papers and journey.
    Feature("document_bad", "traveler", "flag", "-", "document", "manifest", "latest",
            "document is reported lost, stolen or invalid", clear=0.0),
    Feature("document_days_left", "traveler", "number", "log2 days", "document", "manifest",
            "at arrival", "document's remaining validity, 2^{value:.1f} days", clear=10.0),
    Feature("booked_ahead", "traveler", "number", "log2 hours", "booking", "manifest",
            "at arrival", "booked 2^{value:.1f} hours before arrival", clear=9.0),
    Feature("cash_payment", "traveler", "flag", "-", "booking", "manifest", "latest",
            "ticket was paid in cash", clear=0.0),
    Feature("one_way", "traveler", "flag", "-", "booking", "manifest", "latest",
            "one-way itinerary", clear=0.0),
    Feature("offloaded", "traveler", "flag", "-", "booking", "manifest", "latest",
            "offloaded or did not board as booked", clear=0.0),
    Feature("bag_weight", "traveler", "number", "log2 kg", "baggage", "manifest", "sum of bags",
            "baggage weight 2^{value:.1f} kg", 0.5),
    Feature("declared_cash", "traveler", "number", "log2 USD", "declaration", "declaration",
            "latest", "declared cash 2^{value:.1f} USD"),
    Feature("declared_value", "traveler", "number", "log2 USD", "declaration", "declaration",
            "latest", "declared goods worth 2^{value:.1f} USD"),
    Feature("restricted_declared", "traveler", "flag", "-", "declaration", "declaration",
            "latest", "declared restricted goods"),
    Feature("visits", "traveler", "number", "log2 visits", "traveler's history", "history",
            "decayed, 400 d", "seen 2^{value:.1f} times before", 0.5),
    Feature("traveler_found", "traveler", "number", "log-odds", "traveler's history", "history",
            "decayed findings, 400 d", "past findings against this traveler, {value:+.2f}", 0.5),
    Feature("flight_found", "traveler", "number", "log-odds", "flight", "history",
            "decayed findings, 400 d", "past findings on this flight number, {value:+.2f}", 0.5),
    Feature("route", "traveler", "code", "-", "flight", "manifest", "latest", "departure {code}"),
    # The declaration.
    Feature("unit_price", "parcel", "number", "log2 USD/kg", "declared price", "manifest",
            "latest", "declared price 2^{value:.1f} per kg", _HALF_LOG, learn="none"),
    Feature("price_ratio", "parcel", "number", "log2 ratio", "declared price", "manifest",
            "against the HS code's running mean, 400 d",
            "price per kg is 2^{value:+.1f} of what is usual for the HS code", 0.5, clear=0.0),
    Feature("price_deviation", "parcel", "number", "standard deviations", "declared price",
            "manifest", "against the HS code's running distribution, 400 d",
            "price per kg lies {value:+.1f} standard deviations from what is usual", 0.5,
            clear=0.0),
    Feature("price", "parcel", "number", "log2 USD", "declared price", "manifest", "latest",
            "declared value 2^{value:.1f}", _QUARTER_LOG, group="spending"),
    Feature("price_ceiling", "parcel", "number", "log2 ratio", "declared price", "history",
            "against the highest price that was inspected and clean",
            "declared value is 2^{value:+.1f} of the highest that was ever found clean",
            edges=(-0.515, -0.322, -0.152, 0.0, 0.263), group="spending"),
    Feature("mass", "parcel", "number", "log2 (1 + kg)", "mass", "manifest", "latest",
            "declared mass 2^{value:.1f} - 1 kg", _HALF_LOG, learn="none"),
    Feature("mass_gap", "parcel", "number", "|log2 ratio|", "mass", "manifest", "latest",
            "measured mass differs from declared by 2^{value:.1f}", 0.25, clear=0.0),
    Feature("paid_gap", "parcel", "number", "log2 ratio", "declared price", "manifest", "latest",
            "paid 2^{value:+.1f} of the declared value", 0.5, clear=0.0),
    Feature("tax_rate", "parcel", "code", "percent", "duty", "manifest", "latest",
            "tax rate {value:g}%", learn="none"),
    Feature("trusted", "parcel", "flag", "-", "trusted party", "manifest", "latest",
            "trusted supply chain"),
    Feature("pccc_invalid", "parcel", "flag", "-", "customs code", "manifest", "latest",
            "customs code is expired or does not belong to the consignee", clear=0.0),
    Feature("pccc_addresses", "parcel", "number", "addresses", "customs code", "history",
            "new addresses, decayed, 30 d", "one customs code at {value:.0f} addresses", clear=1.0),
    Feature("address_pcccs", "parcel", "number", "codes", "address", "history",
            "new customs codes, decayed, 30 d", "{value:.0f} customs codes at one address",
            clear=1.0),
    Feature("pccc_hour", "parcel", "number", "parcels", "customs code", "history", "decayed, 1 h",
            "{value:.1f} parcels of this customs code in the last hour", clear=1.0),
    Feature("pccc_week", "parcel", "number", "log2 parcels", "customs code", "history",
            "decayed, 7 d", "2^{value:.1f} parcels of this customs code in the last week", 0.5,
            clear=1.0),
    Feature("sender_minutes", "parcel", "number", "log2 parcels", "sender", "history",
            "decayed, 10 min", "2^{value:.1f} parcels of this sender in the last minutes"),
    Feature("found_rate", "parcel", "number", "share", "goods", "history", "decayed, 400 d",
            "{value:.3f} of all inspections found something", learn="none"),
    Feature("hs6", "parcel", "code", "-", "HS code", "manifest", "latest", "HS {value:06.0f}",
            learn="none"),
    Feature("hs4", "parcel", "code", "-", "HS code", "manifest", "latest",
            "HS heading {value:04.0f}", learn="none"),
    Feature("hs2", "parcel", "code", "-", "HS code", "manifest", "latest",
            "HS chapter {value:02.0f}", learn="none"),
    Feature("departure", "parcel", "code", "-", "origin", "manifest", "latest",
            "departure {code}", learn="none"),
    Feature("origin", "parcel", "code", "-", "origin", "manifest", "latest", "origin {code}",
            learn="none"),
    Feature("tax_type", "parcel", "code", "-", "duty", "manifest", "latest", "tax type {code}",
            learn="none"),
    Feature("origin_indicator", "parcel", "code", "-", "origin", "manifest", "latest",
            "origin indicator {code}", learn="none"),
    Feature("office", "parcel", "code", "-", "clearance", "manifest", "latest", "office {code}"),
    Feature("process", "parcel", "code", "-", "clearance", "manifest", "latest",
            "process type {code}"),
    Feature("import_type", "parcel", "code", "-", "clearance", "manifest", "latest",
            "import type {code}"),
    Feature("import_use", "parcel", "code", "-", "clearance", "manifest", "latest",
            "import use {code}"),
    Feature("transport", "parcel", "code", "-", "clearance", "manifest", "latest",
            "transport {code}"),
    Feature("importer", "parcel", "token", "-", "importer", "manifest", "latest",
            "this importer"),
    Feature("declarant", "parcel", "token", "-", "declarant", "manifest", "latest",
            "this declarant"),
    Feature("seller", "parcel", "token", "-", "seller", "manifest", "latest", "this seller"),
)  # fmt: skip

ENCODINGS: Final[tuple[Encoding, ...]] = (
    Encoding(Party.IMPORTER, "importer"),
    Encoding(Party.DECLARANT, "declarant"),
    Encoding(Party.SELLER, "seller"),
    Encoding(Party.COURIER, "courier"),
    Encoding(Party.CONSIGNEE, "consignee", learn="none"),
    Encoding(Party.SENDER, "sender", learn="none"),
    Encoding(Party.PCCC, "customs code"),
    Encoding(Party.ADDRESS, "address"),
    Encoding(Party.HS6, "HS code"),
    Encoding(Party.HS4, "HS code"),
    Encoding(Party.ORIGIN, "origin"),
    Encoding(Party.DEPARTURE, "origin"),
)
"""Parties whose past is read."""

_SPENDING: Final = Baseline(Party.CONSIGNEE, "price", "consignee", "spending")

BASELINES: Final[tuple[Baseline, ...]] = (_SPENDING,)
"""Parties whose usual values are known; at most one a party."""

RUNS: Final[tuple[Run, ...]] = (Run(Party.SENDER, _SPENDING, "sender", "sender"),)
"""Parties whose findings in a row are known; at most one a party."""

_TAXED: Final = ("hs6", "departure", "origin", "tax_rate", "tax_type")

MEMORIES: Final[tuple[Memory, ...]] = (
    Memory(("hs6", "price/2"), "goods"),
    Memory(("hs4", "departure", "origin"), "goods"),
    Memory((*_TAXED[1:], "mass"), "goods", alias="route_tax_mass"),
    Memory(("goods_seen", "hs4"), "goods"),
    Memory(_TAXED, "goods", alias="goods"),
    Memory((*_TAXED, "mass/2", "price/4"), "goods", alias="goods_roughly"),
    Memory((*_TAXED, "mass~", "price/2~"), "goods", alias="goods_block_shifted", finest=True),
    Memory((*_TAXED, "mass", "price/2"), "goods", alias="goods_block", finest=True),
    Memory((*_TAXED, "mass", "price"), "goods", alias="exact_block", exact=True, finest=True),
)  # fmt: skip
"""Goods that are remembered, from coarse to fine; measured on the KCS data. Bins of mass and price
are half a logarithmic unit wide, in two grids of which one is shifted by half a bin."""

GENERAL: Final[tuple[tuple[str, ...], ...]] = (
    ("hs2",),
    ("hs4",),
    ("mass",),
    ("departure", "origin"),
    ("tax_rate", "tax_type"),
    ("hs2", "mass/2"),
    ("hs4", "unit_price/2"),
    ("mass/2", "price/4"),
)
"""Fields that are read, alone or together, where nothing is known of such goods yet. An ending says
how many times as wide their bins are, or that they are shifted by half of one (``~``)."""

_PARTS: Final[tuple[Encoding | Baseline | Run | Memory, ...]] = (
    *ENCODINGS,
    *BASELINES,
    *RUNS,
    *MEMORIES,
)

FEATURES: Final[tuple[Feature, ...]] = (
    *_STATED,
    *(feature for part in _PARTS for feature in part.features),
)

PLACE: Final = {feature.name: i for i, feature in enumerate(FEATURES)}
"""Position of each feature in the vector."""

FIELDS: Final = tuple(dict.fromkeys(feature.field for feature in FEATURES))
"""The source fields, in the table's order."""


def reason_code(field: str) -> str:
    """Write a field as a reason code, such as ``DECLARED_PRICE``."""
    return re.sub(r"[^A-Z0-9]+", "_", field.upper().replace("'", ""))


VECTOR: Final = np.dtype([(feature.name, "<f8") for feature in FEATURES])
"""The feature vector as a record, so that kernels write fields by name."""

_TABLE: Final = (FEATURES, ENCODINGS, BASELINES, RUNS, MEMORIES, GENERAL)
VERSION: Final = int.from_bytes(hashlib.sha256(repr(_TABLE).encode()).digest()[:8], "little")
"""Content hash of the table. Replay refuses a log made with another one."""


def members(node: Literal["parcel", "traveler"]) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    """Positions of the features that one kind of case has, shape (n,)."""
    return np.array([i for i, f in enumerate(FEATURES) if f.of in (node, "both")], np.int64)
