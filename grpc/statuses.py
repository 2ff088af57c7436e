"""The one table from our errors to gRPC's status codes."""

from __future__ import annotations

from typing import Final, NoReturn

import grpc

from haechi.engine.errors import (
    BadInput,
    ConfigError,
    Conflict,
    HaechiError,
    LogError,
    StoreError,
    Unavailable,
)
from haechi.operators.intake import Overloaded, Refusal
from haechi.rpc.identity import Unauthenticated

FORBIDDEN: Final = "FORBIDDEN"
ID_CONFLICT: Final = "ID_CONFLICT"

ERRORS: Final[tuple[tuple[type[Exception], grpc.StatusCode], ...]] = (
    (Conflict, grpc.StatusCode.ALREADY_EXISTS),
    (BadInput, grpc.StatusCode.INVALID_ARGUMENT),
    (Unauthenticated, grpc.StatusCode.UNAUTHENTICATED),
    (Overloaded, grpc.StatusCode.RESOURCE_EXHAUSTED),
    (Unavailable, grpc.StatusCode.UNAVAILABLE),
    (LogError, grpc.StatusCode.UNAVAILABLE),
    (StoreError, grpc.StatusCode.UNAVAILABLE),
    (ConfigError, grpc.StatusCode.FAILED_PRECONDITION),
    (HaechiError, grpc.StatusCode.INTERNAL),
)
"""First match counts, so the narrower stands first."""

REFUSALS: Final[dict[str, grpc.StatusCode]] = {
    ID_CONFLICT: grpc.StatusCode.ALREADY_EXISTS,
    FORBIDDEN: grpc.StatusCode.PERMISSION_DENIED,
}
"""Refused events whose status is not INVALID_ARGUMENT."""


def status_of(error: Exception) -> grpc.StatusCode:
    """Tell the status of one of our errors; INTERNAL for what is not ours."""
    for kind, status in ERRORS:
        if isinstance(error, kind):
            return status
    return grpc.StatusCode.INTERNAL


def status_of_refusal(refusal: Refusal) -> grpc.StatusCode:
    """Tell the status of a refused event."""
    return REFUSALS.get(refusal.code, grpc.StatusCode.INVALID_ARGUMENT)


def refuse(context: grpc.ServicerContext, refusal: Refusal) -> NoReturn:
    """End a call whose event was refused."""
    context.abort(status_of_refusal(refusal), f"{refusal.code}: {refusal.message}")
