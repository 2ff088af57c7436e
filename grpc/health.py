"""Standard health and reflection, for those who have a token."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from typing import Any, Final

import grpc
from google.protobuf.message import DecodeError
from grpc_health.v1 import health_pb2
from grpc_reflection.v1alpha import reflection, reflection_pb2

from haechi.rpc.callers import Callers
from haechi.rpc.pipeline import Seats
from haechi.rpc.roles import (
    DECISIONS,
    GOVERNANCE,
    HEALTH,
    INGEST,
    REFLECTION,
    STANDBY_SERVICE,
    TOPOLOGY,
)

SERVICES: Final = (DECISIONS, INGEST, GOVERNANCE, TOPOLOGY, STANDBY_SERVICE, HEALTH, REFLECTION)
EPOCH: Final = "haechi-epoch"
"""Key of the metadata."""

LOOK_EVERY_S: Final = 0.25
"""How soon a watcher of health learns of a change."""

_WATCHED: Final = frozenset({"", *SERVICES})


class HealthCalls:
    """Health by a callable: nobody has to remember to set it.

    Parameters
    ----------
    healthy
        Whether the engine decides.
    callers
        Tells who calls.
    seats
        Bounds the streams.
    epoch
        Number of the engine's start, told in the metadata of each answer, so that a client sees
        whether another engine was promoted meanwhile; 0 for none.
    """

    def __init__(
        self, healthy: Callable[[], bool], callers: Callers, seats: Seats, epoch: int = 0
    ) -> None:
        self._healthy = healthy
        self._epoch = ((EPOCH, str(epoch)),)
        self._callers = callers
        self._seats = seats
        self._stopping = threading.Event()
        self._reflection = reflection.ReflectionServicer(SERVICES)

    def stop(self) -> None:
        """Be NOT_SERVING from now on, and let watchers end."""
        self._stopping.set()

    def check(self, raw: bytes, context: grpc.ServicerContext) -> bytes:
        """Tell whether a service is served."""
        self._callers.of(context, f"/{HEALTH}/Check")
        service = _service(raw, context)
        if service not in _WATCHED:
            context.abort(grpc.StatusCode.NOT_FOUND, f"no service {service!r} is served here")
        context.set_trailing_metadata(self._epoch)
        return _message(self._status())

    def watch(self, raw: bytes, context: grpc.ServicerContext) -> Iterator[bytes]:
        """Tell whenever that changes."""
        self._callers.of(context, f"/{HEALTH}/Watch")
        service = _service(raw, context)
        self._seats.take(context)
        return self._follow(service in _WATCHED, context)

    def reflect(self, requests: Iterator[bytes], context: grpc.ServicerContext) -> Iterator[bytes]:
        """Describe the services."""
        self._callers.of(context, f"/{REFLECTION}/ServerReflectionInfo")
        self._seats.take(context)
        parsed = (reflection_pb2.ServerReflectionRequest.FromString(raw) for raw in requests)
        answers: Iterator[Any] = self._reflection.ServerReflectionInfo(parsed, context)
        return (answer.SerializeToString() for answer in answers)

    def _follow(self, known: bool, context: grpc.ServicerContext) -> Iterator[bytes]:
        told = None
        while context.is_active():
            status = self._status() if known else health_pb2.HealthCheckResponse.SERVICE_UNKNOWN
            if status != told:
                told = status
                yield _message(status)
            if self._stopping.wait(LOOK_EVERY_S):
                return

    def _status(self) -> int:
        serving = not self._stopping.is_set() and self._healthy()
        response = health_pb2.HealthCheckResponse
        return int(response.SERVING if serving else response.NOT_SERVING)


def _service(raw: bytes, context: grpc.ServicerContext) -> str:
    try:
        return str(health_pb2.HealthCheckRequest.FromString(raw).service)
    except DecodeError:
        context.abort(grpc.StatusCode.INVALID_ARGUMENT, "UNDECODABLE: send a HealthCheckRequest")


def _message(status: int) -> bytes:
    message: bytes = health_pb2.HealthCheckResponse(status=status).SerializeToString()
    return message
