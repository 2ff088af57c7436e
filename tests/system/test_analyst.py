"""An analyst beside the running engine: reads everything, changes nothing, stops nobody."""

from __future__ import annotations

import json
import re
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from system_load import Load

from haechi.app import credentials
from haechi.app.installation import Installation

SCRIPT = Path(__file__).with_name("analyst.py")
CODES = {
    "insert": {164, 497},
    "drop": {164, 497},
    "truncate": {164, 497},
    "create": {164, 497},
    "alter": {164, 497},
    "set": {164},
    "settings": {164},
    "file": {164, 497},
    "url": {164, 497},
}
"""ClickHouse's READONLY and ACCESS_DENIED."""


def percentile(values: list[float], share: float) -> float:
    return sorted(values)[min(len(values) - 1, int(share * len(values)))]


@pytest.mark.slow
def test_an_analyst_reads_and_nothing_else(
    installed: Installation, start: Callable[..., subprocess.Popen[str]]
) -> None:
    # A busy machine may keep a gate waiting for longer than a second.
    load = Load(installed, 5, per_s=250.0, budget_ms=5000)
    load.start()
    time.sleep(2.0)
    store = installed.address("store")
    password = credentials.password(installed.folder, "analyst")
    analyst = start(SCRIPT, store.host, store.port, password)
    assert analyst.stdout is not None
    first = analyst.stdout.readline()
    heavy_from = time.monotonic()
    second = analyst.stdout.readline()
    heavy_to = time.monotonic()
    told = load.finish()
    _, err = analyst.communicate(timeout=30)
    assert analyst.returncode == 0, err

    said = json.loads(first)
    assert said["counts"] == sorted(said["counts"])
    assert said["counts"][-1] > said["counts"][0] > 0
    for name, allowed in CODES.items():
        code = re.search(r"Code: (\d+)", said["codes"][name])
        assert code is not None, (name, said["codes"][name])
        assert int(code[1]) in allowed, (name, said["codes"][name])
    assert "passwd" not in said["codes"]["file"] or "root:" not in said["codes"]["file"]

    heavy = json.loads(second)
    assert "159" in heavy["ended"], heavy
    during = [ms for at, ms in told.latencies_ms if heavy_from < at < heavy_to]
    before = [ms for at, ms in told.latencies_ms if at < heavy_from]
    assert len(during) > 20 * heavy["heavy_s"]
    assert told.unreachable == 0
    assert told.provisional == {}
    print(
        f"{len(during)} decisions during {heavy['heavy_s']:.1f} s of a heavy query: p50 "
        f"{percentile(during, 0.5):.2f} ms, p99 {percentile(during, 0.99):.1f} ms; before "
        f"{percentile(before, 0.5):.2f} and {percentile(before, 0.99):.1f} ms"
    )
