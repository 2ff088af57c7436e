"""Runs the ingest in this process until it is told to stop."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Final

from haechi.configs.topics import Topics
from haechi.engine.errors import Unavailable
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

    Returns
    -------
    How often what happened.

    Raises
    ------
    Unavailable
        If it cannot go on. End the process then, and not cleanly: what was not delivered must
        not be committed.
    """
    # Not asyncio.run: after a failure it would wait for what can no longer end.
    return asyncio.new_event_loop().run_until_complete(
        _serve(bootstrap, topics, router, folder, stop, ready)
    )


async def _serve(
    bootstrap: str,
    topics: Topics,
    router: Router,
    folder: Path,
    stop: threading.Event,
    ready: Callable[[], None],
) -> dict[str, int]:
    failures: list[str] = []
    made: Ingest = ingest(bootstrap, topics, router, folder, failures.append)
    app = made.app
    app.finalize()
    await app.maybe_start()
    told = False
    while not stop.is_set():
        await asyncio.sleep(_LOOK_S)
        if app.crashed:
            failures.append(f"the ingest died: {app.crash_reason!r}")
        if failures:
            raise Unavailable(f"{failures[0]}; start it again, it goes on where it was")
        if not told and app.tables.recovery.completed.is_set() and not app.rebalancing:
            told = True
            ready()
    with contextlib.suppress(asyncio.TimeoutError):
        await asyncio.wait_for(app.stop(), _STOP_S)
    return made.counts
