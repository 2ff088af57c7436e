"""Tests are no package: the builders that several folders share are loaded here by name."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

from hypothesis import settings

for name in ("arrivals", "border", "border_traffic", "ledger"):
    path = Path(__file__).with_name(f"{name}.py")
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec is not None
    assert spec.loader is not None
    module = sys.modules[name] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)

# The first call of a kernel compiles it, which no deadline should know about.
settings.register_profile("haechi", deadline=None, derandomize=True, max_examples=60)
settings.load_profile("haechi")
