"""Each bad input with its code, and no bytes whatever that do more than be refused."""

from __future__ import annotations

import math
from typing import Any

import pytest
from google.protobuf import text_format
from google.protobuf.descriptor import FieldDescriptor
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from haechi.configs.port import Port
from haechi.engine.codes import EventKind
from haechi.engine.errors import BadInput
from haechi.engine.records import EVENT
from haechi.rpc.v1.event_pb2 import Event
from haechi.streams.decode import Decoder
from haechi.streams.tokens import Tokens

DECODER = Decoder(Tokens(bytes(range(32))), Port.load())
ENVELOPE = 'event_id: "e-1" schema_version: 1 event_time_us: 5'
TRAVELER = 'subjects { traveler_id: "T-1" }'
PARCEL = 'subjects { parcel_id: "P-1" }'
BAGS = " ".join(f'subjects {{ bag_tag: "018{n}" }}' for n in range(9))
GATE = 'gate_event { gate: "ICN-T1-EXIT-1" }'
DECISION = "00112233445566778899aabbccddeeff"


def refusal(kind: str, subjects: str = TRAVELER, envelope: str = ENVELOPE) -> BadInput:
    event = text_format.Parse(f"envelope {{ {envelope} {subjects} }} {kind}", Event())
    with pytest.raises(BadInput) as caught:
        DECODER.decode(event.SerializeToString())
    return caught.value


@pytest.mark.parametrize(
    ("envelope", "code"),
    [
        ("schema_version: 1 event_time_us: 5", "BAD_EVENT_ID"),
        (ENVELOPE.replace("e-1", "x" * 129), "BAD_EVENT_ID"),
        (ENVELOPE.replace("version: 1", "version: 2"), "UNKNOWN_VERSION"),
        ('event_id: "e" event_time_us: 5', "UNKNOWN_VERSION"),
        (ENVELOPE.replace("us: 5", "us: 0"), "BAD_TIME"),
        (ENVELOPE.replace("us: 5", "us: -5"), "BAD_TIME"),
        (ENVELOPE + " purpose: 9", "BAD_ENUM"),
        (ENVELOPE + " retention_class: -1", "BAD_ENUM"),
        (ENVELOPE + " historical: true", "NOT_ALLOWED"),
    ],
)
def test_envelopes(envelope: str, code: str) -> None:
    assert refusal(GATE, envelope=envelope).code == code


def test_bytes_that_are_no_event() -> None:
    for raw, code in (
        (b"\xff\xff\xff", "UNDECODABLE"),
        (b"\x0a\x05\x0a\x03\xff\xfe\xfd", "UNDECODABLE"),
        (b"", "UNKNOWN_EVENT"),
        (b"\xca\x3e\x00", "UNKNOWN_EVENT"),
        (bytes((1 << 20) + 1), "TOO_LARGE"),
        (bytes(10 << 20), "TOO_LARGE"),
    ):
        with pytest.raises(BadInput) as caught:
            DECODER.decode(raw)
        assert caught.value.code == code


@pytest.mark.parametrize(
    ("subjects", "code"),
    [
        ("", "MISSING_REFERENCE"),
        ("subjects { }", "MISSING_REFERENCE"),
        ('subjects { pccc: "P123456789012" }', "MISSING_REFERENCE"),
        ('subjects { traveler_id: "" }', "MISSING_REFERENCE"),
        ('subjects { traveler_id: " " }', "MISSING_REFERENCE"),
        ('subjects { document { issuing_state: "KOR" number: "M1" } }', "MISSING_REFERENCE"),
        (
            'subjects { document { issuing_state: "K" number: "M" flight: "F" flight_date: 7 } }',
            "BAD_DATE",
        ),
        ('subjects { waybill { hawb: "H1" arrival_date: 20260101 } }', "MISSING_REFERENCE"),
        (PARCEL, "WRONG_SUBJECT"),
        ('subjects { bag_tag: "0180" }', "WRONG_SUBJECT"),
        (TRAVELER + BAGS, "OUT_OF_RANGE"),
        (TRAVELER + 'subjects { bag_tag: "" }', "MISSING_REFERENCE"),
    ],
)
def test_references(subjects: str, code: str) -> None:
    assert refusal(GATE, subjects).code == code


FACE = 'face_match { camera: "ICN-T1-CAM-EXIT-1" outcome: 1 %s }'
SCAN = 'scanner_result { device: "ICN-T1-BODY-1" result: 2 %s }'
MANIFEST = "parcel_manifest { %s }"
ACT = f'officer_action {{ decision_id: "{DECISION}" %s }}'
TRUST = "trust_changed { trusted_as: 1 %s }"
WATCH = "intelligence { watched: %s }"


@pytest.mark.parametrize(
    ("kind", "code", "says"),
    [
        ('gate_event { gate: "ICN-T1-EXIT-9" }', "UNKNOWN_GATE", "ICN-T1-EXIT-9"),
        ("gate_event { }", "UNKNOWN_GATE", "port.toml"),
        ('gate_event { gate: "ICN-T1-EXIT-1" lane: "declare" }', "UNKNOWN_LANE", "walk"),
        ('gate_event { gate: "ICN-T1-EXIT-1" stage: 2 }', "WRONG_STAGE", "EXIT"),
        ('gate_event { gate: "ICN-T1-EXIT-1" stage: 99 }', "BAD_ENUM", "99"),
        ('gate_event { gate: "ICN-T1-EXIT-1" lane_mode: 9 }', "BAD_ENUM", "lane_mode is 9"),
        ("gate_action { acted: 0 }", "BAD_ENUM", "acted is not given"),
        ('gate_action { acted: 1 gate: "x" }', "UNKNOWN_GATE", "x"),
        ('gate_action { acted: 1 decision_id: "12" }', "BAD_DECISION_ID", "'12'"),
        (f'gate_action {{ acted: 1 decision_id: "{"0" * 32}" }}', "BAD_DECISION_ID", "32"),
        (f'gate_action {{ acted: 1 decision_id: "{"aa " * 10}aa" }}', "BAD_DECISION_ID", "aa"),
        (f'gate_action {{ acted: 1 decision_id: "{"g" * 32}" }}', "BAD_DECISION_ID", "ggg"),
        ("provisional_delivered { }", "MISSING_REFERENCE", "gate_event_id"),
        ('provisional_delivered { gate_event_id: "g" }', "BAD_DECISION_ID", "provisional"),
        ('face_match { camera: "x" outcome: 1 }', "UNKNOWN_SENSOR", "camera 'x'"),
        ('face_match { camera: "ICN-T1-BODY-1" outcome: 1 }', "UNKNOWN_SENSOR", "port.toml"),
        (FACE % "role: 1", "WRONG_SENSOR", "role"),
        (FACE.replace("outcome: 1", "outcome: 6") % "", "BAD_ENUM", "outcome is 6"),
        (FACE.replace("outcome: 1", "") % "", "BAD_ENUM", "outcome is not given"),
        (FACE % "quality: nan", "NOT_FINITE", "face_match.quality is nan"),
        (FACE % "liveness: 1.5", "OUT_OF_RANGE", "between 0 and 1"),
        (FACE % "candidates { similarity: inf }", "NOT_FINITE", "similarity"),
        (FACE % "candidates { similarity: 1.01 }", "OUT_OF_RANGE", "between -1 and 1"),
        (FACE % "candidates { margin: -0.1 }", "OUT_OF_RANGE", "margin"),
        (FACE % "captured_us: -1", "OUT_OF_RANGE", "captured_us"),
        ('scanner_result { device: "x" result: 2 }', "UNKNOWN_SENSOR", "scanner 'x'"),
        (SCAN % "kind: 2", "WRONG_SENSOR", "BAGGAGE_XRAY"),
        (SCAN % "kind: 9", "BAD_ENUM", "kind is 9"),
        (SCAN.replace("result: 2", "") % "", "BAD_ENUM", "result is not given"),
        (SCAN % "score: -inf", "NOT_FINITE", "scanner_result.score is -inf"),
        (SCAN % "score: 1.1", "OUT_OF_RANGE", "1.1"),
        (SCAN % "zones { score: nan }", "NOT_FINITE", "zones.score"),
        (SCAN % "zones { side: 9 }", "BAD_ENUM", "side"),
        (SCAN % "goods_seen { score: 2 }", "OUT_OF_RANGE", "goods_seen"),
        (SCAN % "similar_seizures { similarity: nan }", "NOT_FINITE", "similar_seizures"),
        (SCAN % "operator_verdict: 7", "BAD_ENUM", "operator_verdict"),
        ('sensor_status { device: "x" }', "UNKNOWN_SENSOR", "sensor 'x'"),
        ("traveler_manifest { document_state: 9 }", "BAD_ENUM", "document_state"),
        ("traveler_manifest { document_expiry: 20261301 }", "BAD_DATE", "20261301"),
        ('traveler_manifest { flight: "KE1" flight_date: 1 }', "BAD_DATE", "flight_date"),
        ("traveler_manifest { bags { weight_kg: nan } }", "NOT_FINITE", "weight_kg"),
        ("traveler_manifest { bags { weight_kg: -1 } }", "OUT_OF_RANGE", "weight_kg"),
        ('traveler_manifest { legs { departure: "LONDON-H" } }', "BAD_CODE", "LONDON-H"),
        ("traveler_manifest { booked_us: -1 }", "OUT_OF_RANGE", "booked_us"),
        ("traveler_manifest {" + "bags { }" * 129 + "}", "OUT_OF_RANGE", "129 entries"),
        ("traveler_declaration { cash_usd: nan }", "NOT_FINITE", "cash_usd"),
        ("traveler_declaration { value_usd: -1 }", "OUT_OF_RANGE", "value_usd"),
        ("traveler_declaration { restricted_goods: 9 }", "BAD_ENUM", "restricted_goods"),
        ('link { other { traveler_id: "T-1" } }', "SELF_LINK", "same"),
        ("link { }", "MISSING_REFERENCE", "other names nobody"),
        (
            f'link {{ other {{ parcel_id: "P" }} link_version: {2**63} }}',
            "OUT_OF_RANGE",
            "link_version",
        ),
        ("linked_risk { own_log_odds: 1 }", "OUT_OF_RANGE", "linked_risk.version is 0"),
        ("linked_risk { version: 1 own_log_odds: nan }", "NOT_FINITE", "own_log_odds"),
        ("linked_risk { version: 1 own_log_odds: inf }", "NOT_FINITE", "own_log_odds"),
        ('identity_link { change: 1 other { parcel_id: "P" } }', "WRONG_SUBJECT", "kinds"),
        ('identity_link { other { traveler_id: "T-2" } }', "BAD_ENUM", "change"),
        (WATCH % '0 value: "x"', "BAD_ENUM", "watched is not given"),
        (WATCH % "1", "MISSING_REFERENCE", "value is empty"),
        (WATCH % '1 value: "x" weight: 1.5', "OUT_OF_RANGE", "weight"),
        (WATCH % '1 value: "x" weight: nan', "NOT_FINITE", "weight"),
        (WATCH % '1 value: "x" expires_us: -1', "OUT_OF_RANGE", "expires_us"),
        (WATCH % '2 value: "M12"', "BAD_VALUE", "slash"),
        (WATCH % '7 value: "12345"', "BAD_HS", "two, four or six"),
        (WATCH % '8 value: "-VN"', "BAD_VALUE", "departure"),
        (WATCH % '8 value: "GERMANY"', "BAD_CODE", "GERMANY"),
        (WATCH % '1 value: "x" expires_us: 2000000000000000', "MISSING_FIELD", "legal_basis"),
        (WATCH % '1 value: "x" legal_basis: "l"', "BAD_EXPIRY", "when the entry ends"),
        (WATCH % '1 value: "x" legal_basis: "l" expires_us: 1', "BAD_EXPIRY", "withdraw it"),
        (f'officer_action {{ decision_id: "{DECISION}" act: 6 }}', "BAD_ENUM", "to_verdict"),
        (f'officer_action {{ decision_id: "{DECISION}" act: 9 }}', "BAD_ENUM", "act"),
        (ACT % "act: 6 to_verdict: 2", "MISSING_FIELD", "reason_code is empty"),
        (ACT % "from_verdict: 2 to_verdict: 1", "MISSING_FIELD", "reason_code is empty"),
        (ACT % 'act: 3 from_verdict: 2 reason_code: " "', "MISSING_FIELD", "says why"),
        ("trust_changed { }", "BAD_ENUM", "trusted_as"),
        (TRUST % "change: 1", "MISSING_REFERENCE", "party is empty"),
        (TRUST % 'change: 1 party: "x"', "MISSING_FIELD", "legal_basis"),
        (TRUST % 'change: 1 party: "x" legal_basis: "l"', "BAD_EXPIRY", "withdraw it"),
        (TRUST % 'change: 2 party: "x"', "MISSING_FIELD", "approver names 1 persons"),
        ("officer_action { to_verdict: 1 }", "BAD_DECISION_ID", "32"),
        ("inspection_outcome { }", "BAD_ENUM", "finding is not given"),
        ("inspection_outcome { finding: 1 quantity: inf }", "NOT_FINITE", "quantity"),
        ("case_closed { end: 9 }", "BAD_ENUM", "end"),
        ("capacity { inspections_per_hour: nan }", "NOT_FINITE", "inspections_per_hour"),
        ("tick { now_us: 1 }", "NOT_ALLOWED", "Tick"),
        ("engine_started { }", "NOT_ALLOWED", "EngineStarted"),
        ("dead_letter { }", "NOT_ALLOWED", "DeadLetter"),
    ],
)
def test_events(kind: str, code: str, says: str) -> None:
    error = refusal(kind)
    assert error.code == code, error
    assert says in str(error)


@pytest.mark.parametrize(
    ("fields", "code", "says"),
    [
        ('hs6: "000000"', "BAD_HS", "000000"),
        ('hs6: "1234567"', "BAD_HS", "six digits"),
        ('hs6: "39269x"', "BAD_HS", "39269x"),
        ('hs6: "\uff13\uff19"', "BAD_HS", "six digits"),
        ('goods { hs6: "x" }', "BAD_HS", "goods.hs6"),
        ('departure_country: "CHINA-1"', "BAD_CODE", "departure_country"),
        ('tax_type: "가"', "BAD_CODE", "tax_type"),
        ('office: "4\\0000"', "BAD_CODE", "office"),
        ("tax_rate_percent: nan", "NOT_FINITE", "tax_rate_percent"),
        ("net_mass_kg: -1", "OUT_OF_RANGE", "at least 0"),
        ("item_price_krw: inf", "NOT_FINITE", "item_price_krw"),
        ("price_paid_krw: -inf", "NOT_FINITE", "price_paid_krw"),
        ("goods { value: nan }", "NOT_FINITE", "goods.value"),
        ("goods { quantity: -1 }", "OUT_OF_RANGE", "goods.quantity"),
        ('goods { value: 1 currency: "XXX" }', "BAD_CURRENCY", "XXX"),
        ("route: 4", "BAD_ENUM", "route"),
        ("pccc_status: 9", "BAD_ENUM", "pccc_status"),
        ("arrival_date: 20260230", "BAD_DATE", "20260230"),
        ("goods { }" * 1000, "OUT_OF_RANGE", "1000 entries"),
    ],
)
def test_parcel_manifests(fields: str, code: str, says: str) -> None:
    error = refusal(MANIFEST % fields, PARCEL)
    assert error.code == code, error
    assert says in str(error)


def test_a_traveler_is_no_parcel() -> None:
    assert refusal(MANIFEST % "", TRAVELER).code == "WRONG_SUBJECT"
    assert refusal("traveler_manifest { }", PARCEL).code == "WRONG_SUBJECT"
    assert refusal(SCAN % "", PARCEL).code == "WRONG_SUBJECT"
    assert refusal(FACE % "", PARCEL).code == "WRONG_SUBJECT"


def test_a_face_that_somebody_knows_needs_a_name() -> None:
    assert refusal(FACE % "", "").code == "MISSING_REFERENCE"
    assert refusal(FACE % "candidates { similarity: 0.5 }", "").code == "MISSING_REFERENCE"


def test_messages_stay_short() -> None:
    assert len(str(refusal(f'gate_event {{ gate: "{"x" * 10000}" }}'))) < 200


def attempt(raw: bytes) -> None:
    try:
        decoded = DECODER.decode(raw)
    except BadInput as caught:
        refused: BadInput | None = caught
    else:
        refused = None
    if refused is not None:
        assert refused.code == refused.code.upper()
        assert str(refused)
        return
    assert len(decoded.id) == len(decoded.digest) == 16
    assert len(decoded.records) % EVENT.itemsize == 0
    assert decoded.records


@given(st.binary(max_size=300))
def test_any_bytes_are_decoded_or_refused(raw: bytes) -> None:
    attempt(raw)


_WORDS = ["ICN-T1-EXIT-1", "ICN-T1-CAM-EXIT-1", "ICN-T1-BAGX-1", "ICN-EXP-SORT-1", "KE902"]
_WORDS += ["392690", "CN", "USD", DECISION, "walk", "KOR/M1"]


def _values(field: FieldDescriptor) -> st.SearchStrategy[Any]:
    if field.type == field.TYPE_STRING:
        return st.sampled_from(_WORDS) | st.text(max_size=8)
    if field.type == field.TYPE_BYTES:
        return st.binary(max_size=8)
    if field.type == field.TYPE_BOOL:
        return st.booleans()
    if field.type == field.TYPE_DOUBLE:
        return st.sampled_from([0.0, 0.5, 1.0, math.nan, math.inf]) | st.floats()
    if field.type == field.TYPE_ENUM:
        return st.integers(0, 5) | st.integers(-(2**31), 2**31 - 1)
    if field.type == field.TYPE_UINT32:
        return st.sampled_from([0, 1, 20260101]) | st.integers(0, 2**32 - 1)
    if field.type in (field.TYPE_UINT64, field.TYPE_FIXED64):
        return st.integers(0, 2**64 - 1)
    return st.integers(0, 10) | st.integers(-(2**63), 2**63 - 1)


def _fill(data: st.DataObject, message: Any) -> None:
    for field in message.DESCRIPTOR.fields:
        if field.containing_oneof and field.containing_oneof.name in ("kind", "reference"):
            continue
        entries = field.message_type is not None and field.message_type.GetOptions().map_entry
        if entries or not data.draw(st.booleans()):
            continue
        if field.type == field.TYPE_MESSAGE:
            part = getattr(message, field.name)
            _fill_one(data, part.add() if field.is_repeated else part)
        elif field.is_repeated:
            getattr(message, field.name).append(data.draw(_values(field)))
        else:
            setattr(message, field.name, data.draw(_values(field)))


def _fill_one(data: st.DataObject, message: Any) -> None:
    """Fill a message; where it is one of several, choose one."""
    for oneof in message.DESCRIPTOR.oneofs:
        if oneof.name in ("kind", "reference"):
            field = data.draw(st.sampled_from(list(oneof.fields)))
            if field.type == field.TYPE_MESSAGE:
                getattr(message, field.name).SetInParent()
                _fill(data, getattr(message, field.name))
            else:
                setattr(message, field.name, data.draw(_values(field)))
    _fill(data, message)


@settings(max_examples=500, suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(st.data())
def test_any_event_is_decoded_or_refused(data: st.DataObject) -> None:
    event = Event()
    _fill_one(data, event)
    envelope = event.envelope
    envelope.event_id = envelope.event_id or "e"
    envelope.schema_version = 1
    envelope.event_time_us = max(1, envelope.event_time_us)
    if data.draw(st.booleans()):
        del envelope.subjects[:]
        envelope.subjects.add().traveler_id = "T-1"
        envelope.subjects.add().parcel_id = "P-1"
    attempt(event.SerializeToString())


@pytest.mark.parametrize("name", ["x" * 10_000, "12345", "-.-", "ᚠᚢᚦ"])
def test_a_name_that_cannot_be_screened(name: str) -> None:
    manifest = refusal(f'traveler_manifest {{ name: "{name}" }}')
    entry = refusal(f'intelligence {{ watched: 1 value: "{name}" withdrawn: true }}', "")
    for refused in (manifest, entry):
        assert refused.code == "BAD_NAME"
        assert name not in str(refused)
        assert len(str(refused)) < 200


@pytest.mark.parametrize("year", [1, 1849, 2151, 19_800_101])
def test_a_birth_year_that_nobody_has(year: int) -> None:
    manifest = refusal(f'traveler_manifest {{ name: "A B" birth_year: {year} }}')
    entry = refusal(f'intelligence {{ watched: 1 value: "A B" birth_year: {year} }}', "")
    assert (manifest.code, entry.code) == ("OUT_OF_RANGE", "OUT_OF_RANGE")


def test_a_match_has_no_room_for_a_template() -> None:
    event = Event()
    text_format.Parse(FACE % "", event)
    event.envelope.subjects.add().traveler_id = "T-1"
    event.envelope.event_time_us = 1
    event.envelope.event_id = "e"
    event.envelope.schema_version = 1
    few, many = Event(), Event()
    for copy, numbers in ((few, 8), (many, 30)):
        copy.CopyFrom(event)
        copy.face_match.MergeFromString(b"\xfa\x07" + bytes([4 * numbers]) + bytes(4 * numbers))
    with pytest.raises(BadInput) as refused:
        DECODER.decode(many.SerializeToString())
    assert refused.value.code == "UNKNOWN_FIELDS"
    # What a later version adds is not a template's size.
    assert DECODER.decode(few.SerializeToString()).kind is EventKind.FACE_MATCH
