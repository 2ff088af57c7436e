"""One core for the threads that an answer passes through.

A gate's event is read by the server's thread and decided by the dataflow's, one after the other
under the interpreter's lock. On two cores each hand-over wakes a core that sleeps, which costs
30-50 us on a virtual machine, and finds cold caches there (measured). So the two share a core, and
the process's other threads leave it to them.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Final

from haechi.configs.profile import EngineProfile

_ALL: Final = (
    frozenset(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else frozenset()
)
"""Cores that this process may use; none where the system does not tell."""


def core_of(profile: EngineProfile) -> int | None:
    """Choose the core of a shard: from the last one down, for the first has the interrupts.

    Returns
    -------
    Number of the core, or None where there is no choice or the profile wants none.
    """
    if not profile.one_core or len(_ALL) < 2:
        return None
    return sorted(_ALL)[-1 - profile.shard % len(_ALL)]


def leave(core: int | None) -> None:
    """Leave a core to the decisions: this thread, and those that it starts, use the others."""
    if core is not None:
        # The system may take cores away from a process; a thread must not end for its speed.
        with suppress(OSError):
            os.sched_setaffinity(0, _ALL - {core})


@contextmanager
def keeping_to(core: int | None) -> Iterator[None]:
    """Keep the threads that are started inside to a core; None for no matter."""
    with _using(frozenset() if core is None else frozenset({core})):
        yield


@contextmanager
def on_all_cores() -> Iterator[None]:
    """Let the threads that are started inside use every core, while no gate is served yet."""
    with _using(_ALL):
        yield


@contextmanager
def _using(cores: frozenset[int]) -> Iterator[None]:
    if not cores:
        yield
        return
    before = os.sched_getaffinity(0)
    with suppress(OSError):
        os.sched_setaffinity(0, cores)
    try:
        yield
    finally:
        with suppress(OSError):
            os.sched_setaffinity(0, before)
