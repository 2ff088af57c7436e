from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class Purpose(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    PURPOSE_UNSPECIFIED: _ClassVar[Purpose]
    PURPOSE_BORDER_CONTROL: _ClassVar[Purpose]
    PURPOSE_EVALUATION: _ClassVar[Purpose]
    PURPOSE_EXERCISE: _ClassVar[Purpose]

class RetentionClass(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    RETENTION_CLASS_UNSPECIFIED: _ClassVar[RetentionClass]
    RETENTION_CLASS_TRADE: _ClassVar[RetentionClass]
    RETENTION_CLASS_PERSONAL: _ClassVar[RetentionClass]
    RETENTION_CLASS_BIOMETRIC: _ClassVar[RetentionClass]
    RETENTION_CLASS_LEGAL_HOLD: _ClassVar[RetentionClass]
PURPOSE_UNSPECIFIED: Purpose
PURPOSE_BORDER_CONTROL: Purpose
PURPOSE_EVALUATION: Purpose
PURPOSE_EXERCISE: Purpose
RETENTION_CLASS_UNSPECIFIED: RetentionClass
RETENTION_CLASS_TRADE: RetentionClass
RETENTION_CLASS_PERSONAL: RetentionClass
RETENTION_CLASS_BIOMETRIC: RetentionClass
RETENTION_CLASS_LEGAL_HOLD: RetentionClass

class DocumentReference(_message.Message):
    __slots__ = ("issuing_state", "number", "flight", "flight_date")
    ISSUING_STATE_FIELD_NUMBER: _ClassVar[int]
    NUMBER_FIELD_NUMBER: _ClassVar[int]
    FLIGHT_FIELD_NUMBER: _ClassVar[int]
    FLIGHT_DATE_FIELD_NUMBER: _ClassVar[int]
    issuing_state: str
    number: str
    flight: str
    flight_date: int
    def __init__(self, issuing_state: _Optional[str] = ..., number: _Optional[str] = ..., flight: _Optional[str] = ..., flight_date: _Optional[int] = ...) -> None: ...

class WaybillReference(_message.Message):
    __slots__ = ("courier", "hawb", "arrival_date")
    COURIER_FIELD_NUMBER: _ClassVar[int]
    HAWB_FIELD_NUMBER: _ClassVar[int]
    ARRIVAL_DATE_FIELD_NUMBER: _ClassVar[int]
    courier: str
    hawb: str
    arrival_date: int
    def __init__(self, courier: _Optional[str] = ..., hawb: _Optional[str] = ..., arrival_date: _Optional[int] = ...) -> None: ...

class SubjectReference(_message.Message):
    __slots__ = ("traveler_id", "document", "bag_tag", "parcel_id", "waybill", "pccc")
    TRAVELER_ID_FIELD_NUMBER: _ClassVar[int]
    DOCUMENT_FIELD_NUMBER: _ClassVar[int]
    BAG_TAG_FIELD_NUMBER: _ClassVar[int]
    PARCEL_ID_FIELD_NUMBER: _ClassVar[int]
    WAYBILL_FIELD_NUMBER: _ClassVar[int]
    PCCC_FIELD_NUMBER: _ClassVar[int]
    traveler_id: str
    document: DocumentReference
    bag_tag: str
    parcel_id: str
    waybill: WaybillReference
    pccc: str
    def __init__(self, traveler_id: _Optional[str] = ..., document: _Optional[_Union[DocumentReference, _Mapping]] = ..., bag_tag: _Optional[str] = ..., parcel_id: _Optional[str] = ..., waybill: _Optional[_Union[WaybillReference, _Mapping]] = ..., pccc: _Optional[str] = ...) -> None: ...

class Envelope(_message.Message):
    __slots__ = ("event_id", "schema_version", "source", "source_seq", "source_message_id", "site", "terminal", "event_time_us", "received_time_us", "corrects_event_id", "purpose", "retention_class", "historical", "subjects")
    EVENT_ID_FIELD_NUMBER: _ClassVar[int]
    SCHEMA_VERSION_FIELD_NUMBER: _ClassVar[int]
    SOURCE_FIELD_NUMBER: _ClassVar[int]
    SOURCE_SEQ_FIELD_NUMBER: _ClassVar[int]
    SOURCE_MESSAGE_ID_FIELD_NUMBER: _ClassVar[int]
    SITE_FIELD_NUMBER: _ClassVar[int]
    TERMINAL_FIELD_NUMBER: _ClassVar[int]
    EVENT_TIME_US_FIELD_NUMBER: _ClassVar[int]
    RECEIVED_TIME_US_FIELD_NUMBER: _ClassVar[int]
    CORRECTS_EVENT_ID_FIELD_NUMBER: _ClassVar[int]
    PURPOSE_FIELD_NUMBER: _ClassVar[int]
    RETENTION_CLASS_FIELD_NUMBER: _ClassVar[int]
    HISTORICAL_FIELD_NUMBER: _ClassVar[int]
    SUBJECTS_FIELD_NUMBER: _ClassVar[int]
    event_id: str
    schema_version: int
    source: str
    source_seq: int
    source_message_id: str
    site: str
    terminal: str
    event_time_us: int
    received_time_us: int
    corrects_event_id: str
    purpose: Purpose
    retention_class: RetentionClass
    historical: bool
    subjects: _containers.RepeatedCompositeFieldContainer[SubjectReference]
    def __init__(self, event_id: _Optional[str] = ..., schema_version: _Optional[int] = ..., source: _Optional[str] = ..., source_seq: _Optional[int] = ..., source_message_id: _Optional[str] = ..., site: _Optional[str] = ..., terminal: _Optional[str] = ..., event_time_us: _Optional[int] = ..., received_time_us: _Optional[int] = ..., corrects_event_id: _Optional[str] = ..., purpose: _Optional[_Union[Purpose, str]] = ..., retention_class: _Optional[_Union[RetentionClass, str]] = ..., historical: _Optional[bool] = ..., subjects: _Optional[_Iterable[_Union[SubjectReference, _Mapping]]] = ...) -> None: ...
