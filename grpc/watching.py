"""The client's side of Watch: it reconnects by itself, from where it was."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from typing import Any, Final, Self

import grpc

from haechi.rpc.v1 import decision_pb2
from haechi.rpc.v1 import decision_service_pb2 as service_pb

_BACKOFF_S: Final = (0.1, 5.0)

FINAL: Final = frozenset(
    {
        grpc.StatusCode.UNAUTHENTICATED,
        grpc.StatusCode.PERMISSION_DENIED,
        grpc.StatusCode.INVALID_ARGUMENT,
        grpc.StatusCode.OUT_OF_RANGE,
        grpc.StatusCode.UNIMPLEMENTED,
    }
)
"""Statuses that trying again does not change."""


class Watching:
    """Decisions as they are pushed, at least once; iterate over it.

    Parameters
    ----------
    call
        Opens the stream for a request.
    request
        What to watch; its ``resume_after`` moves on with what comes.

    Attributes
    ----------
    cursor
        Place after which a later watch would resume; keep it to resume after a restart.
    standing
        Set while the watch stands: what is decided from then on will come.
    """

    def __init__(
        self, call: Callable[[service_pb.WatchRequest], Any], request: service_pb.WatchRequest
    ) -> None:
        self._call = call
        self._request = request
        self._stream: Any = None
        self._closed = threading.Event()
        self._items = self._follow()
        self.cursor: decision_pb2.LogPosition | None = (
            request.resume_after if request.HasField("resume_after") else None
        )
        self.standing: Final = threading.Event()

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> service_pb.WatchResponse:
        return next(self._items)

    def close(self) -> None:
        """Watch no more; may be called from any thread."""
        self._closed.set()
        if self._stream is not None:
            self._stream.cancel()

    def _follow(self) -> Iterator[service_pb.WatchResponse]:
        wait_s, longest_s = _BACKOFF_S
        while not self._closed.is_set():
            try:
                self._stream = self._call(self._request)
                for pushed in self._stream:
                    wait_s = _BACKOFF_S[0]
                    self.standing.set()
                    if pushed.HasField("answer"):
                        yield pushed
                    # Only now: had the caller failed on it, it would come again.
                    self._request.resume_after.CopyFrom(pushed.cursor)
                    self.cursor = pushed.cursor
                    if self._closed.is_set():
                        return
            except grpc.RpcError as error:
                if self._closed.is_set():
                    return
                if failure(error)[0] in FINAL:
                    raise
            self.standing.clear()
            self._closed.wait(wait_s)
            wait_s = min(wait_s * 2, longest_s)


def failure(error: grpc.RpcError) -> tuple[grpc.StatusCode | None, str]:
    """Tell status and details of a failed call; the errors that calls raise are calls too."""
    call: object = error
    if isinstance(call, grpc.Call):
        return call.code(), call.details() or ""
    return None, ""
