"""Decide, one at a time, in batches and in streams."""

from __future__ import annotations

import gc
import time

import grpc
import pytest
from fake_engine import GATE, OTHER_GATE, FakeEngine, event, fill, record
from raw_calls import eventually

from haechi.engine.codes import CodeClass, DecisionKind, EventKind, Verdict
from haechi.operators.intake import Entry, Outcome, Refusal
from haechi.rpc import wire
from haechi.rpc.client import HaechiClient
from haechi.rpc.provisional import provisional_id
from haechi.rpc.roles import Role
from haechi.rpc.server import serve
from haechi.rpc.settings import ServerSettings
from haechi.rpc.unwaited import Reply
from haechi.rpc.v1 import event_pb2
from haechi.rpc.watching import failure


def _framed(asked: event_pb2.Event) -> bytes:
    raw = asked.SerializeToString()
    return b"\x0a" + wire.varint(len(raw)) + raw


def raw_decide(gate: HaechiClient, raw: bytes) -> grpc.RpcError:
    with pytest.raises(grpc.RpcError) as caught:
        gate._decide(raw, timeout=5, metadata=gate._metadata)
    return caught.value


def test_answers_with_the_decision_that_answers_and_not_with_a_revision(gate, engine):
    response = gate.decide(event())
    assert response.answer.verdict == Verdict.RELEASE
    assert response.answer.kind == DecisionKind.ANSWER
    assert response.answer.answers_event_id == engine.log[0].decoded.id.hex()
    assert response.answer.position.epoch == 3
    assert response.answer.decision_id == engine.decided[1][1][:16].hex()
    assert not response.answer.supersedes
    eventually(lambda: engine.returned == [bytes.fromhex(response.answer.decision_id)])


def test_the_source_is_the_name_of_the_credentials(gate, engine):
    gate.decide(event())
    assert engine.log[0].source == "the-gate"


def test_the_log_keeps_the_senders_own_bytes(gate, engine):
    asked = event()
    gate.decide(asked)
    assert engine.log[0].raw == asked.SerializeToString()


def test_a_duplicate_gets_the_stored_answer(gate):
    asked = event()
    assert gate.decide(asked).answer == gate.decide(asked).answer


@pytest.mark.parametrize("budget_ms", [20, 100])
def test_a_missed_deadline_is_a_provisional_refer_whose_delivery_is_logged(gate, engine, budget_ms):
    gate.decide(event())
    engine.stall()
    asked = event(budget_ms=budget_ms)
    started = time.monotonic()
    answer = gate.decide(asked).answer
    took_ms = (time.monotonic() - started) * 1000
    assert (answer.verdict, answer.code_class) == (Verdict.REFER, CodeClass.DEADLINE)
    assert answer.kind == DecisionKind.PROVISIONAL
    assert answer.provisional
    assert not answer.HasField("position")
    assert budget_ms - 1 <= took_ms < budget_ms + 15
    engine.go_on()
    eventually(lambda: EventKind.PROVISIONAL_DELIVERED in engine.kinds())
    assert engine.kinds()[1:] == [EventKind.GATE_EVENT, EventKind.PROVISIONAL_DELIVERED]
    asked_entry, delivered = engine.log[1:]
    row = record(delivered)
    assert delivered.decoded.target.hex() == answer.decision_id
    assert provisional_id(asked_entry.decoded.id).hex() == answer.decision_id
    assert row["answers_hi"] == record(asked_entry)["id_hi"]
    assert row["result"] == CodeClass.DEADLINE


def test_where_the_policy_says_so_a_fresh_release_stands_in(gate, engine, monkeypatch):
    monkeypatch.setattr(engine.standing, "stands_in", lambda *_: 5_000_000)
    gate.decide(event())
    engine.stall()
    before_us = time.time_ns() // 1000
    answer = gate.decide(event(budget_ms=30)).answer
    assert (answer.verdict, answer.code_class) == (Verdict.RELEASE, CodeClass.DEADLINE)
    assert answer.kind == DecisionKind.PROVISIONAL
    assert answer.degraded
    assert answer.provisional
    assert before_us < answer.valid_until_us < before_us + 6_000_000
    engine.go_on()
    eventually(lambda: EventKind.PROVISIONAL_DELIVERED in engine.kinds())
    row = record(engine.log[-1])
    assert (row["acted"], row["result"]) == (Verdict.RELEASE, CodeClass.DEADLINE)


def test_a_call_without_a_request_is_told_so(server, gate):
    with grpc.insecure_channel(f"127.0.0.1:{server.port}") as channel:
        nothing = channel.stream_unary("/haechi.v1.DecisionService/Decide")
        with pytest.raises(grpc.RpcError) as caught:
            nothing(iter(()), timeout=5, metadata=gate._metadata)
    assert caught.value.code() == grpc.StatusCode.UNIMPLEMENTED
    assert "exactly one" in caught.value.details()
    assert gate.decide(event()).answer.verdict == Verdict.RELEASE


def test_a_fault_in_the_handler_ends_its_call_alone(gate, engine, caplog):
    put = engine.intake.put

    def broken(*_):
        engine.intake.put = put
        raise RuntimeError("this call only")

    engine.intake.put = broken
    error = raw_decide(gate, _framed(event()))
    assert error.code() == grpc.StatusCode.UNKNOWN
    assert "this call only" in caplog.text
    assert gate.decide(event()).answer.verdict == Verdict.RELEASE


def test_what_is_kept_until_the_deadline_does_not_keep_the_call(gate, engine):
    for _ in range(20):
        gate.decide(event(budget_ms=5000))
    gc.collect()
    kept = [one for one in gc.get_objects() if isinstance(one, Reply)]
    assert len(kept) <= 1


def test_calls_that_are_cancelled_do_no_harm(gate, engine):
    gate.decide(event())
    engine.stall()
    futures = [
        gate._decide.future(_framed(event(budget_ms=200)), timeout=5, metadata=gate._metadata)
        for _ in range(30)
    ]
    for future in futures[::2]:
        future.cancel()
    for future in futures[1::2]:
        assert future.result().answer.code_class == CodeClass.DEADLINE
    engine.go_on()
    assert gate.decide(event()).answer.verdict == Verdict.RELEASE


def test_many_at_once_are_all_answered_within_their_budget(gate, engine):
    """More wait than threads are kept: a waiting thread must not make the next gate wait."""
    # Nothing was decided yet, so nobody is expected too late.
    assert gate.healthy()
    engine.stall()
    futures = []
    for _ in range(40):
        framed = _framed(event(budget_ms=100))
        futures.append(
            (time.monotonic(), gate._decide.future(framed, timeout=5, metadata=gate._metadata))
        )
    for started, future in futures:
        assert future.result().answer.code_class == CodeClass.DEADLINE
        assert time.monotonic() - started < 0.3


def test_the_clients_own_deadline_counts_too(gate, engine):
    gate.decide(event())
    engine.stall()
    response = gate._decide(_framed(event(budget_ms=5000)), timeout=0.1, metadata=gate._metadata)
    assert response.answer.code_class == CodeClass.DEADLINE


def full(keyring, names, limit, late):
    engine = FakeEngine(limit, late)
    engine.stall()
    return engine, serve(engine, keyring, names, ServerSettings())


def test_a_full_intake_is_a_provisional_refer_and_the_event_is_not_lost(keyring):
    from fake_engine import NAMES

    engine, server = full(keyring, NAMES, 0, 10)
    with HaechiClient(f"127.0.0.1:{server.port}", keyring.sign("g", Role.GATE, ("*",))) as client:
        answer = client.decide(event()).answer
        assert (answer.verdict, answer.code_class) == (Verdict.REFER, CodeClass.OVERLOAD)
        engine.go_on()
        eventually(lambda: len(engine.log) == 2)
        assert engine.kinds() == [EventKind.GATE_EVENT, EventKind.PROVISIONAL_DELIVERED]
    server.stop(0)
    engine.stop()


def test_when_nothing_more_can_be_kept_the_gate_answers_by_itself(keyring):
    from fake_engine import NAMES

    engine, server = full(keyring, NAMES, 0, 0)
    with HaechiClient(f"127.0.0.1:{server.port}", keyring.sign("g", Role.GATE, ("*",))) as client:
        told = client._decide(_framed(event()), timeout=5, metadata=client._metadata)
        assert (told.answer.verdict, told.refusal.code) == (Verdict.REFER, "OVERLOADED")
        answer = client.decide(event()).answer
        assert answer.code_class == CodeClass.ENGINE_UNREACHABLE
        assert len(client.spool) == 1
    server.stop(0)
    engine.stop()


BAD = {
    "undecodable": (b"\xff\xff\xff", "UNDECODABLE"),
    "empty": (b"", "UNKNOWN_EVENT"),
    "event is no message": (b"\x0a\x02\xff\xff", "UNDECODABLE"),
    "cut short": (b"\x0a\x7f\x0a", "UNDECODABLE"),
    "10 MB": (b"\x0a" + b"\x80\x80\x80\x05" + bytes(10 << 20), "TOO_LARGE"),
}


@pytest.mark.parametrize("name", BAD)
def test_bad_bytes_are_refused_and_kept(gate, engine, name):
    raw, code = BAD[name]
    status, details = failure(raw_decide(gate, raw))
    assert status is grpc.StatusCode.INVALID_ARGUMENT
    assert details.startswith(f"{code}: ")
    assert engine.kinds() == [None]
    assert engine.log[0].refusal.code == code


def test_an_unknown_gate_is_refer_for_the_gate_and_says_why(gate, engine):
    asked = event()
    asked.gate_event.gate = "nowhere"
    response = gate.decide(asked)
    assert (response.answer.verdict, response.answer.code_class) == (
        Verdict.REFER,
        CodeClass.BAD_REQUEST,
    )
    assert response.refusal.code == "UNKNOWN_GATE"
    assert engine.kinds() == [None]
    assert not len(gate.spool)


def test_a_fact_is_not_decided(gate):
    fact = event_pb2.Event()
    fill(fact)
    fact.exit_seen.gate = GATE
    assert gate.decide(fact).refusal.code == "WRONG_METHOD"


def test_a_conflict_has_its_own_status(gate, engine):
    engine.outcome_of = lambda entry, offset: Outcome(
        offset, False, (), Refusal("ID_CONFLICT", "came before with other bytes")
    )
    status, details = failure(raw_decide(gate, _framed(event())))
    assert status is grpc.StatusCode.ALREADY_EXISTS
    assert details == "ID_CONFLICT: came before with other bytes"


def test_a_gate_decides_only_at_its_own_gates(connect, engine):
    client = connect(Role.GATE, GATE)
    assert client.decide(event(GATE)).answer.verdict == Verdict.RELEASE
    status, details = failure(raw_decide(client, _framed(event(OTHER_GATE))))
    assert status is grpc.StatusCode.PERMISSION_DENIED
    assert "FORBIDDEN" in details
    assert engine.kinds() == [EventKind.GATE_EVENT, None]


def test_a_dead_flow_is_unavailable_at_once(gate, engine):
    engine.is_healthy = False
    started = time.monotonic()
    assert gate.decide(event(budget_ms=5000)).answer.code_class == CodeClass.ENGINE_UNREACHABLE
    assert time.monotonic() - started < 1


def test_a_batch_is_answered_in_its_order(gate, engine):
    asked = [event() for _ in range(50)]
    bad = event()
    bad.gate_event.gate = "nowhere"
    responses = gate.decide_batch([*asked, bad])
    ids = [entry.decoded.id.hex() for entry in engine.log[:50]]
    assert [r.answer.answers_event_id for r in responses[:50]] == ids
    assert responses[50].refusal.code == "UNKNOWN_GATE"
    assert responses[50].answer.verdict == Verdict.REFER


def test_a_batch_has_one_deadline(gate, engine):
    gate.decide(event())
    engine.stall()
    started = time.monotonic()
    responses = gate.decide_batch([event(budget_ms=50) for _ in range(10)])
    assert time.monotonic() - started < 0.09
    assert {r.answer.code_class for r in responses} == {CodeClass.DEADLINE}
    engine.go_on()
    eventually(lambda: engine.kinds().count(EventKind.PROVISIONAL_DELIVERED) == 10)


def test_a_stream_answers_out_of_order(gate, engine):
    kept = []

    def reversed_pairs(entry: Entry, offset: int) -> Outcome | None:
        kept.append((entry, engine.answer(entry, offset)))
        if len(kept) % 2 == 0:
            kept[-1][0].completion.complete(kept[-1][1])
            kept[-2][0].completion.complete(kept[-2][1])
        return None

    engine.outcome_of = reversed_pairs
    told = list(gate.decide_stream([event() for _ in range(10)]))
    assert [index for index, _ in told] == [1, 0, 3, 2, 5, 4, 7, 6, 9, 8]
    for index, response in told:
        assert response.answer.answers_event_id == engine.log[index].decoded.id.hex()


def test_a_stream_keeps_each_deadline(gate, engine):
    gate.decide(event())
    engine.stall()
    started = time.monotonic()
    asked = [event(budget_ms=100), event(budget_ms=30), event(budget_ms=60)]
    told = []
    for index, response in gate.decide_stream(asked):
        told.append((index, response.answer.code_class))
        assert time.monotonic() - started < asked[index].gate_event.budget_ms / 1000 + 0.05
    assert told == [(1, CodeClass.DEADLINE), (2, CodeClass.DEADLINE), (0, CodeClass.DEADLINE)]
    engine.go_on()
    eventually(lambda: engine.kinds().count(EventKind.PROVISIONAL_DELIVERED) == 3)


def test_a_stream_goes_on_after_bad_input(gate, engine):
    bad = event()
    bad.gate_event.gate = "nowhere"
    told = dict(gate.decide_stream([event(), bad, event()]))
    assert told[1].refusal.code == "UNKNOWN_GATE"
    assert told[0].answer.verdict == told[2].answer.verdict == Verdict.RELEASE
