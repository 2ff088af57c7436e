"""The store freezes, then dies, for half a minute under load: nobody at a gate notices."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path

import pytest
from system_account import hold_against_log, hold_against_store, read_log
from system_load import Load

from haechi.app.installation import Installation

OUTAGE_S = float(os.environ.get("HAECHI_TEST_OUTAGE_S", "30"))
SEED = 7_300
BUDGET_MS = 5000
"""Longer than a busy machine keeps a gate waiting, shorter than the store is away."""


def median(values: list[float]) -> float:
    return sorted(values)[len(values) // 2]


@pytest.mark.slow
@pytest.mark.timeout(400)
def test_decisions_go_on_without_the_store_and_arrive_once(tmp_path: Path) -> None:
    with Installation(tmp_path / "data", any_port=True) as running:
        load = Load(running, SEED, per_s=250.0, budget_ms=BUDGET_MS)
        load.start()
        time.sleep(4.0)
        store = running.children["store"].pid
        assert store is not None
        shipped = _rows(running)
        # Frozen, it takes connections and answers nothing; dead, it takes none.
        went = time.monotonic()
        os.kill(store, signal.SIGSTOP)
        time.sleep(OUTAGE_S / 2)
        os.kill(store, signal.SIGKILL)
        running.stop_child("store")
        time.sleep(OUTAGE_S / 2)
        back = time.monotonic()
        running.start_child("store")
        told_until = time.monotonic()
        assert running.wait_shipped(60), "what was decided meanwhile did not arrive"
        caught_up_s = time.monotonic() - told_until
        told = load.finish()
        assert running.wait_shipped(60)
        assert told.refused == []
        assert told.unreachable == 0
        assert told.provisional == {}
        before = [ms for at, ms in told.latencies_ms if at < went]
        during = [ms for at, ms in told.latencies_ms if went <= at < back]
        assert len(during) > 10 * OUTAGE_S
        assert median(during) < 3 * median(before) + 5
        logged = read_log(running)
        assert len(logged.events) > shipped
        hold_against_log(running, told, logged)
        hold_against_store(running, logged)
        assert running.children["engine"].starts == 1
        why = (running.folder.run / "ship.log").read_text()
        assert running.children["ship"].starts == 1, why
    print(
        f"{len(during)} decisions while the store was away, p50 {median(during):.2f} ms, before "
        f"{median(before):.2f} ms; caught up in {caught_up_s:.1f} s"
    )


def _rows(running: Installation) -> int:
    client = running.clickhouse()
    try:
        return int(client.query("SELECT count() FROM events").first_row[0])
    finally:
        client.close()
