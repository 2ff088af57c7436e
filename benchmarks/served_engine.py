"""A child: the real engine behind the real gRPC server, on one data directory."""

from __future__ import annotations

import argparse
import os
from pathlib import Path

from benchmarks.installation import Installation
from benchmarks.processes import serve_until_closed
from benchmarks.stages import Stages
from haechi.configs.port import Port
from haechi.rpc.names import names_of
from haechi.rpc.server import serve
from haechi.rpc.settings import ServerSettings
from haechi.streams.cores import core_of, leave


def main() -> None:
    """Serve until standard input is closed; a dead dataflow ends the process."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.served_engine")
    parser.add_argument("data", type=Path)
    parser.add_argument("--durability", choices=("process", "disk"), default="process")
    parser.add_argument("--wake-fd", type=int)
    parser.add_argument("--stages", type=Path, help="write the time of each stage of each call")
    given = parser.parse_args()
    stages = Stages() if given.stages else None
    installation = Installation(given.data, given.durability)
    leave(core_of(installation.profile()))
    engine = installation.engine(given.wake_fd)
    engine.on_death(lambda _: os._exit(1))
    engine.start()
    names = names_of(Port.load(), installation.tokens)
    server = serve(engine, installation.keyring(), names, ServerSettings())
    before = engine.recovered
    serve_until_closed({"port": server.port, "snapshot": before.start, "replayed": before.events})
    server.stop(1.0)
    engine.stop()
    if stages is not None:
        stages.save(given.stages)


if __name__ == "__main__":
    main()
