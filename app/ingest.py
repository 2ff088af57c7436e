"""`haechi ingest`: a worker that turns Kafka's raw feeds into events under their subjects' keys."""

from __future__ import annotations

import argparse
import logging
import os
import re
import sys
from typing import Final, NoReturn

from haechi.app import credentials
from haechi.app.arguments import Commands, command, supervised_options
from haechi.app.exits import FAILED, OK
from haechi.app.folder import DataFolder
from haechi.app.reports import Reports, stop_signals
from haechi.app.terminal import say
from haechi.app.topics import bootstrap, kafka_options
from haechi.engine.errors import ConfigError

_NAME: Final = re.compile(r"[A-Za-z0-9_-]{1,40}")


def add(commands: Commands) -> None:
    """Add the command."""
    parser = command(
        commands,
        "ingest",
        run,
        "turn Kafka's raw feeds into events under their subjects' keys",
        "haechi ingest --bootstrap 127.0.0.1:9092\nhaechi ingest --worker 2   # a second one",
        details="Workers share the partitions; if one dies the others take over. All of them, and "
        "all shards, need the same secrets/tokens.key. docs/kafka.md goes on.",
    )
    kafka_options(parser)
    parser.add_argument(
        "--worker", default="1", metavar="NAME",
        help="a name of its own for each worker on a machine (default: 1)",
    )  # fmt: skip
    supervised_options(parser)


def run(args: argparse.Namespace) -> int:
    """Work until stopped."""
    from haechi.configs.port import Port
    from haechi.configs.topics import Topics
    from haechi.streams.decode import Decoder
    from haechi.streams.ingest.process import serve
    from haechi.streams.ingest.routes import Router
    from haechi.streams.kafka.routing import routing_tokens
    from haechi.streams.kafka.topics import Cluster

    if not _NAME.fullmatch(args.worker):
        raise ConfigError(f"--worker {args.worker!r}: give 1 to 40 letters, digits, dashes or _")
    reports: Reports = args.reports
    logging.basicConfig(level=logging.ERROR, format="%(name)s: %(message)s")
    # Faust warns of what nobody need do anything about; what we say is worth reading.
    logging.getLogger("ingest").setLevel(logging.WARNING)
    data = DataFolder(args.data.resolve())
    data.make()
    where = bootstrap(args)
    topics = Topics.load(args.configs)
    key = credentials.token_key(data, make=True)
    router = Router(Decoder(routing_tokens(key), Port.load(args.configs)))
    Cluster(where).check(topics)
    stop = stop_signals()
    folder = data.root / "ingest" / args.worker
    folder.mkdir(parents=True, exist_ok=True)
    reports.phase("joining the other workers")

    def ready() -> None:
        feeds = ", ".join(feed.topic.name for feed in topics.feeds.values())
        reports.ready(f"worker {args.worker} reads {feeds}; Ctrl-C stops it", pid=os.getpid())

    def die(reason: str) -> NoReturn:
        reports.error(reason)
        sys.stderr.flush()
        os._exit(FAILED)

    counts = serve(where, topics, router, folder, stop, ready, die)
    if not reports.supervised:
        said = "{read:,} messages read, {events:,} events, {dead:,} dead letters; "
        say((said + "{left_out:,} that Faust left out").format(**counts))
    return OK
