"""The one that asks the store and the engine, once a second, for all pages together.

It rests while nobody looks. What is cheap and moves is asked each time, what moves slowly less
often; statements read only what is new, or the latest decisions, so they cost the same when the
store holds ten million.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final

from haechi.dashboards.web.board import KEPT_S, Board
from haechi.dashboards.web.hub import Hub
from haechi.dashboards.web.store import Store
from haechi.engine.errors import Unavailable

_LOG: Final = logging.getLogger(__name__)

_EVERY_S: Final = 1.0
_EACH_OTHER: Final = 2
_OFTEN: Final = 10
_SELDOM: Final = 30
"""Turns after which something is asked again. A statement costs the store 10 to 20 ms however
little it finds, so answers and news take turns."""

_LATEST: Final = 20_000
"""Places in the log over which lanes and evidence are counted."""

_MOST_ANSWERS: Final = 2_000_000
"""Places in the log that five minutes can have."""

_MOST_TASKS: Final = 5_000
"""Tasks that a first look reads; a port with more is told so."""

_STALE_US: Final = 10_000_000

_TOLD: Final = (
    "intake_events", "intake_limit_events", "connected", "lag_events", "lag_ms",
    "acknowledged_ms_p50", "acknowledged_ms_p99", "acknowledged_ms_p999", "errors",
)  # fmt: skip
"""What the page shows of what processes say of themselves."""


class Poller:
    """Makes the snapshots.

    Parameters
    ----------
    store
        Where decisions are asked for.
    alive
        Tells whether the engine decides.
    sensors
        Names the sensors that are down, given places in the log where some spoke.
    run
        Folder in which engine, shipper and monitor say how they are doing.
    hub
        Where snapshots go.
    """

    def __init__(
        self,
        store: Store,
        alive: Callable[[], bool],
        sensors: Callable[[list[int]], list[dict[str, Any]]],
        run: Path,
        hub: Hub,
    ) -> None:
        self._store = store
        self._alive = alive
        self._sensors = sensors
        self._sensors_after = -1
        self._run = run
        self._hub = hub
        self._board = Board()
        self._head = -1
        self._turn = 0
        self._slow: dict[str, Any] = {}
        self._engine: dict[str, Any] = {"up": None, "since_us": 0}

    async def work(self) -> None:
        """Make snapshots while somebody looks, until cancelled."""
        health = asyncio.create_task(self._watch_engine())
        try:
            while True:
                await self._hub.somebody()
                began = time.monotonic()
                try:
                    self._hub.tell(await asyncio.to_thread(self._snapshot))
                except Exception:
                    # One snapshot that fails must not end the page for everybody: pages say that
                    # they hear nothing until one succeeds.
                    _LOG.exception("no snapshot could be made")
                await asyncio.sleep(max(0.1, _EVERY_S - (time.monotonic() - began)))
        finally:
            health.cancel()

    async def _watch_engine(self) -> None:
        """Ask on its own, so that an engine that hangs does not hold up the store's news."""
        while True:
            await self._hub.somebody()
            up = await asyncio.to_thread(self._is_alive)
            if up is not self._engine["up"]:
                self._engine = {"up": up, "since_us": time.time_ns() // 1000}
            await asyncio.sleep(_EVERY_S)

    def _is_alive(self) -> bool:
        try:
            return self._alive()
        except Exception:
            # Whoever cannot ask does not know that it decides.
            _LOG.exception("the engine could not be asked")
            return False

    def _snapshot(self) -> dict[str, Any]:
        now_us = time.time_ns() // 1000
        said: dict[str, Any] = {"at_us": now_us, "engine": self._engine, "store": {"up": True}}
        try:
            self._read(now_us // 1_000_000)
            self._turn += 1
        except Unavailable as error:
            said["store"] = {"up": False, "why": str(error).partition("\n")[0][:200]}
        series = self._board.series(now_us // 1_000_000)
        return {
            **said,
            **self._slow,
            "series": series,
            "rates": self._board.rates(series),
            "through": self._board.answers_after,
            "stops": self._board.stops(),
            "waiting": self._board.waiting(now_us),
            "intake": self._told("engine-status", now_us),
            "shipper": self._told("shipper", now_us),
            "monitor": self._told("monitor", now_us),
        }

    def _read(self, now_s: int) -> None:
        # What is shipped comes in the log's order, so nothing older than the head will follow.
        board, rows = self._board, self._store.rows
        if self._turn % _OFTEN == 0:
            self._read_head()
        if board.news_after < 0:
            self._look_first()
        if self._turn % _EACH_OTHER == 0:
            since = now_s - KEPT_S
            board.add_answers(rows("live/answers", after=board.answers_after, since=since))
            board.answers_after = max(board.answers_after, self._head)
        else:
            board.add_news(rows("live/news", after=board.news_after))
            board.news_after = max(board.news_after, self._head)
        if self._turn % _OFTEN == 0:
            self._read_often()
        if self._turn % _SELDOM == 0:
            self._read_seldom()

    def _read_head(self) -> None:
        head = self._store.rows("live/head", after=self._head)[0]
        self._head = head["last"]
        self._slow["decisions"] = head["n"]

    def _look_first(self) -> None:
        """Read what waits and the latest stops; answers that are older are not looked through."""
        board, until = self._board, self._head
        waiting = self._store.rows("live/waiting", until=until, most=_MOST_TASKS)
        stops = self._store.rows("live/stops", after=max(-1, until - _LATEST), until=until)
        board.add_tasks(waiting)
        board.has_more_tasks = len(waiting) == _MOST_TASKS
        board.add_stops(stops)
        board.answers_after = max(board.answers_after, until - _MOST_ANSWERS)
        board.news_after = until

    def _read_often(self) -> None:
        rows, after = self._store.rows, max(-1, self._head - _LATEST)
        self._slow |= {
            "clocks": rows("live/clocks")[0],
            "lanes": rows("live/lanes", after=after),
            "evidence": rows("live/evidence", after=after),
            "sensors": self._read_sensors(),
        }

    def _read_sensors(self) -> list[dict[str, Any]]:
        places = [
            row["offset"] for row in self._store.rows("live/sensors", after=self._sensors_after)
        ]
        down = self._sensors(places)
        self._sensors_after = max([self._sensors_after, *places])
        return down

    def _read_seldom(self) -> None:
        rows = self._store.rows
        self._slow |= {
            "quality": rows("live/quality"),
            "drifts": rows("live/drifts"),
            "letters": rows("live/letters"),
        }

    def _told(self, name: str, now_us: int) -> dict[str, Any] | None:
        """What a process of the installation says of itself, or None if it says nothing now."""
        with _unreadable():
            told: dict[str, Any] = json.loads((self._run / f"{name}.json").read_text("utf-8"))
            if now_us - told["written_us"] < _STALE_US:
                return {key: told[key] for key in _TOLD if key in told}
        return None


@contextlib.contextmanager
def _unreadable() -> Iterator[None]:
    with contextlib.suppress(OSError, ValueError, KeyError, TypeError):
        yield
