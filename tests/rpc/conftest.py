from __future__ import annotations

import importlib.util
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

# Tests are no package; the stand-in for the engine is found beside them.
_spec = importlib.util.spec_from_file_location(
    "fake_engine", Path(__file__).with_name("fake_engine.py")
)
assert _spec is not None
assert _spec.loader is not None
_module = sys.modules["fake_engine"] = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(_module)

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
