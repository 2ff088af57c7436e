"""How fast a shard takes events from Kafka, and what its gates notice while it catches up.

A real broker on loopback holds the simulated port's mix in the topic of events. One engine reads
it from the beginning, without and with a gate that asks two hundred times a second; the gate's
calls are timed while the shard is behind and once it has caught up. Beside it two plain clients
read the same messages and do nothing with them.
"""

from __future__ import annotations

import argparse
import asyncio
import tempfile
import time
from contextlib import closing
from pathlib import Path
from typing import Any, Final

import numpy as np

from benchmarks import mix
from benchmarks.installation import Installation
from benchmarks.processes import Child
from benchmarks.report import Progress, Report
from benchmarks.steady_gate import SteadyGate, client_of, manifest_of
from haechi.configs.topics import Topics
from haechi.configs.topology import Topology
from haechi.rpc.roles import Role
from haechi.rpc.v1.event_pb2 import Event
from haechi.streams.kafka.broker import Broker
from haechi.streams.kafka.extra import confluent_kafka, load
from haechi.streams.kafka.incoming import stream_name
from haechi.streams.kafka.topics import Cluster
from haechi.streams.kafka.wire import PARTITIONER
from haechi.streams.log.reader import LogReader
from haechi.streams.shards.router import About, Router

_TRAVELER: Final = "kafka-gate"
_QUIET_S: Final = 5.0
_WARM_UP_S: Final = 3.0
_LOOK_S: Final = 0.05
_P99_RATIO: Final = 1.5


def add_options(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("--subjects", type=int, default=3000, help="(default %(default)s)")


def run(given: argparse.Namespace, report: Report) -> None:
    """Measure."""
    with tempfile.TemporaryDirectory() as name:
        broker = Broker(Path(name) / "kafka")
        broker.start()
        try:
            topics = Topics.load()
            Cluster(broker.bootstrap).create(topics)
            alone, gated = Installation(Path(name) / "alone"), Installation(Path(name) / "gated")
            count = _fill(broker.bootstrap, topics, alone, given)
            report.note(f"{count:,} messages in {topics.partitions} partitions")
            rows = [
                ["confluent-kafka, read and dropped", _plain(broker.bootstrap, topics, count)],
                ["aiokafka, read and dropped", _aio(broker.bootstrap, topics, count)],
                ["a shard, decided and committed", _alone(broker.bootstrap, alone, topics, count)],
            ]
            quiet, behind, rate = _gated(broker.bootstrap, gated, topics, count)
            rows.append(["the same, with a gate that asks 200/s", rate])
            report.table("reading", ["what", "events_per_s"], [[w, round(r)] for w, r in rows])
        finally:
            broker.stop()
    told = [
        [what, len(times), *(round(float(np.quantile(times, q)), 2) for q in (0.5, 0.99, 1.0))]
        for what, times in (("caught up", quiet), ("catching up", behind))
    ]
    report.table("gates", ["shard", "calls", "p50_ms", "p99_ms", "most_ms"], told)
    ratio = float(np.quantile(behind, 0.99) / np.quantile(quiet, 0.99))
    report.goal("gates' p99 while catching up, by that when caught up", ratio, _P99_RATIO)


def _fill(bootstrap: str, topics: Topics, one: Installation, given: argparse.Namespace) -> int:
    """Write the mix under its keys, without what names decisions; how many messages it is."""
    router = Router(Topology.load(None, 0), one.tokens)
    producer = confluent_kafka().Producer(
        {"bootstrap.servers": bootstrap, "partitioner": PARTITIONER, "linger.ms": 50}
    )
    count = 0
    total = round(given.subjects * mix.EVENTS_A_SUBJECT)
    with Progress("filling the topic", total) as progress:
        for number, frame in enumerate(mix.frames(given.seed, subjects=given.subjects)):
            keys = router.keys_of(Event.FromString(frame.raw))
            if not isinstance(keys, About):
                for key in keys:
                    producer.produce(topics.events.name, frame.raw, key)
                    count += 1
            producer.poll(0)
            progress.at(number)
    if producer.flush(60):
        raise RuntimeError("the broker did not take the mix")
    return count


def _read(log: LogReader, topics: Topics) -> int:
    """Messages whose positions are committed."""
    names = (stream_name(topics.events.name, number) for number in range(topics.partitions))
    return sum(log.source_position(name) or 0 for name in names)


def _await(log: LogReader, topics: Topics, count: int) -> None:
    while _read(log, topics) < count:
        time.sleep(_LOOK_S)


def _alone(bootstrap: str, one: Installation, topics: Topics, count: int) -> float:
    with Child.engine(one.data, "--kafka", bootstrap) as engine:
        engine.ready()
        with closing(one.reader()) as log:
            # From what it has read by then, so that its start does not count.
            first, began = _read(log, topics), time.perf_counter()
            _await(log, topics, count)
            return (count - first) / (time.perf_counter() - began)


def _gated(
    bootstrap: str, one: Installation, topics: Topics, count: int
) -> tuple[list[float], list[float], float]:
    """Ask while the shard is behind, and afterwards."""
    # Ready before there is anything to read, so that all of it is read beside the gate.
    with Child.engine(one.data) as engine:
        engine.ready()
    with Child.engine(one.data, "--kafka", bootstrap) as engine, closing(one.reader()) as log:
        port = engine.ready()["port"]
        with closing(client_of(one, port, Role.FEEDER, "feeder")) as feeder:
            list(feeder.publish(iter([manifest_of(_TRAVELER, "M00000001")])))
        gate = SteadyGate(client_of(one, port, Role.GATE, "gate"), lambda: _TRAVELER)
        first, began = _read(log, topics), time.perf_counter()
        _await(log, topics, count)
        ended = time.perf_counter()
        time.sleep(_WARM_UP_S)
        quiet = (time.perf_counter(), time.perf_counter() + _QUIET_S)
        time.sleep(_QUIET_S)
        gate.stop()
        behind = gate.times_ms([(began, ended)])
        return gate.times_ms([quiet]), behind, (count - first) / (ended - began)


def _plain(bootstrap: str, topics: Topics, count: int) -> float:
    library = confluent_kafka()
    consumer = library.Consumer({"bootstrap.servers": bootstrap, "group.id": "plain"})
    begin = library.OFFSET_BEGINNING
    name, partitions = topics.events.name, range(topics.partitions)
    consumer.assign([library.TopicPartition(name, number, begin) for number in partitions])
    read, began = 0, time.perf_counter()
    while read < count:
        read += sum(message.error() is None for message in consumer.consume(500, 1.0))
    consumer.close()
    return read / (time.perf_counter() - began)


def _aio(bootstrap: str, topics: Topics, count: int) -> float:
    library: Any = load("aiokafka")

    async def read() -> float:
        consumer = library.AIOKafkaConsumer(bootstrap_servers=bootstrap)
        await consumer.start()
        name = topics.events.name
        consumer.assign([library.TopicPartition(name, n) for n in range(topics.partitions)])
        await consumer.seek_to_beginning()
        found, began = 0, time.perf_counter()
        while found < count:
            batches = await consumer.getmany(timeout_ms=1000, max_records=500)
            found += sum(map(len, batches.values()))
        took_s = time.perf_counter() - began
        await consumer.stop()
        return found / took_s

    return asyncio.run(read())
