"""Renderings of a decision's body."""

from __future__ import annotations

import hashlib
import math
import re

import numpy as np
import pytest
from fake_engine import GATE, NAMES, TOKENS, body
from hypothesis import given
from hypothesis import strategies as st

from haechi.engine.codes import DecisionKind, EvidenceStatus, Stream, Verdict
from haechi.engine.features import FEATURES, PLACE
from haechi.engine.records import DECISION
from haechi.rpc import wire
from haechi.rpc.gate_answers import gate_answer
from haechi.rpc.names import Names
from haechi.rpc.render import Origin, render_decision
from haechi.rpc.v1 import decision_pb2, event_pb2


def rows(one: bytes) -> np.ndarray:
    return np.frombuffer(one, DECISION).copy()


@given(st.lists(st.floats(-5, 5), min_size=len(FEATURES), max_size=len(FEATURES)))
def test_reasons_add_up(contributions):
    row = rows(body(1, 0))
    row["contribution"][0] = contributions
    row["base"] = -2.0
    row["log_odds"] = -2.0 + math.fsum(contributions)
    row["x"] = np.nan
    decision = render_decision(row.tobytes(), NAMES)
    total = math.fsum([decision.score.base_log_odds, *(r.contribution for r in decision.reasons)])
    assert total == pytest.approx(decision.score.log_odds, abs=1e-9)
    assert len(decision.reasons) <= 5
    assert all(re.search("[가-힣]", r.text_ko) for r in decision.reasons)


def test_a_decision_names_its_model_and_what_its_lane_promised():
    row = rows(body(1, 0))
    row["model_version"], row["prior_version"] = 0xAB, 0xCD
    row["promised"], row["held"] = 0.05, 0.04
    decision = render_decision(row.tobytes(), NAMES)
    assert (decision.versions.model, decision.versions.prior) == ("ab".zfill(16), "cd".zfill(16))
    assert (decision.score.promised, decision.score.held) == (0.05, 0.04)


def test_a_decision_says_how_full_the_queue_was():
    row = rows(body(1, 0))
    row["bar"] = np.nan
    row["waiting"], row["inspection_wait_us"] = 3, 450_000_000
    decision = render_decision(row.tobytes(), NAMES)
    assert (decision.waiting, decision.inspection_wait_us) == (3, 450_000_000)
    assert not decision.score.HasField("bar_log_odds")
    row["bar"], row["fell_out"] = np.inf, 1
    decision = render_decision(row.tobytes(), NAMES)
    assert (decision.fell_out, decision.score.bar_log_odds) == (True, math.inf)


def test_evidence_names_places_and_digest():
    row = rows(body(1, 7, verdict=Verdict.HOLD))
    row["required"] = 1 << Stream.FACE | 1 << Stream.BODY_SCAN
    row["evidence"][0, Stream.FACE] = EvidenceStatus.PRESENT
    row["evidence_us"][0, Stream.FACE] = row["stamp_us"][0] - 2_000_000
    row["evidence"][0, Stream.BAG_XRAY] = EvidenceStatus.FAILED
    row["lane"] = 1
    one = row.tobytes()
    decision = render_decision(one, NAMES, {"queue_us": 3.0}, Origin(2, 9, 5))
    assert [(e.stream, e.status, e.age_us, e.required) for e in decision.evidence] == [
        ("face", EvidenceStatus.PRESENT, 2_000_000, True),
        ("body_scan", EvidenceStatus.ABSENT, 0, True),
        ("bag_xray", EvidenceStatus.FAILED, 0, False),
    ]
    assert (decision.site, decision.gate, decision.lane) == ("ICN-T1", GATE, "walk")
    assert decision.provisional
    assert decision.body_digest == hashlib.sha256(one).digest()
    assert (decision.position.shard, decision.position.epoch) == (2, 9)
    assert decision.timings.queue_us == 3.0
    assert not decision.score.HasField("shadow_log_odds")


@pytest.mark.parametrize(
    ("status", "outcome", "text"),
    [
        (EvidenceStatus.PRESENT, {}, "confirmed at the exit (similarity 0.71)"),
        (EvidenceStatus.PRESENT, {"face_review": 1.0}, "doubtful at the exit (similarity 0.71)"),
        (
            EvidenceStatus.PRESENT,
            {"face_different": 1.0},
            "someone else at the exit (similarity 0.71)",
        ),
        (EvidenceStatus.PRESENT, {"face_similarity": math.nan}, "confirmed at the exit"),
        (EvidenceStatus.FAILED, {}, "not captured or not known at the exit"),
        (EvidenceStatus.SENSOR_DOWN, {}, ""),
    ],
)
def test_officers_are_told_what_the_cameras_said(status, outcome, text):
    row = rows(body(1, 7))
    row["evidence"][0, Stream.FACE] = status
    for name, said in {"face_similarity": 0.714, **outcome}.items():
        row["x"][0, PLACE[name]] = said
    (shown,) = render_decision(row.tobytes(), NAMES).evidence
    assert shown.text == text
    assert bool(re.search("[가-힣]", shown.text_ko)) == bool(text)
    assert ("유사도 0.71" in shown.text_ko) == ("0.71" in text)


def test_places_that_are_gone_show_their_token():
    decision = render_decision(body(1, 0), Names({}, {}))
    assert decision.gate == f"{TOKENS.token('gate', GATE):016x}"


@pytest.mark.parametrize("kind", DecisionKind)
def test_a_gate_sees_no_reasons(kind):
    row = rows(body(1, 7, kind=kind))
    row["contribution"] = 1.0
    row["supersedes_lo"] = 5
    row["valid_until_us"] = 123
    row["review_by_us"] = 456
    row["chute"] = 200
    one = row.tobytes()
    answer = decision_pb2.GateAnswer.FromString(gate_answer(one, Origin(0, 4, 8)))
    whole = render_decision(one, NAMES, origin=Origin(0, 4, 8))
    for field in answer.DESCRIPTOR.fields:
        assert getattr(answer, field.name) == getattr(whole, field.name), field.name
    assert answer.position.epoch == 0


@given(st.lists(st.binary(max_size=300), max_size=5))
def test_events_are_cut_out_as_protobuf_would(events):
    raw = b"".join(b"\x0a" + wire.varint(len(e)) + e for e in events)
    assert wire.events_of(raw) == events


@given(st.binary(max_size=40))
def test_cutting_never_fails_otherwise(raw):
    try:
        found = wire.events_of(raw)
    except wire.NotOnlyEvents:
        return
    assert sum(map(len, found)) <= len(raw)
    assert isinstance(wire.event_id_of(raw), str)


@pytest.mark.parametrize("event_id", ["", "a", "ab" * 16, "x" * 100])
def test_the_event_id_is_read_where_it_stands(event_id):
    made = event_pb2.Event()
    made.envelope.event_id = event_id
    made.envelope.site = "s" * 200
    assert wire.event_id_of(made.SerializeToString()) == event_id
