"""The whole installation: engine, shipper and store, each a process of its own.

Run as a module, this is the shipper's process.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import struct
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import clickhouse_connect
import numpy as np
from numpy.typing import NDArray

from benchmarks.installation import Installation
from benchmarks.processes import Child
from haechi.streams.shipper import ship
from haechi.streams.shipper.shipper import Shipper
from haechi.streams.store import new_users, save_users

_PATIENCE_S: Final = 60.0
_INSERT: Final = struct.Struct("<qq")


@dataclass(frozen=True, slots=True)
class Running:
    """What runs.

    Parameters
    ----------
    installation
        Where.
    children
        Processes: engine, shipper, store.
    grpc_port, store_port
        Where engine and store serve.
    passwords
        The store's, by user.
    """

    installation: Installation
    children: dict[str, Child]
    grpc_port: int
    store_port: int
    passwords: dict[str, str]

    def client(self, user: str = "analyst") -> Any:
        """Connect to the store."""
        return clickhouse_connect.get_client(
            host="127.0.0.1",
            port=self.store_port,
            username=user,
            password=self.passwords[user],
            autogenerate_session_id=False,
        )

    def shipped(self) -> dict[str, Any]:
        """What the shipper says of itself, about once a second."""
        try:
            said: dict[str, Any] = json.loads(_said(self.installation).read_text("utf-8"))
        except FileNotFoundError:
            return {}
        return said

    def acknowledged(self) -> NDArray[np.int64]:
        """Every insert of decisions: the offset up to which all are there, and when, shape (n, 2).

        Times are microseconds since the epoch, read when the insert had returned.
        """
        return np.fromfile(_inserts(self.installation), np.int64).reshape(-1, 2)

    def settle(self, seconds: float) -> None:
        """Wait until all is shipped, and then a little."""
        head = self.installation.reader().head()
        wanted = head.offset if head else -1
        until = time.monotonic() + _PATIENCE_S
        while self.shipped().get("shipped_offset", -2) < wanted:
            dead = [who for who, child in self.children.items() if not child.alive()]
            if dead or time.monotonic() > until:
                raise RuntimeError(f"shipping stands still; ended: {dead}; {self.shipped()}")
            time.sleep(0.1)
        time.sleep(seconds)


def _run_folder(installation: Installation) -> Path:
    return installation.data / "run"


def _said(installation: Installation) -> Path:
    return _run_folder(installation) / "shipper.json"


def _inserts(installation: Installation) -> Path:
    return _run_folder(installation) / "inserts"


def _note_inserts(path: Path) -> None:
    """Let the shipper note every insert of decisions; only for a process of its own."""
    path.parent.mkdir(parents=True, exist_ok=True)
    noted = path.open("wb", buffering=0)
    ship_decisions = Shipper._ship_decisions

    def shipped(self: Shipper, decisions: Any, events: Any, stop: int) -> None:
        ship_decisions(self, decisions, events, stop)
        noted.write(_INSERT.pack(stop, time.time_ns() // 1000))

    Shipper._ship_decisions = shipped  # type: ignore[method-assign]


@contextmanager
def whole(installation: Installation) -> Iterator[Running]:
    """Start all three, and stop them in the right order."""
    data = installation.data
    users, passwords = new_users()
    save_users(data / "users.json", users)
    awake, wake = os.pipe()
    with ExitStack() as stack:
        store = stack.enter_context(
            Child("haechi.streams.store", data / "store", data / "users.json", ends=signal.SIGTERM)
        )
        store_port = store.ready()["port"]
        shipper = stack.enter_context(
            Child("benchmarks.shipping", data, store_port, awake, pass_fds=[awake])
        )
        shipper.tell(passwords["engine"])
        shipper.ready()
        engine = stack.enter_context(Child.engine(data, "--wake-fd", wake, pass_fds=[wake]))
        os.close(awake)
        os.close(wake)
        grpc_port = engine.ready()["port"]
        children = {"engine": engine, "shipper": shipper, "store": store}
        yield Running(installation, children, grpc_port, store_port, passwords)


def main() -> None:
    """Ship until standard input is closed; its first line is the password."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.shipping")
    parser.add_argument("data", type=Path)
    parser.add_argument("port", type=int)
    parser.add_argument("wake_fd", type=int)
    given = parser.parse_args()
    installation = Installation(given.data)
    password = sys.stdin.readline().strip()
    stop = threading.Event()

    def wait_for_end() -> None:
        sys.stdin.read()
        stop.set()

    threading.Thread(target=wait_for_end, daemon=True).start()
    print("{}", flush=True)
    places = installation.places
    _note_inserts(_inserts(installation))
    ship(
        places.log,
        places.keys,
        _run_folder(installation),
        "127.0.0.1",
        given.port,
        "engine",
        password,
        given.wake_fd,
        stopping=stop,
    )


if __name__ == "__main__":
    main()
