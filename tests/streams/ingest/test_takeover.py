"""Workers that die, and a Kafka that goes away: nothing lost, nothing doubled by event id."""

from __future__ import annotations

import signal
import time
from typing import Any

import pytest
from on_kafka import Message, read, send

from haechi.rpc.v1.event_pb2 import Event

pytestmark = [pytest.mark.kafka, pytest.mark.slow]

NOW = 1_700_000_000_000_000
BAGS = 24


def event(event_id: str, **kind: Any) -> Event:
    made = Event(**kind)
    made.envelope.event_id = event_id
    made.envelope.schema_version = 1
    made.envelope.event_time_us = NOW
    return made


def manifest(number: int) -> bytes:
    made = event(f"manifest-{number}", traveler_manifest={"bags": [{"bag_tag": f"bag-{number}"}]})
    made.envelope.subjects.add().traveler_id = f"t{number}"
    return made.SerializeToString()


def scan(number: int, turn: int) -> bytes:
    made = event(f"scan-{number}-{turn}", scanner_result={"device": "ICN-T1-BAGX-1", "result": 2})
    made.envelope.subjects.add().bag_tag = f"bag-{number}"
    return made.SerializeToString()


def by_id(messages: list[Message]) -> dict[str, set[tuple[bytes | None, bytes]]]:
    found: dict[str, set[tuple[bytes | None, bytes]]] = {}
    for one in messages:
        name = Event.FromString(one.value).envelope.event_id
        found.setdefault(name, set()).add((one.key, one.value))
    return found


def under_travelers(workers: Any, found: dict[str, set[tuple[bytes | None, bytes]]]) -> bool:
    """Whether every event has one form, under its traveler's key."""
    for name, forms in found.items():
        number = name.split("-")[1]
        ((key, _),) = forms
        if key != workers.key("traveler", f"t{number}"):
            return False
    return True


def test_workers_share_the_work_and_one_takes_over_with_the_tables_of_the_other(
    workers: Any,
) -> None:
    topics = workers.topics
    feed = topics.feeds["protobuf"].topic.name
    first, second = workers.start("a"), workers.start("b", wait=False)
    workers.wait_ready(second, "b")
    send(workers.bootstrap, feed, [manifest(number) for number in range(BAGS)])
    read(workers.bootstrap, topics.events.name, BAGS)
    owned = read(workers.bootstrap, f"{topics.ingest_id}-owners-changelog", BAGS)
    assert len({one.partition for one in owned}) > 1
    send(workers.bootstrap, feed, [scan(number, 0) for number in range(BAGS)])
    first.send_signal(signal.SIGKILL)
    first.wait()
    began = time.monotonic()
    send(workers.bootstrap, feed, [scan(number, 1) for number in range(BAGS)])
    found = by_id(read(workers.bootstrap, topics.events.name, 3 * BAGS, still_s=3))
    print(f"all through {time.monotonic() - began - 3:.1f} s after SIGKILL")
    assert len(found) == 3 * BAGS
    assert under_travelers(workers, found)
    workers.stop(second, "b")


def test_killed_or_stopped_at_any_moment_nothing_is_lost_and_nothing_doubled(workers: Any) -> None:
    topics = workers.topics
    feed = topics.feeds["protobuf"].topic.name
    send(workers.bootstrap, feed, [manifest(number) for number in range(BAGS)])
    turns = 5
    for turn in range(turns):
        worker = workers.start("a")
        send(workers.bootstrap, feed, [scan(number, turn) for number in range(BAGS)])
        time.sleep(0.1 * turn)
        # Every other one ends cleanly, in the middle of its work.
        worker.send_signal(signal.SIGTERM if turn % 2 else signal.SIGKILL)
        worker.wait(60)
    workers.start("a")
    wanted = BAGS * (1 + turns)
    found = by_id(read(workers.bootstrap, topics.events.name, wanted, still_s=3))
    assert len(found) == wanted
    # A scan may stand under its bag's key too, if it came before its manifest was understood.
    for name, forms in found.items():
        keys = {key for key, _ in forms}
        assert workers.key("traveler", f"t{name.split('-')[1]}") in keys
        assert len({value for _, value in forms}) == 1


def test_a_kafka_that_goes_away_is_waited_for(workers_on_own_kafka: Any, own_kafka: Any) -> None:
    workers, topics = workers_on_own_kafka, workers_on_own_kafka.topics
    feed = topics.feeds["protobuf"].topic.name
    worker = workers.start()
    send(workers.bootstrap, feed, [manifest(number) for number in range(BAGS)])
    read(workers.bootstrap, topics.events.name, BAGS)
    send(workers.bootstrap, feed, [scan(number, 0) for number in range(BAGS)])
    own_kafka.kill()
    time.sleep(8)
    assert worker.poll() is None
    own_kafka.start()
    send(workers.bootstrap, feed, [scan(number, 1) for number in range(BAGS)])
    found = by_id(read(workers.bootstrap, topics.events.name, 3 * BAGS, still_s=3))
    assert len(found) == 3 * BAGS
    assert under_travelers(workers, found)
    assert worker.poll() is None
