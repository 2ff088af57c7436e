"""Sending a stream's answers from whichever thread knows them, with no thread of its own.

grpcio's synchronous server sends a stream's answers on a thread that waits after each until the
transport has it. Here the first answer leaves on the thread that brings it, and each of those
that come meanwhile when the one before is out, on the thread that serves the completion queue.

What is used of grpcio's internals is what its own streams do: send a message, send the status.
The version is pinned, and the tests would show a change.
"""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Callable
from functools import partial
from typing import Any, Final, Generic, TypeVar

from grpc import _server as internals
from grpc._cython import cygrpc  # type: ignore[attr-defined]  # compiled, without types

from haechi.rpc.unwaited import end_broken

_SENT: Final[str] = internals._SEND_MESSAGE_TOKEN
_MORE_FOLLOW: Final = 0x1
"""gRPC's flag "buffer hint": the message may wait for the next one, and they leave together."""
_LOG: Final = logging.getLogger(__name__)

T = TypeVar("T")


class Sender(Generic[T]):
    """Sends one call's answers, one after another.

    Parameters
    ----------
    context
        The call's context.
    write
        Makes the message of an answer.
    sent
        Called when the transport has an answer's message.
    """

    def __init__(
        self, context: Any, write: Callable[[T], bytes], sent: Callable[[T], None]
    ) -> None:
        self._context = context
        self._call = context._rpc_event.call
        self._state = context._state
        self._write = write
        self._sent = sent
        self._waiting: Final[deque[T]] = deque()
        self._sending = False
        self._ending = False

    def put(self, answer: T) -> None:
        """Send an answer after those that were put before; does not wait."""
        with self._state.condition:
            if self._sending:
                self._waiting.append(answer)
                return
            self._sending = True
        self._send(answer, 0)

    def end(self) -> None:
        """End the call once everything that was put is out."""
        with self._state.condition:
            self._ending = True
            if not self._sending:
                self._status()

    def _send(self, answer: T, flags: int) -> bool:
        """Begin to send; whether there was anybody to send it to."""
        state = self._state
        try:
            operations = [cygrpc.SendMessageOperation(self._write(answer), flags)]
        except Exception:
            end_broken(self._context)
            return False
        with state.condition:
            if not internals._is_rpc_state_active(state):
                return False
            if state.initial_metadata_allowed:
                operations.append(internals._get_initial_metadata_operation(state, None))
                state.initial_metadata_allowed = False
            self._call.start_server_batch(operations, partial(self._out, answer))
            state.due.add(_SENT)
        return True

    def _out(self, answer: T, event: Any) -> Any:
        """Go on after a message, on the thread that serves the completion queue."""
        state = self._state
        if event.success:
            try:
                self._sent(answer)
            except Exception:
                # This thread must go on: it serves all calls.
                _LOG.exception("what follows an answer failed")
        with state.condition:
            following = self._waiting.popleft() if self._waiting else None
            flags = _MORE_FOLLOW if self._waiting else 0
            if following is None:
                self._sending = False
                if self._ending:
                    self._status()
                # In one step: who puts the next answer begins to send it under the same token.
                return internals._possibly_finish_call(state, _SENT)
        # The token stays where it is while one message follows another.
        if self._send(following, flags):
            return None, ()
        with state.condition:
            return internals._possibly_finish_call(state, _SENT)

    def _status(self) -> None:
        with self._state.condition:
            if internals._is_rpc_state_active(self._state):
                internals._status(self._context._rpc_event, self._state, None)
