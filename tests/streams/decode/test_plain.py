"""What is read as plain is what the decoder makes of it, and what is not plain is left to it."""

from __future__ import annotations

import pytest
from google.protobuf import text_format
from hypothesis import given
from hypothesis import strategies as st

from haechi.configs.port import Port
from haechi.engine.errors import BadInput
from haechi.operators.intake import Decoded
from haechi.rpc.v1.event_pb2 import Event
from haechi.streams.decode import Decoder
from haechi.streams.decode.plain import PlainQuestions
from haechi.streams.tokens import Tokens

PORT = Port.load()
TOKENS = Tokens(bytes(range(32)))
DECODER = Decoder(TOKENS, PORT)
PLAIN = PlainQuestions(TOKENS, PORT)
NOW_US = 1_767_225_600_000_000
DOCUMENT = 'document { issuing_state: "KOR" number: "M123" flight: "KE902" flight_date: 20260101 }'
WAYBILL = 'waybill { courier: "FXE" hawb: "HW 1" arrival_date: 20260101 }'
TRAVELERS = ['traveler_id: "T-1"', DOCUMENT]
PARCELS = ['parcel_id: "P-1"', WAYBILL]


def question(gate: str, subject: str, more: str = "", envelope: str = "") -> bytes:
    text = (
        f'envelope {{ event_id: "e-1" schema_version: 1 event_time_us: {NOW_US} source: "gate" '
        f'source_seq: 7 site: "ICN-T1" terminal: "T1" subjects {{ {subject} }} {envelope} }} '
        f'gate_event {{ gate: "{gate}" budget_ms: 250 presentation_id: "p-1" {more} }}'
    )
    return text_format.Merge(text, Event()).SerializeToString()


def decoded(raw: bytes) -> Decoded | None:
    try:
        return DECODER.decode(raw)
    except BadInput:
        return None


QUESTIONS = [
    question(gate.id, subject, f'lane: "{lane}" lane_mode: {mode} stage: {int(stage)} direction: 1')
    for gate in PORT.gates.values()
    for subject in (TRAVELERS if gate.stage <= 4 else PARCELS)
    for lane in gate.lanes
    for mode, stage in ((1, gate.stage), (4, 0))
]


@pytest.mark.parametrize("number", range(len(QUESTIONS)))
def test_what_gates_ask_is_plain(number: int) -> None:
    raw = QUESTIONS[number]
    assert PLAIN.read(raw) == DECODER.decode(raw)
    assert Decoder(TOKENS, PORT, plain=PLAIN.read).decode(raw) == DECODER.decode(raw)


@pytest.mark.parametrize("subject", [*TRAVELERS, *PARCELS])
def test_a_lane_is_left_out_and_what_does_not_matter_is_there(subject: str) -> None:
    gate = next(one for one in PORT.gates.values() if (one.stage <= 4) == (subject in TRAVELERS))
    raw = question(
        gate.id, subject, "retried: true recirculated: true",
        'purpose: 1 retention_class: 2 received_time_us: 5 corrects_event_id: "e-0"',
    )  # fmt: skip
    found = PLAIN.read(raw)
    assert found is not None
    assert found == DECODER.decode(raw)


EXIT = next(gate.id for gate in PORT.gates.values() if gate.stage == 4)


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        question(EXIT, 'traveler_id: "T-1" } subjects { bag_tag: "0180123456"'),
        question(EXIT, 'bag_tag: "0180123456"'),
        question(EXIT, 'parcel_id: "P-1"'),
        question(EXIT, 'traveler_id: ""'),
        question(EXIT, 'traveler_id: "T-1"', 'lane: "none"'),
        question(EXIT, 'traveler_id: "T-1"', "stage: 7"),
        question(EXIT, 'traveler_id: "T-1"', "lane_mode: 5"),
        question(EXIT, 'traveler_id: "T-1"', "direction: 9"),
        question(EXIT, 'traveler_id: "T-1"', "", "historical: true"),
        question(EXIT, 'traveler_id: "T-1"', "", "purpose: 4"),
        question(EXIT, 'traveler_id: "T-1"', "", "retention_class: 5"),
        question(EXIT, 'traveler_id: "T-1"', "", "event_time_us: -1"),
        question(EXIT, 'traveler_id: "T-1"', "", "schema_version: 2"),
        question(EXIT, 'traveler_id: "T-1"', "", 'event_id: " e-1"'),
        question(EXIT, 'traveler_id: "T-1"', "", f'event_id: "{"e" * 129}"'),
        question(EXIT, 'traveler_id: "T-1"', "", 'source: "\u00e9"'),
        question("nowhere", 'traveler_id: "T-1"'),
        Event(exit_seen={"gate": EXIT}).SerializeToString(),
        QUESTIONS[0] + QUESTIONS[0],
        QUESTIONS[0][:-1],
    ],
)  # fmt: skip
def test_what_is_not_plain_is_left_to_the_decoder(raw: bytes) -> None:
    assert PLAIN.read(raw) is None


@given(
    st.sampled_from(QUESTIONS[:: max(1, len(QUESTIONS) // 7)]),
    st.lists(st.tuples(st.sampled_from("cid"), st.integers(0, 1 << 16), st.binary(max_size=3))),
)
def test_no_bytes_are_read_otherwise(raw: bytes, changes: list[tuple[str, int, bytes]]) -> None:
    """Change, insert and delete bytes: what is plain is what the decoder takes for it."""
    for how, place, new in changes:
        at = place % len(raw) if raw else 0
        gone = 0 if how == "i" else len(new) if how == "c" else 1
        raw = raw[:at] + (b"" if how == "d" else new) + raw[at + gone :]
    found = PLAIN.read(raw)
    assert found is None or found == decoded(raw)


@given(st.binary(max_size=200))
def test_any_bytes_do_no_harm(raw: bytes) -> None:
    found = PLAIN.read(raw)
    assert found is None or found == decoded(raw)
