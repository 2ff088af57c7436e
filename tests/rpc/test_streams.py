"""Streams without threads of their own: every answer once, and nothing is left of a call."""

from __future__ import annotations

import gc
import queue
import threading
import time
from collections import Counter

import grpc
import pytest
from fake_engine import event, seen
from grpc import _server as internals
from raw_calls import another_channel, eventually, framed, open_calls

from haechi.rpc import gate_answers, pipeline
from haechi.rpc.decide_stream import STREAM
from haechi.rpc.ingest import PUBLISH

pytestmark = pytest.mark.usefixtures("nothing_is_left")
SMALL = {"grpc.http2.lookahead_bytes": 4096, "grpc.http2.bdp_probe": 0}


class Asked:
    """A raw stream; nothing is read unless asked for."""

    def __init__(self, channel, metadata, method=STREAM, timeout=3.0):
        self._queue = queue.SimpleQueue()
        self.call = channel.stream_stream(method)(
            iter(self._queue.get, None), metadata=metadata, timeout=timeout
        )

    def send(self, *raws):
        for raw in raws:
            self._queue.put(raw)

    def close(self):
        self._queue.put(None)


def broken(*_):
    raise RuntimeError("broken")


def test_an_answer_that_comes_just_as_the_one_before_is_out(server, gate, statuses):
    for number in range(300):
        told = list(gate.publish([seen() for _ in range(number % 5)]))
        assert len({one.index for one in told}) == len(told) == number % 5
    eventually(lambda: open_calls(server) == 0)
    assert set(statuses.values()) == {1}


def test_a_fault_after_the_last_answer_still_ends_the_call(server, gate, engine, monkeypatch):
    gate.decide(event())
    engine.stall()
    with monkeypatch.context() as patched, another_channel(server) as channel:
        patched.setattr(engine, "observe_returned", broken)
        asked = Asked(channel, gate._metadata)
        asked.send(framed(budget_ms=2000))
        asked.close()
        time.sleep(0.1)
        engine.go_on()
        assert len(list(asked.call)) == 1


def test_a_fault_where_there_was_no_room_lets_the_next_in(server, gate, engine, monkeypatch):
    monkeypatch.setattr(pipeline, "IN_FLIGHT_MAX", 1)
    with monkeypatch.context() as patched, another_channel(server) as channel:
        patched.setattr(engine, "observe_returned", broken)
        asked = Asked(channel, gate._metadata)
        asked.send(framed(), framed())
        asked.close()
        assert len(list(asked.call)) == 2


def test_a_fault_in_writing_and_one_in_taking_end_the_call_once(server, gate, engine, monkeypatch):
    gate.decide(event())
    engine.stall()
    first = threading.Event()

    def at(*_):
        if first.is_set():
            time.sleep(0.15)  # meanwhile the first answer cannot be written
            raise RuntimeError("no deadline today")
        first.set()

    with monkeypatch.context() as patched, another_channel(server) as channel:
        patched.setattr(server._deadlines, "at", at)
        patched.setattr(gate_answers, "answer_response", broken)
        asked = Asked(channel, gate._metadata)
        asked.send(framed())
        assert first.wait(2)
        threading.Timer(0.05, engine.go_on).start()
        asked.send(framed())
        assert asked.call.code() in (grpc.StatusCode.UNKNOWN, grpc.StatusCode.UNAVAILABLE)
        asked.close()
        time.sleep(0.2)
    eventually(lambda: open_calls(server) == 0)


def test_streams_leave_no_cycles(gate, engine):
    list(gate.decide_stream([event()]))
    time.sleep(0.3)
    gc.collect()
    gc.disable()
    try:
        for _ in range(100):
            list(gate.decide_stream([event(budget_ms=20)]))
        time.sleep(0.3)  # the deadlines pass
        for kept in (engine.log, engine.decided, engine.returned, engine._seen):
            kept.clear()
        assert sum(isinstance(one, internals._RPCState) for one in gc.get_objects()) < 20
    finally:
        gc.enable()


def test_who_does_not_read_is_held_back_and_may_leave(server, gate, engine, monkeypatch):
    monkeypatch.setattr(pipeline, "IN_FLIGHT_MAX", 64)
    gate.decide(event())
    with another_channel(server, **SMALL) as channel:
        asked = Asked(channel, gate._metadata, timeout=10)
        asked.send(*[framed(budget_ms=3000) for _ in range(3000)])
        time.sleep(0.3)
        assert len(engine.log) < 1000
        asked.call.cancel()
        asked.close()
        eventually(lambda: open_calls(server) == 0)


def test_core_and_deadline_at_once_answer_once(gate, engine, statuses):
    gate.decide(event())
    for lead in range(-3, 4):
        engine.stall()
        threading.Timer((40 - lead) / 1000, engine.go_on).start()
        told = Counter(
            at for at, _ in gate.decide_stream([event(budget_ms=40) for _ in range(100)])
        )
        assert len(told) == 100
        assert set(told.values()) == {1}
    assert set(statuses.values()) == {1}


@pytest.mark.parametrize("method", [STREAM, PUBLISH])
def test_who_is_turned_away_leaves_nothing(server, method):
    with another_channel(server) as channel:
        asked = Asked(channel, (), method)
        asked.send(framed())
        assert asked.call.code() is grpc.StatusCode.UNAUTHENTICATED
        asked.close()
        eventually(lambda: open_calls(server) == 0)


def test_a_stream_without_a_message_ends(server, gate):
    with another_channel(server) as channel:
        assert list(channel.stream_stream(STREAM)(iter(()), metadata=gate._metadata)) == []


def test_answers_keep_the_order_in_which_they_became_known(gate, engine):
    gate.decide(event())
    engine.stall()
    threading.Timer(0.3, engine.go_on).start()
    asked = [event(budget_ms=9000) for _ in range(1000)]
    assert [at for at, _ in gate.decide_stream(asked)] == list(range(1000))
