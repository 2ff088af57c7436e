"""The ingest on a real Kafka: raw messages in, events under their subjects' keys out."""

from __future__ import annotations

import json
from typing import Any

import pytest
from on_kafka import read, send

from haechi.rpc.v1.event_pb2 import Event
from haechi.streams.kafka.wire import ORIGIN, SCHEMA_VERSION, partition_of

pytestmark = [pytest.mark.kafka, pytest.mark.slow]

NOW = 1_700_000_000_000_000


def event(number: int, **kind: Any) -> Event:
    made = Event(**kind)
    made.envelope.event_id = f"{number:032x}"
    made.envelope.schema_version = 1
    made.envelope.event_time_us = NOW + number
    return made


def scan(number: int, bag: str) -> Event:
    made = event(number, scanner_result={"device": "ICN-T1-BAGX-1", "result": 2})
    made.envelope.subjects.add().bag_tag = bag
    return made


def manifest(number: int, traveler: str, *bags: str) -> Event:
    made = event(number, traveler_manifest={"bags": [{"bag_tag": bag} for bag in bags]})
    made.envelope.subjects.add().traveler_id = traveler
    return made


def test_events_come_out_under_their_subjects_keys(workers: Any) -> None:
    topics = workers.topics
    worker = workers.start()
    sent = [manifest(number, f"t{number}") for number in range(20)]
    raw = [one.SerializeToString() for one in sent]
    send(workers.bootstrap, topics.feeds["protobuf"].topic.name, raw)
    found = read(workers.bootstrap, topics.events.name, len(raw))
    assert sorted(one.value for one in found) == sorted(raw)
    for one in found:
        traveler = Event.FromString(one.value).envelope.subjects[0].traveler_id
        assert one.key == workers.key("traveler", traveler)
        assert one.partition == partition_of(one.key, topics.partitions)
        assert one.headers[SCHEMA_VERSION] == b"1"
        assert one.headers[ORIGIN].startswith(topics.feeds["protobuf"].topic.name.encode())
    said = workers.stop(worker)
    assert "20 messages read, 20 events, 0 dead letters" in said


def test_a_bags_scan_goes_to_its_traveler_also_when_it_came_first(workers: Any) -> None:
    topics = workers.topics
    workers.start()
    feed = topics.feeds["protobuf"].topic.name
    early, late = scan(1, "0180000001"), scan(3, "0180000001")
    send(workers.bootstrap, feed, [early.SerializeToString()])
    found = read(workers.bootstrap, topics.events.name, 1)
    bag, traveler = workers.key("bag", "0180000001"), workers.key("traveler", "t1")
    assert [one.key for one in found] == [bag]
    send(workers.bootstrap, feed, [manifest(2, "t1", "0180000001").SerializeToString()])
    read(workers.bootstrap, topics.events.name, 3)
    send(workers.bootstrap, feed, [late.SerializeToString()])
    found = read(workers.bootstrap, topics.events.name, 4)
    under = {(Event.FromString(one.value).envelope.event_id[-1], one.key) for one in found}
    assert under == {("1", bag), ("1", traveler), ("2", traveler), ("3", traveler)}


def test_a_tie_reaches_the_partitions_of_both_sides(workers: Any) -> None:
    topics = workers.topics
    workers.start()
    tie = event(1, link={"other": {"parcel_id": "p1"}, "kind": 1, "link_version": 1})
    tie.envelope.subjects.add().traveler_id = "t1"
    party = manifest(2, "t2")
    party.traveler_manifest.companion_traveler_ids.extend(["t2", "t3", " "])
    send(
        workers.bootstrap,
        topics.feeds["protobuf"].topic.name,
        [tie.SerializeToString(), party.SerializeToString()],
    )
    found = read(workers.bootstrap, topics.events.name, 4)
    by_key = {one.key: Event.FromString(one.value) for one in found}
    assert by_key[workers.key("traveler", "t1")] == tie
    assert by_key[workers.key("parcel", "p1")] == tie
    assert by_key[workers.key("traveler", "t2")] == party
    told = by_key[workers.key("traveler", "t3")]
    assert told.link.other.traveler_id == "t2"
    assert len(found) == 4


def test_every_shard_learns_whom_to_watch_for(workers: Any) -> None:
    topics = workers.topics
    workers.start()
    watch = event(1, intelligence={
        "watched": 5, "value": "+82", "weight": 1.0, "legal_basis": "law",
        "expires_us": NOW * 2, "entry_id": "e1",
    })  # fmt: skip
    feed = topics.feeds["protobuf"].topic.name
    send(workers.bootstrap, feed, [watch.SerializeToString()])
    found = read(workers.bootstrap, topics.events.name, topics.partitions)
    assert sorted(one.partition for one in found) == list(range(topics.partitions))
    assert {one.value for one in found} == {watch.SerializeToString()}


def test_json_without_an_id_gets_the_same_one_at_every_reading(workers: Any) -> None:
    topics = workers.topics
    worker = workers.start()
    named = json.dumps({
        "envelope": {
            "source": "dcs", "sourceMessageId": "m1", "eventTimeUs": str(NOW),
            "subjects": [{"travelerId": "t1"}],
        },
        "travelerManifest": {},
    })  # fmt: skip
    nameless = named.replace('"source": "dcs", "sourceMessageId": "m1",', "")
    headers = {SCHEMA_VERSION: b"1"}
    feed = topics.feeds["json"].topic.name
    send(workers.bootstrap, feed, [(b"k", one.encode(), headers) for one in (named, nameless)])
    found = read(workers.bootstrap, topics.events.name, 2)
    ids = [Event.FromString(one.value).envelope.event_id for one in found]
    assert ids[0] == "dcs:m1"
    assert ids[1].startswith(f"kafka:{feed}/")
    workers.stop(worker)
    rewind(workers)
    workers.start("2")
    again = read(workers.bootstrap, topics.events.name, 4)
    assert {one.value for one in again} == {one.value for one in found}


def rewind(workers: Any) -> None:
    """Forget how far the feeds were read, as if nothing had been committed."""
    from confluent_kafka.admin import AdminClient

    admin = AdminClient({"bootstrap.servers": workers.bootstrap})
    group = workers.topics.ingest_id
    admin.delete_consumer_groups([group])[group].result(30)
