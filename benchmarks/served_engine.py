"""A child: the real engine behind the real gRPC server, on one data directory."""

from __future__ import annotations

import argparse
import os
from pathlib import Path

from benchmarks.installation import Installation
from benchmarks.processes import serve_until_closed
from benchmarks.stages import Stages
from haechi.configs.port import Port
from haechi.configs.topics import Topics
from haechi.rpc.names import names_of
from haechi.rpc.server import serve
from haechi.rpc.settings import ServerSettings
from haechi.streams.cores import core_of, leave
from haechi.streams.engine import Engine
from haechi.streams.kafka.incoming import Incoming
from haechi.streams.kafka.reader import KafkaReader


def kafka_reader(engine: Engine, bootstrap: str) -> KafkaReader:
    """Hang a reader of every partition on an engine."""
    topics = Topics.load()
    reader = KafkaReader(
        bootstrap, topics, range(topics.partitions), engine.positions,
        Incoming(engine.decoder, topics), engine.names, engine.core,
    )  # fmt: skip
    engine.lane = reader
    return reader


def main() -> None:
    """Serve until standard input is closed; a dead dataflow ends the process."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.served_engine")
    parser.add_argument("data", type=Path)
    parser.add_argument("--durability", choices=("process", "disk"), default="process")
    parser.add_argument("--policy", type=Path, help="folder with another lanes.toml")
    parser.add_argument("--wake-fd", type=int)
    parser.add_argument("--stages", type=Path, help="write the time of each stage of each call")
    parser.add_argument("--kafka", metavar="HOST:PORT", help="read all partitions of the events")
    given = parser.parse_args()
    stages = Stages() if given.stages else None
    installation = Installation(given.data, given.durability, given.policy)
    leave(core_of(installation.profile()))
    engine = installation.engine(given.wake_fd)
    engine.on_death(lambda _: os._exit(1))
    reader = kafka_reader(engine, given.kafka) if given.kafka else None
    engine.start()
    if reader is not None:
        reader.start()
    names = names_of(Port.load(), installation.tokens)
    server = serve(engine, installation.keyring(), names, ServerSettings())
    before = engine.recovered
    serve_until_closed({"port": server.port, "snapshot": before.start, "replayed": before.events})
    server.stop(1.0)
    if reader is not None:
        reader.stop()
    engine.stop()
    if stages is not None:
        stages.save(given.stages)


if __name__ == "__main__":
    main()
