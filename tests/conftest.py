"""Tests are no package: the builders that several folders share are loaded here by name."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings

SHARED = (
    "arrivals", "border", "border_traffic", "ledger", "rule_files", "promoting", "governed",
    "manned", "acting", "faced", "vision", "tagged", "brokers", "on_kafka", "kcs_file", "workers",
)  # fmt: skip

for name in SHARED:
    path = Path(__file__).with_name(f"{name}.py")
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec is not None
    assert spec.loader is not None
    module = sys.modules[name] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)

# The first call of a kernel compiles it, which no deadline should know about.
settings.register_profile("haechi", deadline=None, derandomize=True, max_examples=60)
settings.load_profile("haechi")


def pytest_runtest_setup(item: pytest.Item) -> None:
    missing = sys.modules["brokers"].MISSING
    if missing and item.get_closest_marker("kafka"):
        pytest.skip(missing)


@pytest.fixture(scope="session")
def kafka(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Bootstrap server of a real Kafka that all tests of the run share."""
    from haechi.streams.kafka.broker import Broker

    if elsewhere := sys.modules["brokers"].ELSEWHERE:
        yield elsewhere
        return
    broker = Broker(tmp_path_factory.mktemp("kafka"))
    broker.start()
    yield broker.bootstrap
    broker.stop()


@pytest.fixture
def own_kafka(tmp_path: Path) -> Iterator[Any]:
    """A broker of the test's own, which it may stop, kill and start again."""
    from haechi.streams.kafka.broker import Broker

    broker = Broker(tmp_path / "kafka")
    broker.start()
    yield broker
    broker.stop()


@pytest.fixture
def start_python() -> Iterator[Callable[..., subprocess.Popen[str]]]:
    """Start a Python file or module; whatever still runs at the end is killed."""
    started: list[subprocess.Popen[str]] = []

    def popen(*arguments: object, **env: str) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [sys.executable, *map(str, arguments)],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env={**os.environ, **env},
        )
        started.append(process)
        return process

    yield popen
    for process in started:
        if process.poll() is None:
            process.kill()
        process.communicate()
