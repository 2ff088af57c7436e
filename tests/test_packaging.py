"""The folder-to-import mapping holds, and grpc/ never hides grpcio."""

from __future__ import annotations

import os
import subprocess
import sys
import tomllib
from importlib import import_module
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
SETUPTOOLS = PROJECT["tool"]["setuptools"]
FOLDERS: dict[str, str] = {folder: package for package, folder in SETUPTOOLS["package-dir"].items()}


def code_folders() -> list[str]:
    """Import names of every folder below a mapped one that holds Python files."""
    names = []
    for folder, package in FOLDERS.items():
        for directory, _, files in os.walk(ROOT / folder):
            if any(name.endswith(".py") for name in files):
                inner = Path(directory).relative_to(ROOT / folder).parts
                names.append(".".join((package, *inner)))
    return names


def test_every_code_folder_is_a_declared_package() -> None:
    missing = set(code_folders()) - set(SETUPTOOLS["packages"])
    assert not missing, f"add to [tool.setuptools] packages: {sorted(missing)}"


def test_every_declared_package_imports() -> None:
    for name in SETUPTOOLS["packages"]:
        import_module(name)


def test_grpc_folder_has_no_init() -> None:
    assert not (ROOT / "grpc" / "__init__.py").exists(), "it would hide grpcio's grpc"
    assert not (ROOT / "tests" / "grpc").exists(), "it would hide grpcio's grpc: use tests/rpc"


@pytest.mark.parametrize("path", [None, "."], ids=["plain", "PYTHONPATH=."])
@pytest.mark.parametrize(
    "arguments",
    [
        ["-c", "import grpc; grpc.server; import haechi.rpc.v1.event_pb2"],
        ["-m", "pytest", "--version"],
        ["-m", "timeit", "-n1", "-r1", "import grpc; grpc.server"],
    ],
    ids=["-c", "pytest", "-m"],
)
def test_grpcio_is_not_hidden_from_the_root(path: str | None, arguments: list[str]) -> None:
    environment = {key: value for key, value in os.environ.items() if key != "PYTHONPATH"}
    if path is not None:
        environment["PYTHONPATH"] = path
    done = subprocess.run(
        [sys.executable, *arguments],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr


def test_pytest_from_the_root_sees_grpcio(tmp_path: Path) -> None:
    probe = tmp_path / "test_probe.py"
    probe.write_text("import grpc\ndef test_it():\n    assert grpc.server\n", encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(probe)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stdout


def test_the_build_backend_and_all_dependencies_are_locked_with_hashes() -> None:
    for lock in (
        "requirements.lock",
        *(f"requirements-{e}.lock" for e in ("vision", "kafka", "bench")),
    ):
        lines = (ROOT / lock).read_text(encoding="utf-8").splitlines()
        pins = [number for number, line in enumerate(lines) if "==" in line]
        assert pins
        for number in pins:
            assert lines[number + 1].strip().startswith("--hash=sha256:"), lines[number]
    assert any(
        line.startswith("setuptools==")
        for line in (ROOT / "requirements.lock").read_text(encoding="utf-8").splitlines()
    )
