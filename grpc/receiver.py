"""Taking a stream's messages as they come, with no thread of their own.

grpcio's synchronous server wakes a thread for each message of a stream. Here each is taken on the
thread that serves the completion queue, as a unary call's is, and the next is asked for when there
is room for it: a client that sends faster than it reads is held back by gRPC's own flow control.

What is used of grpcio's internals is what its own streams do: receive a message. The version is
pinned, and the tests would show a change.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any, Final

from grpc import _server as internals
from grpc._cython import cygrpc  # type: ignore[attr-defined]  # compiled, without types

_RECEIVED: Final[str] = internals._RECEIVE_MESSAGE_TOKEN
_NOT_TAKEN: Final = (
    b"the engine could not take a message of this stream; send again what was not answered"
)
_LOG: Final = logging.getLogger(__name__)


class Receiver:
    """Takes one call's messages.

    Parameters
    ----------
    context
        The call's context.
    has_room
        Whether one more message may come.
    take
        Takes a message, and returns at once: every call waits for the thread that it runs on.
    over
        Called when no more will come.
    """

    def __init__(
        self,
        context: Any,
        has_room: Callable[[], bool],
        take: Callable[[bytes], None],
        over: Callable[[], None],
    ) -> None:
        self._call = context._rpc_event.call
        self._state = context._state
        self._has_room = has_room
        self._take = take
        self._over = over
        self._ended = False

    def open(self) -> None:
        """Take messages, as long as there is room; again if there was none."""
        with self._state.condition:
            if _RECEIVED not in self._state.due:
                self._ask()

    def _ask(self) -> bool:
        """Ask for the next message, with the call's condition held; whether it may come."""
        state = self._state
        if self._ended or not internals._is_rpc_state_active(state) or not self._has_room():
            return False
        self._call.start_server_batch((cygrpc.ReceiveMessageOperation(0),), self._received)
        state.due.add(_RECEIVED)
        return True

    def _received(self, event: Any) -> Any:
        state = self._state
        raw = event.batch_operations[0].message()
        try:
            if raw is not None:
                self._take(raw)
            else:
                self._ended = True
                with state.condition:
                    if state.client is internals._OPEN:
                        state.client = internals._CLOSED
                self._over()
        except Exception:
            # This thread must go on: it serves all calls.
            _LOG.exception("a stream's message could not be taken")
            self._ended = True
            with state.condition:
                if internals._is_rpc_state_active(state):
                    internals._abort(state, self._call, cygrpc.StatusCode.unavailable, _NOT_TAKEN)
        with state.condition:
            # The token stays where it is while one message follows another.
            if self._ask():
                return None, ()
            return internals._possibly_finish_call(state, _RECEIVED)
