"""Clients that go or never ask, a server that stops, a system without threads."""

from __future__ import annotations

import os
import socket
import struct
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import grpc
import pytest
from fake_engine import NAMES, event, seen
from raw_calls import (
    DECIDE,
    another_channel,
    ask,
    calls_without_a_message,
    eventually,
    framed,
    open_calls,
    status,
)

from haechi.engine.codes import CodeClass, EventKind, Verdict
from haechi.rpc import threads
from haechi.rpc.server import serve
from haechi.rpc.v1 import decision_service_pb2 as service_pb
from haechi.rpc.watching import failure
from haechi.streams import cores

pytestmark = pytest.mark.usefixtures("nothing_is_left")


@contextmanager
def forwarder(server):
    """A wire between client and server that can be cut."""
    ends = []

    def pump(source, target):
        try:
            while data := source.recv(65536):
                target.sendall(data)
        except OSError:
            pass

    def accept():
        try:
            client, _ = listener.accept()
        except OSError:
            return
        onward = socket.create_connection(("127.0.0.1", server.port))
        ends.extend((client, onward))
        for pair in ((client, onward), (onward, client)):
            threading.Thread(target=pump, args=pair, daemon=True).start()

    def cut():
        for end in ends:
            end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            end.shutdown(socket.SHUT_RD)  # wakes the pump that reads here
            end.close()

    with socket.create_server(("127.0.0.1", 0)) as listener:
        threading.Thread(target=accept, daemon=True).start()
        yield listener.getsockname()[1], cut


def test_clients_that_vanish(server, gate, engine):
    gate.decide(event())
    engine.stall()
    with forwarder(server) as (port, cut), grpc.insecure_channel(f"127.0.0.1:{port}") as channel:
        decide = channel.unary_unary(DECIDE)
        waiting = [
            decide.future(framed(budget_ms=5000), timeout=5, metadata=gate._metadata)
            for _ in range(50)
        ]
        eventually(lambda: open_calls(server) == 50)
        cut()
        assert {status(future) for future in waiting} == {grpc.StatusCode.UNAVAILABLE}
        eventually(lambda: open_calls(server) == 0)
    engine.go_on()
    eventually(lambda: engine.intake.depth() == 0)


def test_calls_that_never_send_their_message(server, gate):
    with calls_without_a_message(server, gate, 30) as (calls, half_close):
        assert gate.decide(event()).answer.verdict == Verdict.RELEASE
        for call in calls[:10]:
            call.cancel()
        eventually(lambda: open_calls(server) == 20)
        half_close.set()
        assert {status(call) for call in calls[10:]} == {grpc.StatusCode.UNIMPLEMENTED}


def test_clients_that_vanish_before_their_message(server, gate):
    with calls_without_a_message(server, gate, 30):
        pass
    eventually(lambda: open_calls(server) == 0)


@pytest.mark.parametrize("method", ["Explain", "DecideBatch", "Watch"])
def test_calls_that_never_send_their_message_take_no_threads(server, gate, method):
    with calls_without_a_message(server, gate, 200, method) as (calls, half_close):
        started = time.monotonic()
        assert gate.healthy()
        assert gate.decide_batch([event()])[0].answer.verdict == Verdict.RELEASE
        assert [told.answer.verdict for _, told in gate.decide_stream([event()])] == [
            Verdict.RELEASE
        ]
        assert time.monotonic() - started < 1.0
        half_close.set()
        assert {status(call) for call in calls} == {grpc.StatusCode.UNIMPLEMENTED}


@pytest.mark.parametrize("compression", [None, grpc.Compression.Gzip])
def test_a_message_that_is_too_large_ends_its_call(server, gate, engine, compression):
    with another_channel(server, **{"grpc.max_send_message_length": -1}) as channel:
        decide = channel.unary_unary(DECIDE)
        call = decide.future(
            bytes((16 << 20) + 1), timeout=5, metadata=gate._metadata, compression=compression
        )
        assert status(call) is grpc.StatusCode.RESOURCE_EXHAUSTED
    assert not engine.log


def test_a_second_message_is_not_read(server, gate, engine):
    with another_channel(server) as channel:
        decide = channel.stream_unary(DECIDE)
        decide(iter((framed(), framed())), timeout=5, metadata=gate._metadata)
    assert len(engine.log) == 1


@pytest.mark.parametrize("pool", ["_calls", "_streams"])
def test_a_system_without_threads_costs_calls_and_not_the_server(server, gate, monkeypatch, pool):
    def none_left(*_):
        raise RuntimeError("can't start new thread")

    gate.decide(event())
    with monkeypatch.context() as patched:
        patched.setattr(getattr(server, pool), "submit", none_left)
        if pool == "_calls":
            assert not gate.healthy()
        else:
            with pytest.raises(grpc.RpcError) as caught:
                next(gate._watch(service_pb.WatchRequest(), metadata=gate._metadata))
            assert failure(caught.value)[0] is grpc.StatusCode.UNAVAILABLE
    assert gate.healthy()


def test_threads_that_cannot_be_had_are_done_without(server, gate, monkeypatch):
    def none_left(*_):
        raise RuntimeError("can't start new thread")

    assert len(list(gate.publish([seen()]))) == 1
    monkeypatch.setattr(server._calls, "_grow", none_left)
    monkeypatch.setattr(server._streams, "_adjust_thread_count", none_left)
    batches = [
        gate._decide_batch.future(framed(), timeout=5, metadata=gate._metadata) for _ in range(20)
    ]
    for batch in batches:
        assert batch.result().responses[0].answer.verdict == Verdict.RELEASE
    assert len(list(gate.publish([seen()]))) == 1


def test_a_stream_that_no_thread_can_take_is_ended(server, gate, monkeypatch):
    def none_left(*_):
        raise RuntimeError("can't start new thread")

    gate.decide(event())
    with monkeypatch.context() as patched:
        patched.setattr(server._streams, "submit", none_left)
        with pytest.raises(grpc.RpcError) as caught:
            list(gate.publish([seen()]))
        assert failure(caught.value)[0] is grpc.StatusCode.UNKNOWN
    assert len(list(gate.publish([seen()]))) == 1


def test_a_core_that_was_taken_away_ends_no_thread(monkeypatch):
    def taken_away(*_):
        raise OSError(22, "Invalid argument")

    monkeypatch.setattr(os, "sched_setaffinity", taken_away, raising=False)
    cores.leave(0)
    with cores.keeping_to(0):
        pass


def test_a_stop_lets_calls_in_flight_end(server, gate, engine):
    gate.decide(event())
    engine.stall()
    soon = [ask(gate, budget_ms=300) for _ in range(50)]
    late = [ask(gate, budget_ms=5000) for _ in range(50)]
    eventually(lambda: open_calls(server) >= 100)
    started = time.monotonic()
    server.stop(0.4)
    assert time.monotonic() - started < 1.0
    assert {f.result().answer.code_class for f in soon} == {CodeClass.DEADLINE}
    assert {status(f) for f in late} <= {grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.CANCELLED}
    assert open_calls(server) == 0
    engine.go_on()  # answers to calls that are gone
    eventually(lambda: EventKind.PROVISIONAL_DELIVERED in engine.kinds())


def test_a_stop_does_not_wait_for_messages_that_never_come(server, gate):
    with calls_without_a_message(server, gate, 10) as (calls, _):
        started = time.monotonic()
        server.stop(0.1)
        assert time.monotonic() - started < 0.5
        assert {status(call) for call in calls} <= {
            grpc.StatusCode.UNAVAILABLE,
            grpc.StatusCode.CANCELLED,
            grpc.StatusCode.UNIMPLEMENTED,
        }
    assert open_calls(server) == 0


def test_a_stop_does_not_wait_for_every_handler_in_turn(server, gate, engine, monkeypatch):
    gate.decide(event())
    engine.stall()
    monkeypatch.setattr(threads, "STOP_S", 0.2)
    waiting = [
        gate._decide_batch.future(framed(budget_ms=1500), timeout=5, metadata=gate._metadata)
        for _ in range(8)
    ]
    eventually(lambda: open_calls(server) >= len(waiting))
    started = time.monotonic()
    server.stop(0)
    assert time.monotonic() - started < 0.8
    engine.go_on()


def test_calls_that_come_while_the_server_stops(engine, keyring, gate):
    for _ in range(5):
        stopping = serve(engine, keyring, NAMES)
        ended, answered = threading.Event(), threading.Event()

        def hammer(port, ended=ended, answered=answered):
            outcomes = Counter()
            with grpc.insecure_channel(f"127.0.0.1:{port}") as channel:
                decide = channel.unary_unary(DECIDE)
                while not ended.is_set():
                    future = decide.future(framed(), timeout=5, metadata=gate._metadata)
                    error = future.exception(timeout=6)
                    outcomes[failure(error)[0] if error else None] += 1
                    answered.set()
            return outcomes

        with ThreadPoolExecutor(4) as gates:
            told = [gates.submit(hammer, stopping.port) for _ in range(4)]
            answered.wait(10)
            stopping.stop(0.1)
            ended.set()
        outcomes = sum((one.result() for one in told), Counter())
        assert outcomes[None]
        assert set(outcomes) <= {None, grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.CANCELLED}
        assert open_calls(stopping) == 0
