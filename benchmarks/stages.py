"""Where a decision's time goes: a clock read at each hand-over inside the engine's process.

Only for a process of its own, with one call in flight: methods of the engine and the server
are wrapped, which costs about a microsecond each.
"""

from __future__ import annotations

import functools
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from haechi.operators.admission import Admission
from haechi.operators.intake import Intake
from haechi.operators.logic import ShardLogic
from haechi.operators.shard import Shard
from haechi.rpc.callers import Callers
from haechi.rpc.decide import DecideCalls, _Asked
from haechi.rpc.entrance import Entrance
from haechi.rpc.unwaited import _OnArrival
from haechi.streams.log.writer import LogWriter

_POINTS: Final = (
    ("arrived", _OnArrival, "submit", True),
    ("handler", DecideCalls, "decide", True),
    ("authenticated", Callers, "of", False),
    ("decoded", Entrance, "entry", False),
    ("queued", Intake, "put", False),
    ("flowing", ShardLogic, "on_batch", True),
    ("admitted", Admission, "admit", False),
    ("applied", Shard, "apply", False),
    ("writing", LogWriter, "append", True),
    ("committed", LogWriter, "append", False),
    ("operator left", ShardLogic, "on_batch", False),
    ("replied", _Asked, "complete", True),
)
"""Name of the point, whose method, and whether its beginning or its end."""

TITLES: Final = (
    "client to server's queue",
    "to receive the request",
    "metadata, token",
    "parse, decode, check",
    "into the intake",
    "intake to dataflow thread, Bytewax in",
    "admit, id window",
    "kernels",
    "rows for the log",
    "encrypt, chain, SQLite commit",
    "outcomes",
    "Bytewax to the reply sink",
    "write and send the answer, to the client",
)
"""What lies before each point, and after the last."""


class Stages:
    """Wraps the methods, and keeps the times of every call."""

    def __init__(self) -> None:
        self._now: list[int] = [0] * len(_POINTS)
        self._calls: list[list[int]] = []
        for number, (_, owner, name, begins) in enumerate(_POINTS):
            setattr(owner, name, self._timed(getattr(owner, name), number, begins=begins))

    def _timed(self, method: Callable[..., Any], number: int, *, begins: bool) -> Any:
        clock = time.perf_counter_ns
        now = self._now
        last = number == len(_POINTS) - 1

        @functools.wraps(method)
        def timed(*given: Any, **named: Any) -> Any:
            if begins:
                now[number] = clock()
                if last:
                    self._calls.append(now.copy())
                return method(*given, **named)
            result = method(*given, **named)
            now[number] = clock()
            return result

        return timed

    def save(self, path: Path) -> None:
        """Write the times, nanoseconds of the monotonic clock, shape (calls, points)."""
        np.save(path, np.array(self._calls, np.int64))


def spans(points: NDArray[np.int64], sent: NDArray[np.int64]) -> NDArray[np.float64]:
    """Time spent in each stage.

    Parameters
    ----------
    points
        As saved, shape (n, points).
    sent
        When the client sent each call and had its answer, nanoseconds, shape (n, 2).

    Returns
    -------
    Microseconds, shape (n, points + 1), as ``TITLES`` names them.
    """
    edges = np.concatenate([sent[:, :1], points, sent[:, 1:]], axis=1)
    return np.diff(edges, axis=1) / 1000
