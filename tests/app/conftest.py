from __future__ import annotations

import importlib.util
import json
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from functools import partial
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest

from haechi.app import credentials
from haechi.app.__main__ import main
from haechi.app.folder import DataFolder

# Tests are no package; what they share is found beside them.
_spec = importlib.util.spec_from_file_location(
    "small_log", Path(__file__).with_name("small_log.py")
)
assert _spec is not None
assert _spec.loader is not None
_module = sys.modules["small_log"] = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(_module)


@pytest.fixture(scope="session")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data directory with a small log; nobody changes it."""
    root = tmp_path_factory.mktemp("written")
    _module.write_small_log(root)
    return root


@pytest.fixture
def data(written: Path, tmp_path: Path) -> Path:
    """A copy of it that a test may change."""
    copy = tmp_path / "data"
    shutil.copytree(written, copy)
    return copy


@pytest.fixture
def profile(tmp_path: Path) -> Path:
    """The packaged profile, on any free ports."""
    text = (files("haechi.configs") / "profile.toml").read_text("utf-8")
    path = tmp_path / "profile.toml"
    lines = ["port = 0" if line.startswith("port") else line for line in text.splitlines()]
    path.write_text("\n".join(lines), "utf-8")
    return path


@pytest.fixture
def haechi(capsys: pytest.CaptureFixture[str]) -> Callable[..., tuple[int, str, str]]:
    """Run a command in this process: exit code, standard output, standard error."""

    def run(*arguments: object) -> tuple[int, str, str]:
        capsys.readouterr()
        try:
            code = main([str(argument) for argument in arguments])
        except SystemExit as ended:
            code = int(ended.code or 0)
        out, err = capsys.readouterr()
        return code, out, err

    return run


@pytest.fixture
def start(
    start_python: Callable[..., subprocess.Popen[str]],
) -> Callable[..., subprocess.Popen[str]]:
    """Start ``haechi ...`` in a process of its own; it is ended after the test."""
    return partial(start_python, "-m", "haechi.app")


@pytest.fixture
def until() -> Callable[..., Any]:
    """Wait until something is true."""

    def wait(what: Callable[[], Any], timeout_s: float = 120.0) -> Any:
        end = time.monotonic() + timeout_s
        while time.monotonic() < end:
            found = what()
            if found:
                return found
            time.sleep(0.05)
        raise AssertionError(f"not within {timeout_s} s")

    return wait


@pytest.fixture
def address() -> Callable[[Path, str], dict[str, Any] | None]:
    """Address file of a process that runs, or None."""

    def read(root: Path, name: str) -> dict[str, Any] | None:
        if DataFolder(root).address(name) is None:
            return None
        found: dict[str, Any] = json.loads((root / "run" / f"{name}.json").read_text())
        return found

    return read


@pytest.fixture
def token() -> Callable[[Path, str], str]:
    return lambda root, name: credentials.token(DataFolder(root), name)
