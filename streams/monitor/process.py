"""The monitor as a process: it follows the log, and nobody waits for it."""

from __future__ import annotations

import sqlite3
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from clickhouse_connect.driver.exceptions import ClickHouseError
from urllib3.exceptions import HTTPError

from haechi.configs.monitor import MonitorConfig
from haechi.engine.errors import HaechiError, LogError
from haechi.rpc.v1.event_pb2 import Event
from haechi.streams.log.reader import LogReader
from haechi.streams.monitor.alarms import EventId
from haechi.streams.monitor.checkpoint import Checkpoint
from haechi.streams.monitor.follower import Follower
from haechi.streams.monitor.monitor import Monitor
from haechi.streams.monitor.outlet import Outlet
from haechi.streams.monitor.reports import Reports
from haechi.streams.monitor.status import Status

POLL_S: Final = 0.5
"""How often a quiet log is looked at: a glance costs 0.2 ms."""

SAVE_S: Final = 60.0
_FIRST_WAIT_S: Final = 1.0
_LONGEST_WAIT_S: Final = 30.0
_FAILURES: Final = (ClickHouseError, HTTPError, HaechiError, OSError)

Send = Callable[[Sequence[Event]], Mapping[str, str]]
"""Hands events to the engine; returns once each is in the log, or gives why by its event_id."""


class Retry:
    """Waits longer from failure to failure."""

    def __init__(self) -> None:
        self._wait_s = _FIRST_WAIT_S
        self._next = 0.0

    @property
    def due(self) -> bool:
        """Whether it may be tried again."""
        return time.monotonic() >= self._next

    def failed(self) -> None:
        """Wait longer."""
        self._next = time.monotonic() + self._wait_s
        self._wait_s = min(2 * self._wait_s, _LONGEST_WAIT_S)

    def worked(self) -> None:
        """Wait no longer."""
        self._wait_s, self._next = _FIRST_WAIT_S, 0.0


def watch(
    config: MonitorConfig,
    reader: LogReader,
    checkpoint: Checkpoint,
    event_id: EventId,
    send: Send,
    outlet: Outlet,
    status: Status,
    stop: threading.Event,
    *,
    shard: int = 0,
    say: Callable[[str], None] = print,
) -> Monitor:
    """Follow a log until told to stop, then save and return.

    Parameters
    ----------
    config
        What to watch.
    reader
        The log, with keys.
    checkpoint
        Where the state is kept.
    event_id
        Gives ids of the log.
    send
        Hands alarms to the engine.
    outlet
        Takes rows for ClickHouse.
    status
        Is told how it goes.
    stop
        Ends it.
    shard
        Number of the shard.
    say
        Tells a person.
    """
    monitor = checkpoint.load(reader) or Monitor(config, shard)
    follower = Follower(monitor, reader, event_id)
    reports = Reports(config, outlet)
    reports.begin(monitor)
    sending, storing = Retry(), Retry()
    saved_at, saved = time.monotonic(), monitor.offset
    told: set[tuple[int, str]] = set()
    while not stop.is_set():
        more = _step(follower, status)
        reports.report(monitor)
        for one in monitor.switched_off():
            if (one.of, one.name) not in told:
                told.add((one.of, one.name))
                say(f"{one.name} of {one.of.name} raised and is off: {one.off}")
        if len(outlet):
            _try(outlet.flush, storing, status, "store")
        if not more and len(monitor.outbox):
            _try(lambda: _send(monitor, send, event_id, say), sending, status, "engine")
        if monitor.offset > saved and time.monotonic() - saved_at >= SAVE_S:
            checkpoint.save(monitor, reader)
            saved_at, saved = time.monotonic(), monitor.offset
        status.write(_said(monitor, outlet))
        if not more:
            stop.wait(POLL_S)
    reports.report(monitor, now=True)
    if len(outlet):
        _try(outlet.flush, storing, status, "store")
    if monitor.offset > saved:
        checkpoint.save(monitor, reader)
    status.write(_said(monitor, outlet), now=True)
    outlet.close()
    return monitor


def _send(monitor: Monitor, send: Send, event_id: EventId, say: Callable[[str], None]) -> None:
    """Send alarms; what the engine refuses for good would be refused again."""
    for refused, why in send(monitor.outbox.ready()).items():
        monitor.outbox.seen(event_id(refused))
        say(f"the engine refused an alarm: {why}")


def _step(follower: Follower, status: Status) -> bool:
    try:
        more = follower.step()
    except (sqlite3.OperationalError, LogError) as error:
        # The log, or its next segment, is being made this very moment.
        status.failed("log", error)
        return False
    status.worked("log")
    return more


def _try(what: Callable[[], None], retry: Retry, status: Status, name: str) -> None:
    if not retry.due:
        return
    try:
        what()
    except _FAILURES as error:
        retry.failed()
        status.failed(name, error)
    else:
        retry.worked()
        status.worked(name)


def _said(monitor: Monitor, outlet: Outlet) -> dict[str, Any]:
    return {
        "offset": monitor.offset,
        "outcomes": monitor.outcomes,
        "labels": monitor.labels,
        "alarms": monitor.alarms,
        "alarms_waiting": len(monitor.outbox),
        "rows_waiting": len(outlet),
        "rows_written": outlet.written,
        "rows_dropped": outlet.dropped,
        "switched_off": {f"{one.of.name}/{one.name}": one.off for one in monitor.switched_off()},
    }
