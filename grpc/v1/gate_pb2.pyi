from haechi.rpc.v1 import vocabulary_pb2 as _vocabulary_pb2
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class GateActed(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    GATE_ACTED_UNSPECIFIED: _ClassVar[GateActed]
    GATE_ACTED_OPENED: _ClassVar[GateActed]
    GATE_ACTED_DIVERTED: _ClassVar[GateActed]
    GATE_ACTED_KEPT_SHUT: _ClassVar[GateActed]
    GATE_ACTED_FAILED: _ClassVar[GateActed]
GATE_ACTED_UNSPECIFIED: GateActed
GATE_ACTED_OPENED: GateActed
GATE_ACTED_DIVERTED: GateActed
GATE_ACTED_KEPT_SHUT: GateActed
GATE_ACTED_FAILED: GateActed

class GateEvent(_message.Message):
    __slots__ = ("gate", "lane", "lane_mode", "direction", "stage", "presentation_id", "budget_ms", "retried", "recirculated")
    GATE_FIELD_NUMBER: _ClassVar[int]
    LANE_FIELD_NUMBER: _ClassVar[int]
    LANE_MODE_FIELD_NUMBER: _ClassVar[int]
    DIRECTION_FIELD_NUMBER: _ClassVar[int]
    STAGE_FIELD_NUMBER: _ClassVar[int]
    PRESENTATION_ID_FIELD_NUMBER: _ClassVar[int]
    BUDGET_MS_FIELD_NUMBER: _ClassVar[int]
    RETRIED_FIELD_NUMBER: _ClassVar[int]
    RECIRCULATED_FIELD_NUMBER: _ClassVar[int]
    gate: str
    lane: str
    lane_mode: _vocabulary_pb2.LaneMode
    direction: _vocabulary_pb2.Direction
    stage: _vocabulary_pb2.Stage
    presentation_id: str
    budget_ms: int
    retried: bool
    recirculated: bool
    def __init__(self, gate: _Optional[str] = ..., lane: _Optional[str] = ..., lane_mode: _Optional[_Union[_vocabulary_pb2.LaneMode, str]] = ..., direction: _Optional[_Union[_vocabulary_pb2.Direction, str]] = ..., stage: _Optional[_Union[_vocabulary_pb2.Stage, str]] = ..., presentation_id: _Optional[str] = ..., budget_ms: _Optional[int] = ..., retried: _Optional[bool] = ..., recirculated: _Optional[bool] = ...) -> None: ...

class GateAction(_message.Message):
    __slots__ = ("decision_id", "acted", "local_fallback", "gate", "presentation_id")
    DECISION_ID_FIELD_NUMBER: _ClassVar[int]
    ACTED_FIELD_NUMBER: _ClassVar[int]
    LOCAL_FALLBACK_FIELD_NUMBER: _ClassVar[int]
    GATE_FIELD_NUMBER: _ClassVar[int]
    PRESENTATION_ID_FIELD_NUMBER: _ClassVar[int]
    decision_id: str
    acted: GateActed
    local_fallback: bool
    gate: str
    presentation_id: str
    def __init__(self, decision_id: _Optional[str] = ..., acted: _Optional[_Union[GateActed, str]] = ..., local_fallback: _Optional[bool] = ..., gate: _Optional[str] = ..., presentation_id: _Optional[str] = ...) -> None: ...

class ExitSeen(_message.Message):
    __slots__ = ("gate", "stage")
    GATE_FIELD_NUMBER: _ClassVar[int]
    STAGE_FIELD_NUMBER: _ClassVar[int]
    gate: str
    stage: _vocabulary_pb2.Stage
    def __init__(self, gate: _Optional[str] = ..., stage: _Optional[_Union[_vocabulary_pb2.Stage, str]] = ...) -> None: ...

class ProvisionalDelivered(_message.Message):
    __slots__ = ("gate_event_id", "provisional_decision_id", "reason", "delivered_us", "gate", "directive", "verdict")
    GATE_EVENT_ID_FIELD_NUMBER: _ClassVar[int]
    PROVISIONAL_DECISION_ID_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    DELIVERED_US_FIELD_NUMBER: _ClassVar[int]
    GATE_FIELD_NUMBER: _ClassVar[int]
    DIRECTIVE_FIELD_NUMBER: _ClassVar[int]
    VERDICT_FIELD_NUMBER: _ClassVar[int]
    gate_event_id: str
    provisional_decision_id: str
    reason: _vocabulary_pb2.CodeClass
    delivered_us: int
    gate: str
    directive: _vocabulary_pb2.Directive
    verdict: _vocabulary_pb2.Verdict
    def __init__(self, gate_event_id: _Optional[str] = ..., provisional_decision_id: _Optional[str] = ..., reason: _Optional[_Union[_vocabulary_pb2.CodeClass, str]] = ..., delivered_us: _Optional[int] = ..., gate: _Optional[str] = ..., directive: _Optional[_Union[_vocabulary_pb2.Directive, str]] = ..., verdict: _Optional[_Union[_vocabulary_pb2.Verdict, str]] = ...) -> None: ...
