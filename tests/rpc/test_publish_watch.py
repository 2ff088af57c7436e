"""Publish, Watch, AcknowledgeWatch and Explain."""

from __future__ import annotations

import threading
import time

import grpc
import pytest
from fake_engine import (
    ELSEWHERE,
    GATE,
    NAMES,
    OTHER_GATE,
    FakeEngine,
    body,
    event,
    fill,
    record,
    seen,
)

from haechi.engine.codes import DecisionKind, EventKind
from haechi.engine.records import EVENT
from haechi.rpc.client import HaechiClient
from haechi.rpc.roles import Role
from haechi.rpc.server import serve
from haechi.rpc.settings import ServerSettings
from haechi.rpc.v1 import event_pb2
from haechi.rpc.v1.decision_pb2 import LogPosition
from haechi.rpc.watching import failure
from haechi.streams.standby.standing import Standing


def test_each_event_is_acknowledged_with_its_place(gate, engine):
    events = [seen() for _ in range(200)]
    told = list(gate.publish(events))
    assert [t.index for t in told] == list(range(200))
    assert [t.event_id for t in told] == [e.envelope.event_id for e in events]
    assert [t.accepted.position.offset for t in told] == list(range(200))
    assert engine.kinds() == [EventKind.EXIT_SEEN] * 200


def test_a_duplicate_is_told_as_such(gate):
    once = seen()
    first, again = gate.publish([once, once])
    assert (first.accepted.duplicate, again.accepted.duplicate) == (False, True)
    assert first.accepted.position.offset == again.accepted.position.offset


def test_bad_input_does_not_end_the_stream(gate, engine):
    told = list(gate.publish([seen(), b"\xff\xff", seen("nowhere"), bytes(2 << 20), seen()]))
    assert [t.refusal.code for t in told] == ["", "UNDECODABLE", "UNKNOWN_GATE", "TOO_LARGE", ""]
    assert engine.kinds().count(None) == 3


def named(name, **entry):
    made = event_pb2.Event()
    fill(made)
    if entry:
        made.intelligence.watched = 1
        made.intelligence.value = name
        made.intelligence.weight = 1.0
        made.intelligence.legal_basis = "l"
        made.intelligence.expires_us = made.envelope.event_time_us + 1
    else:
        made.traveler_manifest.name = name
    return made


def test_a_name_is_screened_once_its_sender_is_known(connect, engine):
    """Who may not list a name does not even get it known."""
    feeder = connect(Role.FEEDER)
    (forbidden,) = connect(Role.GATE).publish([named("LEE MIN HO", entry=True)])
    assert forbidden.refusal.code == "FORBIDDEN"
    (unheard,) = feeder.publish([named("이민호")])
    list(feeder.publish([named("LEE MIN HO", entry=True)]))
    told = [len(entry.decoded.records) // EVENT.itemsize for entry in engine.log[1:]]
    assert unheard.HasField("accepted")
    assert told == [1, 2], "the entry sounds like the traveler's"


def test_a_name_without_end_is_a_dead_letter_and_its_neighbours_are_not(connect, engine):
    told = list(connect(Role.FEEDER).publish([named("A B"), named("x" * 10_000), named("C D")]))
    assert [t.refusal.code for t in told] == ["", "BAD_NAME", ""]
    assert engine.kinds() == [EventKind.TRAVELER_MANIFEST, None, EventKind.TRAVELER_MANIFEST]


def test_a_full_intake_makes_the_stream_wait(keyring):
    engine = FakeEngine(limit=2)
    engine.stall()
    server = serve(engine, keyring, NAMES)
    with HaechiClient(f"127.0.0.1:{server.port}", keyring.sign("g", Role.GATE, ("*",))) as client:
        threading.Timer(0.2, engine.go_on).start()
        told = list(client.publish([seen() for _ in range(50)]))
        assert all(t.HasField("accepted") for t in told)
    server.stop(0)
    engine.stop()


def test_the_officer_is_the_one_of_the_credentials(connect, engine):
    made = event_pb2.Event()
    fill(made)
    made.officer_action.decision_id = "ab" * 16
    made.officer_action.from_verdict = 3
    made.officer_action.to_verdict = 1
    made.officer_action.officer = "somebody-else"
    made.officer_action.second_approver = "nobody"
    made.officer_action.reason_code = "R1"
    (told,) = connect(Role.OFFICER).publish([made])
    assert told.HasField("accepted"), told
    kept = event_pb2.Event.FromString(engine.log[0].raw)
    assert kept.officer_action.officer == "the-officer"
    assert not kept.officer_action.second_approver


def test_a_gate_is_pushed_its_own_news(connect, engine):
    watching = connect(Role.GATE, GATE).watch()
    got = []
    reader = threading.Thread(target=lambda: got.extend(next(watching) for _ in range(3)))
    reader.start()
    assert watching.standing.wait(5)
    engine.decide_later(body(1, 0, kind=DecisionKind.ANSWER))
    engine.decide_later(body(2, 1, kind=DecisionKind.REVISION))
    engine.decide_later(body(3, 2, kind=DecisionKind.REVISION, gate=OTHER_GATE))
    engine.decide_later(body(4, 3, kind=DecisionKind.ALERT, gate=OTHER_GATE))
    engine.decide_later(body(5, 4, kind=DecisionKind.ALERT, gate=ELSEWHERE))
    engine.decide_later(body(6, 5, kind=DecisionKind.STANDING))
    reader.join(5)
    assert [p.answer.kind for p in got] == [
        DecisionKind.REVISION,
        DecisionKind.ALERT,
        DecisionKind.STANDING,
    ]
    assert (got[0].gate, got[0].site) == (GATE, "ICN-T1")
    watching.close()


@pytest.mark.parametrize(
    ("role", "told"), [(Role.FACES, f"{0xDEF:016x}"), (Role.OFFICER, ""), (Role.GATE, "")]
)
def test_only_the_face_service_is_told_the_subjects_token(connect, engine, role, told):
    watching = connect(role).watch(kinds=[DecisionKind.ANSWER])
    got = []
    reader = threading.Thread(target=lambda: got.append(next(watching)))
    reader.start()
    assert watching.standing.wait(5)
    engine.decide_later(body(1, 0))
    reader.join(5)
    assert [push.subject_token for push in got] == [told]
    watching.close()


def test_a_watch_resumes_from_its_cursor_also_on_another_server(keyring, engine):
    token = keyring.sign("o", Role.OFFICER, ("*",))
    server = serve(engine, keyring, NAMES)
    port = server.port
    with HaechiClient(f"127.0.0.1:{port}", token) as client:
        watching = client.watch()
        got = []
        reader = threading.Thread(target=lambda: got.extend(next(watching) for _ in range(4)))
        reader.start()
        assert watching.standing.wait(5)
        for n in (0, 1):
            engine.decide_later(body(n + 1, n, kind=DecisionKind.REVISION))
        until = time.monotonic() + 5
        while len(engine.log) < 2 or watching.cursor.offset < 0:
            assert time.monotonic() < until
            time.sleep(0.01)
        time.sleep(0.2)
        server.stop(0)
        for n in (2, 3):
            engine.decide_later(body(n + 1, n, kind=DecisionKind.REVISION))
        server = serve(engine, keyring, NAMES, ServerSettings(port=port))
        reader.join(10)
        assert [p.cursor.offset for p in got] == [0, 1, 2, 3]
        later = client.watch(cursor=got[1].cursor)
        assert next(later).cursor.offset == 2
        later.close()
        watching.close()
    server.stop(0)


@pytest.mark.parametrize(("epoch", "offsets"), [(7, [2, 3, 4]), ((1 << 32) + 1, [4]), (0, [4])])
def test_a_cursor_of_a_superseded_engine_goes_back_to_where_its_log_ends(
    engine, keyring, epoch, offsets
):
    engine.standing_of_log = Standing(epoch=1 << 32, offset=2)
    kinds = [DecisionKind.REVISION] * 5
    for offset, kind in enumerate(kinds):
        engine.decide_later(body(offset + 1, offset, kind=kind))
    server = serve(engine, keyring, NAMES, ServerSettings())
    token = keyring.sign("officer", Role.OFFICER, ("*",))
    with HaechiClient(f"127.0.0.1:{server.port}", token) as client:
        watching = client.watch(LogPosition(epoch=epoch, offset=3))
        assert [next(watching).cursor.offset for _ in offsets] == offsets
        watching.close()
    server.stop(0)


def test_a_cursor_of_another_log_is_refused_and_not_waited_at(connect, engine):
    engine.decide_later(body(1, 0))
    watching = connect(Role.OFFICER).watch(LogPosition(offset=1_000_000))
    with pytest.raises(grpc.RpcError) as refused:
        next(watching)
    assert refused.value.code() == grpc.StatusCode.OUT_OF_RANGE
    assert "another log" in refused.value.details()


def test_watchers_hold_no_thread_of_a_gate_and_are_bounded(keyring, engine):
    server = serve(engine, keyring, NAMES, ServerSettings(threads_least=2, streams_max=3))
    token = keyring.sign("g", Role.GATE, ("*",))
    with HaechiClient(f"127.0.0.1:{server.port}", token) as client:
        calls = []
        for _ in range(3):
            call = client._watch(_request(), metadata=client._metadata)
            next(call)
            calls.append(call)
        with pytest.raises(grpc.RpcError) as caught:
            next(client._watch(_request(), metadata=client._metadata))
        status, details = failure(caught.value)
        assert status is grpc.StatusCode.RESOURCE_EXHAUSTED
        assert "server.streams_max" in details
        assert client.decide(event()).answer.verdict == 1
        for call in calls:
            call.cancel()
        time.sleep(0.3)
        call = client._watch(_request(), metadata=client._metadata)
        next(call)
        call.cancel()
    server.stop(0)


def _request():
    from haechi.rpc.v1 import decision_service_pb2

    return decision_service_pb2.WatchRequest()


def test_acknowledgement_is_in_the_log(connect, engine):
    engine.decide_later(body(1, 0, kind=DecisionKind.REVISION))
    engine.decide_later(body(3, 1, kind=DecisionKind.REVISION, gate=OTHER_GATE))
    mine, others = (one[:16].hex() for _, one in engine.decided)
    response = connect(Role.GATE, GATE).acknowledge([mine, others, "zz", "00" * 16], GATE)
    assert list(response.unknown_decision_ids) == [others, "zz", "00" * 16]
    assert response.position.offset == 2
    entry = engine.log[2]
    assert entry.decoded.kind is EventKind.WATCH_ACKNOWLEDGED
    assert entry.decoded.target.hex() == mine
    assert record(entry)["actor"] != 0


def test_explain(connect, engine):
    engine.decide_later(body(1, 0))
    decision_id = engine.decided[0][1][:16].hex()
    decision = connect(Role.OFFICER).explain(decision_id).decision
    assert (decision.decision_id, decision.gate) == (decision_id, GATE)
    assert decision.timings.total_us == 400.0


@pytest.mark.parametrize(
    ("asked", "status"),
    [
        ("", grpc.StatusCode.INVALID_ARGUMENT),
        ("xy", grpc.StatusCode.INVALID_ARGUMENT),
        ("00" * 16, grpc.StatusCode.NOT_FOUND),
    ],
)
def test_explain_of_nothing(connect, asked, status):
    with pytest.raises(grpc.RpcError) as caught:
        connect(Role.OFFICER).explain(asked)
    assert failure(caught.value)[0] is status
