from haechi.rpc.v1 import decision_pb2 as _decision_pb2
from haechi.rpc.v1 import event_pb2 as _event_pb2
from haechi.rpc.v1 import topology_service_pb2 as _topology_service_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class PublishRequest(_message.Message):
    __slots__ = ("event",)
    EVENT_FIELD_NUMBER: _ClassVar[int]
    event: _event_pb2.Event
    def __init__(self, event: _Optional[_Union[_event_pb2.Event, _Mapping]] = ...) -> None: ...

class Accepted(_message.Message):
    __slots__ = ("position", "decision_ids", "duplicate")
    POSITION_FIELD_NUMBER: _ClassVar[int]
    DECISION_IDS_FIELD_NUMBER: _ClassVar[int]
    DUPLICATE_FIELD_NUMBER: _ClassVar[int]
    position: _decision_pb2.LogPosition
    decision_ids: _containers.RepeatedScalarFieldContainer[str]
    duplicate: bool
    def __init__(self, position: _Optional[_Union[_decision_pb2.LogPosition, _Mapping]] = ..., decision_ids: _Optional[_Iterable[str]] = ..., duplicate: _Optional[bool] = ...) -> None: ...

class PublishResponse(_message.Message):
    __slots__ = ("event_id", "index", "accepted", "refusal", "redirect")
    EVENT_ID_FIELD_NUMBER: _ClassVar[int]
    INDEX_FIELD_NUMBER: _ClassVar[int]
    ACCEPTED_FIELD_NUMBER: _ClassVar[int]
    REFUSAL_FIELD_NUMBER: _ClassVar[int]
    REDIRECT_FIELD_NUMBER: _ClassVar[int]
    event_id: str
    index: int
    accepted: Accepted
    refusal: _decision_pb2.Refusal
    redirect: _topology_service_pb2.Redirect
    def __init__(self, event_id: _Optional[str] = ..., index: _Optional[int] = ..., accepted: _Optional[_Union[Accepted, _Mapping]] = ..., refusal: _Optional[_Union[_decision_pb2.Refusal, _Mapping]] = ..., redirect: _Optional[_Union[_topology_service_pb2.Redirect, _Mapping]] = ...) -> None: ...
