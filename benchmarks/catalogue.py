"""What ``python -m benchmarks`` can do, by name; a module is imported when it is asked for."""

from __future__ import annotations

import importlib
from types import ModuleType
from typing import Final

BENCHMARKS: Final = (
    "gate",
    "idle",
    "ingest",
    "kafka",
    "replay",
    "restart",
    "freshness",
    "models",
    "detection",
    "drift",
    "capacity",
    "fdh",
    "names",
    "rules",
    "live_rules",
    "live_screening",
    "backtest",
    "rescreen",
    "watching",
    "faces",
    "exit_camera",
    "analysts",
    "pages",
    "standby",
)
TOOLS: Final = {
    "all": "benchmarks.every",
    "show": "benchmarks.results.show",
    "compare": "benchmarks.results.compare",
    "publish": "benchmarks.results.publish",
}
"""What is done with benchmarks and their results, and where it stands."""


def module_of(name: str) -> ModuleType:
    """The module of a benchmark, or of a tool."""
    return importlib.import_module(TOOLS.get(name, f"benchmarks.{name}"))
