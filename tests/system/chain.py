"""The whole way by Kafka: raw feeds, two workers, a shard, its decisions, ClickHouse."""

from __future__ import annotations

import contextlib
import shutil
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from types import MappingProxyType

import system_shards
from google.protobuf import json_format
from kcs_file import write
from system_account import OWN, Logged
from system_messages import question
from workers import Workers

from haechi.app.installation import Installation
from haechi.configs.topics import Topics
from haechi.rpc.v1.event_pb2 import Event
from haechi.streams.ingest.raw import COLUMNS, LINE
from haechi.streams.kafka.broker import Broker
from haechi.streams.kafka.extra import confluent_kafka
from haechi.streams.kafka.producer import producer
from haechi.streams.kafka.topics import Cluster
from haechi.streams.simulator import endless

SEED = 20261123
ROWS = 400
WORKERS = ("a", "b")
_LEFT_OUT = {"inspection_outcome", "gate_action", "case_closed", "exit_seen"}
_PATIENCE_S = 180.0

Message = tuple[str, bytes | None, bytes, dict[str, bytes]]
"""Feed, key, value, headers."""


@dataclass
class Chain:
    """One shard with its store, two workers, and the broker between them."""

    broker: Broker
    shard: Installation
    workers: Workers
    supervised: threading.Event = field(default_factory=threading.Event)

    @property
    def topics(self) -> Topics:
        return self.workers.topics

    def supervise(self) -> None:
        """Start a worker again whenever one ended, as an init system would."""
        while not self.supervised.wait(0.2):
            for name in self.workers.ended:
                self.workers.start(name, wait=False)

    def wait_through(self) -> None:
        """Wait until all raw messages are committed, and the shard has read all events."""
        until = time.monotonic() + _PATIENCE_S
        owed = {"everything": 1}
        while any(owed.values()):
            assert time.monotonic() < until, f"still owed: {owed}"
            time.sleep(0.5)
            # A broker that has just come back does not know everything yet.
            with contextlib.suppress(confluent_kafka().KafkaException):
                owed = self._owed()

    def _owed(self) -> dict[str, int]:
        sources = [*(one.topic.name for one in self.topics.feeds.values()), self.topics.named.name]
        done = _committed(self.broker.bootstrap, self.topics, sources)
        owed = {name: self._end(name) - done[name] for name in sources}
        owed["shard"] = self._end(self.topics.events.name) - self._read_by_shard()
        return owed

    def _end(self, topic: str) -> int:
        library = confluent_kafka()
        consumer = library.Consumer(
            {"bootstrap.servers": self.broker.bootstrap, "group.id": "ends", "log_level": 0}
        )
        try:
            at = (library.TopicPartition(topic, one) for one in range(self.topics.partitions))
            return sum(int(consumer.get_watermark_offsets(one, 30)[1]) for one in at)
        finally:
            consumer.close()

    def _read_by_shard(self) -> int:
        with contextlib.closing(self.shard.open_reader()) as reader:
            name = self.topics.events.name
            partitions = range(self.topics.partitions)
            return sum(reader.source_position(f"{name}/{one}") or 0 for one in partitions)


@contextlib.contextmanager
def chained(root: Path, broker: Broker, prefix: str, like: Chain | None = None) -> Iterator[Chain]:
    """Everything from the raw feeds to ClickHouse, on topics of its own.

    With the keys of another one its tokens are the same.
    """
    root.mkdir()
    if like is not None:
        shutil.copytree(like.shard.folder.secrets, root / "shard-0" / "secrets")
    with system_shards.running(root, 1, broker.bootstrap, prefix, store=True) as (shard,):
        workers = Workers(broker.bootstrap, root / "configs", shard.folder.root)
        Cluster(broker.bootstrap).create(workers.topics)
        chain = Chain(broker, shard, workers)
        for name in WORKERS:
            workers.start(name, wait=False)
        supervisor = threading.Thread(target=chain.supervise)
        supervisor.start()
        try:
            yield chain
        finally:
            chain.supervised.set()
            supervisor.join()
            workers.end()


def feed(count: int, start_us: int, folder: Path) -> list[Message]:
    """A port's events by two feeds, gates' questions among them, and declarations between.

    In which order feeds come is nobody's promise, and how a case ends must not depend on it. So
    nothing is learned from inspections, and no case is over: what comes then counts no more.
    """
    messages: list[Message] = []
    topics = Topics.load()
    allowed = {name: {kind.name.lower() for kind in of.kinds} for name, of in topics.feeds.items()}
    kinds = allowed["protobuf"] - _LEFT_OUT
    frames = endless(SEED, start_us, subjects_per_hour=240.0)
    for frame in islice((one for one in frames if one.kind in kinds), count):
        event = Event.FromString(frame.raw)
        # What is about one subject keeps its order, as a source would have it.
        key = b"".join(one.SerializeToString() for one in event.envelope.subjects[:1]) or None
        if frame.kind in allowed["json"] and event.envelope.event_time_us % 2:
            value = json_format.MessageToJson(event, indent=None).encode()
            messages.append(("json", key, value, {}))
        else:
            messages.append(("protobuf", key, frame.raw, {}))
    columns, *rows = write(folder / "kcs.csv", ROWS).read_bytes().splitlines()
    # One of them stands there twice.
    for number, row in enumerate(dict.fromkeys(rows)):
        # The one among them that cannot be read becomes a dead letter.
        headers = {COLUMNS: columns, LINE: b"%d" % (number + 2)}
        message = ("kcs", row.partition(b",")[0], row, headers)
        messages.insert(number * 3 % len(messages), message)
    return messages


def send(
    chain: Chain,
    messages: list[Message],
    per_s: float,
    deaths: Mapping[int, Callable[[], None]] = MappingProxyType({}),
) -> None:
    """Send at an even pace; before some messages somebody dies, and the feed goes on."""
    sending = producer(chain.broker.bootstrap)
    refused: list[Message] = []

    def produce(message: Message) -> None:
        name, key, value, headers = message

        def delivered(error: object, _: object) -> None:
            if error is not None:
                refused.append(message)

        topic = chain.topics.feeds[name].topic.name
        sending.produce(topic, value, key, headers=list(headers.items()), on_delivery=delivered)
        sending.poll(0)

    began = time.monotonic()
    for number, message in enumerate(messages):
        if number in deaths:
            deaths[number]()
        produce(message)
        time.sleep(max(0.0, began + number / per_s - time.monotonic()))
    assert sending.flush(_PATIENCE_S) == 0
    while refused:
        # A source sends again what Kafka did not take.
        produce(refused.pop())
        assert sending.flush(_PATIENCE_S) == 0


def final_verdicts(chain: Chain, messages: list[Message]) -> dict[str, int]:
    """What a gate is told about every traveler and every parcel once everything is in."""
    asked = {}
    last_us = 0
    for name, _, value, _ in messages:
        if name == "kcs":
            continue
        event = Event.FromString(value) if name == "protobuf" else json_format.Parse(value, Event())
        last_us = max(last_us, event.envelope.event_time_us)
        if event.WhichOneof("kind") == "traveler_manifest":
            whom = event.envelope.subjects[0].traveler_id
            asked[whom] = question(whom, "ICN-T1-EXIT-3")
        elif event.WhichOneof("kind") == "parcel_manifest":
            which = event.envelope.subjects[0].parcel_id
            asked[which] = question(gate="ICN-EXP-OUT-1", parcel=which)
    found = {}
    with chain.shard.client("gate") as gate:
        for subject, event in asked.items():
            event.envelope.event_time_us = last_us
            answer = gate.decide(event).answer
            assert answer.HasField("position"), answer
            found[subject] = int(answer.verdict)
    return found


def logged_ids(logged: Logged) -> list[bytes]:
    """Ids of what came from outside, as often as they stand in the log."""
    return [event_id for _, kind, event_id, _ in logged.events if kind not in OWN]


def _committed(bootstrap: str, topics: Topics, names: list[str]) -> Counter[str]:
    library = confluent_kafka()
    consumer = library.Consumer(
        {"bootstrap.servers": bootstrap, "group.id": topics.ingest_id, "log_level": 0}
    )
    asked = [library.TopicPartition(n, p) for n in names for p in range(topics.partitions)]
    try:
        found = Counter[str]()
        for one in consumer.committed(asked, 30):
            found[one.topic] += max(one.offset, 0)
        return found
    finally:
        consumer.close()
