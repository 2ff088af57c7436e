"""The shipper as a process: woken by the engine, patient with the store, stopped by a signal."""

from __future__ import annotations

import os
import select
import signal
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from clickhouse_connect.driver.exceptions import ClickHouseError
from urllib3.exceptions import HTTPError

from haechi.configs.schema import Target
from haechi.engine.errors import LogError, StoreError
from haechi.streams.log.keys import SubjectKeys
from haechi.streams.log.reader import LogReader
from haechi.streams.one_at_a_time import one_at_a_time
from haechi.streams.shipper.cursor import CursorFile
from haechi.streams.shipper.names import BareNames, PlaceNames
from haechi.streams.shipper.outlet import Outlet, connector
from haechi.streams.shipper.progress import Progress
from haechi.streams.shipper.shipper import Shipper

POLL_S: Final = 0.003
"""How often the log is looked at where nobody wakes us: a glance costs 0.1 ms."""

_LOOK_AGAIN_S: Final = 0.1
_FIRST_WAIT_S: Final = 0.1
_LONGEST_WAIT_S: Final = 2.0
_CLOSING_S: Final = 10.0
_FAILURES: Final = (ClickHouseError, HTTPError, StoreError, OSError, sqlite3.OperationalError)


class Wake:
    """Waits until the engine has committed something.

    Parameters
    ----------
    wake_fd
        Reading end of the engine's pipe, or None to look every few milliseconds.
    """

    def __init__(self, wake_fd: int | None) -> None:
        self._fd = wake_fd
        # Unlike select, it takes a number beyond 1,023, as a busy parent hands down.
        self._poll = select.poll()
        if wake_fd is not None:
            os.set_blocking(wake_fd, False)
            self._poll.register(wake_fd, select.POLLIN)

    def wait(self, most_s: float) -> None:
        """Wait for a commit, at most this long."""
        if self._fd is None:
            time.sleep(min(POLL_S, most_s))
            return
        # A lost wake-up costs a tenth of a second, not a decision.
        if self._poll.poll(1000 * min(_LOOK_AGAIN_S, most_s)) and not os.read(self._fd, 65536):
            # The engine is gone. Its successor may write to the log without this pipe.
            self._fd = None


def ship(
    log_folder: Path,
    keys_path: Path,
    run_folder: Path,
    host: str,
    port: int,
    username: str,
    password: str,
    wake_fd: int | None = None,
    names: PlaceNames | None = None,
    *,
    shard: int = 0,
    target: Target | None = None,
    connect: Callable[[], Any] | None = None,
    stopping: threading.Event | None = None,
) -> None:
    """Ship a shard's log to ClickHouse until SIGTERM or SIGINT, then flush and return.

    Parameters
    ----------
    log_folder
        Where the segments lie; the cursor is kept beside them, as ``shipped.json``.
    keys_path
        The subjects' keys.
    run_folder
        Where ``shipper.json`` tells how far behind it is.
    host, port, username, password
        The store.
    wake_fd
        Reading end of the engine's pipe, or None to look for commits.
    names
        Names of the port's places; tokens in hexadecimal if not given.
    shard
        Number of the shard.
    target
        Where the tables stand.
    connect
        Makes a client; for tests.
    stopping
        Ends it like a signal; for those who run it in a thread.

    Raises
    ------
    LogError
        If another shipper ships this log already.
    """
    stop = stopping or threading.Event()
    if threading.current_thread() is threading.main_thread():
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: stop.set())
    run_folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    log_folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    progress = Progress(run_folder / "shipper.json")
    client_of = connect or connector(host, port, username, password)
    wake = Wake(wake_fd)
    refusal = f"the log {log_folder} is being shipped already; stop that shipper first"
    # Two would send the same rows under other tokens.
    with one_at_a_time(log_folder / "shipper.lock", refusal):
        keys = SubjectKeys(keys_path)
        reader = LogReader(log_folder, keys)
        wait_s = _FIRST_WAIT_S
        while True:
            before = progress.batches
            try:
                with _outlet(client_of, shard, target or Target()) as outlet:
                    shipper = Shipper(
                        reader,
                        outlet,
                        CursorFile(log_folder / "shipped.json"),
                        shard,
                        names or BareNames(),
                        progress,
                    )
                    shipper.begin()
                    _run(shipper, wake, stop)
                break
            except _FAILURES as error:
                progress.failed(error)
            if stop.is_set():
                # What was not shipped is in the log, and the next start goes on from there.
                break
            if progress.batches > before:
                wait_s = _FIRST_WAIT_S
            _pause(reader, progress, stop, wait_s)
            wait_s = min(2 * wait_s, _LONGEST_WAIT_S)
        progress.write(now=True)
        reader.close()
        keys.close()


def _run(shipper: Shipper, wake: Wake, stop: threading.Event) -> None:
    while not stop.is_set():
        if not shipper.step():
            wake.wait(shipper.wait_s())
    until = time.monotonic() + _CLOSING_S
    while shipper.step(closing=True) and time.monotonic() < until:
        pass
    shipper.save()


def _pause(reader: LogReader, progress: Progress, stop: threading.Event, wait_s: float) -> None:
    stop.wait(wait_s)
    try:
        head = reader.head()
    except (sqlite3.Error, LogError):
        return
    if head is not None:
        progress.waiting(head.offset)


@contextmanager
def _outlet(connect: Callable[[], Any], shard: int, target: Target) -> Iterator[Outlet]:
    try:
        client = connect()
    except _FAILURES:
        raise
    except Exception as error:
        # The client's library reads the first answers itself; one that a store cuts off while it
        # starts or ends can break it in any way, and is no reason to end.
        raise StoreError(
            f"the store's first answers cannot be read: {type(error).__name__}: {error}"
        ) from error
    outlet = Outlet(client, shard, target)
    try:
        yield outlet
    finally:
        outlet.close()
