"""What is declared and known of parcels and cargo, as records."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

from haechi.rpc.v1.envelope_pb2 import Envelope
from haechi.rpc.v1.parcel_pb2 import (
    CLEARANCE_ROUTE_GENERAL,
    PCCC_STATUS_VALID,
    TRUSTED_PARTY_AEO,
    TRUSTED_PARTY_DATA_PARTNER,
    ParcelManifest,
)
from haechi.streams.decode import parties
from haechi.streams.decode.checks import day_us, few, hs6, known, number, packed
from haechi.streams.decode.money import KRW_PER_USD, to_usd
from haechi.streams.decode.places import Edge, Fields
from haechi.streams.decode.references import (
    PARCEL,
    subject_with,
    waybill_token,
)

_ROUTES: Final = range(4)
_PCCC_STATUSES: Final = range(6)
_TRUSTED: Final = range(4)
_BENEFITS: Final = (TRUSTED_PARTY_AEO, TRUSTED_PARTY_DATA_PARTNER)
_PCCC: Final = re.compile(r"[Pp][0-9]{12}")
_MOST_LINES: Final = 999
"""Lines of goods that one declaration can have."""

_NAMES: Final = (
    ("consignee_token", "consignee", parties.CONSIGNEE),
    ("address_token", "address", parties.ADDRESS),
    ("phone_token", "phone", parties.PHONE),
    ("sender_token", "sender", parties.SENDER),
    ("declarant", "declarant", parties.DECLARANT),
    ("importer", "importer", parties.IMPORTER),
    ("seller", "seller", parties.SELLER),
    ("order_platform", "platform", parties.PLATFORM),
    ("warehouse", "warehouse", parties.WAREHOUSE),
    ("mawb", "master", parties.MASTER),
)
_CODES: Final = (
    ("departure_country", "departure"),
    ("origin_country", "origin"),
    ("tax_type", "tax_type"),
    ("origin_indicator", "origin_indicator"),
    ("office", "office"),
    ("process_type", "process"),
    ("import_type", "import_type"),
    ("import_use", "import_use"),
    ("payment_type", "payment_type"),
    ("transport_mode", "transport"),
)
_NUMBERS: Final = (
    ("net_mass_kg", "mass_kg"),
    ("declared_mass_kg", "declared_mass_kg"),
    ("measured_mass_kg", "measured_mass_kg"),
    ("tax_rate_percent", "tax_rate"),
)


def parcel_manifest(edge: Edge, message: ParcelManifest, envelope: Envelope) -> list[Fields]:
    """Read a manifest; prices become dollars, those of the dearest line if there are lines.

    ``pccc_state`` is 1 for a valid customs code, 2 for one that is expired, replaced,
    misused, malformed or another person's, and 0 where nobody said.
    """
    # The parcel also answers to the waybill that its manifest states.
    waybill = waybill_token(edge, message.courier, message.hawb, message.arrival_date)
    subject = subject_with(edge, envelope.subjects, PARCEL, waybill)
    route = known(message.route, _ROUTES, "parcel_manifest.route")
    status = known(message.pccc_status, _PCCC_STATUSES, "parcel_manifest.pccc_status")
    trusted = known(message.trusted_party, _TRUSTED, "parcel_manifest.trusted_party")
    row: Fields = {
        "ref": subject.ref,
        "node": PARCEL,
        "alias": subject.alias,
        "site": edge.sites.get(envelope.site, 0),
        "version": message.manifest_version,
        "route": route,
        "trusted": int(trusted in _BENEFITS),
    }
    if route:
        lane = "general" if route == CLEARANCE_ROUTE_GENERAL else "express"
        row["lane"] = edge.lanes.get(lane, 0)
    name = edge.name
    for attribute, field, kind in _NAMES:
        text = getattr(message, attribute)
        if text:
            row[field] = name(kind, text)
    for attribute, field in _CODES:
        text = getattr(message, attribute)
        if text:
            row[field] = packed(text, attribute)
    has: Callable[[str], bool] = message.HasField
    for attribute, field in _NUMBERS:
        value = getattr(message, attribute)
        if value or has(attribute):
            row[field] = number(value, attribute)
    if message.courier:
        row["courier"] = name(parties.COURIER, message.courier)
        row["carrier"] = parties.courier_code(message.courier)
    if message.pccc:
        row["pccc"] = name(parties.PCCC, message.pccc)
        if not _PCCC.fullmatch(message.pccc.strip()):
            row["pccc_state"] = 2
    if status and "pccc_state" not in row:
        row["pccc_state"] = 1 if status == PCCC_STATUS_VALID else 2
    for day in (message.arrival_date, message.declaration_date):
        if day:
            day_us(day, "parcel_manifest date")
    paid = message.price_paid_krw
    if paid or has("price_paid_krw"):
        row["paid"] = number(paid, "price_paid_krw") / KRW_PER_USD
    price = message.item_price_krw
    if price or has("item_price_krw"):
        row["price"] = number(price, "item_price_krw") / KRW_PER_USD
    if message.hs6:
        row["hs6"] = hs6(message.hs6, "hs6")
    if message.goods:
        _dearest_line(message, row)
    return [row]


def _dearest_line(message: ParcelManifest, row: Fields) -> None:
    """Describe the parcel by the line that is worth most; check all lines."""
    row["lines"] = few(len(message.goods), "parcel_manifest.goods", _MOST_LINES)
    most = -1.0
    for line in message.goods:
        code = hs6(line.hs6, "goods.hs6")
        quantity = line.quantity
        counted = bool(quantity) or line.HasField("quantity")
        if counted:
            number(quantity, "goods.quantity")
        value = line.value
        priced = bool(value) or line.HasField("value")
        worth = -0.5
        if priced:
            number(value, "goods.value")
            worth = to_usd(value, line.currency, "goods.currency")
        if worth <= most:
            continue
        most = worth
        if code:
            row["hs6"] = code
        if priced:
            row["price"] = worth
        if counted:
            row["quantity"] = quantity
        else:
            row.pop("quantity", None)
