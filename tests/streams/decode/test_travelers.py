"""Events about travelers, each once with all its fields."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from haechi.engine.codes import EventKind, NodeKind
from haechi.engine.records import code
from haechi.streams.tokens import Tokens

Rows = np.ndarray[Any, Any]
TOKENS = Tokens(bytes(range(32)))
TOKEN = TOKENS.token
NOW_US = 1_767_225_600_000_000
T1 = TOKEN("traveler", "T-1")
P1 = TOKEN("parcel", "P-1")
DOCUMENT = 'document { issuing_state: "kor" number: "m12" flight: "KE902" flight_date: 20260101 }'
TRAVELER = (
    "traveler_manifest { manifest_version: 3 document_type: 1 document_state: 3 issuing_state: "
    '"KOR" document_number: "M 12" document_expiry: 20260101 birth_year: 1980 nationality: "KOR" '
    'sex: 1 name: "A B" flight: "ke 0902" flight_date: 20260101 legs { departure: "cdg" } legs { '
    'departure: "HEL" } boarded: true booked_us: 7 payment_form: 2 agency: "a" contact_token: "c" '
    'one_way: true companion_traveler_ids: "T-2" companion_traveler_ids: "T-1" '
    'bags { bag_tag: "0180" weight_kg: 20 } bags { bag_tag: "0181" weight_kg: 2.5 } }'
)


def test_traveler_manifest(records: Callable[..., Rows], assert_row: Callable[..., None]) -> None:
    rows = records(TRAVELER)
    manifest, first_bag, second_bag, companion = rows
    document = TOKEN("document", "KOR", "M12", "KE902", "20260101")
    assert_row(
        manifest,
        kind=EventKind.TRAVELER_MANIFEST,
        ref=T1,
        node=NodeKind.TRAVELER,
        alias=document,
        site=TOKEN("site", "ICN-T1"),
        version=3,
        document_type=1,
        document_state=3,
        pccc=TOKEN("document_number", "KOR", "M12"),
        consignee=TOKEN("name", "A B", "1980"),
        until_us=NOW_US + 86_400_000_000,
        carrier=code("KE"),
        flight=TOKEN("flight", "KE902", "20260101"),
        arrival_us=NOW_US,
        token=TOKEN("route_flight", "KE902"),
        departure=code("CDG"),
        booked_us=7,
        payment=1,
        agency=TOKEN("agency", "a"),
        contact=TOKEN("phone", "c"),
        one_way=1,
        acted=1,
        bags=2,
        companions=1,
        mass_kg=22.5,
    )
    flight = TOKEN("flight", "KE902", "20260101")
    link = {"kind": EventKind.LINK, "other": T1, "other_node": 1, "version": NOW_US}
    link["flight"] = flight
    assert_row(first_bag, ref=TOKEN("bag", "0180"), node=NodeKind.BAG, **link)
    assert_row(second_bag, ref=TOKEN("bag", "0181"), node=NodeKind.BAG, **link)
    assert_row(companion, ref=TOKEN("traveler", "T-2"), node=NodeKind.TRAVELER, **link)
    assert rows["first"].tolist() == [1, 0, 0, 0]
    assert rows["last"].tolist() == [0, 0, 0, 1]
    assert set(rows["subject"]) == {T1}
    assert len(set(rows["id_hi"])) == 1


def test_an_arrival_is_as_exact_as_it_is_given(records: Callable[..., Rows]) -> None:
    given = "flight_date: 20260101 legs { arrival_us: 1 } legs { arrival_us: 5 } arrival_us: 7"
    for text, expected in (
        (given, 7),
        (given.removesuffix(" arrival_us: 7"), 5),
        ("flight_date: 20260101", NOW_US),
        ("", 0),
    ):
        assert records(f"traveler_manifest {{ {text} }}")[0]["arrival_us"] == expected


def test_a_manifest_names_its_traveler_by_its_document(records: Callable[..., Rows]) -> None:
    document = TOKEN("document", "KOR", "M12", "KE902", "20260101")
    for subjects in ("", 'subjects { pccc: "P1" }'):
        manifest = records(TRAVELER, subjects)[0]
        assert (manifest["ref"], manifest["alias"]) == (document, 0)
    given = f"subjects {{ {DOCUMENT} }}"
    (row,) = records('gate_event { gate: "ICN-T1-EXIT-1" }', given)
    assert row["ref"] == document


def test_bags_that_nobody_weighed_weigh_we_know_not_what(records: Callable[..., Rows]) -> None:
    assert math.isnan(records('traveler_manifest { bags { bag_tag: "1" } }')[0]["mass_kg"])
    assert records("traveler_manifest { }")[0]["mass_kg"] == 0.0
    assert records("traveler_manifest { boarded: true offloaded: true }")[0]["acted"] == 2


def test_traveler_declaration(
    records: Callable[..., Rows], assert_row: Callable[..., None]
) -> None:
    (row,) = records(
        "traveler_declaration { declaration_version: 2 value_usd: 900 cash_usd: 0 "
        "restricted_goods: 2 }"
    )
    assert_row(
        row,
        kind=EventKind.TRAVELER_DECLARATION,
        ref=T1,
        node=1,
        site=TOKEN("site", "ICN-T1"),
        version=2,
        value=900.0,
        cash=0.0,
        found=1,
    )
    (row,) = records("traveler_declaration { nothing_to_declare: true }")
    assert (row["value"], row["found"]) == (0.0, 0)
    assert math.isnan(row["cash"])


def test_the_order_of_names_does_not_matter(records: Callable[..., Rows]) -> None:
    names = ['traveler_id: "T-1"', 'bag_tag: "0180"', DOCUMENT]
    text = 'gate_event { gate: "ICN-T1-EXIT-1" }'
    for order in (names, names[::-1]):
        bag, row = records(text, " ".join(f"subjects {{ {name} }}" for name in order))
        assert (bag["ref"], bag["alias"]) == (row["ref"], row["alias"])
        assert row["ref"] == T1
        assert row["alias"] == TOKEN("document", "KOR", "M12", "KE902", "20260101")
