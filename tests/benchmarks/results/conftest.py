"""Result files of a benchmark that never ran."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from benchmarks import samples

Write = Callable[..., Path]

GOALS = [
    {"what": "us a decision", "found": 2.5, "goal": 5.0, "met": True, "least": False,
     "kind": "absolute", "rivals": {"slow": 900.0, "swift": 1.5}},
    {"what": "ours / theirs", "found": 1.4, "goal": 1.3, "met": False, "least": False,
     "kind": "ratio", "interval": [1.3, 1.5]},
    {"what": "recall", "found": 0.97, "goal": 0.95, "met": True, "least": True, "kind": "count"},
]  # fmt: skip
RATIOS = [{"ratio": "ours / theirs", "of": "p50", "found": 1.4, "from": 1.3, "to": 1.5}]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Writes a result file: its name, whether the machine was quiet, and what else differs."""

    def made(name: str, *, quiet: bool = True, values: Any = None, **changed: Any) -> Path:
        why = [] if quiet else ["others used 40% of the cores' time (at most 5%)"]
        manifest = {
            "began": "2026-11-22T10:00:00+00:00", "cpu": "Some CPU", "cores": 2, "memory_gb": 8.0,
            "commit": "abc", "seed": 7,
        }  # fmt: skip
        said = {
            "benchmark": "some",
            "options": {"calls": 400},
            "changed": [],
            "manifest": manifest,
            "quiet": {"publishable": quiet, "why": why},
            "ratios": RATIOS,
            "goals": [{**goal, "publishable": quiet or goal["kind"] != "absolute"}
                      for goal in GOALS],
            "samples": {} if values is None else {"call": samples.encode(values, "us")},
        }  # fmt: skip
        said["manifest"] = {**manifest, **changed.pop("manifest", {})}
        path = tmp_path / f"{name}.json"
        path.write_text(json.dumps({**said, **changed}))
        return path

    return made
