from haechi.rpc.v1 import decision_pb2 as _decision_pb2
from haechi.rpc.v1 import envelope_pb2 as _envelope_pb2
from haechi.rpc.v1 import governance_pb2 as _governance_pb2
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class ProposalState(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    PROPOSAL_STATE_UNSPECIFIED: _ClassVar[ProposalState]
    PROPOSAL_STATE_AWAITING_SECOND: _ClassVar[ProposalState]
    PROPOSAL_STATE_IN_EFFECT: _ClassVar[ProposalState]
PROPOSAL_STATE_UNSPECIFIED: ProposalState
PROPOSAL_STATE_AWAITING_SECOND: ProposalState
PROPOSAL_STATE_IN_EFFECT: ProposalState

class SubmitRuleSetRequest(_message.Message):
    __slots__ = ("rule_set",)
    RULE_SET_FIELD_NUMBER: _ClassVar[int]
    rule_set: _governance_pb2.RuleSet
    def __init__(self, rule_set: _Optional[_Union[_governance_pb2.RuleSet, _Mapping]] = ...) -> None: ...

class SubmitRuleSetResponse(_message.Message):
    __slots__ = ("state", "event_id", "position", "sha256")
    STATE_FIELD_NUMBER: _ClassVar[int]
    EVENT_ID_FIELD_NUMBER: _ClassVar[int]
    POSITION_FIELD_NUMBER: _ClassVar[int]
    SHA256_FIELD_NUMBER: _ClassVar[int]
    state: ProposalState
    event_id: str
    position: _decision_pb2.LogPosition
    sha256: bytes
    def __init__(self, state: _Optional[_Union[ProposalState, str]] = ..., event_id: _Optional[str] = ..., position: _Optional[_Union[_decision_pb2.LogPosition, _Mapping]] = ..., sha256: _Optional[bytes] = ...) -> None: ...

class PromoteModelRequest(_message.Message):
    __slots__ = ("promotion",)
    PROMOTION_FIELD_NUMBER: _ClassVar[int]
    promotion: _governance_pb2.ModelPromotion
    def __init__(self, promotion: _Optional[_Union[_governance_pb2.ModelPromotion, _Mapping]] = ...) -> None: ...

class PromoteModelResponse(_message.Message):
    __slots__ = ("state", "event_id", "position")
    STATE_FIELD_NUMBER: _ClassVar[int]
    EVENT_ID_FIELD_NUMBER: _ClassVar[int]
    POSITION_FIELD_NUMBER: _ClassVar[int]
    state: ProposalState
    event_id: str
    position: _decision_pb2.LogPosition
    def __init__(self, state: _Optional[_Union[ProposalState, str]] = ..., event_id: _Optional[str] = ..., position: _Optional[_Union[_decision_pb2.LogPosition, _Mapping]] = ...) -> None: ...

class ChangeTrustRequest(_message.Message):
    __slots__ = ("change",)
    CHANGE_FIELD_NUMBER: _ClassVar[int]
    change: _governance_pb2.TrustChanged
    def __init__(self, change: _Optional[_Union[_governance_pb2.TrustChanged, _Mapping]] = ...) -> None: ...

class ChangeTrustResponse(_message.Message):
    __slots__ = ("state", "event_id", "position")
    STATE_FIELD_NUMBER: _ClassVar[int]
    EVENT_ID_FIELD_NUMBER: _ClassVar[int]
    POSITION_FIELD_NUMBER: _ClassVar[int]
    state: ProposalState
    event_id: str
    position: _decision_pb2.LogPosition
    def __init__(self, state: _Optional[_Union[ProposalState, str]] = ..., event_id: _Optional[str] = ..., position: _Optional[_Union[_decision_pb2.LogPosition, _Mapping]] = ...) -> None: ...

class SetCapacityRequest(_message.Message):
    __slots__ = ("site", "capacity")
    SITE_FIELD_NUMBER: _ClassVar[int]
    CAPACITY_FIELD_NUMBER: _ClassVar[int]
    site: str
    capacity: _governance_pb2.Capacity
    def __init__(self, site: _Optional[str] = ..., capacity: _Optional[_Union[_governance_pb2.Capacity, _Mapping]] = ...) -> None: ...

class SetCapacityResponse(_message.Message):
    __slots__ = ("event_id", "position")
    EVENT_ID_FIELD_NUMBER: _ClassVar[int]
    POSITION_FIELD_NUMBER: _ClassVar[int]
    event_id: str
    position: _decision_pb2.LogPosition
    def __init__(self, event_id: _Optional[str] = ..., position: _Optional[_Union[_decision_pb2.LogPosition, _Mapping]] = ...) -> None: ...

class EraseRequest(_message.Message):
    __slots__ = ("subject", "erasure")
    SUBJECT_FIELD_NUMBER: _ClassVar[int]
    ERASURE_FIELD_NUMBER: _ClassVar[int]
    subject: _envelope_pb2.SubjectReference
    erasure: _governance_pb2.Erasure
    def __init__(self, subject: _Optional[_Union[_envelope_pb2.SubjectReference, _Mapping]] = ..., erasure: _Optional[_Union[_governance_pb2.Erasure, _Mapping]] = ...) -> None: ...

class EraseResponse(_message.Message):
    __slots__ = ("state", "event_id", "position")
    STATE_FIELD_NUMBER: _ClassVar[int]
    EVENT_ID_FIELD_NUMBER: _ClassVar[int]
    POSITION_FIELD_NUMBER: _ClassVar[int]
    state: ProposalState
    event_id: str
    position: _decision_pb2.LogPosition
    def __init__(self, state: _Optional[_Union[ProposalState, str]] = ..., event_id: _Optional[str] = ..., position: _Optional[_Union[_decision_pb2.LogPosition, _Mapping]] = ...) -> None: ...
