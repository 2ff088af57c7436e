from haechi.rpc.v1 import vocabulary_pb2 as _vocabulary_pb2
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class OfficerAct(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    OFFICER_ACT_UNSPECIFIED: _ClassVar[OfficerAct]
    OFFICER_ACT_TAKE: _ClassVar[OfficerAct]
    OFFICER_ACT_PUT_BACK: _ClassVar[OfficerAct]
    OFFICER_ACT_RELEASE: _ClassVar[OfficerAct]
    OFFICER_ACT_CONFIRM: _ClassVar[OfficerAct]
    OFFICER_ACT_ESCALATE: _ClassVar[OfficerAct]
    OFFICER_ACT_OVERRIDE: _ClassVar[OfficerAct]

class SelectedBy(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    SELECTED_BY_UNSPECIFIED: _ClassVar[SelectedBy]
    SELECTED_BY_MODEL: _ClassVar[SelectedBy]
    SELECTED_BY_RULE: _ClassVar[SelectedBy]
    SELECTED_BY_RANDOM: _ClassVar[SelectedBy]
    SELECTED_BY_OFFICER: _ClassVar[SelectedBy]

class InspectionMethod(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    INSPECTION_METHOD_UNSPECIFIED: _ClassVar[InspectionMethod]
    INSPECTION_METHOD_DOCUMENTS: _ClassVar[InspectionMethod]
    INSPECTION_METHOD_SEARCH: _ClassVar[InspectionMethod]
    INSPECTION_METHOD_BODY_SEARCH: _ClassVar[InspectionMethod]
    INSPECTION_METHOD_TRACE: _ClassVar[InspectionMethod]
    INSPECTION_METHOD_LABORATORY: _ClassVar[InspectionMethod]
    INSPECTION_METHOD_AUDIT: _ClassVar[InspectionMethod]

class Finding(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    FINDING_UNSPECIFIED: _ClassVar[Finding]
    FINDING_FOUND: _ClassVar[Finding]
    FINDING_NOTHING: _ClassVar[Finding]
    FINDING_INCONCLUSIVE: _ClassVar[Finding]
    FINDING_NOT_DONE: _ClassVar[Finding]

class OffenceClass(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    OFFENCE_CLASS_UNSPECIFIED: _ClassVar[OffenceClass]
    OFFENCE_CLASS_DRUGS: _ClassVar[OffenceClass]
    OFFENCE_CLASS_DUTY_EVASION: _ClassVar[OffenceClass]
    OFFENCE_CLASS_CRITICAL_DUTY_EVASION: _ClassVar[OffenceClass]
    OFFENCE_CLASS_ARMS: _ClassVar[OffenceClass]
    OFFENCE_CLASS_COUNTERFEIT: _ClassVar[OffenceClass]
    OFFENCE_CLASS_CASH: _ClassVar[OffenceClass]
    OFFENCE_CLASS_QUARANTINE: _ClassVar[OffenceClass]
    OFFENCE_CLASS_SPECIES: _ClassVar[OffenceClass]
    OFFENCE_CLASS_OTHER: _ClassVar[OffenceClass]

class CaseEnd(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    CASE_END_UNSPECIFIED: _ClassVar[CaseEnd]
    CASE_END_CLEARED: _ClassVar[CaseEnd]
    CASE_END_SEIZED: _ClassVar[CaseEnd]
    CASE_END_RETURNED: _ClassVar[CaseEnd]
    CASE_END_NO_SHOW: _ClassVar[CaseEnd]
OFFICER_ACT_UNSPECIFIED: OfficerAct
OFFICER_ACT_TAKE: OfficerAct
OFFICER_ACT_PUT_BACK: OfficerAct
OFFICER_ACT_RELEASE: OfficerAct
OFFICER_ACT_CONFIRM: OfficerAct
OFFICER_ACT_ESCALATE: OfficerAct
OFFICER_ACT_OVERRIDE: OfficerAct
SELECTED_BY_UNSPECIFIED: SelectedBy
SELECTED_BY_MODEL: SelectedBy
SELECTED_BY_RULE: SelectedBy
SELECTED_BY_RANDOM: SelectedBy
SELECTED_BY_OFFICER: SelectedBy
INSPECTION_METHOD_UNSPECIFIED: InspectionMethod
INSPECTION_METHOD_DOCUMENTS: InspectionMethod
INSPECTION_METHOD_SEARCH: InspectionMethod
INSPECTION_METHOD_BODY_SEARCH: InspectionMethod
INSPECTION_METHOD_TRACE: InspectionMethod
INSPECTION_METHOD_LABORATORY: InspectionMethod
INSPECTION_METHOD_AUDIT: InspectionMethod
FINDING_UNSPECIFIED: Finding
FINDING_FOUND: Finding
FINDING_NOTHING: Finding
FINDING_INCONCLUSIVE: Finding
FINDING_NOT_DONE: Finding
OFFENCE_CLASS_UNSPECIFIED: OffenceClass
OFFENCE_CLASS_DRUGS: OffenceClass
OFFENCE_CLASS_DUTY_EVASION: OffenceClass
OFFENCE_CLASS_CRITICAL_DUTY_EVASION: OffenceClass
OFFENCE_CLASS_ARMS: OffenceClass
OFFENCE_CLASS_COUNTERFEIT: OffenceClass
OFFENCE_CLASS_CASH: OffenceClass
OFFENCE_CLASS_QUARANTINE: OffenceClass
OFFENCE_CLASS_SPECIES: OffenceClass
OFFENCE_CLASS_OTHER: OffenceClass
CASE_END_UNSPECIFIED: CaseEnd
CASE_END_CLEARED: CaseEnd
CASE_END_SEIZED: CaseEnd
CASE_END_RETURNED: CaseEnd
CASE_END_NO_SHOW: CaseEnd

class OfficerAction(_message.Message):
    __slots__ = ("decision_id", "from_verdict", "to_verdict", "officer", "reason_code", "second_approver", "note", "directive", "act")
    DECISION_ID_FIELD_NUMBER: _ClassVar[int]
    FROM_VERDICT_FIELD_NUMBER: _ClassVar[int]
    TO_VERDICT_FIELD_NUMBER: _ClassVar[int]
    OFFICER_FIELD_NUMBER: _ClassVar[int]
    REASON_CODE_FIELD_NUMBER: _ClassVar[int]
    SECOND_APPROVER_FIELD_NUMBER: _ClassVar[int]
    NOTE_FIELD_NUMBER: _ClassVar[int]
    DIRECTIVE_FIELD_NUMBER: _ClassVar[int]
    ACT_FIELD_NUMBER: _ClassVar[int]
    decision_id: str
    from_verdict: _vocabulary_pb2.Verdict
    to_verdict: _vocabulary_pb2.Verdict
    officer: str
    reason_code: str
    second_approver: str
    note: str
    directive: _vocabulary_pb2.Directive
    act: OfficerAct
    def __init__(self, decision_id: _Optional[str] = ..., from_verdict: _Optional[_Union[_vocabulary_pb2.Verdict, str]] = ..., to_verdict: _Optional[_Union[_vocabulary_pb2.Verdict, str]] = ..., officer: _Optional[str] = ..., reason_code: _Optional[str] = ..., second_approver: _Optional[str] = ..., note: _Optional[str] = ..., directive: _Optional[_Union[_vocabulary_pb2.Directive, str]] = ..., act: _Optional[_Union[OfficerAct, str]] = ...) -> None: ...

class InspectionOutcome(_message.Message):
    __slots__ = ("decision_id", "selected_by", "started_us", "finished_us", "method", "finding", "offence_class", "substance", "quantity", "quantity_unit", "corrects_event_id", "officer", "propensity")
    DECISION_ID_FIELD_NUMBER: _ClassVar[int]
    SELECTED_BY_FIELD_NUMBER: _ClassVar[int]
    STARTED_US_FIELD_NUMBER: _ClassVar[int]
    FINISHED_US_FIELD_NUMBER: _ClassVar[int]
    METHOD_FIELD_NUMBER: _ClassVar[int]
    FINDING_FIELD_NUMBER: _ClassVar[int]
    OFFENCE_CLASS_FIELD_NUMBER: _ClassVar[int]
    SUBSTANCE_FIELD_NUMBER: _ClassVar[int]
    QUANTITY_FIELD_NUMBER: _ClassVar[int]
    QUANTITY_UNIT_FIELD_NUMBER: _ClassVar[int]
    CORRECTS_EVENT_ID_FIELD_NUMBER: _ClassVar[int]
    OFFICER_FIELD_NUMBER: _ClassVar[int]
    PROPENSITY_FIELD_NUMBER: _ClassVar[int]
    decision_id: str
    selected_by: SelectedBy
    started_us: int
    finished_us: int
    method: InspectionMethod
    finding: Finding
    offence_class: OffenceClass
    substance: str
    quantity: float
    quantity_unit: str
    corrects_event_id: str
    officer: str
    propensity: float
    def __init__(self, decision_id: _Optional[str] = ..., selected_by: _Optional[_Union[SelectedBy, str]] = ..., started_us: _Optional[int] = ..., finished_us: _Optional[int] = ..., method: _Optional[_Union[InspectionMethod, str]] = ..., finding: _Optional[_Union[Finding, str]] = ..., offence_class: _Optional[_Union[OffenceClass, str]] = ..., substance: _Optional[str] = ..., quantity: _Optional[float] = ..., quantity_unit: _Optional[str] = ..., corrects_event_id: _Optional[str] = ..., officer: _Optional[str] = ..., propensity: _Optional[float] = ...) -> None: ...

class CaseClosed(_message.Message):
    __slots__ = ("end",)
    END_FIELD_NUMBER: _ClassVar[int]
    end: CaseEnd
    def __init__(self, end: _Optional[_Union[CaseEnd, str]] = ...) -> None: ...
