"""How the engine is doing, written once a second for who watches it from another process."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

from haechi.configs.profile import EngineProfile
from haechi.streams.engine import Engine

EVERY_S: Final = 1.0


class EngineStatus:
    """Writes ``engine-status.json``, at most once a second; on no thread that decides.

    Parameters
    ----------
    path
        Where.
    engine
        Whose status it is.
    profile
        How it runs.
    kafka
        How reading from Kafka goes; None where nothing is read.
    """

    def __init__(
        self,
        path: Path,
        engine: Engine,
        profile: EngineProfile,
        kafka: Callable[[], Mapping[str, object]] | None = None,
    ) -> None:
        self._kafka = kafka
        self._path = path
        self._engine = engine
        self._limit = profile.intake_limit
        self._written_at = -EVERY_S

    def write(self) -> None:
        """Write the file, if a second has passed. What cannot be written is left out."""
        at = time.monotonic()
        if at - self._written_at < EVERY_S:
            return
        self._written_at = at
        engine = self._engine
        said = {
            "pid": os.getpid(),
            "healthy": engine.healthy(),
            "epoch": engine.epoch,
            "intake_events": engine.intake.depth(),
            "intake_limit_events": self._limit,
            "watchers": engine.hub.watchers,
            "open_cases": engine.open_cases(),
            "tasks": [
                [lane, task.name, count]
                for (lane, task), count in sorted(engine.tasks.counts().items())
            ],
            "standby": {
                "state": engine.replica.state(),
                "lag_events": engine.replica.lag_events(),
                "proved_offset": engine.replica.proved,
                # What comes after it may be lost with this machine, so nobody is told of it yet.
                "bound_offset": engine.hub.bound,
            },
            "written_us": time.time_ns() // 1000,
        }
        if self._kafka is not None:
            said["kafka"] = self._kafka()
        fresh = self._path.with_suffix(".new")
        try:
            fresh.write_text(json.dumps(said), "utf-8")
            fresh.replace(self._path)
        except OSError:
            # A full disk ends the engine where it matters: at the log.
            return
