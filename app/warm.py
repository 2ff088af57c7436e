"""Compile every kernel before the first gate asks, and say so: the first time takes a minute."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Final, Protocol

_CORE: Final = "core.apply-*.nbi"
TEXT: Final = "compiling kernels (once for this build, about a minute)"
_EVERY_S: Final = 0.5
_BUILDS_KEPT: Final = 4


class Phase(Protocol):
    """Shows what goes on."""

    def __call__(
        self, text: str, done: int = 0, total: int | None = None, *, at_once: bool = False
    ) -> None:
        """Show it."""


def compiled() -> bool:
    """Whether the core's kernels of this build are in the cache."""
    return any(_cache().rglob(_CORE))


def warm(phase: Phase) -> None:
    """Compile, or load from the cache, all that a decision needs.

    Parameters
    ----------
    phase
        Shows what goes on, if it takes long.
    """
    if compiled():
        _run_all()
        return
    _showing(phase, _run_all)
    forget_old_builds(_cache())


def _cache() -> Path:
    """Where kernels of this build are kept."""
    import numba

    # It tells Numba where the cache is.
    import haechi.engine.kernel  # noqa: F401

    return Path(numba.config.CACHE_DIR)  # type: ignore[attr-defined]


def forget_old_builds(cache: Path) -> None:
    """Remove kernels of builds that are long gone: each takes some tens of megabytes.

    Parameters
    ----------
    cache
        Where this build's are kept; those of other builds lie beside it.
    """
    builds = cache.parent.glob(f"{cache.name.rpartition('-')[0]}-*")
    others = sorted(builds, key=lambda one: one.stat().st_mtime, reverse=True)
    for old in [one for one in others if one != cache][_BUILDS_KEPT - 1 :]:
        shutil.rmtree(old, ignore_errors=True)


def _showing(phase: Phase, work: Callable[[], None]) -> None:
    over = threading.Event()

    def show() -> None:
        phase(TEXT, at_once=True)
        while not over.wait(_EVERY_S):
            phase(TEXT, at_once=True)

    shower = threading.Thread(target=show, daemon=True)
    shower.start()
    try:
        work()
    finally:
        over.set()
        shower.join()


def _run_all() -> None:
    """Put a record through a throw-away shard, and an id through a window."""
    import numpy as np

    from haechi.engine.codes import EventKind
    from haechi.engine.fingerprint import numeric_fingerprint
    from haechi.engine.records import EVENT, pack_event
    from haechi.operators.shard import Shard
    from haechi.operators.window import IdWindow

    # The core is one kernel, compiled when a shard is made; a tick runs all of its first lines.
    raw = pack_event(kind=EventKind.TICK, offset=1, stamp_us=1, event_us=1, first=1, last=1)
    Shard(64).apply(np.frombuffer(raw, EVENT))
    window = IdWindow(1)
    window.insert(bytes(16), bytes(16), 0, 0)
    window.look_up(bytes(16), bytes(16))
    numeric_fingerprint()
