from __future__ import annotations

import importlib.util
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

# Tests are no package; what they share is found beside them.
_spec = importlib.util.spec_from_file_location("shelved", Path(__file__).with_name("shelved.py"))
assert _spec is not None
assert _spec.loader is not None
_module = sys.modules["shelved"] = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(_module)


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A mixed log that nobody changes."""
    base = tmp_path_factory.mktemp("shelved")
    _module.mixed_log(base)
    return base


@pytest.fixture
def shelved(made: Path, tmp_path: Path) -> Iterator[Any]:
    """A copy of it with an empty shelf."""
    one = _module.Shelved(Path(shutil.copytree(made, tmp_path / "copy")))
    yield one
    one.close()
