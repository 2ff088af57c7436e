"""What the face service is asked to do, in the order of its coming, and where askers wait."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

from haechi.rpc.v1.event_pb2 import Event
from haechi.streams.faces.hall import Hall

Told: TypeAlias = tuple[Any, Sequence[Event]]
"""What the asker is told, and what the engine is."""

Change: TypeAlias = Callable[[Hall, int], Told]
"""Changes the hall at a time, microseconds since the epoch; may raise ``BadInput``."""

_WAIT_S: Final = 0.25
_AT_ONCE: Final = 256


class Answer:
    """Where an asker waits for what became of a change."""

    __slots__ = ("_error", "_settled", "_told")

    def __init__(self) -> None:
        self._settled = threading.Event()
        self._told: Any = None
        self._error: Exception | None = None

    def settle(self, told: Any, error: Exception | None = None) -> None:
        """Tell what became of it."""
        self._told, self._error = told, error
        self._settled.set()

    def wait(self, timeout_s: float) -> Any:
        """What the asker is told.

        Raises
        ------
        TimeoutError
            If it comes too late.
        BadInput
            If the change was refused.
        """
        if not self._settled.wait(timeout_s):
            raise TimeoutError
        if self._error is not None:
            raise self._error
        return self._told


@dataclass(frozen=True, slots=True)
class Asked:
    """A change and who waits for it."""

    change: Change
    answer: Answer


class Inbox:
    """Where changes wait. It is bounded: whoever asks too much waits.

    Parameters
    ----------
    limit
        Most changes that wait.
    """

    def __init__(self, limit: int = 1024) -> None:
        self._waiting: Final[queue.Queue[Asked]] = queue.Queue(limit)
        self._closed = threading.Event()

    @property
    def closed(self) -> bool:
        """Whether nothing more is taken in."""
        return self._closed.is_set()

    def close(self) -> None:
        """Let the flow end once nothing waits."""
        self._closed.set()

    def ask(self, change: Change, timeout_s: float = 5.0) -> Answer:
        """Let a change wait for its turn.

        Raises
        ------
        TimeoutError
            If there is no room in time, or the flow takes nothing any more.
        """
        answer = Answer()
        try:
            if self.closed:
                raise TimeoutError
            self._waiting.put(Asked(change, answer), timeout=timeout_s)
        except queue.Full:
            raise TimeoutError from None
        return answer

    def take(self) -> list[Asked]:
        """Take what waits; if nothing does, wait a little."""
        taken: list[Asked] = []
        try:
            taken.append(self._waiting.get(timeout=_WAIT_S))
            while len(taken) < _AT_ONCE:
                taken.append(self._waiting.get_nowait())
        except queue.Empty:
            pass
        return taken
