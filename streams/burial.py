"""The message of a dead letter: why, the first 64 KiB, and a hash of the whole.

Of what looks like a face's template, sent here by mistake, only the hash is kept: none may lie in
the log.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Any, Final, TypeAlias

from google.protobuf.message import DecodeError, Message

from haechi.operators.intake import Entry, Refusal
from haechi.rpc.v1 import event_pb2, journal_pb2
from haechi.rpc.v1.face_service_pb2 import EnrolWatchedRequest, FaceSeen, FaceTemplate

KEPT: Final = 64 << 10
"""Bytes of a refused message that are kept."""

_Holds: TypeAlias = Callable[[bytes], bool]
_Reason = journal_pb2.DeadLetterReason
_REASONS: Final = {
    "UNDECODABLE": _Reason.DEAD_LETTER_REASON_UNDECODABLE,
    "UNKNOWN_EVENT": _Reason.DEAD_LETTER_REASON_UNKNOWN_EVENT,
    "UNKNOWN_VERSION": _Reason.DEAD_LETTER_REASON_UNKNOWN_EVENT,
    "MISSING_REFERENCE": _Reason.DEAD_LETTER_REASON_MISSING_FIELD,
    "MISSING_FIELD": _Reason.DEAD_LETTER_REASON_MISSING_FIELD,
    "TOO_OLD": _Reason.DEAD_LETTER_REASON_TOO_OLD,
    "IN_FUTURE": _Reason.DEAD_LETTER_REASON_IN_FUTURE,
    "TOO_LARGE": _Reason.DEAD_LETTER_REASON_TOO_LARGE,
    "UNKNOWN_GATE": _Reason.DEAD_LETTER_REASON_UNKNOWN_PLACE,
    "UNKNOWN_LANE": _Reason.DEAD_LETTER_REASON_UNKNOWN_PLACE,
    "UNKNOWN_SENSOR": _Reason.DEAD_LETTER_REASON_UNKNOWN_PLACE,
    "ID_CONFLICT": _Reason.DEAD_LETTER_REASON_CONFLICT,
    "BAD_ROW": _Reason.DEAD_LETTER_REASON_BAD_ROW,
    "NOT_ALLOWED": _Reason.DEAD_LETTER_REASON_FORBIDDEN,
    "UNKNOWN_SITE": _Reason.DEAD_LETTER_REASON_UNKNOWN_PLACE,
    "SAME_APPROVER": _Reason.DEAD_LETTER_REASON_FORBIDDEN,
}


def bury(entry: Entry, refusal: Refusal, source_offset: int = 0) -> bytes:
    """Make the message under which a refused entry is kept.

    Parameters
    ----------
    entry
        What came.
    refusal
        Why it was refused.
    source_offset
        Where it stood in its source, if that has a place for it.
    """
    letter = journal_pb2.DeadLetter(
        reason=_REASONS.get(refusal.code, _Reason.DEAD_LETTER_REASON_BAD_VALUE),
        detail=f"{refusal.code}: {refusal.message}",
        source=entry.source,
        source_offset=source_offset,
        head=b"" if _may_hold_template(entry.raw, refusal.code) else entry.raw[:KEPT],
        sha256=hashlib.sha256(entry.raw).digest(),
        size_bytes=len(entry.raw),
    )
    event = event_pb2.Event(dead_letter=letter)
    return event.SerializeToString(deterministic=True)


def _may_hold_template(raw: bytes, code: str) -> bool:
    return code == "UNKNOWN_FIELDS" or any(holds(raw) for holds in _TEMPLATES)


def _holds(kind: type[Message], template_of: Callable[[Any], FaceTemplate]) -> _Holds:
    def holds(raw: bytes) -> bool:
        try:
            return bool(template_of(kind.FromString(raw)).values)
        except DecodeError:
            return False

    return holds


_TEMPLATES: Final = (
    _holds(FaceSeen, lambda seen: seen.template),
    _holds(EnrolWatchedRequest, lambda request: request.template),
    _holds(FaceTemplate, lambda template: template),
)
