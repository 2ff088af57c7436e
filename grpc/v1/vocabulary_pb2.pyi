from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from typing import ClassVar as _ClassVar

DESCRIPTOR: _descriptor.FileDescriptor

class SubjectKind(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    SUBJECT_KIND_UNSPECIFIED: _ClassVar[SubjectKind]
    SUBJECT_KIND_TRAVELER: _ClassVar[SubjectKind]
    SUBJECT_KIND_PARCEL: _ClassVar[SubjectKind]
    SUBJECT_KIND_BAG: _ClassVar[SubjectKind]

class Stage(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    STAGE_UNSPECIFIED: _ClassVar[Stage]
    STAGE_PRE_ARRIVAL: _ClassVar[Stage]
    STAGE_DESK: _ClassVar[Stage]
    STAGE_RECLAIM: _ClassVar[Stage]
    STAGE_EXIT: _ClassVar[Stage]
    STAGE_WAREHOUSE_IN: _ClassVar[Stage]
    STAGE_SORTER: _ClassVar[Stage]
    STAGE_RELEASE_OUT: _ClassVar[Stage]

class Verdict(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    VERDICT_UNSPECIFIED: _ClassVar[Verdict]
    VERDICT_RELEASE: _ClassVar[Verdict]
    VERDICT_HOLD: _ClassVar[Verdict]
    VERDICT_REFER: _ClassVar[Verdict]

class Directive(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    DIRECTIVE_UNSPECIFIED: _ClassVar[Directive]
    DIRECTIVE_BODY_SCAN: _ClassVar[Directive]
    DIRECTIVE_BAG_SEARCH: _ClassVar[Directive]
    DIRECTIVE_DOCUMENT_CHECK: _ClassVar[Directive]
    DIRECTIVE_XRAY_AGAIN: _ClassVar[Directive]
    DIRECTIVE_DIVERT_CHUTE: _ClassVar[Directive]
    DIRECTIVE_FACE_CHECK: _ClassVar[Directive]
    DIRECTIVE_OPEN_PARCEL: _ClassVar[Directive]
    DIRECTIVE_INTERVIEW: _ClassVar[Directive]
    DIRECTIVE_CALL_OFFICER: _ClassVar[Directive]

class CodeClass(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    CODE_CLASS_UNSPECIFIED: _ClassVar[CodeClass]
    CODE_CLASS_CLEAR: _ClassVar[CodeClass]
    CODE_CLASS_RISK: _ClassVar[CodeClass]
    CODE_CLASS_MISSING_EVIDENCE: _ClassVar[CodeClass]
    CODE_CLASS_INTELLIGENCE: _ClassVar[CodeClass]
    CODE_CLASS_SENSOR_ALARM: _ClassVar[CodeClass]
    CODE_CLASS_DEADLINE: _ClassVar[CodeClass]
    CODE_CLASS_OVERLOAD: _ClassVar[CodeClass]
    CODE_CLASS_ENGINE_UNREACHABLE: _ClassVar[CodeClass]
    CODE_CLASS_BAD_REQUEST: _ClassVar[CodeClass]
    CODE_CLASS_MODEL_BROKEN: _ClassVar[CodeClass]
    CODE_CLASS_CAPACITY: _ClassVar[CodeClass]
    CODE_CLASS_POLICY: _ClassVar[CodeClass]
    CODE_CLASS_RANDOM_CHECK: _ClassVar[CodeClass]
    CODE_CLASS_REVIEW_EXPIRED: _ClassVar[CodeClass]
    CODE_CLASS_NOT_ACKNOWLEDGED: _ClassVar[CodeClass]
    CODE_CLASS_OFFICER: _ClassVar[CodeClass]

class DecisionKind(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    DECISION_KIND_UNSPECIFIED: _ClassVar[DecisionKind]
    DECISION_KIND_STANDING: _ClassVar[DecisionKind]
    DECISION_KIND_ANSWER: _ClassVar[DecisionKind]
    DECISION_KIND_REVISION: _ClassVar[DecisionKind]
    DECISION_KIND_ALERT: _ClassVar[DecisionKind]
    DECISION_KIND_FOLLOW_UP: _ClassVar[DecisionKind]
    DECISION_KIND_ESCALATION: _ClassVar[DecisionKind]
    DECISION_KIND_PROVISIONAL: _ClassVar[DecisionKind]
    DECISION_KIND_REVIEW: _ClassVar[DecisionKind]

class LaneMode(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    LANE_MODE_UNSPECIFIED: _ClassVar[LaneMode]
    LANE_MODE_AUTOMATED: _ClassVar[LaneMode]
    LANE_MODE_STAFFED: _ClassVar[LaneMode]
    LANE_MODE_INSPECT_ALL: _ClassVar[LaneMode]
    LANE_MODE_TEST: _ClassVar[LaneMode]

class Direction(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    DIRECTION_UNSPECIFIED: _ClassVar[Direction]
    DIRECTION_INBOUND: _ClassVar[Direction]
    DIRECTION_OUTBOUND: _ClassVar[Direction]
    DIRECTION_TRANSIT: _ClassVar[Direction]
SUBJECT_KIND_UNSPECIFIED: SubjectKind
SUBJECT_KIND_TRAVELER: SubjectKind
SUBJECT_KIND_PARCEL: SubjectKind
SUBJECT_KIND_BAG: SubjectKind
STAGE_UNSPECIFIED: Stage
STAGE_PRE_ARRIVAL: Stage
STAGE_DESK: Stage
STAGE_RECLAIM: Stage
STAGE_EXIT: Stage
STAGE_WAREHOUSE_IN: Stage
STAGE_SORTER: Stage
STAGE_RELEASE_OUT: Stage
VERDICT_UNSPECIFIED: Verdict
VERDICT_RELEASE: Verdict
VERDICT_HOLD: Verdict
VERDICT_REFER: Verdict
DIRECTIVE_UNSPECIFIED: Directive
DIRECTIVE_BODY_SCAN: Directive
DIRECTIVE_BAG_SEARCH: Directive
DIRECTIVE_DOCUMENT_CHECK: Directive
DIRECTIVE_XRAY_AGAIN: Directive
DIRECTIVE_DIVERT_CHUTE: Directive
DIRECTIVE_FACE_CHECK: Directive
DIRECTIVE_OPEN_PARCEL: Directive
DIRECTIVE_INTERVIEW: Directive
DIRECTIVE_CALL_OFFICER: Directive
CODE_CLASS_UNSPECIFIED: CodeClass
CODE_CLASS_CLEAR: CodeClass
CODE_CLASS_RISK: CodeClass
CODE_CLASS_MISSING_EVIDENCE: CodeClass
CODE_CLASS_INTELLIGENCE: CodeClass
CODE_CLASS_SENSOR_ALARM: CodeClass
CODE_CLASS_DEADLINE: CodeClass
CODE_CLASS_OVERLOAD: CodeClass
CODE_CLASS_ENGINE_UNREACHABLE: CodeClass
CODE_CLASS_BAD_REQUEST: CodeClass
CODE_CLASS_MODEL_BROKEN: CodeClass
CODE_CLASS_CAPACITY: CodeClass
CODE_CLASS_POLICY: CodeClass
CODE_CLASS_RANDOM_CHECK: CodeClass
CODE_CLASS_REVIEW_EXPIRED: CodeClass
CODE_CLASS_NOT_ACKNOWLEDGED: CodeClass
CODE_CLASS_OFFICER: CodeClass
DECISION_KIND_UNSPECIFIED: DecisionKind
DECISION_KIND_STANDING: DecisionKind
DECISION_KIND_ANSWER: DecisionKind
DECISION_KIND_REVISION: DecisionKind
DECISION_KIND_ALERT: DecisionKind
DECISION_KIND_FOLLOW_UP: DecisionKind
DECISION_KIND_ESCALATION: DecisionKind
DECISION_KIND_PROVISIONAL: DecisionKind
DECISION_KIND_REVIEW: DecisionKind
LANE_MODE_UNSPECIFIED: LaneMode
LANE_MODE_AUTOMATED: LaneMode
LANE_MODE_STAFFED: LaneMode
LANE_MODE_INSPECT_ALL: LaneMode
LANE_MODE_TEST: LaneMode
DIRECTION_UNSPECIFIED: Direction
DIRECTION_INBOUND: Direction
DIRECTION_OUTBOUND: Direction
DIRECTION_TRANSIT: Direction
