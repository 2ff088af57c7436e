from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class DeadLetterReason(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    DEAD_LETTER_REASON_UNSPECIFIED: _ClassVar[DeadLetterReason]
    DEAD_LETTER_REASON_UNDECODABLE: _ClassVar[DeadLetterReason]
    DEAD_LETTER_REASON_UNKNOWN_EVENT: _ClassVar[DeadLetterReason]
    DEAD_LETTER_REASON_MISSING_FIELD: _ClassVar[DeadLetterReason]
    DEAD_LETTER_REASON_BAD_VALUE: _ClassVar[DeadLetterReason]
    DEAD_LETTER_REASON_TOO_OLD: _ClassVar[DeadLetterReason]
    DEAD_LETTER_REASON_IN_FUTURE: _ClassVar[DeadLetterReason]
    DEAD_LETTER_REASON_TOO_LARGE: _ClassVar[DeadLetterReason]
    DEAD_LETTER_REASON_UNKNOWN_PLACE: _ClassVar[DeadLetterReason]
    DEAD_LETTER_REASON_CONFLICT: _ClassVar[DeadLetterReason]
    DEAD_LETTER_REASON_BAD_ROW: _ClassVar[DeadLetterReason]
    DEAD_LETTER_REASON_FORBIDDEN: _ClassVar[DeadLetterReason]
DEAD_LETTER_REASON_UNSPECIFIED: DeadLetterReason
DEAD_LETTER_REASON_UNDECODABLE: DeadLetterReason
DEAD_LETTER_REASON_UNKNOWN_EVENT: DeadLetterReason
DEAD_LETTER_REASON_MISSING_FIELD: DeadLetterReason
DEAD_LETTER_REASON_BAD_VALUE: DeadLetterReason
DEAD_LETTER_REASON_TOO_OLD: DeadLetterReason
DEAD_LETTER_REASON_IN_FUTURE: DeadLetterReason
DEAD_LETTER_REASON_TOO_LARGE: DeadLetterReason
DEAD_LETTER_REASON_UNKNOWN_PLACE: DeadLetterReason
DEAD_LETTER_REASON_CONFLICT: DeadLetterReason
DEAD_LETTER_REASON_BAD_ROW: DeadLetterReason
DEAD_LETTER_REASON_FORBIDDEN: DeadLetterReason

class Tick(_message.Message):
    __slots__ = ("now_us",)
    NOW_US_FIELD_NUMBER: _ClassVar[int]
    now_us: int
    def __init__(self, now_us: _Optional[int] = ...) -> None: ...

class WatchAcknowledged(_message.Message):
    __slots__ = ("decision_id", "watcher", "gate")
    DECISION_ID_FIELD_NUMBER: _ClassVar[int]
    WATCHER_FIELD_NUMBER: _ClassVar[int]
    GATE_FIELD_NUMBER: _ClassVar[int]
    decision_id: str
    watcher: str
    gate: str
    def __init__(self, decision_id: _Optional[str] = ..., watcher: _Optional[str] = ..., gate: _Optional[str] = ...) -> None: ...

class DeadLetter(_message.Message):
    __slots__ = ("reason", "detail", "source", "source_offset", "head", "sha256", "size_bytes")
    REASON_FIELD_NUMBER: _ClassVar[int]
    DETAIL_FIELD_NUMBER: _ClassVar[int]
    SOURCE_FIELD_NUMBER: _ClassVar[int]
    SOURCE_OFFSET_FIELD_NUMBER: _ClassVar[int]
    HEAD_FIELD_NUMBER: _ClassVar[int]
    SHA256_FIELD_NUMBER: _ClassVar[int]
    SIZE_BYTES_FIELD_NUMBER: _ClassVar[int]
    reason: DeadLetterReason
    detail: str
    source: str
    source_offset: int
    head: bytes
    sha256: bytes
    size_bytes: int
    def __init__(self, reason: _Optional[_Union[DeadLetterReason, str]] = ..., detail: _Optional[str] = ..., source: _Optional[str] = ..., source_offset: _Optional[int] = ..., head: _Optional[bytes] = ..., sha256: _Optional[bytes] = ..., size_bytes: _Optional[int] = ...) -> None: ...
