"""How long a raw message is on its way: through a Faust worker, Kafka and a shard to its commit.

Messages come evenly at rates far below what a worker takes, so that nothing waits for its turn.
A commit is seen by somebody who looks into the log every millisecond.
"""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, Final

import numpy as np

from benchmarks.installation import Installation
from benchmarks.processes import Child
from benchmarks.quantiles import Times, percentile
from benchmarks.raw_events import manifest, scan
from benchmarks.report import Progress
from haechi.configs.port import Port
from haechi.configs.topics import Topics
from haechi.streams.decode import Decoder
from haechi.streams.kafka.extra import confluent_kafka
from haechi.streams.kafka.topics import Cluster
from haechi.streams.kafka.wire import PARTITIONER
from haechi.streams.log.reader import LogReader

HEADS: Final = ("message", "sent_a_second", "messages", "p50_ms", "p99_ms", "most_ms")

_RATES: Final = (20.0, 100.0)
_BEHIND: Final = 10
"""A bag is scanned so many manifests after its own, so that its owner is known."""

_LOOK_S: Final = 0.001
_LATE_S: Final = 120.0
_FIRST: Final = 1_000_000
"""Numbers of a rate's travelers begin at a multiple of this."""


class _Commits:
    """Notes when it first sees each event in a shard's log."""

    def __init__(self, log: LogReader) -> None:
        self._seen: Final[dict[bytes, float]] = {}
        self._log = log
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._look, daemon=True)
        self._thread.start()

    def _look(self) -> None:
        following = 0
        while not self._over.wait(_LOOK_S):
            for event in self._log.events(following):
                self._seen[event.id] = time.perf_counter()
                following = event.offset + 1

    def wait(self, ids: set[bytes]) -> Mapping[bytes, float]:
        """Wait for events; when each that is there was seen first."""
        until = time.perf_counter() + _LATE_S
        while missing := ids - self._seen.keys():
            if time.perf_counter() > until:
                raise RuntimeError(f"{len(missing)} of {len(ids)} messages are not in the log")
            time.sleep(_LOOK_S)
        return self._seen

    def stop(self) -> None:
        """Look no more."""
        self._over.set()
        self._thread.join()


def measure(folder: Path, bootstrap: str, seconds: float) -> list[list[Any]]:
    """Measure at every rate; rows under :data:`HEADS`.

    Parameters
    ----------
    folder
        Where the worker and the shard may keep their data.
    bootstrap
        Where Kafka is.
    seconds
        How long to send at each rate.
    """
    topics = Topics.load()
    Cluster(bootstrap).create(topics)
    one = Installation(folder / "shard")
    rows = []
    with (
        Child.engine(one.data, "--kafka", bootstrap) as engine,
        _worker(folder, bootstrap),
    ):
        engine.ready()
        with closing(one.reader()) as log:
            commits = _Commits(log)
            feed = _Feed(bootstrap, topics, Decoder(one.tokens, Port.load()), commits)
            feed.send(0, _RATES[0], _BEHIND)
            for number, rate in enumerate(_RATES, start=1):
                waits = feed.send(number * _FIRST, rate, round(rate * seconds))
                for what, times_ms in waits.items():
                    told = [percentile(times_ms, percent) for percent in (50.0, 99.0, 100.0)]
                    rows.append([what, round(rate), len(times_ms), *(round(t, 1) for t in told)])
            commits.stop()
    return rows


@contextmanager
def _worker(folder: Path, bootstrap: str) -> Iterator[None]:
    command = [sys.executable, "-m", "haechi.app", "ingest", "--bootstrap", bootstrap]
    folder.mkdir(exist_ok=True)
    with (folder / "said").open("wb") as said:
        worker = subprocess.Popen([*command, "--data", folder / "worker"], stderr=said)
        try:
            yield
        finally:
            worker.terminate()
            worker.wait()


def _messages(first: int, count: int) -> Iterator[tuple[str, bytes]]:
    """Manifests and scans in turn, each made when it is taken; and what each is."""
    for number in range(first, first + count // 2 + _BEHIND):
        yield "a manifest", manifest(number, time.time_ns() // 1000)
        if number >= first + _BEHIND:
            yield "a bag's scan, to its traveler", scan(number - _BEHIND, time.time_ns() // 1000)


class _Feed:
    """Sends to the raw feed, and waits until the shard has it."""

    def __init__(self, bootstrap: str, topics: Topics, decoder: Decoder, commits: _Commits) -> None:
        self._topic = topics.feeds["protobuf"].topic.name
        self._decode = decoder.decode
        self._commits = commits
        # Each message by itself, as a source sends it that has no more.
        self._producer = confluent_kafka().Producer(
            {"bootstrap.servers": bootstrap, "partitioner": PARTITIONER, "linger.ms": 0}
        )

    def send(self, first: int, rate: float, count: int) -> dict[str, Times]:
        """Send evenly; milliseconds to the commit, by what was sent."""
        sent: dict[str, dict[bytes, float]] = {}
        began = time.perf_counter()
        with Progress(f"sending {rate:g} a second", count) as progress:
            for number, (what, raw) in enumerate(_messages(first, count)):
                time.sleep(max(0.0, began + number / rate - time.perf_counter()))
                sent.setdefault(what, {})[self._decode(raw).id] = time.perf_counter()
                self._producer.produce(self._topic, raw)
                self._producer.poll(0)
                progress.at(number)
        self._producer.flush(_LATE_S)
        seen = self._commits.wait({event_id for ids in sent.values() for event_id in ids})
        return {
            what: np.array([1000 * (seen[event_id] - at) for event_id, at in ids.items()])
            for what, ids in sent.items()
        }
