from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class FollowOpening(_message.Message):
    __slots__ = ("shard", "epoch", "next_offset", "chain", "erasure", "artefacts", "lacks_secrets", "address")
    SHARD_FIELD_NUMBER: _ClassVar[int]
    EPOCH_FIELD_NUMBER: _ClassVar[int]
    NEXT_OFFSET_FIELD_NUMBER: _ClassVar[int]
    CHAIN_FIELD_NUMBER: _ClassVar[int]
    ERASURE_FIELD_NUMBER: _ClassVar[int]
    ARTEFACTS_FIELD_NUMBER: _ClassVar[int]
    LACKS_SECRETS_FIELD_NUMBER: _ClassVar[int]
    ADDRESS_FIELD_NUMBER: _ClassVar[int]
    shard: int
    epoch: int
    next_offset: int
    chain: bytes
    erasure: int
    artefacts: _containers.RepeatedScalarFieldContainer[bytes]
    lacks_secrets: bool
    address: str
    def __init__(self, shard: _Optional[int] = ..., epoch: _Optional[int] = ..., next_offset: _Optional[int] = ..., chain: _Optional[bytes] = ..., erasure: _Optional[int] = ..., artefacts: _Optional[_Iterable[bytes]] = ..., lacks_secrets: _Optional[bool] = ..., address: _Optional[str] = ...) -> None: ...

class FollowProgress(_message.Message):
    __slots__ = ("committed_offset", "proved_offset", "proved_chain")
    COMMITTED_OFFSET_FIELD_NUMBER: _ClassVar[int]
    PROVED_OFFSET_FIELD_NUMBER: _ClassVar[int]
    PROVED_CHAIN_FIELD_NUMBER: _ClassVar[int]
    committed_offset: int
    proved_offset: int
    proved_chain: bytes
    def __init__(self, committed_offset: _Optional[int] = ..., proved_offset: _Optional[int] = ..., proved_chain: _Optional[bytes] = ...) -> None: ...

class FollowRequest(_message.Message):
    __slots__ = ("opening", "progress")
    OPENING_FIELD_NUMBER: _ClassVar[int]
    PROGRESS_FIELD_NUMBER: _ClassVar[int]
    opening: FollowOpening
    progress: FollowProgress
    def __init__(self, opening: _Optional[_Union[FollowOpening, _Mapping]] = ..., progress: _Optional[_Union[FollowProgress, _Mapping]] = ...) -> None: ...

class FollowBegun(_message.Message):
    __slots__ = ("epoch", "build", "secrets")
    class SecretsEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: bytes
        def __init__(self, key: _Optional[str] = ..., value: _Optional[bytes] = ...) -> None: ...
    EPOCH_FIELD_NUMBER: _ClassVar[int]
    BUILD_FIELD_NUMBER: _ClassVar[int]
    SECRETS_FIELD_NUMBER: _ClassVar[int]
    epoch: int
    build: str
    secrets: _containers.ScalarMap[str, bytes]
    def __init__(self, epoch: _Optional[int] = ..., build: _Optional[str] = ..., secrets: _Optional[_Mapping[str, bytes]] = ...) -> None: ...

class LogRow(_message.Message):
    __slots__ = ("offset", "kind", "stamp_us", "event_us", "subject", "id", "digest", "source", "records", "payload", "chain", "queued_us", "applied_us", "decisions")
    OFFSET_FIELD_NUMBER: _ClassVar[int]
    KIND_FIELD_NUMBER: _ClassVar[int]
    STAMP_US_FIELD_NUMBER: _ClassVar[int]
    EVENT_US_FIELD_NUMBER: _ClassVar[int]
    SUBJECT_FIELD_NUMBER: _ClassVar[int]
    ID_FIELD_NUMBER: _ClassVar[int]
    DIGEST_FIELD_NUMBER: _ClassVar[int]
    SOURCE_FIELD_NUMBER: _ClassVar[int]
    RECORDS_FIELD_NUMBER: _ClassVar[int]
    PAYLOAD_FIELD_NUMBER: _ClassVar[int]
    CHAIN_FIELD_NUMBER: _ClassVar[int]
    QUEUED_US_FIELD_NUMBER: _ClassVar[int]
    APPLIED_US_FIELD_NUMBER: _ClassVar[int]
    DECISIONS_FIELD_NUMBER: _ClassVar[int]
    offset: int
    kind: int
    stamp_us: int
    event_us: int
    subject: int
    id: bytes
    digest: bytes
    source: str
    records: bytes
    payload: bytes
    chain: bytes
    queued_us: int
    applied_us: int
    decisions: bytes
    def __init__(self, offset: _Optional[int] = ..., kind: _Optional[int] = ..., stamp_us: _Optional[int] = ..., event_us: _Optional[int] = ..., subject: _Optional[int] = ..., id: _Optional[bytes] = ..., digest: _Optional[bytes] = ..., source: _Optional[str] = ..., records: _Optional[bytes] = ..., payload: _Optional[bytes] = ..., chain: _Optional[bytes] = ..., queued_us: _Optional[int] = ..., applied_us: _Optional[int] = ..., decisions: _Optional[bytes] = ...) -> None: ...

class SubjectKey(_message.Message):
    __slots__ = ("subject", "key")
    SUBJECT_FIELD_NUMBER: _ClassVar[int]
    KEY_FIELD_NUMBER: _ClassVar[int]
    subject: int
    key: bytes
    def __init__(self, subject: _Optional[int] = ..., key: _Optional[bytes] = ...) -> None: ...

class KeyErased(_message.Message):
    __slots__ = ("number", "subject")
    NUMBER_FIELD_NUMBER: _ClassVar[int]
    SUBJECT_FIELD_NUMBER: _ClassVar[int]
    number: int
    subject: int
    def __init__(self, number: _Optional[int] = ..., subject: _Optional[int] = ...) -> None: ...

class SourcePosition(_message.Message):
    __slots__ = ("name", "position")
    NAME_FIELD_NUMBER: _ClassVar[int]
    POSITION_FIELD_NUMBER: _ClassVar[int]
    name: str
    position: int
    def __init__(self, name: _Optional[str] = ..., position: _Optional[int] = ...) -> None: ...

class Shipment(_message.Message):
    __slots__ = ("erased", "keys", "artefacts", "rows", "sources", "head_offset")
    ERASED_FIELD_NUMBER: _ClassVar[int]
    KEYS_FIELD_NUMBER: _ClassVar[int]
    ARTEFACTS_FIELD_NUMBER: _ClassVar[int]
    ROWS_FIELD_NUMBER: _ClassVar[int]
    SOURCES_FIELD_NUMBER: _ClassVar[int]
    HEAD_OFFSET_FIELD_NUMBER: _ClassVar[int]
    erased: _containers.RepeatedCompositeFieldContainer[KeyErased]
    keys: _containers.RepeatedCompositeFieldContainer[SubjectKey]
    artefacts: _containers.RepeatedScalarFieldContainer[bytes]
    rows: _containers.RepeatedCompositeFieldContainer[LogRow]
    sources: _containers.RepeatedCompositeFieldContainer[SourcePosition]
    head_offset: int
    def __init__(self, erased: _Optional[_Iterable[_Union[KeyErased, _Mapping]]] = ..., keys: _Optional[_Iterable[_Union[SubjectKey, _Mapping]]] = ..., artefacts: _Optional[_Iterable[bytes]] = ..., rows: _Optional[_Iterable[_Union[LogRow, _Mapping]]] = ..., sources: _Optional[_Iterable[_Union[SourcePosition, _Mapping]]] = ..., head_offset: _Optional[int] = ...) -> None: ...

class FollowResponse(_message.Message):
    __slots__ = ("begun", "shipment")
    BEGUN_FIELD_NUMBER: _ClassVar[int]
    SHIPMENT_FIELD_NUMBER: _ClassVar[int]
    begun: FollowBegun
    shipment: Shipment
    def __init__(self, begun: _Optional[_Union[FollowBegun, _Mapping]] = ..., shipment: _Optional[_Union[Shipment, _Mapping]] = ...) -> None: ...
