"""Runs the ingest in this process until it is told to stop."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Final, NoReturn

from haechi.configs.topics import Topics
from haechi.streams.ingest.flow import Ingest, ingest
from haechi.streams.ingest.routes import Router

_LOOK_S: Final = 0.1
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
    told = False
    while not stop.is_set():
        await asyncio.sleep(_LOOK_S)
        if app.crashed:
            die(f"the ingest died: {app.crash_reason!r}; start it again, it goes on where it was")
        if not told and app.tables.recovery.completed.is_set() and not app.rebalancing:
            told = True
            ready()
    with contextlib.suppress(asyncio.TimeoutError):
        await asyncio.wait_for(app.stop(), _STOP_S)
    return made.counts
