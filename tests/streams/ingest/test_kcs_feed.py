"""A file of declarations by Kafka: the same events as by gRPC, each once, labels later."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from kcs_file import write
from on_kafka import read

from haechi.rpc.v1.event_pb2 import Event
from haechi.streams.adapters.kcs import Declaration, LaterOutcome, feed
from haechi.streams.kafka.wire import CODE

pytestmark = [pytest.mark.kafka, pytest.mark.slow]


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
