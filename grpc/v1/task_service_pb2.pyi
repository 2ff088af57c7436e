from haechi.rpc.v1 import decision_pb2 as _decision_pb2
from haechi.rpc.v1 import officers_pb2 as _officers_pb2
from haechi.rpc.v1 import vocabulary_pb2 as _vocabulary_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class TaskState(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    TASK_STATE_UNSPECIFIED: _ClassVar[TaskState]
    TASK_STATE_OPEN: _ClassVar[TaskState]
    TASK_STATE_TAKEN: _ClassVar[TaskState]
    TASK_STATE_SECOND: _ClassVar[TaskState]
    TASK_STATE_ESCALATED: _ClassVar[TaskState]
    TASK_STATE_SETTLED: _ClassVar[TaskState]
    TASK_STATE_RELEASED: _ClassVar[TaskState]
    TASK_STATE_LAPSED: _ClassVar[TaskState]
TASK_STATE_UNSPECIFIED: TaskState
TASK_STATE_OPEN: TaskState
TASK_STATE_TAKEN: TaskState
TASK_STATE_SECOND: TaskState
TASK_STATE_ESCALATED: TaskState
TASK_STATE_SETTLED: TaskState
TASK_STATE_RELEASED: TaskState
TASK_STATE_LAPSED: TaskState

class Task(_message.Message):
    __slots__ = ("decision_id", "case_reference", "subject_kind", "state", "verdict", "directive", "code_class", "stage", "lane", "site", "gate", "taken_by", "review_by_us", "since_us", "four_eyes", "asked_verdict", "probability")
    DECISION_ID_FIELD_NUMBER: _ClassVar[int]
    CASE_REFERENCE_FIELD_NUMBER: _ClassVar[int]
    SUBJECT_KIND_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    VERDICT_FIELD_NUMBER: _ClassVar[int]
    DIRECTIVE_FIELD_NUMBER: _ClassVar[int]
    CODE_CLASS_FIELD_NUMBER: _ClassVar[int]
    STAGE_FIELD_NUMBER: _ClassVar[int]
    LANE_FIELD_NUMBER: _ClassVar[int]
    SITE_FIELD_NUMBER: _ClassVar[int]
    GATE_FIELD_NUMBER: _ClassVar[int]
    TAKEN_BY_FIELD_NUMBER: _ClassVar[int]
    REVIEW_BY_US_FIELD_NUMBER: _ClassVar[int]
    SINCE_US_FIELD_NUMBER: _ClassVar[int]
    FOUR_EYES_FIELD_NUMBER: _ClassVar[int]
    ASKED_VERDICT_FIELD_NUMBER: _ClassVar[int]
    PROBABILITY_FIELD_NUMBER: _ClassVar[int]
    decision_id: str
    case_reference: str
    subject_kind: _vocabulary_pb2.SubjectKind
    state: TaskState
    verdict: _vocabulary_pb2.Verdict
    directive: _vocabulary_pb2.Directive
    code_class: _vocabulary_pb2.CodeClass
    stage: _vocabulary_pb2.Stage
    lane: str
    site: str
    gate: str
    taken_by: str
    review_by_us: int
    since_us: int
    four_eyes: bool
    asked_verdict: _vocabulary_pb2.Verdict
    probability: float
    def __init__(self, decision_id: _Optional[str] = ..., case_reference: _Optional[str] = ..., subject_kind: _Optional[_Union[_vocabulary_pb2.SubjectKind, str]] = ..., state: _Optional[_Union[TaskState, str]] = ..., verdict: _Optional[_Union[_vocabulary_pb2.Verdict, str]] = ..., directive: _Optional[_Union[_vocabulary_pb2.Directive, str]] = ..., code_class: _Optional[_Union[_vocabulary_pb2.CodeClass, str]] = ..., stage: _Optional[_Union[_vocabulary_pb2.Stage, str]] = ..., lane: _Optional[str] = ..., site: _Optional[str] = ..., gate: _Optional[str] = ..., taken_by: _Optional[str] = ..., review_by_us: _Optional[int] = ..., since_us: _Optional[int] = ..., four_eyes: _Optional[bool] = ..., asked_verdict: _Optional[_Union[_vocabulary_pb2.Verdict, str]] = ..., probability: _Optional[float] = ...) -> None: ...

class ListTasksRequest(_message.Message):
    __slots__ = ("site", "lane", "mine", "limit")
    SITE_FIELD_NUMBER: _ClassVar[int]
    LANE_FIELD_NUMBER: _ClassVar[int]
    MINE_FIELD_NUMBER: _ClassVar[int]
    LIMIT_FIELD_NUMBER: _ClassVar[int]
    site: str
    lane: str
    mine: bool
    limit: int
    def __init__(self, site: _Optional[str] = ..., lane: _Optional[str] = ..., mine: _Optional[bool] = ..., limit: _Optional[int] = ...) -> None: ...

class ListTasksResponse(_message.Message):
    __slots__ = ("tasks", "total")
    TASKS_FIELD_NUMBER: _ClassVar[int]
    TOTAL_FIELD_NUMBER: _ClassVar[int]
    tasks: _containers.RepeatedCompositeFieldContainer[Task]
    total: int
    def __init__(self, tasks: _Optional[_Iterable[_Union[Task, _Mapping]]] = ..., total: _Optional[int] = ...) -> None: ...

class ActOnTaskRequest(_message.Message):
    __slots__ = ("action",)
    ACTION_FIELD_NUMBER: _ClassVar[int]
    action: _officers_pb2.OfficerAction
    def __init__(self, action: _Optional[_Union[_officers_pb2.OfficerAction, _Mapping]] = ...) -> None: ...

class ActOnTaskResponse(_message.Message):
    __slots__ = ("task", "event_id", "position", "kind")
    TASK_FIELD_NUMBER: _ClassVar[int]
    EVENT_ID_FIELD_NUMBER: _ClassVar[int]
    POSITION_FIELD_NUMBER: _ClassVar[int]
    KIND_FIELD_NUMBER: _ClassVar[int]
    task: Task
    event_id: str
    position: _decision_pb2.LogPosition
    kind: _vocabulary_pb2.DecisionKind
    def __init__(self, task: _Optional[_Union[Task, _Mapping]] = ..., event_id: _Optional[str] = ..., position: _Optional[_Union[_decision_pb2.LogPosition, _Mapping]] = ..., kind: _Optional[_Union[_vocabulary_pb2.DecisionKind, str]] = ...) -> None: ...
