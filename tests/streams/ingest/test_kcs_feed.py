"""A file of declarations by Kafka: the same events as by gRPC, each once, labels later."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from on_kafka import read

from haechi.rpc.v1.event_pb2 import Event
from haechi.streams.adapters.kcs import Declaration, LaterOutcome, feed
from haechi.streams.adapters.kcs_row import COLUMNS
from haechi.streams.kafka.wire import CODE

pytestmark = [pytest.mark.kafka, pytest.mark.slow]

ROW = {
    "Date": "2020-01-02", "Office ID": "30", "Process Type": "B", "Import Type": "11",
    "Import Use": "21", "Payment Type": "11", "Mode of Transport": "40",
    "Declarant ID": "ZZR1", "Importer ID": "QLRUBN9", "Seller ID": "", "Courier ID": "",
    "HS6 Code": "851310", "Country of Departure": "CN", "Country of Origin": "CN",
    "Tax Rate": "8.0", "Tax Type": "A", "Country of Origin Indicator": "G",
    "Net Mass": "70.0", "Item Price": "47310.0",
}  # fmt: skip


def write(path: Path, rows: int) -> Path:
    """A file with one row that repeats another and one that is broken."""
    header = (*COLUMNS, "Fraud", "Critical Fraud")
    lines = [",".join(header)]
    for number in range(rows):
        row = {**ROW, "Declaration ID": str(1000 + number), "Item Price": str(number + 1)}
        row["Date"] = f"2020-01-{2 + number * 27 // rows:02}"
        row["Fraud"] = row["Critical Fraud"] = str(int(number % 5 == 0))
        lines.append(",".join(row[column] for column in header))
    lines.insert(rows // 2, lines[1])
    lines.insert(rows // 3, "1,2,3")
    path.write_text("\r\n".join(lines) + "\r\n", newline="")
    return path


def haechi(workers: Any, *arguments: object) -> str:
    done = subprocess.run(
        [
            *(sys.executable, "-m", "haechi.app", *map(str, arguments)),
            *("--bootstrap", workers.bootstrap, "--configs", str(workers.configs)),
        ],
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_a_file_of_declarations_comes_through_as_it_does_by_grpc(
    workers: Any, tmp_path: Path
) -> None:
    topics, path = workers.topics, write(tmp_path / "kcs.csv", 60)
    assert "61 rows and 60 outcomes sent" in haechi(workers, "topics", "send", "kcs", path)
    wanted = [
        one.event for one in feed(path) if isinstance(one, Declaration | LaterOutcome)
    ]  # fmt: skip
    worker = workers.start()
    found = read(workers.bootstrap, topics.events.name, len(wanted))
    events = [Event.FromString(one.value) for one in found]
    by_id = {event.envelope.event_id: event for event in events}
    assert by_id == {event.envelope.event_id: event for event in wanted}
    assert len(events) == len(wanted)
    for one, event in zip(found, events, strict=True):
        assert one.key == workers.key("parcel", event.envelope.subjects[0].parcel_id)
    for number in range(1000, 1060):
        order = [e for e in events if e.envelope.source_message_id == str(number)]
        assert [e.WhichOneof("kind") for e in order] == ["parcel_manifest", "inspection_outcome"]
    (letter,) = read(workers.bootstrap, topics.dead_letters.name, 1)
    assert letter.headers[CODE] == b"BAD_ROW"
    haechi(workers, "topics", "send", "kcs", path)
    again = read(workers.bootstrap, topics.events.name, 2 * len(wanted))
    assert {one.value for one in again} == {one.value for one in found}
    workers.stop(worker)
