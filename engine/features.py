"""The one table of features.

The vector's layout, ClickHouse's columns, the names rules may use, reason codes and
dashboard labels are all derived from it. To add a feature, add a row here and its update
in ``operators/assemble.py``.

Missing evidence is NaN, a value of its own. Nationality, age and sex are not features.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np

Kind = Literal["number", "flag", "code", "token"]


@dataclass(frozen=True, slots=True)
class Feature:
    """One row of the table.

    Parameters
    ----------
    name
        Column and rule name; also the reason code, in upper case.
    of
        ``parcel``, ``traveler`` or ``both``.
    kind
        ``number``; ``flag`` (0 or 1); ``code`` (a packed short code or a number that names
        something); ``token`` (52 bits of a keyed hash).
    unit
        Unit of the value.
    stream
        Evidence stream it comes from, in lower case.
    how
        How it is aggregated.
    text
        What an officer is told; ``{value}`` is the feature's value.
    step
        Width of the bins in which the learned model sees a number.
    linked
        Whether it carries another case's own risk. Such features are left out of a case's
        own risk, so that risk never travels in a circle.
    """

    name: str
    of: Literal["parcel", "traveler", "both"]
    kind: Kind
    unit: str
    stream: str
    how: str
    text: str
    step: float = 1.0
    linked: bool = False


@dataclass(frozen=True, slots=True)
class Cross:
    """Two or more features taken together by the learned model.

    Parameters
    ----------
    parts
        Names of two to five features of parcels.
    """

    parts: tuple[str, ...]

    @property
    def name(self) -> str:
        """Name of the contribution."""
        return "_x_".join(self.parts)


FEATURES: Final[tuple[Feature, ...]] = (
    # What a scanner saw.
    Feature("xray_score", "parcel", "number", "probability", "parcel_xray", "latest",
            "parcel X-ray scored {value:.2f}", 0.1),
    Feature("xray_alarm", "parcel", "flag", "-", "parcel_xray", "latest",
            "parcel X-ray raised an alarm"),
    Feature("similar_seizure", "parcel", "number", "similarity", "parcel_xray", "highest",
            "X-ray image resembles a past seizure, similarity {value:.2f}", 0.1),
    Feature("body_scan_score", "traveler", "number", "probability", "body_scan", "latest",
            "body scanner scored {value:.2f}", 0.1),
    Feature("body_scan_alarm", "traveler", "flag", "-", "body_scan", "latest",
            "body scanner raised an alarm"),
    Feature("bag_score", "traveler", "number", "probability", "bag_xray", "highest of bags",
            "bag X-ray scored {value:.2f}", 0.1),
    Feature("bag_alarms", "traveler", "number", "bags", "bag_xray", "count",
            "{value:.0f} bag(s) raised an X-ray alarm"),
    Feature("bags_unscanned", "traveler", "number", "bags", "bag_xray", "count",
            "{value:.0f} bag(s) not yet scanned"),
    # Who was seen.
    Feature("face_similarity", "traveler", "number", "cosine", "face", "latest",
            "face similarity {value:.2f}", 0.05),
    Feature("face_review", "traveler", "flag", "-", "face", "latest",
            "face match is doubtful"),
    Feature("face_different", "traveler", "flag", "-", "face", "latest",
            "face at the exit is not the face of the desk"),
    # Other cases.
    Feature("linked_parcel_risk", "traveler", "number", "probability", "linked",
            "highest own risk", "a linked parcel has risk {value:.2f}", 0.1, linked=True),
    Feature("linked_parcels", "traveler", "number", "parcels", "linked", "count",
            "{value:.0f} linked parcel(s)"),
    Feature("companion_risk", "traveler", "number", "probability", "companion",
            "highest own risk", "a companion has risk {value:.2f}", 0.1, linked=True),
    Feature("companions", "traveler", "number", "travelers", "companion", "count",
            "{value:.0f} companion(s)"),
    Feature("linked_traveler_risk", "parcel", "number", "probability", "linked",
            "highest own risk", "the linked traveler has risk {value:.2f}", 0.1, linked=True),
    Feature("intelligence", "both", "number", "weight", "intelligence", "highest entry in force",
            "intelligence entry of weight {value:.2f}", 0.25),
    # The traveler's papers and journey.
    Feature("document_bad", "traveler", "flag", "-", "manifest", "latest",
            "document is reported lost, stolen or invalid"),
    Feature("document_days_left", "traveler", "number", "log2 days", "manifest", "at arrival",
            "document's remaining validity, 2^{value:.1f} days"),
    Feature("booked_ahead", "traveler", "number", "log2 hours", "manifest", "at arrival",
            "booked 2^{value:.1f} hours before arrival"),
    Feature("cash_payment", "traveler", "flag", "-", "manifest", "latest",
            "ticket was paid in cash"),
    Feature("one_way", "traveler", "flag", "-", "manifest", "latest", "one-way itinerary"),
    Feature("offloaded", "traveler", "flag", "-", "manifest", "latest",
            "offloaded or did not board as booked"),
    Feature("bag_weight", "traveler", "number", "log2 kg", "manifest", "sum of bags",
            "baggage weight 2^{value:.1f} kg", 0.5),
    Feature("declared_cash", "traveler", "number", "log2 USD", "declaration", "latest",
            "declared cash 2^{value:.1f} USD"),
    Feature("declared_value", "traveler", "number", "log2 USD", "declaration", "latest",
            "declared goods worth 2^{value:.1f} USD"),
    Feature("restricted_declared", "traveler", "flag", "-", "declaration", "latest",
            "declared restricted goods"),
    Feature("visits", "traveler", "number", "log2 visits", "history", "decayed, 400 d",
            "seen 2^{value:.1f} times before", 0.5),
    Feature("traveler_found", "traveler", "number", "log-odds", "history",
            "decayed findings, 400 d", "past findings against this traveler, {value:+.2f}", 0.5),
    Feature("flight_found", "traveler", "number", "log-odds", "history",
            "decayed findings, 400 d", "past findings on this flight number, {value:+.2f}", 0.5),
    Feature("route", "traveler", "code", "-", "manifest", "latest", "departure {code}"),
    # The declaration.
    Feature("unit_price", "parcel", "number", "log2 USD/kg", "manifest", "latest",
            "declared price 2^{value:.1f} per kg", 0.5),
    Feature("price_ratio", "parcel", "number", "log2 ratio", "manifest",
            "against the HS code's running mean, 400 d",
            "price per kg is 2^{value:+.1f} of what is usual for the HS code", 0.5),
    Feature("price", "parcel", "number", "log2 USD", "manifest", "latest",
            "declared value 2^{value:.1f}", 0.5),
    Feature("mass", "parcel", "number", "log2 kg", "manifest", "latest",
            "declared mass 2^{value:.1f} kg", 0.5),
    Feature("mass_gap", "parcel", "number", "|log2 ratio|", "manifest", "latest",
            "measured mass differs from declared by 2^{value:.1f}", 0.25),
    Feature("paid_gap", "parcel", "number", "log2 ratio", "manifest", "latest",
            "paid 2^{value:+.1f} of the declared value", 0.5),
    Feature("tax_rate", "parcel", "code", "percent", "manifest", "latest", "tax rate {value:g}%"),
    Feature("trusted", "parcel", "flag", "-", "manifest", "latest", "trusted supply chain"),
    Feature("pccc_invalid", "parcel", "flag", "-", "manifest", "latest",
            "customs code is expired or does not belong to the consignee"),
    Feature("pccc_addresses", "parcel", "number", "addresses", "history",
            "new addresses, decayed, 30 d",
            "one customs code at {value:.0f} addresses"),
    Feature("address_pcccs", "parcel", "number", "codes", "history",
            "new customs codes, decayed, 30 d",
            "{value:.0f} customs codes at one address"),
    Feature("pccc_hour", "parcel", "number", "parcels", "history", "decayed, 1 h",
            "{value:.1f} parcels of this customs code in the last hour"),
    Feature("pccc_week", "parcel", "number", "log2 parcels", "history", "decayed, 7 d",
            "2^{value:.1f} parcels of this customs code in the last week", 0.5),
    Feature("sender_minutes", "parcel", "number", "log2 parcels", "history", "decayed, 10 min",
            "2^{value:.1f} parcels of this sender in the last minutes"),
    Feature("importer_seen", "parcel", "number", "log2 parcels", "history", "decayed, 400 d",
            "importer seen 2^{value:.1f} times"),
    Feature("hs_found", "parcel", "number", "log-odds", "history", "decayed findings, 400 d",
            "past findings under this HS code, {value:+.2f}", 0.5),
    Feature("origin_found", "parcel", "number", "log-odds", "history",
            "decayed findings, 400 d", "past findings from this origin, {value:+.2f}", 0.25),
    Feature("importer_found", "parcel", "number", "log-odds", "history",
            "decayed findings, 400 d", "past findings against the importer, {value:+.2f}", 0.5),
    Feature("declarant_found", "parcel", "number", "log-odds", "history",
            "decayed findings, 400 d", "past findings against the declarant, {value:+.2f}", 0.5),
    Feature("seller_found", "parcel", "number", "log-odds", "history",
            "decayed findings, 400 d", "past findings against the seller, {value:+.2f}", 0.5),
    Feature("courier_found", "parcel", "number", "log-odds", "history",
            "decayed findings, 400 d", "past findings with this courier, {value:+.2f}", 0.5),
    Feature("consignee_found", "parcel", "number", "log-odds", "history",
            "decayed findings, 400 d", "past findings against the consignee, {value:+.2f}", 0.5),
    Feature("sender_found", "parcel", "number", "log-odds", "history",
            "decayed findings, 400 d", "past findings against the sender, {value:+.2f}", 0.5),
    Feature("hs6", "parcel", "code", "-", "manifest", "latest", "HS {value:06.0f}"),
    Feature("hs4", "parcel", "code", "-", "manifest", "latest", "HS heading {value:04.0f}"),
    Feature("hs2", "parcel", "code", "-", "manifest", "latest", "HS chapter {value:02.0f}"),
    Feature("departure", "parcel", "code", "-", "manifest", "latest", "departure {code}"),
    Feature("origin", "parcel", "code", "-", "manifest", "latest", "origin {code}"),
    Feature("tax_type", "parcel", "code", "-", "manifest", "latest", "tax type {code}"),
    Feature("origin_indicator", "parcel", "code", "-", "manifest", "latest",
            "origin indicator {code}"),
    Feature("office", "parcel", "code", "-", "manifest", "latest", "office {code}"),
    Feature("process", "parcel", "code", "-", "manifest", "latest", "process type {code}"),
    Feature("import_type", "parcel", "code", "-", "manifest", "latest", "import type {code}"),
    Feature("import_use", "parcel", "code", "-", "manifest", "latest", "import use {code}"),
    Feature("transport", "parcel", "code", "-", "manifest", "latest", "transport {code}"),
    Feature("importer", "parcel", "token", "-", "manifest", "latest", "this importer"),
    Feature("declarant", "parcel", "token", "-", "manifest", "latest", "this declarant"),
    Feature("seller", "parcel", "token", "-", "manifest", "latest", "this seller"),
)  # fmt: skip

CROSSES: Final[tuple[Cross, ...]] = (
    Cross(("hs6", "departure")),
    Cross(("hs6", "origin")),
    Cross(("hs6", "tax_rate")),
    Cross(("hs6", "tax_type")),
    Cross(("departure", "origin", "tax_rate", "tax_type")),
    Cross(("hs6", "departure", "origin", "tax_rate", "tax_type")),
    Cross(("hs6", "mass")),
    Cross(("hs6", "price")),
    Cross(("hs6", "unit_price")),
    Cross(("hs4", "origin")),
    Cross(("declarant", "hs2")),
    Cross(("importer", "hs2")),
    Cross(("importer", "origin")),
    Cross(("office", "hs4")),
)
"""What plain hashed logistic regression gains most from (measured on the KCS data)."""

PLACE: Final = {feature.name: i for i, feature in enumerate(FEATURES)}
"""Position of each feature in the vector."""

CONTRIBUTIONS: Final = tuple(feature.name for feature in FEATURES) + tuple(
    cross.name for cross in CROSSES
)
"""Names of the contributions: one a feature, then one a cross."""

VECTOR: Final = np.dtype([(feature.name, "<f8") for feature in FEATURES])
"""The feature vector as a record, so that kernels write fields by name."""

VERSION: Final = int.from_bytes(
    hashlib.sha256(repr((FEATURES, CROSSES)).encode()).digest()[:8], "little"
)
"""Content hash of the table. Replay refuses a log made with another one."""


def members(node: Literal["parcel", "traveler"]) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    """Positions of the features that one kind of case has, shape (n,)."""
    return np.array([i for i, f in enumerate(FEATURES) if f.of in (node, "both")], np.int64)
