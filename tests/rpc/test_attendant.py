"""Calls are served on the thread that decides, and by another while that one is away."""

from __future__ import annotations

import threading
import time

import pytest
from fake_engine import NAMES, FakeEngine, event
from raw_calls import eventually

from haechi.engine.codes import CodeClass, Verdict
from haechi.operators.intake import Entry
from haechi.rpc.client import HaechiClient
from haechi.rpc.roles import Role
from haechi.rpc.server import serve
from haechi.rpc.settings import ServerSettings


def threads_of_puts(engine: FakeEngine) -> list[str]:
    """Names of the threads that put entries in, from now on."""
    names: list[str] = []
    put = engine.intake.put

    def noted(entry: Entry, until_ns: int | None = None) -> None:
        names.append(threading.current_thread().name)
        put(entry, until_ns)

    engine.intake.put = noted
    return names


def test_a_question_is_read_where_it_is_decided(gate, engine) -> None:
    gate.decide(event())
    names = threads_of_puts(engine)
    for _ in range(20):
        assert gate.decide(event()).answer.verdict == Verdict.RELEASE
    # On a busy machine this one may be away for so long that the other takes some.
    assert names.count(engine._thread.name) > 10


def test_while_that_thread_is_away_another_reads(gate, engine) -> None:
    gate.decide(event())
    names = threads_of_puts(engine)
    engine.stall()
    began = time.monotonic()
    assert gate.decide(event(budget_ms=100)).answer.code_class == CodeClass.DEADLINE
    assert time.monotonic() - began < 0.3
    assert names == ["haechi-serve"]
    engine.go_on()
    eventually(lambda: len(engine.log) >= 2)
    assert gate.decide(event()).answer.verdict == Verdict.RELEASE


def test_what_another_thread_puts_in_is_decided_soon(gate, engine) -> None:
    gate.decide(event())
    took = []
    for _ in range(20):
        before = len(engine.log)
        began = time.monotonic()
        engine.intake.put(Entry(b"", "test", None))
        eventually(lambda before=before: len(engine.log) > before)
        took.append(time.monotonic() - began)
    assert sorted(took)[10] < 0.05


def test_a_reader_whose_server_has_stopped_waits_again(keyring) -> None:
    engine = FakeEngine()
    server = serve(engine, keyring, NAMES, ServerSettings())
    with HaechiClient(f"127.0.0.1:{server.port}", keyring.sign("g", Role.GATE, ("*",))) as gate:
        gate.decide(event())
    server.stop(0.1)
    assert engine.intake.attend is None
    engine.stop()
    began = time.monotonic()
    assert engine.intake.take(1, 0.05) == []
    assert time.monotonic() - began >= 0.05


@pytest.mark.parametrize("servers", [3])
def test_a_server_can_be_started_after_another(keyring, servers: int) -> None:
    engine = FakeEngine()
    for _ in range(servers):
        server = serve(engine, keyring, NAMES, ServerSettings())
        token = keyring.sign("g", Role.GATE, ("*",))
        with HaechiClient(f"127.0.0.1:{server.port}", token) as gate:
            assert gate.decide(event()).answer.verdict == Verdict.RELEASE
        server.stop(0.1)
    engine.stop()
