"""The threads that serve calls.

gRPC's usual executor makes a future and takes three locks for each call. Nobody reads that
future, so this one hands the call to a thread through one queue and nothing else. It also
notes when the call came, because a budget counts from arrival and not from the moment at which
a thread was free, and it grows while calls wait, because a thread that waits for the core must
not make the next gate wait for the thread.
"""

from __future__ import annotations

import contextlib
import logging
import queue
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, Final

from haechi.streams.cores import leave

STOP_S: Final = 5.0
"""How long a stop waits for handlers whose calls have ended."""

_LOG: Final = logging.getLogger(__name__)
_Job = tuple[int, Callable[..., Any], tuple[Any, ...]]


class _Forgotten(Future[Any]):
    """What the server gets for each call: it only asks to be told the end, to count calls."""

    def add_done_callback(self, fn: Callable[[Future[Any]], object]) -> None:
        """Take no note: calls are not counted here."""


FORGOTTEN: Final[Future[Any]] = _Forgotten()
"""What stands for a call that nobody waits for."""


class CallThreads(ThreadPoolExecutor):
    """Threads for calls that end soon.

    Parameters
    ----------
    least
        Threads that are kept.
    most
        Threads to which it grows while calls wait for one.
    core
        Core that they leave to the decisions, or None.
    """

    def __init__(self, least: int, most: int, core: int | None = None) -> None:
        super().__init__(max_workers=1)
        self._jobs: Final[queue.SimpleQueue[_Job | None]] = queue.SimpleQueue()
        self._local = threading.local()
        self._idle = 0
        self._counting = threading.Lock()
        self._most = most
        self._core = core
        self._members: Final[list[threading.Thread]] = []
        for _ in range(least):
            self._grow()

    def arrived_ns(self) -> int:
        """When the call came, with its message, that this thread serves; monotonic ns."""
        arrived: int = self._local.arrived_ns
        return arrived

    def submit(self, fn: Callable[..., Any], /, *args: Any, **_: Any) -> Future[Any]:
        """Serve a call; the future is a stand-in that tells nothing."""
        jobs = self._jobs
        # Few threads serve many calls best: what one of them ran last is still in the caches.
        if self._idle <= jobs.qsize() and len(self._members) < self._most:
            # If the system gives no more threads, those that there are must do.
            with contextlib.suppress(RuntimeError):
                self._grow()
        jobs.put((time.monotonic_ns(), fn, args))
        return FORGOTTEN

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """Let every thread end after the calls that wait now."""
        for _ in self._members:
            self._jobs.put(None)
        if wait:
            until_s = time.monotonic() + STOP_S
            for member in self._members:
                if member is not threading.current_thread():
                    member.join(timeout=max(0.0, until_s - time.monotonic()))

    def _grow(self) -> None:
        member = threading.Thread(
            target=self._serve, name=f"haechi-call-{len(self._members)}", daemon=True
        )
        member.start()
        self._members.append(member)

    def _serve(self) -> None:
        leave(self._core)
        local = self._local
        take = self._jobs.get
        while True:
            with self._counting:
                self._idle += 1
            job = take()
            with self._counting:
                self._idle -= 1
            if job is None:
                return
            local.arrived_ns, fn, args = job
            try:
                fn(*args)
            except Exception:
                _LOG.exception("a call failed outside its handler")
            job = fn = args = None  # type: ignore[assignment]  # a call must not outlive itself


class StreamThreads(ThreadPoolExecutor):
    """Threads for calls that last."""

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        """Serve a call, now or when a thread is free."""
        try:
            return super().submit(fn, *args, **kwargs)
        except RuntimeError:
            # The system gives no more threads. The call waits in the queue already, and an
            # exception here would end the one thread that serves every call.
            _LOG.warning("a stream waits, for the system gives no more threads")
            return FORGOTTEN
