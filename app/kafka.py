"""`haechi kafka ...`: a real Kafka on loopback, to try things with."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Final

from haechi.app.arguments import Commands, command, supervised_options
from haechi.app.exits import HELP, OK
from haechi.app.reports import Reports, stop_signals
from haechi.app.terminal import Phases
from haechi.engine.errors import Unavailable

_PORT: Final = 9092
_LOOK_S: Final = 0.2


def add(commands: Commands) -> None:
    """Add the commands."""
    top = commands.add_parser(
        "kafka",
        help="run a real Kafka on loopback, to try things with",
        description="Apache Kafka comes from Maven, pinned and checked, and needs Java. One "
        "broker without replicas: for trials and tests, not for a port. docs/kafka.md goes on.",
        epilog="examples:\n  haechi kafka install\n  haechi kafka run\n"
        "  haechi kafka run --port 0   # any free port\n\n" + HELP,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    inner = top.add_subparsers(title="commands", metavar="COMMAND", required=True)
    installing = command(
        inner, "install", _install, "fetch and check Kafka's jars",
        "haechi kafka install\nhaechi kafka install --from jars",
    )  # fmt: skip
    installing.add_argument(
        "--from", dest="given", type=Path, metavar="FOLDER",
        help="folder with the jars; nothing is fetched then",
    )  # fmt: skip
    running = command(
        inner, "run", _run, "run a broker until Ctrl-C; its data stays in --data",
        "haechi kafka run\nhaechi kafka run --data var --port 19092",
    )  # fmt: skip
    running.add_argument(
        "--port", type=int, default=_PORT, help=f"port; 0 for any (default: {_PORT})"
    )
    supervised_options(running)


def _install(args: argparse.Namespace) -> int:
    from haechi.streams.kafka import jars

    folder = jars.default_folder()
    jars.need_java()
    with Phases() as phases:
        phases.show("fetching Kafka")
        new = jars.install(folder, args.given)
    print(f"Kafka {jars.VERSION} {'installed' if new else 'is there,'} in {folder}")
    return OK


def _run(args: argparse.Namespace) -> int:
    from haechi.streams.kafka.broker import Broker

    reports: Reports = args.reports
    stop = stop_signals()
    folder: Path = args.data.resolve() / "kafka"
    broker = Broker(folder, args.port)
    reports.phase("starting Kafka")
    broker.start()
    try:
        reports.ready(
            f"Kafka serves on {broker.bootstrap}; its data is in {folder}; Ctrl-C stops it",
            port=broker.port,
        )
        while not stop.wait(_LOOK_S):
            if not broker.running:
                raise Unavailable(f"Kafka ended by itself: see {folder / 'broker.log'}")
    finally:
        broker.stop()
    return OK
