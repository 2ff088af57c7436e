"""What ``python -m benchmarks`` can do, by name; a module is imported when it is asked for."""

from __future__ import annotations

import importlib
from types import ModuleType
from typing import Final

BENCHMARKS: Final[dict[str, tuple[str, ...] | None]] = {
    "gate": ("--calls", "500", "--stages", "200"),
    "load": ("--seconds", "0.5", "--rounds", "4", "--subjects", "500"),
    "overload": ("--seconds", "0.5", "--overload-seconds", "2", "--subjects", "500"),
    "scenarios": ("--seconds", "2", "--subjects", "500"),
    "clients": ("--calls", "1000"),
    "idle": ("--seconds", "5"),
    "ingest": None,
    "kafka": None,
    "core": ("--events", "10000", "--times", "2", "--subjects", "2000", "10000", "--rounds", "6"),
    "windows": ("--keys", "1000", "--rounds", "20"),
    "join": ("--travelers", "500", "--rounds", "6"),
    "replay": ("--events", "30000", "--times", "3"),
    "restart": ("--subjects", "5000"),
    "sink": ("--seconds", "5"),
    "models": ("--events", "30000", "--slow-events", "3000"),
    "detection": ("--seeds", "1", "--flights", "40", "--parcels", "4000"),
    "port_day": ("--speed", "1", "10", "--seconds", "5", "--scale", "0.005"),
    "drift": None,
    "capacity": None,
    "fdh": None,
    "names": ("--people", "200", "--names", "20000", "--screens", "1000"),
    "rules": ("--rounds", "60"),
    "live_rules": ("--rounds", "4"),
    "live_screening": ("--cases", "5000", "--rounds", "4"),
    "backtest": ("--events", "20000", "--stored", "100000"),
    "rescreen": ("--cases", "20000", "--rounds", "5"),
    "watching": ("--travelers", "3000", "--entries", "1000"),
    "faces": ("--rounds", "40", "--repeats", "2"),
    "exit_camera": None,
    "analysts": ("--decisions", "200000", "--events", "5000"),
    "pages": ("--turns", "2"),
    "standby": ("--subjects", "3000", "--seconds", "2"),
}
"""What makes each short enough for the short set. None: a short run of it says nothing, or it needs
what a stranger lacks."""

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
