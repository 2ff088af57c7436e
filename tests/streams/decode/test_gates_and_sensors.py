"""Events of gates, cameras and scanners, each once with all its fields."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from haechi.configs.port import Port
from haechi.engine.codes import EventKind, NodeKind, Stage, Stream
from haechi.engine.records import EVENT
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
TRAVELER = (
    "traveler_manifest { manifest_version: 3 document_type: 1 document_state: 3 issuing_state: "
    '"KOR" document_number: "M 12" document_expiry: 20260101 birth_year: 1980 nationality: "KOR" '
    'sex: 1 name: "A B" flight: "ke 0902" flight_date: 20260101 legs { departure: "cdg" } legs { '
    'departure: "HEL" } boarded: true booked_us: 7 payment_form: 2 agency: "a" contact_token: "c" '
    'one_way: true companion_traveler_ids: "T-2" companion_traveler_ids: "T-1" '
    'bags { bag_tag: "0180" weight_kg: 20 } bags { bag_tag: "0181" weight_kg: 2.5 } }'
)


def test_the_envelope(event: Callable[..., bytes], assert_row: Callable[..., None]) -> None:
    raw = event("case_closed { end: 1 }", more="historical: true")
    decoded = DECODER.decode(raw)
    assert decoded.kind is EventKind.CASE_CLOSED
    assert decoded.id == TOKENS.id128("event", "e-1")
    assert decoded.digest == hashlib.blake2b(raw, digest_size=16).digest()
    assert decoded.subject == T1
    assert decoded.event_us == NOW_US
    assert decoded.historical is True
    assert decoded.target == b""
    row = np.frombuffer(decoded.records, EVENT)[0]
    # A record begins with the bytes of the id.
    assert row.tobytes()[:16] == decoded.id
    assert row["subject"] == T1
    assert (row["first"], row["last"], row["schema_version"]) == (1, 1, 1)
    assert row["event_us"] == NOW_US
    assert_row(
        row, kind=EventKind.CASE_CLOSED, ref=T1, node=NodeKind.TRAVELER, result=1, historical=1
    )


def test_gate_event(records: Callable[..., Rows], assert_row: Callable[..., None]) -> None:
    (row,) = records(
        'gate_event { gate: "ICN-T1-EXIT-3" lane: "declare" lane_mode: 2 direction: 1 stage: 4 '
        'presentation_id: "p" budget_ms: 50 retried: true recirculated: false }'
    )
    assert_row(
        row,
        kind=EventKind.GATE_EVENT,
        ref=T1,
        node=NodeKind.TRAVELER,
        gate=TOKEN("gate", "ICN-T1-EXIT-3"),
        site=TOKEN("site", "ICN-T1"),
        stage=Stage.EXIT,
        lane=3,
        mode=2,
        budget_ms=50,
    )
    (row,) = records('gate_event { gate: "ICN-T1-EXIT-3" }')
    assert (row["lane"], row["stage"]) == (2, Stage.EXIT)
    (row,) = records('gate_event { gate: "ICN-EXP-SORT-1" }', PARCEL)
    assert (row["lane"], row["stage"], row["ref"]) == (5, Stage.SORTER, P1)


BAGS = 'subjects { bag_tag: "0181" } subjects { bag_tag: "0180" } subjects { bag_tag: "0181" }'
WITH_BAGS = f'subjects {{ traveler_id: "T-1" }} {BAGS}'
TAGS = sorted([TOKEN("bag", "0180"), TOKEN("bag", "0181")])


def test_at_the_exit_each_bag_is_a_record_before_the_question(
    event: Callable[..., bytes], assert_row: Callable[..., None]
) -> None:
    decoded = DECODER.decode(event('gate_event { gate: "ICN-T1-EXIT-3" budget_ms: 50 }', WITH_BAGS))
    rows = np.frombuffer(decoded.records, EVENT)
    assert decoded.subject == T1
    assert rows["subject"].tolist() == [T1] * 3
    assert rows["other"].tolist() == [*TAGS, 0]
    assert rows["first"].tolist() == [1, 0, 0]
    assert rows["last"].tolist() == [0, 0, 1]
    for row, tag in zip(rows, [*TAGS, 0], strict=True):
        assert_row(
            row,
            kind=EventKind.GATE_EVENT,
            ref=T1,
            node=NodeKind.TRAVELER,
            other=tag,
            other_node=NodeKind.BAG if tag else 0,
            gate=TOKEN("gate", "ICN-T1-EXIT-3"),
            site=TOKEN("site", "ICN-T1"),
            stage=Stage.EXIT,
            lane=2,
            budget_ms=50,
        )


def test_who_was_seen_to_leave_comes_before_what_went_along(records: Callable[..., Rows]) -> None:
    rows = records('exit_seen { gate: "ICN-T1-EXIT-2" }', WITH_BAGS)
    assert rows["other"].tolist() == [0, *TAGS]
    assert rows["kind"].tolist() == [EventKind.EXIT_SEEN] * 3
    assert rows["ref"].tolist() == [T1] * 3


@pytest.mark.parametrize(
    ("kind", "subjects"),
    [
        ('gate_event { gate: "ICN-T1-RECLAIM-1" }', WITH_BAGS),
        ('gate_event { gate: "ICN-EXP-OUT-1" }', f"{PARCEL} {BAGS}"),
        ('exit_seen { gate: "ICN-EXP-OUT-1" }', f"{PARCEL} {BAGS}"),
        ('gate_action { acted: 1 gate: "ICN-T1-EXIT-1" }', WITH_BAGS),
    ],
)
def test_elsewhere_bags_are_left_aside(
    records: Callable[..., Rows], kind: str, subjects: str
) -> None:
    (row,) = records(kind, subjects)
    assert row["other"] == 0


def test_gate_action(event: Callable[..., bytes]) -> None:
    text = (
        f'gate_action {{ decision_id: "{DECISION}" acted: 3 local_fallback: true '
        'gate: "ICN-T1-EXIT-1" }'
    )
    decoded = DECODER.decode(event(text))
    assert decoded.target == bytes.fromhex(DECISION)
    row = np.frombuffer(decoded.records, EVENT)[0]
    at = EVENT.fields["target_hi"][1]  # type: ignore[index]
    assert row.tobytes()[at : at + 16] == decoded.target
    assert (row["acted"], row["mode"], row["gate"]) == (3, 1, TOKEN("gate", "ICN-T1-EXIT-1"))
    assert DECODER.decode(event(text, "")).subject == 0


def test_exit_seen(records: Callable[..., Rows]) -> None:
    (row,) = records('exit_seen { gate: "ICN-T1-CAM-EXIT-1" stage: 4 }')
    assert row["device"] == TOKEN("device", "ICN-T1-CAM-EXIT-1")
    assert (row["gate"], row["stage"]) == (TOKEN("gate", "ICN-T1-EXIT-1"), 4)
    (row,) = records('exit_seen { gate: "ICN-T1-EXIT-2" }')
    assert (row["gate"], row["stage"]) == (TOKEN("gate", "ICN-T1-EXIT-2"), 4)


def test_provisional_delivered(records: Callable[..., Rows]) -> None:
    text = (
        f'provisional_delivered {{ gate_event_id: "g-1" provisional_decision_id: "{DECISION}" '
        f'reason: 5 delivered_us: {NOW_US} gate: "ICN-T1-EXIT-1" directive: 9 }}'
    )
    (row,) = records(text)
    answered = row["answers_hi"].tobytes() + row["answers_lo"].tobytes()
    assert answered == TOKENS.id128("event", "g-1")
    assert row["target_hi"].tobytes() + row["target_lo"].tobytes() == bytes.fromhex(DECISION)
    assert (row["ref"], row["result"], row["method"]) == (T1, 5, 9)


FACE = (
    'face_match { camera: "ICN-T1-CAM-EXIT-1" role: 2 track_id: "t" captured_us: 5 outcome: 3 '
    'candidates { traveler_id: "T-1" similarity: -0.25 margin: 0.5 } candidates { similarity: 0.1 }'
    ' face_px: 80 quality: 0 liveness: 0.5 model_id: "m" threshold_version: 2 gallery_size: 9 }'
)


@pytest.mark.parametrize("subjects", ["", 'subjects { traveler_id: "T-1" }'])
def test_face_match(
    records: Callable[..., Rows], assert_row: Callable[..., None], subjects: str
) -> None:
    (row,) = records(FACE, subjects)
    assert_row(
        row,
        kind=EventKind.FACE_MATCH,
        ref=T1,
        node=NodeKind.TRAVELER,
        device=TOKEN("device", "ICN-T1-CAM-EXIT-1"),
        gate=TOKEN("gate", "ICN-T1-EXIT-1"),
        site=TOKEN("site", "ICN-T1"),
        model=TOKEN("model", "m"),
        stage=Stage.EXIT,
        lane=1,
        role=2,
        result=3,
        similarity=-0.25,
        margin=0.5,
        quality=0.0,
        liveness=0.5,
        face_px=80,
    )


@pytest.mark.parametrize(
    ("scope", "mode"), [("watchlist", 1), ("last 90 minutes", 0), ("watchlist 2", 0), ("", 0)]
)
def test_the_watchlist_is_a_gallery_apart(
    records: Callable[..., Rows], scope: str, mode: int
) -> None:
    text = f'{FACE[:-1]} gallery_scope: "{scope}" }}'
    for camera in ("CAM-EXIT-1", "CAM-DESK-1"):
        (row,) = records(text.replace("CAM-EXIT-1", camera).replace("role: 2", ""), "")
        assert (row["mode"], row["ref"]) == (mode, T1)


def test_a_face_nobody_knows_names_nobody(event: Callable[..., bytes]) -> None:
    decoded = DECODER.decode(event('face_match { camera: "ICN-T1-CAM-DESK-1" outcome: 5 }', ""))
    (row,) = np.frombuffer(decoded.records, EVENT)
    assert decoded.subject == row["ref"] == row["node"] == row["gate"] == row["lane"] == 0
    assert (row["role"], row["stage"]) == (1, Stage.DESK)
    assert math.isnan(row["quality"])


def test_scanner_result(records: Callable[..., Rows], assert_row: Callable[..., None]) -> None:
    both = 'subjects { traveler_id: "T-1" } subjects { bag_tag: "0180" }'
    (row,) = records(SCAN, both)
    assert_row(
        row,
        kind=EventKind.SCANNER_RESULT,
        ref=TOKEN("bag", "0180"),
        node=NodeKind.BAG,
        device=TOKEN("device", "ICN-T1-BAGX-1"),
        site=TOKEN("site", "ICN-T1"),
        token=TOKEN("goods_class", "pills"),
        mode=2,
        result=1,
        found=2,
        score=0.75,
        zones=2,
        similarity=0.9,
    )
    (row,) = records(SCAN.replace("kind: 2", ""))
    assert (row["mode"], row["node"]) == (2, NodeKind.TRAVELER)
    (row,) = records('scanner_result { result: 3 device: "ICN-EXP-XRAY-1" }', PARCEL)
    assert row["mode"] == 3
    assert math.isnan(row["score"])
    assert math.isnan(row["similarity"])


@pytest.mark.parametrize(
    ("device", "stream"),
    [("ICN-T1-CAM-EXIT-1", Stream.FACE), ("ICN-T1-BODY-1", Stream.BODY_SCAN)],
)
def test_sensor_status(event: Callable[..., bytes], device: str, stream: Stream) -> None:
    for up, result in (("true", 1), ("false", 2)):
        decoded = DECODER.decode(event(f'sensor_status {{ device: "{device}" up: {up} }}'))
        (row,) = np.frombuffer(decoded.records, EVENT)
        assert decoded.subject == 0
        assert (row["device"], row["mode"], row["result"]) == (
            TOKEN("device", device),
            stream,
            result,
        )
        assert row["site"] == TOKEN("site", "ICN-T1")
