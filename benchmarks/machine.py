"""What a figure depends on beside the code: machine, versions, commit, load."""

from __future__ import annotations

import importlib.metadata
import os
import platform
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

ROOT: Final = Path(__file__).resolve().parent.parent
_DECIDING: Final = ("bytewax", "grpcio", "protobuf", "numpy", "numba", "chdb", "clickhouse-connect")


def manifest(seed: int) -> dict[str, Any]:
    """Everything that stands above a benchmark's figures.

    Parameters
    ----------
    seed
        Seed of the benchmark's input.
    """
    return {
        "began": datetime.now(UTC).isoformat(timespec="seconds"),
        "cpu": cpu_model(),
        "cores": len(os.sched_getaffinity(0)),
        "memory_gb": round(os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") / 1e9, 1),
        "load_before": load(),
        "kernel": platform.release(),
        "python": platform.python_version(),
        "versions": {name: importlib.metadata.version(name) for name in _DECIDING},
        "commit": commit(),
        "seed": seed,
    }


def cpu_model() -> str:
    """Name of the processor."""
    for line in Path("/proc/cpuinfo").read_text("utf-8").splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.machine()


def load() -> list[float]:
    """Load average over 1, 5 and 15 minutes; well above 0 on a quiet machine's benchmark lies."""
    return [round(one, 2) for one in os.getloadavg()]


@contextmanager
def one_processor() -> Iterator[None]:
    """Stay on one processor: moving to another costs warm caches."""
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {min(before)})
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


def commit() -> str:
    """Commit of the tree, with ``+changes`` if it differs; ``unknown`` outside a checkout."""
    try:
        name = _git("rev-parse", "--short=12", "HEAD")
        return name + ("+changes" if _git("status", "--porcelain", "--untracked-files=all") else "")
    except (OSError, subprocess.CalledProcessError):
        return "unknown"


def _git(*arguments: str) -> str:
    command = ["git", *arguments]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    return done.stdout.strip()
