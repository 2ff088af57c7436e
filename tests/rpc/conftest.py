from __future__ import annotations

import importlib.util
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from grpc import _server as internals

# Tests are no package; what they share is found beside them.
for _name in ("fake_engine", "raw_calls"):
    _spec = importlib.util.spec_from_file_location(_name, Path(__file__).with_name(f"{_name}.py"))
    assert _spec is not None
    assert _spec.loader is not None
    sys.modules[_name] = importlib.util.module_from_spec(_spec)
    _spec.loader.exec_module(sys.modules[_name])
_module = sys.modules["fake_engine"]
_raw_calls = sys.modules["raw_calls"]

from haechi.engine.codes import Verdict  # noqa: E402
from haechi.rpc.client import HaechiClient  # noqa: E402
from haechi.rpc.identity import EVERYWHERE, Keyring  # noqa: E402
from haechi.rpc.roles import Role  # noqa: E402
from haechi.rpc.server import Server, serve  # noqa: E402
from haechi.rpc.settings import ServerSettings  # noqa: E402

FakeEngine = _module.FakeEngine


@pytest.fixture
def keyring() -> Keyring:
    return Keyring(b"k" * 32)


@pytest.fixture
def engine() -> Iterator[object]:
    fake = FakeEngine()
    yield fake
    fake.stop()


@pytest.fixture
def server(engine: object, keyring: Keyring) -> Iterator[Server]:
    running = serve(engine, keyring, _module.NAMES, ServerSettings(threads_least=4))
    yield running
    running.stop(0.1)


@pytest.fixture
def connect(server: Server, keyring: Keyring) -> Iterator[Callable[..., HaechiClient]]:
    clients = []

    def make(role: Role, *scope: str) -> HaechiClient:
        token = keyring.sign(f"the-{role}", role, scope or (EVERYWHERE,))
        clients.append(HaechiClient(f"127.0.0.1:{server.port}", token))
        return clients[-1]

    yield make
    for client in clients:
        client.close()


@pytest.fixture
def gate(connect: Callable[..., HaechiClient]) -> HaechiClient:
    return connect(Role.GATE)


@pytest.fixture
def nothing_is_left(server: Server, gate: HaechiClient) -> Iterator[None]:
    """After whatever a test did, no call is open and the next gate is answered."""
    yield
    if server._server._state.stage is internals._ServerStage.STARTED:
        # Behind a crowd that a test left it could be turned away.
        _raw_calls.eventually(lambda: server._engine.intake.depth() == 0)
        assert gate.decide(_module.event()).answer.verdict == Verdict.RELEASE
        _raw_calls.eventually(lambda: _raw_calls.open_calls(server) == 0)


@pytest.fixture
def statuses(monkeypatch: pytest.MonkeyPatch) -> Counter[int]:
    """How often each call was ended."""
    count: Counter[int] = Counter()
    send = internals._status

    def counted(rpc_event: Any, state: Any, response: bytes | None) -> None:
        count[id(rpc_event)] += 1
        kept.append(rpc_event)  # so that no id is used twice
        send(rpc_event, state, response)

    kept: list[Any] = []
    monkeypatch.setattr(internals, "_status", counted)
    return count
