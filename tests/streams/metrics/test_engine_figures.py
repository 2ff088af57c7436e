"""What the engine tells only where there is something to tell: Kafka, and a standby."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import pytest

from haechi.streams.metrics.collector import Gathered
from haechi.streams.shipper.names import BareNames


def figures(about: str, run: Path, **more: Any) -> dict[str, float]:
    said = {
        "healthy": True, "epoch": 1, "intake_events": 0, "intake_limit_events": 1, "watchers": 0,
        "open_cases": 0, "tasks": [], "standby": {"state": "none"},
        "written_us": time.time_ns() // 1000, **more,
    }  # fmt: skip
    (run / "engine-status.json").write_text(json.dumps(said), "utf-8")
    collector = Gathered(None, run, run, BareNames(), dict, lambda: None)  # type: ignore[arg-type]
    return {
        metric.name: metric.samples[0].value
        for metric in collector._of_the_engine()
        if metric.name.startswith(about)
    }


def test_a_shard_without_kafka_has_no_such_figures(tmp_path: Path) -> None:
    assert figures("haechi_kafka", tmp_path) == {}


@pytest.mark.parametrize("reading", [True, False])
def test_a_shard_with_kafka_tells_whether_it_reads_and_how_far_it_is_behind(
    tmp_path: Path, reading: bool
) -> None:
    status = {"reading": reading, "state": "as it may be", "behind_events": 17}
    assert figures("haechi_kafka", tmp_path, kafka=status) == {
        "haechi_kafka_reading": float(reading),
        "haechi_kafka_behind_events": 17.0,
    }


def test_how_far_the_standby_is_behind_is_told_if_there_is_one(tmp_path: Path) -> None:
    assert set(figures("haechi_standby", tmp_path)) == {"haechi_standby"}
    status = {"state": "synchronous", "lag_events": 3}
    assert figures("haechi_standby_lag", tmp_path, standby=status) == {
        "haechi_standby_lag_events": 3.0
    }
