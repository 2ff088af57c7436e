"""Calls without a thread of their own: each is answered once, and nothing is left of it."""

from __future__ import annotations

import gc
import random
import threading
import time
from collections import Counter

import grpc
import pytest
from fake_engine import event
from grpc import _server as internals
from raw_calls import DECIDE, another_channel, ask, eventually, framed, open_calls, status

from haechi.engine.codes import CodeClass, EventKind, Verdict
from haechi.rpc import answers, gate_answers

MANY = 500
pytestmark = pytest.mark.usefixtures("nothing_is_left")


def test_five_thousand_calls_leave_nothing(server, gate, engine):
    """With the collector off, so that a cycle would be left too."""

    def run(calls):
        for _ in range(calls // 100):
            for future in [ask(gate, budget_ms=1000) for _ in range(100)]:
                assert future.result().answer.verdict == Verdict.RELEASE
        eventually(lambda: not server._deadlines._due)
        for kept in (engine.log, engine.decided, engine.returned, engine._seen):
            kept.clear()
        return Counter(type(one).__module__ for one in gc.get_objects())

    gc.collect()
    gc.disable()
    try:
        before = run(500)
        after = run(5000)
    finally:
        gc.enable()
    for module in ("haechi.rpc.unwaited", "haechi.rpc.decide", "haechi.operators.intake"):
        assert after[module] - before[module] < 50
    assert after["grpc._server"] - before["grpc._server"] < 50
    # Other threads of the process make some objects too; a leak would be one a call at least.
    assert after.total() - before.total() < 4500 / 2


def test_calls_that_are_turned_away_leave_no_cycles(server, gate):
    gate.decide(event())
    gc.collect()
    gc.disable()
    try:
        with another_channel(server) as channel:
            decide = channel.unary_unary(DECIDE)
            for _ in range(100):
                assert status(decide.future(framed(), timeout=5)) is (
                    grpc.StatusCode.UNAUTHENTICATED
                )
            eventually(lambda: open_calls(server) == 0)
        assert sum(isinstance(one, internals._RPCState) for one in gc.get_objects()) < 10
    finally:
        gc.enable()


def test_a_flood_is_answered_whole_and_takes_no_threads(gate, engine):
    gate.decide(event())
    engine.stall()
    before = threading.active_count()
    started = time.monotonic()
    waiting = [ask(gate, budget_ms=3000) for _ in range(MANY)]
    asked_s = time.monotonic() - started
    assert gate.healthy()
    assert time.monotonic() - started < asked_s + 0.5
    assert threading.active_count() - before < 20
    engine.go_on()
    assert {f.result().answer.code_class for f in waiting} == {CodeClass.CLEAR}


def test_a_flood_of_missed_deadlines_is_answered_whole(gate, engine):
    gate.decide(event())
    engine.stall()
    waiting = [ask(gate, budget_ms=50) for _ in range(MANY)]
    found = {f.result().answer.code_class for f in waiting}
    # So many may be too many for 50 ms.
    assert CodeClass.DEADLINE in found
    assert found <= {CodeClass.DEADLINE, CodeClass.OVERLOAD}
    engine.go_on()
    eventually(lambda: engine.kinds().count(EventKind.PROVISIONAL_DELIVERED) == MANY)


def test_core_and_deadline_at_once_answer_once(gate, engine, statuses):
    gate.decide(event())
    for lead_ms in range(-2, 4):
        engine.stall()
        waiting = [ask(gate, budget_ms=30) for _ in range(50)]
        time.sleep((30 - lead_ms) / 1000)
        engine.go_on()
        for future in waiting:
            assert future.result().answer.code_class in (
                CodeClass.CLEAR,
                CodeClass.DEADLINE,
                CodeClass.OVERLOAD,
            )
    assert set(statuses.values()) == {1}
    assert len(statuses) == 301


def test_clients_that_give_up_at_any_moment(gate, engine, statuses):
    """Cancelled, or out of time, before, while and after the answer is made."""
    chance = random.Random(7)
    waiting = []
    for _ in range(1000):
        future = ask(gate, timeout_s=chance.choice((0.0005, 0.002, 0.01, 5)))
        if chance.random() < 0.5:
            threading.Timer(chance.random() * 0.002, future.cancel).start()
        waiting.append(future)
    for future in waiting:
        if future.cancelled():
            continue
        try:
            future.result(timeout=10)
        except (grpc.RpcError, grpc.FutureCancelledError):
            continue
    assert set(statuses.values()) <= {1}


def test_what_is_refused_is_told_in_time_by_an_engine_that_stands_still(gate, engine):
    gate.decide(event())
    engine.stall()
    call = gate._decide.future(b"\xff", metadata=gate._metadata)
    assert status(call) is grpc.StatusCode.INVALID_ARGUMENT
    engine.go_on()
    eventually(lambda: engine.kinds()[1:] == [None])


def test_a_fault_after_the_event_was_taken_ends_the_call_once(server, gate, engine, statuses):
    gate.decide(event())
    statuses.clear()
    engine.stall()
    at = server._deadlines.at

    def broken(*_):
        raise RuntimeError("no deadline today")

    server._deadlines.at = broken
    assert status(ask(gate)) is grpc.StatusCode.UNKNOWN
    server._deadlines.at = at
    engine.go_on()
    eventually(lambda: len(engine.log) == 2)
    assert list(statuses.values()) == [1]


def test_a_fault_after_the_answer_was_sent_changes_nothing(server, gate, engine, statuses):
    gate.decide(event())
    # As while the deciding thread is away: another takes the call, and that one answers it.
    engine.intake.attend = None
    engine.stall()
    engine.go_on()
    statuses.clear()
    at = server._deadlines.at

    def broken(*_):
        eventually(lambda: statuses)
        raise RuntimeError("too late")

    server._deadlines.at = broken
    assert ask(gate).result().answer.verdict == Verdict.RELEASE
    server._deadlines.at = at
    assert list(statuses.values()) == [1]


@pytest.mark.parametrize(
    ("where", "what"), [(gate_answers, "answer_response"), (answers, "provisional_response")]
)
def test_an_answer_that_cannot_be_written_ends_its_call_alone(
    gate, engine, monkeypatch, where, what
):
    """On the dataflow's thread a fault would end the engine."""

    def broken(*_):
        raise RuntimeError("cannot be written")

    gate.decide(event())
    if what == "provisional_response":
        engine.stall()
    with monkeypatch.context() as patched:
        patched.setattr(where, what, broken)
        assert status(ask(gate, budget_ms=50)) is grpc.StatusCode.UNKNOWN
    engine.go_on()


def test_a_fault_in_noting_an_answer_does_not_reach_the_dataflow(gate, engine, statuses):
    gate.decide(event())
    statuses.clear()
    note = engine.observe_returned

    def broken(*_):
        raise RuntimeError("cannot be noted")

    engine.observe_returned = broken
    assert ask(gate).result().answer.verdict == Verdict.RELEASE
    engine.observe_returned = note
    assert list(statuses.values()) == [1]
