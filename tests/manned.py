"""Lanes whose officers are a queue, for tests."""

from __future__ import annotations

from typing import Any

from border import FAMILY, SECOND, Border, answer, shard_settings

from haechi.engine.codes import EventKind, Overflow
from haechi.operators.shard import ShardSettings

WINDOW = 900 * SECOND
FULL = 4.0
"""Inspections an hour that leave room for one within the window."""


def queueing(
    overflow: int = Overflow.RELEASE, keep: int = 0, lanes: Any = slice(None), **changes: Any
) -> ShardSettings:
    """Settings of lanes whose officers are a queue."""
    made = shard_settings()
    rows = made.policy[lanes]
    rows["window_us"], rows["overflow"], rows["keep"] = WINDOW, overflow, keep
    for name, value in changes.items():
        rows[name] = value
    made.policy[lanes] = rows
    return made


def manned(capacity: float = FULL, until_us: int = 0, **changes: Any) -> Border:
    border = Border(settings=queueing(**changes))
    border.send(EventKind.CAPACITY, lane=FAMILY, value=capacity, until_us=until_us)
    return border


def risky(border: Border, ref: int, score: float = 0.95, **fields: Any) -> Any:
    """The answer about a traveler whose body scan speaks for a search."""
    border.manifest(ref)
    border.scan(ref, score)
    return answer(border.gate(ref, **fields))


def waiting(border: Border, lane: int = FAMILY) -> int:
    return int(border.shard.state.queues[lane]["waiting"])


def places(border: Border) -> int:
    return int((border.shard.state.cases["queue"] != 0).sum())
