"""Answering a call with no thread of its own.

grpcio's synchronous server gives each call a thread: it waits there for the request's bytes,
then for the handler. A gate's call needs neither wait. Its bytes are taken on the thread that
serves the completion queue, the handler puts the event into the intake and returns, and whoever
knows the answer first sends message and status in one operation. On the wire this is an ordinary
unary call; two wakes of a thread before the handler and one after it are saved, at 30-50 us each
on a virtual machine (measured).

What is used of grpcio's internals is what its own unary calls do, step by step: receive the
message, call the behavior, send the status. The version is pinned, and the tests would show a
change.
"""

from __future__ import annotations

import _thread
import logging
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from typing import Any, Final

import grpc
from grpc import _server as internals

from haechi.operators.intake import Refusal
from haechi.rpc.arrival import receive
from haechi.rpc.statuses import status_of_refusal
from haechi.rpc.threads import FORGOTTEN

BROKEN: Final = (
    "the engine could not answer this call; answer REFER at the gate and see the engine's log"
)
_LOG: Final = logging.getLogger(__name__)


class Reply:
    """The reply of one call; the core, a deadline or a refusal sends it, whoever is first.

    Parameters
    ----------
    context
        The call's context.
    arrived_ns
        When the call came, monotonic nanoseconds: a budget counts from then.
    """

    __slots__ = ("_first", "arrived_ns", "context")

    def __init__(self, context: Any, arrived_ns: int) -> None:
        self.context = context
        self.arrived_ns = arrived_ns
        self._first = _thread.allocate_lock()

    def claim(self) -> bool:
        """Whether the caller of this is the first, and so the one who must reply."""
        return self._first.acquire(False)

    def send(self, response: bytes) -> None:
        """End the call with a response."""
        internals._status(self.context._rpc_event, self.context._state, response)

    def fail(self, status: grpc.StatusCode, details: str) -> None:
        """End the call with a status."""
        self.context.set_code(status)
        self.context.set_details(details)
        internals._status(self.context._rpc_event, self.context._state, None)

    def refuse(self, refusal: Refusal) -> None:
        """End the call because its event was refused."""
        self.fail(status_of_refusal(refusal), f"{refusal.code}: {refusal.message}")

    def broken(self) -> None:
        """End the call after an abort or a fault, where that is caught."""
        end_broken(self.context)


def end_broken(context: Any) -> None:
    """End a call after an abort or a fault, where that is caught.

    It must not go further: the threads that come here serve every other call too.
    """
    state = context._state
    if not state.aborted:
        _LOG.exception("a call failed")
    with state.condition:
        if state.statused:
            return
        if not state.aborted:
            context.set_code(grpc.StatusCode.UNKNOWN)
            context.set_details(BROKEN)
        internals._status(context._rpc_event, state, None)


Handler = Callable[[bytes, grpc.ServicerContext, Reply], None]
"""Takes the request's bytes, the call's context and its reply, and returns at once: every call
waits for the thread that it runs on. What it raises by ``context.abort`` ends the call."""


def unary_unwaited(handler: Handler) -> grpc.RpcMethodHandler[Any, Any]:
    """Register a unary method whose handler returns before the reply is known."""

    def behavior(reply: Reply, raw: bytes) -> None:
        try:
            handler(raw, reply.context, reply)
        except Exception:
            if reply.claim():
                reply.broken()
            else:
                _LOG.exception("a call failed that was answered")

    behavior.experimental_thread_pool = _OnArrival()  # type: ignore[attr-defined]
    return grpc.unary_unary_rpc_method_handler(behavior)


StreamHandler = Callable[[Iterator[bytes], grpc.ServicerContext], None]
"""Begins a stream; what it does not answer at once it answers through a ``Sender``, which ends the
call as well."""


def stream_unwaited(
    handler: StreamHandler, threads: ThreadPoolExecutor | None = None
) -> grpc.RpcMethodHandler[Any, Any]:
    """Register a stream whose handler returns before its answers are known.

    Parameters
    ----------
    handler
        Begins it.
    threads
        Where it runs; None for the server's own thread, which it must not hold.
    """

    def behavior(requests: Iterator[bytes], context: grpc.ServicerContext) -> None:
        try:
            handler(requests, context)
        except Exception:
            end_broken(context)

    behavior.experimental_thread_pool = _AsItBegins(threads)  # type: ignore[attr-defined]
    return grpc.stream_stream_rpc_method_handler(behavior)


class _AsItBegins(ThreadPoolExecutor):
    """Has a stream's handler run when the call comes, here or on a thread."""

    def __init__(self, threads: ThreadPoolExecutor | None) -> None:
        super().__init__(max_workers=1)  # a thread is only started by super().submit
        self._handlers = threads

    def submit(self, fn: Callable[..., Any], /, *args: Any, **_: Any) -> Future[Any]:
        """Begin a stream."""
        _, rpc_event, state, behavior, requests = args[:5]
        context = internals._Context(rpc_event, state, None)
        if self._handlers is None:
            behavior(requests(), context)
            return FORGOTTEN
        try:
            return self._handlers.submit(behavior, requests(), context)
        except Exception:
            # As when the system gives no more threads. This one must go on: it serves all calls.
            end_broken(context)
            return FORGOTTEN


class _OnArrival(ThreadPoolExecutor):
    """Has a call's handler run on the server's own thread, once its message is there."""

    def __init__(self) -> None:
        super().__init__(max_workers=1)  # a thread is only started by super().submit

    def submit(self, fn: Callable[..., Any], /, *args: Any, **_: Any) -> Future[Any]:
        """Begin to receive a call's message."""
        arrived_ns = time.monotonic_ns()
        _, rpc_event, state, behavior = args[:4]
        context = internals._Context(rpc_event, state, None)
        receive(rpc_event, state, partial(behavior, Reply(context, arrived_ns)))
        return FORGOTTEN
