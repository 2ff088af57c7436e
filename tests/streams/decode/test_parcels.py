"""Manifests of parcels, with all their fields."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from haechi.engine.codes import EventKind, NodeKind
from haechi.engine.records import code
from haechi.streams.tokens import Tokens

Rows = np.ndarray[Any, Any]
TOKENS = Tokens(bytes(range(32)))
TOKEN = TOKENS.token
T1 = TOKEN("traveler", "T-1")
P1 = TOKEN("parcel", "P-1")
PARCEL = 'subjects { parcel_id: "P-1" }'
PARCEL_MANIFEST = (
    'parcel_manifest { manifest_version: 1 mawb: "180-1" hawb: "H1" courier: "mw-idns7" '
    'warehouse: "W" route: 2 pccc: "P123456789012" pccc_status: 1 consignee_token: "c" '
    'address_token: "a" phone_token: "p" sender_token: "s" declarant: "d" importer: "i" '
    'seller: "v" order_platform: "o" order_id: "1" price_paid_krw: 26000 goods { hs6: "010121" '
    'quantity: 1 value: 5 currency: "USD" } goods { hs6: "392690" quantity: 0 value: 70 '
    'currency: "CNY" } goods { text: "?" } declared_mass_kg: 1 measured_mass_kg: 1.5 '
    'trusted_party: 1 arrival_date: 20260101 declaration_id: "D" declaration_date: 20260101 '
    'office: "40" process_type: "b" import_type: "11" import_use: "21" payment_type: "12" '
    'transport_mode: "40" hs6: "711319" departure_country: "cn" origin_country: "VN" '
    'tax_rate_percent: 0 tax_type: "FCN1" origin_indicator: "E" net_mass_kg: 0.9 '
    "item_price_krw: 1300 }"
)


def test_parcel_manifest(records: Callable[..., Rows], assert_row: Callable[..., None]) -> None:
    (row,) = records(PARCEL_MANIFEST, PARCEL)
    assert_row(
        row,
        kind=EventKind.PARCEL_MANIFEST,
        ref=P1,
        node=NodeKind.PARCEL,
        alias=TOKEN("waybill", "mw-idns7", "H1", "20260101"),
        site=TOKEN("site", "ICN-T1"),
        version=1,
        master=TOKEN("master", "180-1"),
        courier=TOKEN("courier", "MW-IDNS7"),
        carrier=code("MWIDNS"),
        warehouse=TOKEN("warehouse", "W"),
        route=2,
        lane=5,
        trusted=1,
        pccc=TOKEN("pccc", "P123456789012"),
        pccc_state=1,
        consignee=TOKEN("consignee", "c"),
        address=TOKEN("address", "a"),
        phone=TOKEN("phone", "p"),
        sender=TOKEN("sender", "s"),
        declarant=TOKEN("declarant", "d"),
        importer=TOKEN("importer", "i"),
        seller=TOKEN("seller", "v"),
        platform=TOKEN("platform", "o"),
        paid=20.0,
        hs6=392690,
        price=10.0,
        quantity=0.0,
        lines=3,
        declared_mass_kg=1.0,
        measured_mass_kg=1.5,
        mass_kg=0.9,
        tax_rate=0.0,
        office=code("40"),
        process=code("B"),
        import_type=code("11"),
        import_use=code("21"),
        payment_type=code("12"),
        transport=code("40"),
        departure=code("CN"),
        origin=code("VN"),
        tax_type=code("FCN1"),
        origin_indicator=code("E"),
    )


def test_a_parcel_without_lines_has_the_headers_price(records: Callable[..., Rows]) -> None:
    (row,) = records('parcel_manifest { hs6: "010121" item_price_krw: 2600 route: 3 }', PARCEL)
    assert (row["hs6"], row["price"], row["lines"], row["lane"]) == (10121, 2.0, 0, 6)
    assert math.isnan(row["tax_rate"])
    (row,) = records("parcel_manifest { }", PARCEL)
    assert row["lane"] == row["courier"] == row["pccc_state"] == 0
    assert math.isnan(row["price"])


@pytest.mark.parametrize(
    ("text", "state"),
    [("pccc_status: 1", 1), ("pccc_status: 2", 2), ("pccc_status: 4", 2), ("", 0)],
)
def test_standing_of_a_customs_code(records: Callable[..., Rows], text: str, state: int) -> None:
    (row,) = records(f'parcel_manifest {{ pccc: "P123456789012" {text} }}', PARCEL)
    assert row["pccc_state"] == state
    (row,) = records(f'parcel_manifest {{ pccc: "P12" {text} }}', PARCEL)
    assert row["pccc_state"] == 2
