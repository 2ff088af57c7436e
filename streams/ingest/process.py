"""Runs the ingest in this process until it is told to stop."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final, NoReturn

from haechi.configs.topics import Topics
from haechi.engine.errors import Unavailable
from haechi.streams.ingest.flow import Ingest, ingest
from haechi.streams.ingest.routes import Router

_AGAIN: Final = "start it again, it goes on where it was"
_LOOK_S: Final = 0.1
_COMMIT_S: Final = 1.0
_WATCH_S: Final = 5.0
_STOP_S: Final = 20.0


def serve(
    bootstrap: str,
    topics: Topics,
    router: Router,
    folder: Path,
    stop: threading.Event,
    ready: Callable[[], None],
    die: Callable[[str], NoReturn],
) -> dict[str, int]:
    """Work until ``stop`` is set.

    Parameters
    ----------
    bootstrap, topics, router, folder
        As :func:`haechi.streams.ingest.flow.ingest` takes them.
    stop
        Set to end it.
    ready
        Called once partitions are assigned and tables are restored.
    die
        Ends the process at once, for a reason that it tells. Nothing is lost: what was not
        delivered was not committed, and a clean end would commit it.

    Returns
    -------
    How often what happened.
    """
    made = ingest(bootstrap, topics, router, folder, die)
    return asyncio.run(_serve(made, stop, ready, die))


async def _serve(
    made: Ingest, stop: threading.Event, ready: Callable[[], None], die: Callable[[str], NoReturn]
) -> dict[str, int]:
    app = made.app
    try:
        app.finalize()
        await app.maybe_start()
    except Exception as error:
        die(f"the ingest cannot start: {error!r}")
    beside = [asyncio.create_task(_commit(made)), asyncio.create_task(_watch(made))]
    told = False
    while not stop.is_set():
        await asyncio.sleep(_LOOK_S)
        if app.crashed:
            die(f"the ingest died: {app.crash_reason!r}; {_AGAIN}")
        for task in beside:
            if task.done():
                die(f"the ingest died: {task.exception() or task.result()}; {_AGAIN}")
        if not told and _at_work(app):
            told = True
            ready()
    for task in beside:
        task.cancel()
    with contextlib.suppress(asyncio.TimeoutError):
        await asyncio.wait_for(_end(made), _STOP_S)
    return {**made.counts, "left_out": made.progress.left_out}


async def _commit(made: Ingest) -> None:
    while True:
        await asyncio.sleep(_COMMIT_S)
        await made.progress.commit()


async def _watch(made: Ingest) -> str:
    """Wait until a partition stands still; which one, and why."""
    while True:
        await asyncio.sleep(_WATCH_S)
        if not _at_work(made.app):
            continue
        # A Kafka that does not answer is waited for.
        with contextlib.suppress(Unavailable):
            if still := await made.progress.standing_still(made.partitions()):
                return still


async def _end(made: Ingest) -> None:
    await made.finish()
    await made.app.stop()


def _at_work(app: Any) -> bool:
    return bool(app.tables.recovery.completed.is_set() and not app.rebalancing)
