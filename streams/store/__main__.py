"""``python -m haechi.streams.store DIRECTORY USERS``: the store alone, for tests and repairs."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from haechi.engine.errors import HaechiError
from haechi.streams.store.server import Limits, serve
from haechi.streams.store.users import load_users


def main() -> int:
    """Serve until stopped; one JSON line on standard output says when it is ready."""
    parser = argparse.ArgumentParser(prog="python -m haechi.streams.store", description=__doc__)
    parser.add_argument("directory", type=Path, help="data directory, made if missing")
    parser.add_argument("users", type=Path, help="file of users")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=0, help="0 for any free one")
    limits = Limits()
    parser.add_argument("--execution-s", type=float, default=limits.execution_s)
    parser.add_argument("--running", type=int, default=limits.running)
    parser.add_argument("--waiting", type=int, default=limits.waiting)
    given = parser.parse_args()

    def ready(port: int) -> None:
        print(json.dumps({"host": given.host, "port": port}), flush=True)

    try:
        serve(
            given.directory,
            given.host,
            given.port,
            load_users(given.users),
            limits=Limits(
                execution_s=given.execution_s, running=given.running, waiting=given.waiting
            ),
            on_ready=ready,
        )
    except HaechiError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
