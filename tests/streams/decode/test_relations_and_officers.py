"""Ties, watch lists, officers and governance, each once with all its fields."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from haechi.configs.port import Port
from haechi.engine.codes import EventKind, OfficerAct, Watched
from haechi.engine.errors import BadInput
from haechi.engine.records import EVENT, code
from haechi.streams.decode import Decoder
from haechi.streams.tokens import Tokens

Rows = np.ndarray[Any, Any]
TOKENS = Tokens(bytes(range(32)))
DECODER = Decoder(TOKENS, Port.load())
TOKEN = TOKENS.token
NOW_US = 1_767_225_600_000_000
DECISION = "00112233445566778899aabbccddeeff"
T1 = TOKEN("traveler", "T-1")
P1 = TOKEN("parcel", "P-1")
PARCEL = 'subjects { parcel_id: "P-1" }'
SCAN = (
    'scanner_result { scan_id: "s" kind: 2 result: 1 score: 0.75 zones { zone: "q" side: 1 '
    'score: 0.5 } zones { score: 1 } goods_seen { goods_class: "toy" score: 0.2 } goods_seen { '
    'goods_class: "pills" score: 0.8 } similar_seizures { similarity: 0.3 } similar_seizures { '
    "similarity: 0.9 } similar_seizures { similarity: 0.4 } operator_verdict: 2 "
    'device: "ICN-T1-BAGX-1" }'
)
DOCUMENT = 'document { issuing_state: "kor" number: "m12" flight: "KE902" flight_date: 20260101 }'
TRAVELER = (
    "traveler_manifest { manifest_version: 3 document_type: 1 document_state: 3 issuing_state: "
    '"KOR" document_number: "M 12" document_expiry: 20260101 birth_year: 1980 nationality: "KOR" '
    'sex: 1 name: "A B" flight: "ke 0902" flight_date: 20260101 legs { departure: "cdg" } legs { '
    'departure: "HEL" } boarded: true booked_us: 7 payment_form: 2 agency: "a" contact_token: "c" '
    'one_way: true companion_traveler_ids: "T-2" companion_traveler_ids: "T-1" '
    'bags { bag_tag: "0180" weight_kg: 20 } bags { bag_tag: "0181" weight_kg: 2.5 } }'
)
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


def test_links(records: Callable[..., Rows], assert_row: Callable[..., None]) -> None:
    for kind, number in (("link", EventKind.LINK), ("unlink", EventKind.UNLINK)):
        (row,) = records(f'{kind} {{ other {{ parcel_id: "P-1" }} kind: 1 link_version: 7 }}')
        assert_row(row, kind=number, ref=T1, node=1, other=P1, other_node=2, mode=1, version=7)
    (row,) = records('link { other { parcel_id: "P-1" } }')
    assert row["version"] == NOW_US


def test_linked_risk(records: Callable[..., Rows], assert_row: Callable[..., None]) -> None:
    (row,) = records("linked_risk { own_log_odds: -2.5 version: 7 }", PARCEL)
    assert_row(row, kind=EventKind.LINKED_RISK, ref=P1, node=2, score=-2.5, version=7)


def test_identity_link(records: Callable[..., Rows], assert_row: Callable[..., None]) -> None:
    (row,) = records('identity_link { change: 2 other { traveler_id: "T-2" } reason: "r" }')
    other = TOKEN("traveler", "T-2")
    assert_row(
        row, kind=EventKind.IDENTITY_LINK, ref=T1, node=1, other=other, other_node=1, change=2
    )


@pytest.mark.parametrize(
    ("watched", "value", "field", "manifest"),
    [
        (Watched.NAME, "a b", "consignee", TRAVELER),
        (Watched.DOCUMENT, "KOR/M12", "pccc", TRAVELER),
        (Watched.PHONE, "c", "contact", TRAVELER),
        (Watched.ROUTE, "CDG", "departure", TRAVELER),
        (Watched.PCCC, "P123456789012", "pccc", PARCEL_MANIFEST),
        (Watched.ADDRESS, "a", "address", PARCEL_MANIFEST),
        (Watched.PHONE, "p", "phone", PARCEL_MANIFEST),
        (Watched.SELLER, "V", "seller", PARCEL_MANIFEST),
        (Watched.CONSIGNEE, "c", "consignee", PARCEL_MANIFEST),
        (Watched.HS, "392690", "hs6", PARCEL_MANIFEST),
        (Watched.ROUTE, "CN-VN", "departure", PARCEL_MANIFEST),
        (Watched.IMAGE_CLASS, "pills", "token", SCAN),
    ],
)
def test_what_is_watched_meets_what_is_declared(
    event: Callable[..., bytes],
    records: Callable[..., Rows],
    watched: Watched,
    value: str,
    field: str,
    manifest: str,
) -> None:
    born = "birth_year: 1980" if watched is Watched.NAME else ""
    decoded = DECODER.decode(
        event(
            f'intelligence {{ watched: {watched:d} value: "{value}" weight: 0.5 {born} '
            f'legal_basis: "l" expires_us: {NOW_US + 9} }}',
            "",
        )
    )
    (entry,) = np.frombuffer(decoded.records, EVENT)
    subjects = PARCEL if manifest is PARCEL_MANIFEST else 'subjects { traveler_id: "T-1" }'
    assert entry["token"] == records(manifest, subjects)[0][field]
    assert entry["mode"] == watched
    assert decoded.subject == 0


def test_intelligence(records: Callable[..., Rows], assert_row: Callable[..., None]) -> None:
    text = (
        'intelligence { watched: 8 value: "CN-VN" weight: 0.5 legal_basis: "l" '
        f"expires_us: {NOW_US + 9} }}"
    )
    (row,) = records(text, "")
    assert_row(
        row,
        kind=EventKind.INTELLIGENCE,
        token=code("CN"),
        origin=code("VN"),
        mode=8,
        weight=0.5,
        until_us=NOW_US + 9,
    )
    (row,) = records('intelligence { watched: 8 value: "CN-VN" withdrawn: true }', "")
    assert row["weight"] == 0.0


def test_an_entry_is_known_by_its_list_and_id(records: Callable[..., Rows]) -> None:
    def alias(said: str, value: str = "M1") -> int:
        text = f'intelligence {{ watched: 3 value: "{value}" withdrawn: true {said} }}'
        return int(records(text, "")[0]["alias"])

    same = alias('list_name: "a" entry_id: "1"')
    assert same == alias('list_name: "a" entry_id: "1"', "M2")
    others = [
        alias('list_name: "b" entry_id: "1"'),
        alias('list_name: "a" entry_id: "2"'),
        alias('list_name: "a"'),
        alias('list_name: "a"', "M2"),
        alias(""),
    ]
    assert len({same, *others}) == 6
    assert others[-1] == 0


def test_officer_action(event: Callable[..., bytes]) -> None:
    text = (
        f'officer_action {{ decision_id: "{DECISION}" from_verdict: 2 to_verdict: 1 officer: "o" '
        'reason_code: "r" second_approver: "x" note: "n" directive: 7 }'
    )
    decoded = DECODER.decode(event(text, ""))
    assert decoded.target == bytes.fromhex(DECISION)
    (row,) = np.frombuffer(decoded.records, EVENT)
    assert (row["acted"], row["result"], row["method"]) == (1, 2, 7)
    assert (row["actor"], row["token"]) == (TOKEN("officer", "o"), TOKEN("reason", "r"))
    assert row["mode"] == OfficerAct.OVERRIDE


@pytest.mark.parametrize(
    ("said", "act"),
    [
        ("act: 1", OfficerAct.TAKE),
        ("act: 5", OfficerAct.ESCALATE),
        ("from_verdict: 3 to_verdict: 3", OfficerAct.CONFIRM),
        ("act: 3 from_verdict: 3", OfficerAct.RELEASE),
    ],
)
def test_what_an_officer_did(event: Callable[..., bytes], said: str, act: int) -> None:
    text = f'officer_action {{ decision_id: "{DECISION}" officer: "o" {said} }}'
    (row,) = np.frombuffer(DECODER.decode(event(text, "")).records, EVENT)
    assert row["mode"] == act


def test_trust_changed(records: Callable[..., Rows], assert_row: Callable[..., None]) -> None:
    (row,) = records(
        f'trust_changed {{ change: 1 trusted_as: 1 party: "ACME" legal_basis: "l" '
        f'until_us: {NOW_US + 9} approver: "kim" }}',
        "",
    )
    assert_row(
        row,
        kind=EventKind.TRUST_CHANGED,
        token=TOKEN("importer", "ACME"),
        mode=8,
        change=1,
        until_us=NOW_US + 9,
        actor=TOKEN("approver", "kim"),
    )


def test_inspection_outcome(event: Callable[..., bytes]) -> None:
    text = (
        f'inspection_outcome {{ decision_id: "{DECISION}" selected_by: 3 started_us: 1 '
        "finished_us: 2 method: 2 finding: 1 offence_class: 2 quantity: 0 }"
    )
    decoded = DECODER.decode(event(text, PARCEL))
    assert decoded.target == bytes.fromhex(DECISION)
    (row,) = np.frombuffer(decoded.records, EVENT)
    assert (row["found"], row["selected_by"], row["method"], row["result"]) == (1, 3, 2, 2)
    assert (row["ref"], row["quantity"]) == (P1, 0.0)
    assert math.isnan(row["propensity"])


def test_watch_acknowledged(event: Callable[..., bytes]) -> None:
    text = f'watch_acknowledged {{ decision_id: "{DECISION}" watcher: "w" gate: "ICN-T1-EXIT-1" }}'
    decoded = DECODER.decode(event(text, ""))
    assert decoded.target == bytes.fromhex(DECISION)
    assert decoded.kind is EventKind.WATCH_ACKNOWLEDGED


SHA256 = bytes(range(32))
SHA256_TEXT = "".join(f"\\{byte:03o}" for byte in SHA256)
PROMOTION = (
    f'model_promotion {{ family: "parcel" role: 3 artefact_sha256: "{SHA256_TEXT}" '
    'approvers: "kim" }'
)
RULES = f'rule_set {{ name: "sales" role: 2 sha256: "{SHA256_TEXT}" approvers: "kim" }}'


def test_a_rule_set_is_named_as_a_model_is_and_shadow_is_shadow(
    records: Callable[..., Any], assert_row: Callable[..., None]
) -> None:
    (model,) = records(PROMOTION)
    (rules,) = records(RULES)
    for word in ("model", "other", "answers_hi", "answers_lo", "actor", "role"):
        assert rules[word] == model[word]
    assert rules["node"] == 0


def test_a_promotion_holds_the_whole_hash_and_the_person(
    records: Callable[..., Any], assert_row: Callable[..., None]
) -> None:
    (row,) = records(PROMOTION, "")
    words = [int.from_bytes(SHA256[at : at + 8], "big") for at in range(0, 32, 8)]
    assert_row(
        row,
        kind=EventKind.MODEL_PROMOTION,
        node=2,
        role=3,
        model=words[0],
        other=words[1],
        answers_hi=words[2],
        answers_lo=words[3],
        actor=TOKEN("approver", "kim"),
    )


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (PROMOTION.replace('approvers: "kim"', ""), "MISSING_FIELD"),
        (PROMOTION.replace('approvers: "kim"', 'approvers: " "'), "MISSING_FIELD"),
        (PROMOTION.replace("}", 'approvers: "lee" }'), "MISSING_FIELD"),
        (PROMOTION.replace("parcel", "bag"), "UNKNOWN_FAMILY"),
        (PROMOTION.replace("role: 3", "role: 4"), "BAD_ENUM"),
        (PROMOTION.replace(SHA256_TEXT, "x"), "BAD_SHA256"),
        ('capacity { lane: "x" }', "UNKNOWN_LANE"),
        (f"capacity {{ from_us: {1 << 60} }}", "NOT_YET"),
    ],
)
def test_what_governs_nothing(event: Callable[..., bytes], text: str, code: str) -> None:
    with pytest.raises(BadInput) as caught:
        DECODER.decode(event(text, ""))
    assert caught.value.code == code


def test_a_capacity_without_a_lane_is_one_of_every_lane(records: Callable[..., Any]) -> None:
    rows = records('capacity { inspections_per_hour: 3 until_us: 9 approver: "kim" }', "")
    assert sorted(rows["lane"].tolist()) == sorted(Port.load().lanes.values())
    assert set(rows["kind"].tolist()) == {EventKind.CAPACITY}
    assert set(rows["value"].tolist()) == {3.0}
    assert (rows["first"].sum(), rows["last"].sum()) == (1, 1)


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        (RULES, EventKind.RULE_SET),
        (PROMOTION, EventKind.MODEL_PROMOTION),
        ('capacity { lane: "walk" inspections_per_hour: 3 until_us: 9 }', EventKind.CAPACITY),
        ('erasure { legal_basis: "l" }', EventKind.ERASURE),
    ],
)
def test_governance(event: Callable[..., bytes], text: str, kind: EventKind) -> None:
    decoded = DECODER.decode(event(text, ""))
    assert decoded.kind is kind
    assert decoded.subject == 0
    assert len(decoded.records) == EVENT.itemsize
