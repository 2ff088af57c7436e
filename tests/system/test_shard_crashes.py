"""SIGKILL of shards that read from Kafka: nothing is lost, nothing doubled, and they read on."""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from itertools import islice
from pathlib import Path
from typing import Any

import pytest
import system_messages as messages
import system_shards
from system_account import OWN, decoder_of, read_log
from system_load import BEHIND_US

from haechi.app import credentials
from haechi.app.installation import Installation
from haechi.configs.topics import Topics
from haechi.configs.topology import Topology
from haechi.rpc.v1.event_pb2 import Event
from haechi.streams.kafka.routing import routing_tokens
from haechi.streams.shards.router import About, Router
from haechi.streams.simulator import endless

pytest.importorskip("confluent_kafka")
pytestmark = pytest.mark.kafka

from haechi.streams.kafka.extra import confluent_kafka  # noqa: E402
from haechi.streams.kafka.publisher import DECISION_ID  # noqa: E402
from haechi.streams.kafka.topics import Cluster  # noqa: E402
from haechi.streams.kafka.wire import PARTITIONER  # noqa: E402

SEED = 20261122
KILLS = 10
EVENTS = 6000


class Feed:
    """Writes the port's mix under its keys, as the ingest would."""

    def __init__(self, bootstrap: str, topics: Topics, router: Router) -> None:
        self._topic = topics.events.name
        self._partitions = topics.partitions
        self._router = router
        self._producer = confluent_kafka().Producer(
            {"bootstrap.servers": bootstrap, "partitioner": PARTITIONER, "log_level": 0}
        )
        self.sent: dict[int, list[bytes]] = {one.number: [] for one in router.topology.shards}
        self.messages = 0

    def send(self, raw: bytes) -> None:
        keys = self._router.keys_of(Event.FromString(raw))
        if keys is About.A_DECISION:
            return
        if keys is About.EVERYBODY:
            for partition in range(self._partitions):
                self._producer.produce(self._topic, raw, partition=partition)
                self.messages += 1
        else:
            for key in keys:
                self._producer.produce(self._topic, raw, key)
                self.messages += 1
        for shard in self._router.recipients(Event.FromString(raw)):
            self.sent[shard.number].append(raw)
        self._producer.poll(0)

    def flush(self) -> None:
        assert self._producer.flush(60) == 0


def status(shard: Installation) -> dict[str, Any]:
    try:
        said: dict[str, Any] = json.loads(
            (shard.folder.run / "engine-status.json").read_text("utf-8")
        )
    except (OSError, ValueError):
        return {}
    return said


def positions(shard: Installation, topics: Topics) -> int:
    """Messages that a shard's log says were read."""
    reader = shard.open_reader()
    try:
        names = (f"{topics.events.name}/{number}" for number in range(topics.partitions))
        return sum(reader.source_position(name) or 0 for name in names)
    finally:
        reader.close()


def ends(bootstrap: str, topics: Topics, partitions: tuple[int, ...]) -> int:
    library = confluent_kafka()
    consumer = library.Consumer({"bootstrap.servers": bootstrap, "group.id": "ends"})
    try:
        at = (library.TopicPartition(topics.events.name, number) for number in partitions)
        return sum(consumer.get_watermark_offsets(one, timeout=10)[1] for one in at)
    finally:
        consumer.close()


def told(bootstrap: str, topics: Topics) -> set[bytes]:
    """Ids of the decisions that Kafka was told of."""
    library = confluent_kafka()
    consumer = library.Consumer(
        {"bootstrap.servers": bootstrap, "group.id": "told", "enable.partition.eof": True}
    )
    begin = library.OFFSET_BEGINNING
    name, count = topics.decisions.name, topics.partitions
    consumer.assign([library.TopicPartition(name, number, begin) for number in range(count)])
    found, ended = set(), 0
    while ended < count:
        for message in consumer.consume(1000, 1.0):
            if message.error() is None:
                found.add(dict(message.headers())[DECISION_ID])
            else:
                ended += 1
    consumer.close()
    return found


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_killed_shards_lose_nothing_double_nothing_and_read_on_where_they_were(
    tmp_path: Path, kafka: str, until: Callable[..., Any]
) -> None:
    draws = random.Random(SEED)
    prefix = f"crash{os.getpid()}."
    with system_shards.running(tmp_path, 2, kafka, prefix) as shards:
        configs = tmp_path / "configs"
        topics = Topics.load(configs)
        Cluster(kafka).create(topics)
        topology = Topology.load(configs, 0)
        key = credentials.token_key(shards[0].folder, make=False)
        feed = Feed(kafka, topics, Router(topology, routing_tokens(key)))
        frames = endless(SEED, time.time_ns() // 1000 - BEHIND_US, subjects_per_hour=60.0)
        facts = (one.raw for one in frames if one.channel != "decide")
        pauses_s: list[float] = []
        with system_shards.routed(shards, "gate") as gate:
            assert gate.topology == topology
            for _ in range(KILLS):
                for raw in islice(facts, EVENTS // KILLS):
                    feed.send(raw)
                feed.flush()
                time.sleep(draws.uniform(0.0, 0.6))
                hit = draws.choice(shards)
                hit.kill_engine()
                draws.choice(shards).children["publish"].kill()
                # The other one's gates do not notice.
                number = 1 - shards.index(hit)
                asked = next(
                    one
                    for n in range(99)
                    if feed._router.recipients(one := messages.question(f"g{n}"))[0].number
                    == number
                )
                assert gate.decide(asked).answer.position.shard == number
                began = time.monotonic()
                hit.wait_ready("engine", 60)
                pauses_s.append(time.monotonic() - began)
        for number, shard in enumerate(shards):
            own = topology.shards[number].partitions
            end = ends(kafka, topics, own)
            until(lambda s=shard, e=end: positions(s, topics) == e, 120)
            # The last kill came before the last event, so somebody read on.
            shard.kill_engine()
            shard.wait_ready("engine", 60)
            assert positions(shard, topics) == end

        for number, shard in enumerate(shards):
            decoder = decoder_of(shard)
            logged = Counter(
                event_id for _, kind, event_id, _ in read_log(shard).events if kind not in OWN
            )
            decided = {one.id.hex().encode() for one in read_log(shard).decisions}
            until(lambda d=decided: d <= told(kafka, topics), 60)
            sent = {decoder.decode(raw).id for raw in feed.sent[number]}
            assert sent <= set(logged), "lost"
            assert set(logged.values()) == {1}, "doubled"
            until(lambda s=shard: status(s).get("kafka", {}).get("state") == "reading")
            for command in ("replay", "verify"):
                done = subprocess.run(
                    [sys.executable, "-m", "haechi.app", command, "--data",
                     str(shard.folder.root), "--json"],
                    check=False, capture_output=True, text=True, timeout=240,
                )  # fmt: skip
                assert done.returncode == 0, done
        print(
            f"{KILLS + 2} kills, {feed.messages} messages; back in {min(pauses_s):.1f} to "
            f"{max(pauses_s):.1f} s"
        )
