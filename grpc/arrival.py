"""Taking a call's one message before anything is done for the call.

grpcio's synchronous server gives a call its thread first, and has that thread wait for the
message. A client that never sends one keeps a thread so, even a client without a token, and a
hundred such calls would shut everybody out, health checks too. Here the message is taken on the
thread that serves the completion queue, and what follows begins when it is there.

What is used of grpcio's internals is what its own unary calls do. The version is pinned, and
the tests would show a change.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from typing import Any, Final

from grpc import _server as internals
from grpc._cython import cygrpc  # type: ignore[attr-defined]  # compiled, without types

from haechi.rpc.threads import FORGOTTEN

_RECEIVED: Final[str] = internals._RECEIVE_MESSAGE_TOKEN
_LOG: Final = logging.getLogger(__name__)


def receive(rpc_event: Any, state: Any, then: Callable[[bytes], object]) -> None:
    """Begin to receive a call's message; called with the call's condition held.

    Parameters
    ----------
    rpc_event, state
        grpcio's own of the call.
    then
        Takes the message on the server's own thread. Must return at once: every call waits
        for that thread.
    """
    rpc_event.call.start_server_batch(
        (cygrpc.ReceiveMessageOperation(0),), partial(_received, rpc_event, state, then)
    )
    state.due.add(_RECEIVED)


class AfterArrival(ThreadPoolExecutor):
    """Hands a call to threads once its message is there.

    Parameters
    ----------
    handlers
        The threads on which handlers run.
    """

    def __init__(self, handlers: ThreadPoolExecutor) -> None:
        super().__init__(max_workers=1)  # a thread is only started by super().submit
        self._handlers = handlers

    def submit(self, fn: Callable[..., Any], /, *args: Any, **_: Any) -> Future[Any]:
        """Begin to receive a call's message."""
        respond, rpc_event, state, behavior, _, *serializers = args

        def serve(raw: bytes) -> None:
            def message() -> bytes | None:
                """Give the message; None if nobody waits for its answer any more."""
                return raw if internals._is_rpc_state_active(state) else None

            self._handlers.submit(fn, respond, rpc_event, state, behavior, message, *serializers)

        receive(rpc_event, state, serve)
        return FORGOTTEN


def _received(rpc_event: Any, state: Any, then: Callable[[bytes], object], event: Any) -> Any:
    """Pass a message on, or end a call that came without one."""
    raw = event.batch_operations[0].message()
    if raw is None:
        with state.condition:
            internals._abort(
                state,
                rpc_event.call,
                cygrpc.StatusCode.unimplemented,
                b"this method takes exactly one request message",
            )
    else:
        try:
            then(raw)
        except Exception:
            # As when the system gives no more threads. This thread must go on: it serves all.
            _LOG.exception("a call could not be begun")
            with state.condition:
                internals._abort(
                    state,
                    rpc_event.call,
                    cygrpc.StatusCode.unavailable,
                    b"the engine has no room for this call; try again",
                )
    with state.condition:
        return internals._possibly_finish_call(state, _RECEIVED)
