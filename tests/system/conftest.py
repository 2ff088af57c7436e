"""End to end: real processes of an installation, asked over gRPC, killed, starved, lied to."""

from __future__ import annotations

import importlib.util
import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest

from haechi.app.folder import DataFolder
from haechi.app.installation import Installation

# Tests are no package; what they share is found beside them.
for _name in ("messages", "load", "account", "pair", "shards", "chain"):
    _spec = importlib.util.spec_from_file_location(
        f"system_{_name}", Path(__file__).with_name(f"{_name}.py")
    )
    assert _spec is not None
    assert _spec.loader is not None
    _module = sys.modules[f"system_{_name}"] = importlib.util.module_from_spec(_spec)
    _spec.loader.exec_module(_module)

Until = Callable[..., Any]


@pytest.fixture
def until() -> Until:
    """Wait until something is true, and give it."""

    def wait(what: Callable[[], Any], timeout_s: float = 60.0) -> Any:
        end = time.monotonic() + timeout_s
        while time.monotonic() < end:
            found = what()
            if found:
                return found
            time.sleep(0.02)
        raise AssertionError(f"not within {timeout_s} s")

    return wait


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    """An installation for the tests of one file, whose lanes pick nobody at random."""
    root = tmp_path_factory.mktemp("installed")
    configs = root / "configs"
    configs.mkdir()
    for name in ("lanes.toml", "model.toml", "port.toml", "prior.toml"):
        text = (files("haechi.configs") / name).read_text("utf-8")
        (configs / name).write_text(re.sub(r"explore = [0-9.]+", "explore = 0.0", text), "utf-8")
    with Installation(root / "data", configs=configs, any_port=True) as running:
        yield running
        assert running.failed() is None


@pytest.fixture
def profile(tmp_path: Path) -> Callable[..., Path]:
    """The packaged profile on any free ports, with some of its values changed."""

    def write(**changes: object) -> Path:
        lines = []
        for line in (files("haechi.configs") / "profile.toml").read_text("utf-8").splitlines():
            # What the packaged one only suggests can be given as well.
            key = line.removeprefix("# ").partition(" = ")[0]
            value = changes.get(key, 0 if line.startswith("port =") else None)
            lines.append(line if value is None else f"{key} = {value}")
        path = tmp_path / "profile.toml"
        path.write_text("\n".join(lines), "utf-8")
        return path

    return write


@pytest.fixture
def start(
    start_python: Callable[..., subprocess.Popen[str]],
) -> Callable[..., subprocess.Popen[str]]:
    """Start a Python file or module, with what its environment is to say."""
    return start_python


@pytest.fixture
def engine_address(until: Until) -> Callable[[Path, subprocess.Popen[str]], str]:
    """Wait for a single engine on a data directory."""

    def find(root: Path, process: subprocess.Popen[str]) -> str:
        def look() -> str:
            if process.poll() is not None:
                raise AssertionError(process.communicate())
            address = DataFolder(root).address("engine")
            return address.target if address is not None else ""

        return str(until(look, 300))

    return find
