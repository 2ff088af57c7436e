"""What no feed can use: set aside with its place and the reason, and those behind it go on."""

from __future__ import annotations

import hashlib
from typing import Any

import pytest
from on_kafka import PARTITIONS, read, send

from haechi.rpc.v1.event_pb2 import Event
from haechi.streams.kafka.wire import CODE, ORIGIN, SCHEMA_VERSION

pytestmark = [pytest.mark.kafka, pytest.mark.slow]

NOW = 1_700_000_000_000_000


def good(number: int) -> Event:
    event = Event(traveler_manifest={})
    event.envelope.event_id = f"good-{number}"
    event.envelope.schema_version = 1
    event.envelope.event_time_us = NOW
    event.envelope.subjects.add().traveler_id = f"t{number}"
    return event


def poisoned() -> dict[str, list[tuple[bytes | None, bytes, dict[str, bytes], str]]]:
    """Poison for every feed: key, value, headers, and the code under which it is buried."""
    later = good(9)
    later.envelope.schema_version = 2
    forbidden = good(8)
    forbidden.tick.now_us = NOW
    nobody = good(7)
    nobody.ClearField("traveler_manifest")
    nobody.gate_action.decision_id = "1" * 32
    nobody.gate_action.acted = 1
    del nobody.envelope.subjects[:]
    labels = good(6)
    labels.inspection_outcome.finding = 1
    labels.inspection_outcome.finished_us = NOW
    columns = {"haechi-columns": b"Declaration ID,Date"}
    return {
        "protobuf": [
            (b"k", b"\xff\xff no event", {}, "UNDECODABLE"),
            (b"k", b"", {}, "UNDECODABLE"),
            (b"k", b"\xff" * 200_000, {}, "UNDECODABLE"),
            (b"k", b"x" * 950_000, {}, "TOO_LARGE"),
            (b"k", later.SerializeToString(), {}, "UNKNOWN_VERSION"),
            (b"k", good(5).SerializeToString(), {SCHEMA_VERSION: b"7"}, "UNKNOWN_VERSION"),
            (b"k", good(5).SerializeToString(), {SCHEMA_VERSION: b"one"}, "BAD_HEADER"),
            (b"k", forbidden.SerializeToString(), {}, "NOT_ALLOWED"),
            (b"k", labels.SerializeToString(), {}, "NOT_ALLOWED"),
            (b"k", nobody.SerializeToString(), {}, "MISSING_REFERENCE"),
        ],
        "json": [
            (b"k", b"{", {}, "UNDECODABLE"),
            (b"k", b"\xff", {}, "UNDECODABLE"),
            (b"k", b"[" * 100_000, {}, "UNDECODABLE"),
            (b"k", b'{"envelope": {"nosuch": 1}}', {}, "UNDECODABLE"),
            (b"k", b"{}", {SCHEMA_VERSION: b"1"}, "UNKNOWN_EVENT"),
        ],
        "kcs": [
            (b"k", b"1,2,3", {}, "MISSING_COLUMNS"),
            (b"k", b"1,2,3", columns, "MISSING_COLUMNS"),
            (b"k", b"1,2,3", {"haechi-columns": b"\xff"}, "NOT_UTF8"),
        ],
    }


def test_poison_in_every_feed_is_set_aside_and_stops_nobody(workers: Any) -> None:
    topics, poison = workers.topics, poisoned()
    for feed, messages in poison.items():
        send(
            workers.bootstrap,
            topics.feeds[feed].topic.name,
            [(key, value, headers) for key, value, headers, _ in messages],
        )
    behind = [(b"k", good(number).SerializeToString(), {}) for number in range(3)]
    send(workers.bootstrap, topics.feeds["protobuf"].topic.name, behind)
    worker = workers.start()
    events = read(workers.bootstrap, topics.events.name, len(behind))
    assert sorted(one.value for one in events) == [value for _, value, _ in behind]
    count = sum(map(len, poison.values()))
    letters = read(workers.bootstrap, topics.dead_letters.name, count)
    assert len(letters) == count
    by_origin = {letter.headers[ORIGIN].decode(): letter for letter in letters}
    for feed, messages in poison.items():
        topic = topics.feeds[feed].topic.name
        lying = read(workers.bootstrap, topic, len(messages))
        for (_, value, _, code), raw in zip(messages, lying, strict=False):
            letter = by_origin[f"{topic}/{raw.partition}/{raw.offset}"]
            dead = Event.FromString(letter.value).dead_letter
            assert dead.detail.startswith(f"{code}: "), dead.detail
            assert letter.headers[CODE].decode() == code
            assert dead.source == f"{topic}/{raw.partition}"
            assert dead.source_offset == raw.offset
            assert dead.head == value[: 64 << 10]
            assert dead.sha256 == hashlib.sha256(value).digest()
            assert dead.size_bytes == len(value)
    assert f"3 events, {count} dead letters" in workers.stop(worker)


def test_a_worker_does_not_start_on_a_changed_partition_count(workers: Any) -> None:
    from confluent_kafka.admin import AdminClient, NewPartitions

    topic = workers.topics.named.name
    admin = AdminClient({"bootstrap.servers": workers.bootstrap})
    admin.create_partitions([NewPartitions(topic, PARTITIONS + 1)])[topic].result(30)
    worker = workers.start(wait=False)
    assert worker.wait(60) == 2
    said = workers.said().read_text()
    assert f"{topic} has {PARTITIONS + 1} partitions, topics.toml says {PARTITIONS}" in said
    assert "take another prefix" in said
