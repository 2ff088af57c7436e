"""Answering a unary call from another thread, with no thread waiting for it.

grpcio's synchronous server gives a call a thread until its handler returns. A gate's answer is
known on the dataflow's thread, and waking a handler only to send it costs a gate 5-8% of its
time, and a loaded server two fifths of its throughput (measured). So the handler returns at
once, as the server's own non-blocking streams may, and whoever knows the answer sends message
and status in one operation: on the wire this is an ordinary unary call.

The one function used of grpcio's internals, ``_status``, is what its unary handlers end with;
the version is pinned, and the tests would show a change.
"""

from __future__ import annotations

import _thread
from collections.abc import Callable
from typing import Any, Final

import grpc
from grpc import _server as internals

from haechi.operators.intake import Refusal
from haechi.rpc.statuses import status_of_refusal

_send: Final[Callable[..., None]] = internals._status


class Reply:
    """The reply of one call; the core, a deadline or a refusal sends it, whoever is first."""

    __slots__ = ("_first", "context")

    def __init__(self, context: Any) -> None:
        self.context = context
        self._first = _thread.allocate_lock()

    def claim(self) -> bool:
        """Whether the caller of this is the first, and so the one who must reply."""
        return self._first.acquire(False)

    def send(self, response: bytes) -> None:
        """End the call with a response."""
        _send(self.context._rpc_event, self.context._state, response)

    def fail(self, status: grpc.StatusCode, details: str) -> None:
        """End the call with a status."""
        self.context.set_code(status)
        self.context.set_details(details)
        _send(self.context._rpc_event, self.context._state, None)

    def refuse(self, refusal: Refusal) -> None:
        """End the call because its event was refused."""
        self.fail(status_of_refusal(refusal), f"{refusal.code}: {refusal.message}")


def unary_unwaited(
    handler: Callable[[bytes, grpc.ServicerContext, Reply], None],
) -> grpc.RpcMethodHandler[Any, Any]:
    """Register a unary method whose handler returns before the reply is known.

    Parameters
    ----------
    handler
        Takes the request's bytes, the call's context and its reply. What it raises by
        ``context.abort`` ends the call at once.
    """

    def behavior(raw: bytes, context: grpc.ServicerContext, _: Callable[..., None]) -> None:
        handler(raw, context, Reply(context))

    behavior.experimental_non_blocking = True  # type: ignore[attr-defined]
    return grpc.unary_stream_rpc_method_handler(behavior)
