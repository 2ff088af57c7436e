"""The one table from refusals to gRPC's status codes."""

from __future__ import annotations

from typing import Final, NoReturn

import grpc

from haechi.operators.intake import Refusal

FORBIDDEN: Final = "FORBIDDEN"
ID_CONFLICT: Final = "ID_CONFLICT"

REFUSALS: Final[dict[str, grpc.StatusCode]] = {
    ID_CONFLICT: grpc.StatusCode.ALREADY_EXISTS,
    FORBIDDEN: grpc.StatusCode.PERMISSION_DENIED,
    "UNKNOWN_ARTEFACT": grpc.StatusCode.NOT_FOUND,
    "UNREADABLE_ARTEFACT": grpc.StatusCode.FAILED_PRECONDITION,
    "OTHER_FEATURES": grpc.StatusCode.FAILED_PRECONDITION,
    "OTHER_SETTINGS": grpc.StatusCode.FAILED_PRECONDITION,
    "SAME_APPROVER": grpc.StatusCode.FAILED_PRECONDITION,
    "NO_TASK": grpc.StatusCode.FAILED_PRECONDITION,
    "TAKEN": grpc.StatusCode.FAILED_PRECONDITION,
    "SAME_OFFICER": grpc.StatusCode.FAILED_PRECONDITION,
    "SUPERSEDED": grpc.StatusCode.FAILED_PRECONDITION,
    "NO_EFFECT": grpc.StatusCode.FAILED_PRECONDITION,
}
"""Refused events whose status is not INVALID_ARGUMENT."""


def status_of_refusal(refusal: Refusal) -> grpc.StatusCode:
    """Tell the status of a refused event."""
    return REFUSALS.get(refusal.code, grpc.StatusCode.INVALID_ARGUMENT)


def refuse(context: grpc.ServicerContext, refusal: Refusal) -> NoReturn:
    """End a call whose event was refused."""
    context.abort(status_of_refusal(refusal), f"{refusal.code}: {refusal.message}")
