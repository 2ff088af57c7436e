"""The monitor beside a real engine: a drift among outcomes becomes an event in the log."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Callable
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
from system_messages import event, question

from haechi.app.installation import Installation
from haechi.engine.codes import EventKind
from haechi.rpc.v1.officers_pb2 import FINDING_FOUND, FINDING_NOTHING
from haechi.streams.log.keys import SubjectKeys
from haechi.streams.log.reader import LogReader
from haechi.streams.monitor.labels import message

CASES = 250
WATCHING = """
[labels]
window = 1000
kept = 1000
[report]
every_labels = 100
every_s = 1
backlog_rows = 1000

[[drift]]
of = "traveler"
watch = ["residual"]
detector = { class = "river.drift.ADWIN" }
apart = 50

[[challenger]]
name = "logistic"
of = "traveler"
steps = [{ class = "river.linear_model.LogisticRegression" }]
"""


def inspect(running: Installation, begin: int, found: bool) -> None:
    """Travelers ask at a gate, and are inspected."""
    names = [f"monitored-{number}" for number in range(begin, begin + CASES)]
    with running.client("gate") as gate, running.client("officer") as officer:
        answers = gate.decide_batch([question(name) for name in names])
        outcomes = [
            event(
                inspection_outcome={
                    "decision_id": answer.answer.decision_id,
                    "finding": FINDING_FOUND if found else FINDING_NOTHING,
                }
            )
            for answer in answers
        ]
        told = list(officer.publish(outcomes))
    assert all(one.HasField("accepted") for one in told), told[:1]


def alarms(running: Installation) -> list[Any]:
    """What the log holds of the monitor."""
    keys = SubjectKeys(running.folder.keys)
    reader = LogReader(running.folder.log, keys)
    try:
        return [
            message(logged, reader).drift_detected
            for logged in reader.events()
            if logged.kind == EventKind.DRIFT_DETECTED
        ]
    finally:
        reader.close()
        keys.close()


def status(running: Installation) -> dict[str, Any]:
    path = running.folder.run / "monitor.json"
    return dict(json.loads(path.read_text())) if path.exists() else {"pid": 0, "offset": -1}


@pytest.mark.slow
def test_a_drift_among_outcomes_is_an_event_of_the_log(
    tmp_path: Path, until: Callable[..., Any]
) -> None:
    configs = tmp_path / "configs"
    configs.mkdir()
    for packaged in files("haechi.configs").iterdir():
        if packaged.name.endswith(".toml"):
            (configs / packaged.name).write_bytes(packaged.read_bytes())
    (configs / "monitor.toml").write_text(WATCHING)
    said_of: list[str] = []
    with Installation(
        tmp_path / "data", None, configs, any_port=True, monitor=True, say=said_of.append
    ) as running:
        inspect(running, 0, found=False)
        inspect(running, CASES, found=True)
        (alarm, *_) = until(lambda: alarms(running))
        assert (alarm.watched, alarm.detector, alarm.subject_kind) == ("residual", "ADWIN", 1)
        assert alarm.before < 0.1 < alarm.after
        client = running.clickhouse()
        rows = until(
            lambda: client.query("SELECT watched, seen_offset FROM drift_alarms").result_rows
        )
        assert rows[0] == ("residual", alarm.seen_offset)
        until(lambda: status(running)["labels"] == 2 * CASES)

        # Killed, it reads the log again, and everything in it was said.
        before, said = status(running)["pid"], alarms(running)
        running.children["monitor"].kill()
        until(lambda: status(running)["pid"] != before and status(running)["labels"] == 2 * CASES)
        time.sleep(1.5)
        assert status(running)["errors"] == {}
        assert alarms(running) == said
        assert len(client.query("SELECT * FROM drift_alarms").result_rows) == len(said)
        figures = client.query(
            "SELECT model, max(n) FROM model_quality WHERE metric = 'log_loss' AND lane = '' "
            "GROUP BY model ORDER BY model"
        ).result_rows
        assert [name for name, _ in figures] == ["decided", "logistic", "shadow"]
        assert figures[0][1] == 2 * CASES

        # Its end ends nothing else.
        child = running.children["monitor"]
        (configs / "monitor.toml").write_text(WATCHING.replace("window = 1000", "window = 1"))
        child.kill()
        until(lambda: child.failed)
        assert "labels.window is 1" in str(child.failed)
        assert running.failed() is None
        (configs / "monitor.toml").write_text(WATCHING)
        running.start_child("monitor")
        until(lambda: status(running)["labels"] == 2 * CASES)
    assert not [line for line in said_of if "did not end" in line]
    done = subprocess.run(
        [sys.executable, "-m", "haechi.app", "quality", "--json", "--data", tmp_path / "data"],
        capture_output=True, text=True, check=True, timeout=120,
    )  # fmt: skip
    quality = json.loads(done.stdout)
    assert quality["labels"] == 2 * CASES
    (whole, *_) = quality["groups"]
    assert (whole["kind"], whole["lane"]) == ("TRAVELER", "")
    assert whole["selection"]["labels"]["value"] == 2 * CASES
    assert whole["models"]["decided"]["log_loss"]["n"] == 2 * CASES
