"""Events a second through one Faust worker on a real Kafka, with plain aiokafka beside it.

Half the raw messages are manifests with a bag, half are the bags' scans, so that every second
event follows a name to its owner. Plain aiokafka reads the same messages twice over: once only to
copy them, once through the same decoder and router, without tables and without the second step.
Each run has topics of its own; its rate is that of the middle four fifths of its events.

At low rates, a second table tells how long a raw message is on its way to the shard's commit.
"""

from __future__ import annotations

import argparse
import asyncio
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import haechi.configs
from benchmarks import ingest_latency
from benchmarks.raw_events import manifest, scan
from benchmarks.report import Progress, Report
from haechi.configs.port import Port, config_text
from haechi.configs.topics import Feed, Topics
from haechi.streams.decode import Decoder
from haechi.streams.ingest.routes import Named, Router
from haechi.streams.kafka import wire
from haechi.streams.kafka.broker import Broker
from haechi.streams.kafka.extra import confluent_kafka, load
from haechi.streams.kafka.routing import routing_tokens
from haechi.streams.kafka.topics import Cluster

_NOW_US: Final = 1_700_000_000_000_000
_EDGE: Final = 0.1
_LOOK_S: Final = 0.05
_START_S: Final = 120.0
_LEAST: Final = 500
_TURNS: Final = 2
"""Turns of plain aiokafka, of which the better counts; the first finds everything cold."""


def add_options(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("--events", type=int, default=10_000, help="(default %(default)s)")
    parser.add_argument(
        "--seconds", type=float, default=30.0,
        help="how long to send at each of the low rates (default %(default)s)",
    )  # fmt: skip


def run(given: argparse.Namespace, report: Report) -> None:
    """Measure."""
    events = max(given.events // 2 * 2, 100)
    with tempfile.TemporaryDirectory() as name, _broker(Path(name)) as bootstrap:
        folder = Path(name)
        faust = _faust(folder, bootstrap, events)
        router = Router(Decoder(routing_tokens(bytes(32)), Port.load()))
        copied = read = 0.0
        for turn in range(_TURNS):
            copied = max(copied, _plain(bootstrap, f"copy-{turn}.", events, None))
            read = max(read, _plain(bootstrap, f"read-{turn}.", events, router))
        waits = ingest_latency.measure(folder / "latency", bootstrap, given.seconds)
    report.table(
        "ingest",
        ["through", "events_a_second", "of_plain"],
        [
            ["aiokafka, copying", round(copied), 1.0],
            ["aiokafka, decoder and router", round(read), read / copied],
            ["one Faust worker, names followed", round(faust), faust / copied],
        ],
    )
    report.table("to_the_commit", list(ingest_latency.HEADS), waits)
    report.goal("events a second through one Faust worker", faust, _LEAST, least=True,
                rivals={"aiokafka, copying only": copied})  # fmt: skip


@contextmanager
def _broker(folder: Path) -> Iterator[str]:
    broker = Broker(folder / "kafka")
    broker.start()
    try:
        yield broker.bootstrap
    finally:
        broker.stop()


def _raw(events: int) -> Iterator[bytes]:
    """Manifests, then their bags' scans in the same order."""
    half = events // 2
    for number in range(half):
        yield manifest(number, _NOW_US + number)
    for number in range(half):
        yield scan(number, _NOW_US + half + number)


def _made(bootstrap: str, prefix: str, events: int) -> Topics:
    """Topics with all raw messages in them."""
    topics = Topics.parse(_topics_text(prefix))
    Cluster(bootstrap).create(topics)
    producer = confluent_kafka().Producer(
        {"bootstrap.servers": bootstrap, "partitioner": wire.PARTITIONER}
    )
    for number, raw in enumerate(_raw(events)):
        # A bag's scan lies behind its manifest: one that overtakes it is another event more.
        key = b"%d" % (number % (events // 2))
        producer.produce(topics.feeds["protobuf"].topic.name, raw, key)
        producer.poll(0)
    if producer.flush(_START_S):
        raise RuntimeError("Kafka did not take the raw messages")
    return topics


def _topics_text(prefix: str) -> str:
    return config_text("topics.toml").replace('prefix = "haechi."', f'prefix = "{prefix}"')


def _faust(folder: Path, bootstrap: str, events: int) -> float:
    """Rate of a worker's process."""
    configs = folder / "configs"
    configs.mkdir()
    for file in Path(haechi.configs.__file__).parent.glob("*.toml"):
        (configs / file.name).write_text(file.read_text("utf-8"), "utf-8")
    (configs / "topics.toml").write_text(_topics_text("faust."), "utf-8")
    topics = _made(bootstrap, "faust.", events)
    command = [sys.executable, "-m", "haechi.app", "ingest", "--bootstrap", bootstrap]
    with (folder / "said").open("wb") as said:
        worker = subprocess.Popen(
            [*command, "--configs", configs, "--data", folder / "data"], stderr=said
        )
        try:
            return asyncio.run(_rate(bootstrap, topics, events, worker))
        finally:
            worker.terminate()
            worker.wait()


def _plain(bootstrap: str, prefix: str, events: int, router: Router | None) -> float:
    return asyncio.run(_aiokafka(bootstrap, _made(bootstrap, prefix, events), events, router))


async def _aiokafka(bootstrap: str, topics: Topics, events: int, router: Router | None) -> float:
    """Rate of plain aiokafka, in this process."""
    aiokafka = load("aiokafka")
    feed = topics.feeds["protobuf"]
    consumer = aiokafka.AIOKafkaConsumer(
        feed.topic.name, bootstrap_servers=bootstrap, auto_offset_reset="earliest", group_id="plain"
    )
    producer = aiokafka.AIOKafkaProducer(bootstrap_servers=bootstrap, acks="all")
    await consumer.start()
    await producer.start()
    copying = asyncio.create_task(_copy(consumer, producer, feed, topics.events.name, router))
    try:
        return await _rate(bootstrap, topics, events, None)
    finally:
        copying.cancel()
        await consumer.stop()
        await producer.stop()


async def _copy(consumer: Any, producer: Any, feed: Feed, to: str, router: Router | None) -> None:
    async for message in consumer:
        key = message.key
        if router is not None:
            step = router.route(feed, message.value).steps[0]
            assert isinstance(step, Named)
            key = step.key.encode()
        await producer.send(to, message.value, key=key)


async def _rate(
    bootstrap: str, topics: Topics, events: int, worker: subprocess.Popen[bytes] | None
) -> float:
    """Events a second that come to stand in the topic of events."""
    library = confluent_kafka()
    looker = library.Consumer({"bootstrap.servers": bootstrap, "group.id": "looker"})
    places = [
        library.TopicPartition(topics.events.name, number) for number in range(topics.partitions)
    ]

    def count() -> int:
        return sum(looker.get_watermark_offsets(place, timeout=10)[1] for place in places)

    until = time.monotonic() + _START_S + events / 50
    first: tuple[float, int] | None = None
    with Progress("events", events) as progress:
        while True:
            there = await asyncio.to_thread(count)
            now = time.monotonic()
            progress.at(there)
            if first is None and there >= _EDGE * events:
                first = now, there
            if there >= (1 - _EDGE) * events:
                looker.close()
                assert first is not None
                return (there - first[1]) / max(now - first[0], 1e-9)
            if now > until or (worker is not None and worker.poll() is not None):
                raise RuntimeError(f"only {there} of {events} events came through")
            await asyncio.sleep(_LOOK_S)
