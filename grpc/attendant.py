"""Serving calls on the thread that decides, while it has nothing to decide.

grpcio serves all calls of a server on one thread of its own. A question would be handed from it to
the dataflow's thread, and both compute under one interpreter lock: under load the one that reads
gets a message in each time the other lets go, and what nobody has read nobody can turn away. Here
the dataflow's thread itself takes what has come before it takes a batch, and waits in the
completion queue for more. There is no hand-over, and reading never competes with deciding.

While a batch takes long, or where no dataflow runs, another thread stands in, so that gates are
told in time that they must wait no longer.

What is used of grpcio's internals is its own serving loop, step by step. The version is pinned, and
the tests would show a change.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from typing import Any, Final

import grpc
from grpc import _server as internals
from grpc._cython import cygrpc  # type: ignore[attr-defined]  # compiled, without types

_STAND_IN_S: Final = 0.02
"""How long the deciding thread may be away before another serves."""

_GLANCE_S: Final = 0.0002
"""How long the deciding thread waits for calls before it looks for what other threads have put in.
gRPC rounds it up to a millisecond."""

_QUIET_GLANCE_S: Final = 0.01
"""The same where nothing came for a while: nobody is in a hurry, and looking costs."""

_QUIET_S: Final = 0.25

_AT_ONCE: Final = 0.0
"""A deadline long past, with which gRPC does not wait at all."""

_FEW: Final = 8
"""Questions that are decided at once: the next ones lose little by it."""

_TURNS: Final = 1.0
"""How long is read at most before what waits is decided: so many times what the last batch took."""

_TURN_LEAST_S: Final = 0.005
_TURN_MOST_S: Final = 0.05

_TURNS_BEHIND: Final = 4.0
"""The same in an overload: what is read can be told in time that its turn will not come."""

_BEHIND_S: Final = 0.03
"""For how long something must have been left unread each time for that."""

_LOG: Final = logging.getLogger(__name__)


class Attendant:
    """Serves one server's calls.

    Parameters
    ----------
    server
        The server, with all its methods, not started.
    """

    def __init__(self, server: grpc.Server) -> None:
        self._state: Final[Any] = server._state  # type: ignore[attr-defined]
        self._queue: Final[Any] = self._state.completion_queue
        self._ended = False
        self._left_s = self._served_s = self._even_s = 0.0
        self._thread = threading.Thread(target=self._stand_in, name="haechi-serve", daemon=True)

    def start(self) -> None:
        """Begin to serve."""
        state = self._state
        with state.lock:
            state.server.start()
            state.stage = internals._ServerStage.STARTED
            for method in state.registered_method_handlers:
                internals._request_registered_call(state, method)
            internals._request_call(state)
        self._thread.start()

    def attend(self, waiting: Callable[[], int], wait_s: float) -> bool:
        """Serve what has come, and then what comes until there is something to decide.

        Parameters
        ----------
        waiting
            Tells how much there is to decide.
        wait_s
            How long to wait for it at most.

        Returns
        -------
        Whether nothing that has come was left unread.
        """
        began_s = now_s = time.monotonic()
        behind = began_s - self._even_s > _BEHIND_S
        turns = _TURNS_BEHIND if behind else _TURNS
        turn_s = min(max(_TURN_LEAST_S, turns * (began_s - self._left_s)), _TURN_MOST_S)
        all_read = True
        while not self._ended:
            served = self._serve(0.0)
            now_s = time.monotonic()
            count = waiting()
            if count and now_s - began_s >= turn_s:
                all_read = not served
                break
            if served:
                self._served_s = now_s
                continue
            if (0 < count < _FEW) or (not count and now_s - began_s >= wait_s):
                break
            quiet = now_s - self._served_s > _QUIET_S
            # A look without waiting finds but one of those that have come.
            if self._serve(_QUIET_GLANCE_S if quiet else _GLANCE_S):
                self._served_s = now_s
            elif count:
                break
        self._left_s = now_s
        if all_read:
            self._even_s = now_s
        return all_read

    def _serve(self, wait_s: float) -> bool:
        """Serve one thing that happened to a call; whether there was one in time."""
        event = self._queue.poll(time.time() + wait_s if wait_s else _AT_ONCE)
        if event.completion_type == cygrpc.CompletionType.queue_timeout:
            return False
        try:
            if not internals._process_event_and_continue(self._state, event):
                self._ended = True
        except Exception:
            # This thread must go on: it serves all calls.
            _LOG.exception("what happened to a call could not be dealt with")
        return True

    def _stand_in(self) -> None:
        while not self._ended:
            away_s = time.monotonic() - self._left_s
            if away_s < _STAND_IN_S:
                time.sleep(_STAND_IN_S - away_s)
            else:
                self._serve(_STAND_IN_S)
