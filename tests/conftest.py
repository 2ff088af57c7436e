"""Tests are no package: the builders that several folders share are loaded here by name."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import settings

SHARED = (
    "arrivals", "border", "border_traffic", "ledger", "rule_files", "promoting", "governed",
    "manned", "acting", "faced", "vision", "tagged",
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
