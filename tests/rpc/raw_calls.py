"""Calls below the client: their bytes, their futures, and what the server still holds of them."""

from __future__ import annotations

import threading
import time
from contextlib import contextmanager

import grpc
from fake_engine import event

from haechi.rpc import wire
from haechi.rpc.roles import DECISIONS
from haechi.rpc.watching import failure

DECIDE = f"/{DECISIONS}/Decide"


def framed(**asked):
    raw = event(**asked).SerializeToString()
    return b"\x0a" + wire.varint(len(raw)) + raw


def ask(gate, timeout_s=5.0, **asked):
    return gate._decide.future(framed(**asked), timeout=timeout_s, metadata=gate._metadata)


def status(future):
    return failure(future.exception(timeout=10))[0]


def eventually(check, seconds=3.0):
    until = time.monotonic() + seconds
    while not check():
        assert time.monotonic() < until, "did not come about"
        time.sleep(0.005)


def open_calls(server):
    return len(server._server._state.rpc_states)


@contextmanager
def another_channel(server, **options):
    """A connection of its own, so that it can end as it likes."""
    set_up = [("grpc.use_local_subchannel_pool", 1), *options.items()]
    with grpc.insecure_channel(f"127.0.0.1:{server.port}", options=set_up) as channel:
        yield channel


@contextmanager
def calls_without_a_message(server, gate, count, method="Decide"):
    gate.decide(event())
    eventually(lambda: open_calls(server) == 0)
    ended = threading.Event()

    def never():
        ended.wait(10)
        yield from ()

    with another_channel(server) as channel:
        call = channel.stream_unary(f"/{DECISIONS}/{method}")
        calls = [call.future(never(), metadata=gate._metadata) for _ in range(count)]
        eventually(lambda: open_calls(server) == count)
        try:
            yield calls, ended
        finally:
            ended.set()
