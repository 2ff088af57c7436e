from haechi.rpc.v1 import decision_pb2 as _decision_pb2
from haechi.rpc.v1 import envelope_pb2 as _envelope_pb2
from haechi.rpc.v1 import event_pb2 as _event_pb2
from haechi.rpc.v1 import topology_service_pb2 as _topology_service_pb2
from haechi.rpc.v1 import vocabulary_pb2 as _vocabulary_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class DecideRequest(_message.Message):
    __slots__ = ("event",)
    EVENT_FIELD_NUMBER: _ClassVar[int]
    event: _event_pb2.Event
    def __init__(self, event: _Optional[_Union[_event_pb2.Event, _Mapping]] = ...) -> None: ...

class DecideResponse(_message.Message):
    __slots__ = ("answer", "refusal", "redirect")
    ANSWER_FIELD_NUMBER: _ClassVar[int]
    REFUSAL_FIELD_NUMBER: _ClassVar[int]
    REDIRECT_FIELD_NUMBER: _ClassVar[int]
    answer: _decision_pb2.GateAnswer
    refusal: _decision_pb2.Refusal
    redirect: _topology_service_pb2.Redirect
    def __init__(self, answer: _Optional[_Union[_decision_pb2.GateAnswer, _Mapping]] = ..., refusal: _Optional[_Union[_decision_pb2.Refusal, _Mapping]] = ..., redirect: _Optional[_Union[_topology_service_pb2.Redirect, _Mapping]] = ...) -> None: ...

class DecideStreamRequest(_message.Message):
    __slots__ = ("event",)
    EVENT_FIELD_NUMBER: _ClassVar[int]
    event: _event_pb2.Event
    def __init__(self, event: _Optional[_Union[_event_pb2.Event, _Mapping]] = ...) -> None: ...

class DecideStreamResponse(_message.Message):
    __slots__ = ("answer", "refusal", "index", "redirect")
    ANSWER_FIELD_NUMBER: _ClassVar[int]
    REFUSAL_FIELD_NUMBER: _ClassVar[int]
    INDEX_FIELD_NUMBER: _ClassVar[int]
    REDIRECT_FIELD_NUMBER: _ClassVar[int]
    answer: _decision_pb2.GateAnswer
    refusal: _decision_pb2.Refusal
    index: int
    redirect: _topology_service_pb2.Redirect
    def __init__(self, answer: _Optional[_Union[_decision_pb2.GateAnswer, _Mapping]] = ..., refusal: _Optional[_Union[_decision_pb2.Refusal, _Mapping]] = ..., index: _Optional[int] = ..., redirect: _Optional[_Union[_topology_service_pb2.Redirect, _Mapping]] = ...) -> None: ...

class DecideBatchRequest(_message.Message):
    __slots__ = ("events",)
    EVENTS_FIELD_NUMBER: _ClassVar[int]
    events: _containers.RepeatedCompositeFieldContainer[_event_pb2.Event]
    def __init__(self, events: _Optional[_Iterable[_Union[_event_pb2.Event, _Mapping]]] = ...) -> None: ...

class DecideBatchResponse(_message.Message):
    __slots__ = ("responses",)
    RESPONSES_FIELD_NUMBER: _ClassVar[int]
    responses: _containers.RepeatedCompositeFieldContainer[DecideResponse]
    def __init__(self, responses: _Optional[_Iterable[_Union[DecideResponse, _Mapping]]] = ...) -> None: ...

class WatchRequest(_message.Message):
    __slots__ = ("site", "gate", "kinds", "resume_after")
    SITE_FIELD_NUMBER: _ClassVar[int]
    GATE_FIELD_NUMBER: _ClassVar[int]
    KINDS_FIELD_NUMBER: _ClassVar[int]
    RESUME_AFTER_FIELD_NUMBER: _ClassVar[int]
    site: str
    gate: str
    kinds: _containers.RepeatedScalarFieldContainer[_vocabulary_pb2.DecisionKind]
    resume_after: _decision_pb2.LogPosition
    def __init__(self, site: _Optional[str] = ..., gate: _Optional[str] = ..., kinds: _Optional[_Iterable[_Union[_vocabulary_pb2.DecisionKind, str]]] = ..., resume_after: _Optional[_Union[_decision_pb2.LogPosition, _Mapping]] = ...) -> None: ...

class WatchResponse(_message.Message):
    __slots__ = ("answer", "subject", "cursor", "site", "gate", "presentation_id", "subject_token", "decided_us")
    ANSWER_FIELD_NUMBER: _ClassVar[int]
    SUBJECT_FIELD_NUMBER: _ClassVar[int]
    CURSOR_FIELD_NUMBER: _ClassVar[int]
    SITE_FIELD_NUMBER: _ClassVar[int]
    GATE_FIELD_NUMBER: _ClassVar[int]
    PRESENTATION_ID_FIELD_NUMBER: _ClassVar[int]
    SUBJECT_TOKEN_FIELD_NUMBER: _ClassVar[int]
    DECIDED_US_FIELD_NUMBER: _ClassVar[int]
    answer: _decision_pb2.GateAnswer
    subject: _envelope_pb2.SubjectReference
    cursor: _decision_pb2.LogPosition
    site: str
    gate: str
    presentation_id: str
    subject_token: str
    decided_us: int
    def __init__(self, answer: _Optional[_Union[_decision_pb2.GateAnswer, _Mapping]] = ..., subject: _Optional[_Union[_envelope_pb2.SubjectReference, _Mapping]] = ..., cursor: _Optional[_Union[_decision_pb2.LogPosition, _Mapping]] = ..., site: _Optional[str] = ..., gate: _Optional[str] = ..., presentation_id: _Optional[str] = ..., subject_token: _Optional[str] = ..., decided_us: _Optional[int] = ...) -> None: ...

class AcknowledgeWatchRequest(_message.Message):
    __slots__ = ("decision_ids", "gate")
    DECISION_IDS_FIELD_NUMBER: _ClassVar[int]
    GATE_FIELD_NUMBER: _ClassVar[int]
    decision_ids: _containers.RepeatedScalarFieldContainer[str]
    gate: str
    def __init__(self, decision_ids: _Optional[_Iterable[str]] = ..., gate: _Optional[str] = ...) -> None: ...

class AcknowledgeWatchResponse(_message.Message):
    __slots__ = ("position", "unknown_decision_ids")
    POSITION_FIELD_NUMBER: _ClassVar[int]
    UNKNOWN_DECISION_IDS_FIELD_NUMBER: _ClassVar[int]
    position: _decision_pb2.LogPosition
    unknown_decision_ids: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, position: _Optional[_Union[_decision_pb2.LogPosition, _Mapping]] = ..., unknown_decision_ids: _Optional[_Iterable[str]] = ...) -> None: ...

class ExplainRequest(_message.Message):
    __slots__ = ("decision_id",)
    DECISION_ID_FIELD_NUMBER: _ClassVar[int]
    decision_id: str
    def __init__(self, decision_id: _Optional[str] = ...) -> None: ...

class ExplainResponse(_message.Message):
    __slots__ = ("decision", "superseded_by", "payload_erased")
    DECISION_FIELD_NUMBER: _ClassVar[int]
    SUPERSEDED_BY_FIELD_NUMBER: _ClassVar[int]
    PAYLOAD_ERASED_FIELD_NUMBER: _ClassVar[int]
    decision: _decision_pb2.Decision
    superseded_by: str
    payload_erased: bool
    def __init__(self, decision: _Optional[_Union[_decision_pb2.Decision, _Mapping]] = ..., superseded_by: _Optional[str] = ..., payload_erased: _Optional[bool] = ...) -> None: ...
