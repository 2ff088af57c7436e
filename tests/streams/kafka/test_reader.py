"""A shard reads its partitions of a real Kafka: once, in order, and gates never wait for it."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from border import artefact
from on_kafka import own_topics

from haechi.configs.port import Port
from haechi.configs.profile import Profile
from haechi.configs.topics import Topics
from haechi.engine.codes import EventKind
from haechi.operators.intake import Entry, ReplySlot
from haechi.rpc.v1.event_pb2 import Event
from haechi.streams.engine import Engine, Places
from haechi.streams.tokens import Tokens

pytest.importorskip("confluent_kafka")
pytestmark = pytest.mark.kafka

from haechi.streams.kafka.extra import confluent_kafka  # noqa: E402
from haechi.streams.kafka.incoming import LOST, Incoming  # noqa: E402
from haechi.streams.kafka.reader import KafkaReader  # noqa: E402
from haechi.streams.kafka.routing import subject_key  # noqa: E402
from haechi.streams.kafka.topics import Cluster  # noqa: E402
from haechi.streams.kafka.wire import PARTITIONER, SCHEMA_VERSION, partition_of  # noqa: E402

PARTITIONS = 4
TOKENS = Tokens(b"k" * 32)


def declaration(number: int, traveler: str = "") -> Event:
    event = Event(traveler_declaration={"value_usd": float(number)})
    event.envelope.event_id = f"declared:{number}"
    event.envelope.schema_version = 1
    event.envelope.event_time_us = time.time_ns() // 1000
    event.envelope.subjects.add(traveler_id=traveler or f"t{number}")
    return event


def key_of(event: Event) -> bytes:
    name = event.envelope.subjects[0].traveler_id
    return subject_key(TOKENS.token("traveler", name)).encode()


class Shard:
    """An engine that reads from Kafka, started again and again on one data directory."""

    def __init__(self, data: Path, bootstrap: str, topics: Topics) -> None:
        self.data = data
        self.topics = topics
        self.bootstrap = bootstrap
        self.engine: Engine | None = None
        self._producer = confluent_kafka().Producer(
            {"bootstrap.servers": bootstrap, "partitioner": PARTITIONER, "log_level": 0}
        )

    def start(self, **options: Any) -> Engine:
        self.engine = Engine(
            Places(self.data), Profile.load().engine, Port.load(), TOKENS, artefact()
        )
        self.reader = KafkaReader(
            self.bootstrap,
            self.topics,
            range(self.topics.partitions),
            self.engine.positions,
            Incoming(self.engine.decoder, self.topics),
            self.engine.names,
            check_s=0.2,
            **options,
        )
        self.engine.lane = self.reader
        self.engine.start()
        self.reader.start()
        return self.engine

    def stop(self) -> None:
        if self.engine is not None:
            self.reader.stop()
            self.engine.stop()
            self.engine = None

    def send(
        self, event: Event | bytes | None, key: bytes | None = None, topic: str = "", **more: Any
    ) -> None:
        if isinstance(event, Event):
            key = key or key_of(event)
            event = event.SerializeToString()
        self._producer.produce(topic or self.topics.events.name, event, key, **more)

    def sent(self) -> None:
        assert self._producer.flush(30) == 0

    def log(self) -> list[Any]:
        assert self.engine is not None
        reader = self.engine.open_reader()
        try:
            own = (EventKind.TICK, EventKind.ENGINE_STARTED)
            return [event for event in reader.events() if event.kind not in own]
        finally:
            reader.close()

    def letters(self) -> list[Any]:
        assert self.engine is not None
        reader = self.engine.open_reader()
        try:
            found = reader.events_of(EventKind.DEAD_LETTER)
            return [Event.FromString(reader.payload(event)).dead_letter for event in found]
        finally:
            reader.close()

    def wait(self, done: Callable[[], Any], timeout_s: float = 30.0) -> Any:
        until = time.monotonic() + timeout_s
        while not (found := done()):
            state = self.reader.status() if self.engine else None
            assert time.monotonic() < until, f"did not come about: {state}"
            time.sleep(0.02)
        return found

    def ask(self) -> None:
        """A gate asks and is answered."""
        assert self.engine is not None
        event = Event(gate_event={"gate": "ICN-T1-EXIT-3", "budget_ms": 100})
        event.envelope.CopyFrom(declaration(0, "somebody").envelope)
        event.envelope.event_id = f"asked:{time.time_ns()}"
        raw = event.SerializeToString()
        slot = ReplySlot()
        self.engine.intake.put(Entry(raw, "gate", self.engine.decoder.decode(raw), None, slot))
        outcome = slot.wait(10)
        assert outcome is not None
        assert outcome.decisions


@pytest.fixture
def shard(tmp_path: Path, kafka: str) -> Iterator[Shard]:
    topics = own_topics(partitions=PARTITIONS)
    Cluster(kafka).create(topics)
    one = Shard(tmp_path / "data", kafka, topics)
    yield one
    one.stop()


def test_every_event_is_taken_once_over_restarts_in_the_order_of_its_partition(shard):
    events = [declaration(number, f"t{number % 7}") for number in range(90)]
    for event in events[:60]:
        shard.send(event)
    shard.sent()
    shard.start()
    shard.wait(lambda: len(shard.log()) == 60)
    shard.stop()
    # A producer that tries again, and an ingest that starts anew, send the same once more.
    for event in [*events[50:60], *events[60:], *events[80:]]:
        shard.send(event)
    shard.sent()
    engine = shard.start()
    shard.wait(lambda: len(shard.log()) == 90)
    shard.send(declaration(90, "t0"))
    shard.sent()
    shard.wait(lambda: len(shard.log()) == 91)
    assert sum(engine.positions.values()) <= 111
    assert shard.letters() == []
    reader = engine.open_reader()
    values = [
        Event.FromString(reader.payload(event)).traveler_declaration.value_usd
        for event in shard.log()
    ]
    reader.close()
    assert sorted(values) == [float(number) for number in range(91)]
    for traveler in range(7):
        own = [value for value in values[:90] if value % 7 == traveler]
        assert own == sorted(own)


def test_what_cannot_be_taken_is_on_record_with_its_place(shard):
    wrong = declaration(1)
    place = partition_of(key_of(wrong), PARTITIONS)
    officer = Event(officer_action={"decision_id": "1" * 32, "act": 1, "officer": "somebody"})
    officer.envelope.CopyFrom(declaration(2).envelope)
    found = Event(inspection_outcome={"finding": 1})
    found.envelope.CopyFrom(declaration(3).envelope)
    name = shard.topics.events.name
    sent = {
        "UNDECODABLE": (b"\xff\xff", {"partition": 1}),
        "UNKNOWN_EVENT": (None, {"partition": 2}),
        "UNKNOWN_VERSION": (wrong, {"headers": {SCHEMA_VERSION: b"2"}}),
        "WRONG_PARTITION": (wrong, {"partition": (place + 1) % PARTITIONS}),
        "NOT_ALLOWED": (officer, {}),
    }
    for value, more in sent.values():
        shard.send(value, **more)
    shard.send(found)
    shard.send(declaration(4))
    shard.sent()
    engine = shard.start()
    shard.wait(lambda: sum(engine.positions.values()) == len(sent) + 2)
    letters = shard.letters()
    codes = [letter.detail.partition(":")[0] for letter in letters]
    assert sorted(codes) == sorted([*sent, "NOT_ALLOWED"])
    for letter, code in zip(letters, codes, strict=True):
        topic, _, partition = letter.source.rpartition("/")
        assert topic == name
        assert engine.positions[letter.source] > letter.source_offset >= 0
        assert sent[code][1].get("partition", int(partition)) == int(partition)
    assert [event.kind for event in shard.log() if event.kind != EventKind.DEAD_LETTER] == [
        EventKind.TRAVELER_DECLARATION
    ]
    # They are passed, so that they are not read again.
    shard.stop()
    shard.start()
    shard.send(declaration(5))
    shard.sent()
    shard.wait(lambda: len(shard.log()) == len(sent) + 3)
    assert len(shard.letters()) == len(sent) + 1


def test_messages_that_retention_took_unread_stop_the_reader_until_a_person_says_go(shard):
    for number in range(8):
        shard.send(declaration(number, "t0"))
    shard.sent()
    engine = shard.start()
    shard.wait(lambda: len(shard.log()) == 8)
    shard.stop()
    (stream,) = engine.positions
    name, _, partition = stream.rpartition("/")
    for number in range(8, 20):
        shard.send(declaration(number, "t0"))
    shard.sent()
    library = confluent_kafka()
    admin = library.admin.AdminClient({"bootstrap.servers": shard.bootstrap})
    cut = library.TopicPartition(name, int(partition), 15)
    for future in admin.delete_records([cut]).values():
        future.result(30)
    shard.start()
    said = shard.wait(lambda: "skip_lost" in str(shard.reader.status()) and shard.reader.status())
    assert f"partition {partition} of topic {name} holds messages 15 to 19" in said["state"]
    assert "read up to 8" in said["state"]
    shard.ask()
    assert len(shard.log()) == 9
    shard.stop()

    engine = shard.start(skip_lost=True)
    shard.wait(lambda: engine.positions[stream] == 20)
    (letter,) = shard.letters()
    assert letter.detail.startswith(f"{LOST}: messages from 8 up to 15 went unread")
    assert (letter.source, letter.source_offset) == (stream, 14)
    assert len(shard.log()) == 9 + 1 + 5


def test_a_topic_with_another_number_of_partitions_is_not_read_on(shard):
    shard.send(declaration(1))
    shard.sent()
    shard.start()
    shard.wait(lambda: len(shard.log()) == 1)
    library = confluent_kafka()
    admin = library.admin.AdminClient({"bootstrap.servers": shard.bootstrap})
    more = library.admin.NewPartitions(shard.topics.events.name, PARTITIONS + 1)
    for future in admin.create_partitions([more]).values():
        future.result(30)
    told = f"has {PARTITIONS + 1} partitions, topics.toml says {PARTITIONS}"
    shard.wait(lambda: told in str(shard.reader.status()["state"]))
    shard.ask()
    shard.stop()
    shard.start()
    shard.wait(lambda: told in str(shard.reader.status()["state"]))
    shard.ask()


def test_gates_are_answered_while_kafka_is_gone_and_reading_goes_on_when_it_is_back(
    tmp_path, own_kafka
):
    topics = own_topics(partitions=PARTITIONS)
    Cluster(own_kafka.bootstrap).create(topics)
    shard = Shard(tmp_path / "data", own_kafka.bootstrap, topics)
    try:
        shard.send(declaration(1))
        shard.sent()
        shard.start()
        shard.wait(lambda: len(shard.log()) == 1)
        own_kafka.kill()
        for _ in range(20):
            shard.ask()
        shard.wait(lambda: "does not answer" in str(shard.reader.status()["state"]))
        # An engine that starts without Kafka decides as well.
        shard.stop()
        shard.start()
        shard.ask()
        own_kafka.start()
        shard.send(declaration(2))
        shard.sent()
        shard.wait(lambda: sum(shard.engine.positions.values()) == 2, 60)
        said = {"reading": True, "state": "reading", "behind_events": 0}
        shard.wait(lambda: shard.reader.status() == said)
    finally:
        shard.stop()


def test_a_topic_that_is_not_there_is_waited_for(tmp_path, kafka):
    topics = own_topics(partitions=PARTITIONS)
    shard = Shard(tmp_path / "data", kafka, topics)
    try:
        shard.start()
        shard.wait(lambda: "run haechi topics create" in str(shard.reader.status()["state"]))
        Cluster(kafka).create(topics)
        shard.send(declaration(1))
        shard.sent()
        shard.wait(lambda: len(shard.log()) == 1)
    finally:
        shard.stop()


def test_what_another_shard_says_comes_on_a_topic_of_its_own(shard):
    shard.start()
    said = declaration(1)
    said.linked_risk.own_log_odds, said.linked_risk.version = 1.0, 1
    shard.send(declaration(2), topic=shard.topics.links.name)
    shard.send(said)
    shard.sent()
    shard.wait(lambda: len(shard.letters()) == 2)
    assert {one.detail.partition(":")[0] for one in shard.letters()} == {"NOT_ALLOWED"}
    shard.send(said, topic=shard.topics.links.name)
    shard.sent()
    shard.wait(lambda: [one.kind for one in shard.log()].count(EventKind.LINKED_RISK) == 1)
    shard.stop()
    # Where each topic is to be read on is in the log.
    shard.start()
    shard.send(declaration(3))
    shard.sent()
    shard.wait(lambda: len(shard.log()) == 4)
