"""What a gate does by itself, and how it says so later."""

from __future__ import annotations

import doctest
import stat
import time

import grpc
import pytest
from fake_engine import NAMES, FakeEngine, event, record

import haechi.rpc.client
import haechi.rpc.identity
from haechi.engine.codes import CodeClass, EventKind, Verdict
from haechi.rpc.client import HaechiClient
from haechi.rpc.fallback import Spool
from haechi.rpc.roles import Role
from haechi.rpc.server import serve
from haechi.rpc.settings import ServerSettings
from haechi.rpc.watching import failure


@pytest.mark.parametrize("module", [haechi.rpc.client, haechi.rpc.identity])
def test_examples(module):
    outcome = doctest.testmod(module)
    assert outcome.attempted
    assert not outcome.failed


def test_with_no_engine_the_gate_refers_and_reports_when_one_is_back(keyring, tmp_path):
    engine = FakeEngine()
    server = serve(engine, keyring, NAMES)
    port = server.port
    server.stop(0)
    token = keyring.sign("g", Role.GATE, ("*",))
    spool = Spool(tmp_path / "spool")
    with HaechiClient(f"127.0.0.1:{port}", token, spool=spool) as client:
        for _ in range(3):
            started = time.monotonic()
            answer = client.decide(event(budget_ms=100)).answer
            assert time.monotonic() - started < 0.2
            assert (answer.verdict, answer.code_class) == (
                Verdict.REFER,
                CodeClass.ENGINE_UNREACHABLE,
            )
            assert answer.provisional
        assert len(spool) == 3
        server = serve(engine, keyring, NAMES, ServerSettings(port=port))
        until = time.monotonic() + 15
        while len(spool):
            assert time.monotonic() < until
            time.sleep(0.02)
    assert engine.kinds() == [EventKind.GATE_ACTION] * 3
    assert {int(record(entry)["mode"]) for entry in engine.log} == {1}
    server.stop(0)
    engine.stop()


class Sleepy:
    def __init__(self, decoder):
        self._decoder = decoder
        self.screen = decoder.screen
        self.sleep_s = 0.0

    def decode(self, raw):
        time.sleep(self.sleep_s)
        return self._decoder.decode(raw)


def test_an_engine_that_is_silent_is_not_waited_for(keyring):
    engine = FakeEngine()
    sleepy = engine.decoder = Sleepy(engine.decoder)
    server = serve(engine, keyring, NAMES)
    token = keyring.sign("g", Role.GATE, ("*",))
    with HaechiClient(f"127.0.0.1:{server.port}", token) as client:
        client.decide(event())
        sleepy.sleep_s = 0.3
        started = time.monotonic()
        answer = client.decide(event(budget_ms=50)).answer
        assert time.monotonic() - started < 0.12
        assert answer.code_class == CodeClass.ENGINE_UNREACHABLE
        assert len(client.spool) == 1
    server.stop(0)
    engine.stop()


def test_bad_credentials_are_raised(server, keyring):
    with HaechiClient(f"127.0.0.1:{server.port}", "nonsense") as client:
        with pytest.raises(grpc.RpcError) as caught:
            client.decide(event(budget_ms=5000))
        assert failure(caught.value)[0] is grpc.StatusCode.UNAUTHENTICATED
        assert "nonsense" not in repr(client)
        assert not len(client.spool)


def test_a_broken_stream_answers_what_is_open(keyring):
    engine = FakeEngine()
    server = serve(engine, keyring, NAMES)
    token = keyring.sign("g", Role.GATE, ("*",))
    with HaechiClient(f"127.0.0.1:{server.port}", token) as client:
        client.decide(event())
        engine.stall()
        told = client.decide_stream([event(budget_ms=5000), event(budget_ms=40)])
        assert next(told)[0] == 1
        server.stop(0)
        index, response = next(told)
        assert (index, response.answer.code_class) == (0, CodeClass.ENGINE_UNREACHABLE)
    engine.stop()


def test_a_spool_outlives_its_process_and_a_cut_line(tmp_path):
    path = tmp_path / "spool"
    spool = Spool(path)
    spool.add(b"one")
    spool.add(b"two")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    with path.open("ab") as file:
        file.write(b"dGhy")
    again = Spool(path)
    assert again.waiting() == [b"one", b"two"]
    again.discard({b"one"})
    assert Spool(path).waiting() == [b"two"]


def test_a_full_spool_loses_the_oldest_and_says_so(tmp_path):
    spool = Spool(tmp_path / "spool", most=2)
    for name in (b"one", b"two", b"three"):
        spool.add(name)
    assert spool.waiting() == [b"two", b"three"]
    assert spool.dropped == 1
    assert Spool(tmp_path / "spool").waiting() == [b"two", b"three"]
