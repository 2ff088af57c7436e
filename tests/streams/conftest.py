from __future__ import annotations

import importlib.util
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

# Tests are no package; what they share is found beside them.
for _name in ("watched", "store_process", "logged"):
    _spec = importlib.util.spec_from_file_location(_name, Path(__file__).with_name(f"{_name}.py"))
    assert _spec is not None
    assert _spec.loader is not None
    _module = sys.modules[_name] = importlib.util.module_from_spec(_spec)
    _spec.loader.exec_module(_module)


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """One store for all tests of a module."""
    process = sys.modules["store_process"].StoreProcess(
        tmp_path_factory.mktemp("store"),
        *("--execution-s", "4", "--running", "1", "--waiting", "1"),
    )
    yield process
    assert process.stop() == 0


@pytest.fixture
def start_store(tmp_path: Path) -> Iterator[Callable[..., Any]]:
    """Start a store of the test's own."""
    started: list[Any] = []

    def start(*options: str) -> Any:
        started.append(sys.modules["store_process"].StoreProcess(tmp_path, *options))
        return started[-1]

    yield start
    for process in started:
        if process.process.poll() is None:
            process.kill()
