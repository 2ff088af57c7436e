from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class DocumentType(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    DOCUMENT_TYPE_UNSPECIFIED: _ClassVar[DocumentType]
    DOCUMENT_TYPE_PASSPORT: _ClassVar[DocumentType]
    DOCUMENT_TYPE_IDENTITY_CARD: _ClassVar[DocumentType]
    DOCUMENT_TYPE_TRAVEL_DOCUMENT: _ClassVar[DocumentType]
    DOCUMENT_TYPE_CREW: _ClassVar[DocumentType]

class DocumentState(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    DOCUMENT_STATE_UNSPECIFIED: _ClassVar[DocumentState]
    DOCUMENT_STATE_VALID: _ClassVar[DocumentState]
    DOCUMENT_STATE_EXPIRED: _ClassVar[DocumentState]
    DOCUMENT_STATE_LOST_OR_STOLEN: _ClassVar[DocumentState]
    DOCUMENT_STATE_REVOKED: _ClassVar[DocumentState]

class Sex(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    SEX_UNSPECIFIED: _ClassVar[Sex]
    SEX_FEMALE: _ClassVar[Sex]
    SEX_MALE: _ClassVar[Sex]

class PaymentForm(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    PAYMENT_FORM_UNSPECIFIED: _ClassVar[PaymentForm]
    PAYMENT_FORM_CARD: _ClassVar[PaymentForm]
    PAYMENT_FORM_CASH: _ClassVar[PaymentForm]
    PAYMENT_FORM_TRANSFER: _ClassVar[PaymentForm]
    PAYMENT_FORM_POINTS: _ClassVar[PaymentForm]
    PAYMENT_FORM_THIRD_PARTY: _ClassVar[PaymentForm]

class RestrictedGoods(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    RESTRICTED_GOODS_UNSPECIFIED: _ClassVar[RestrictedGoods]
    RESTRICTED_GOODS_QUARANTINE: _ClassVar[RestrictedGoods]
    RESTRICTED_GOODS_DRUGS: _ClassVar[RestrictedGoods]
    RESTRICTED_GOODS_ARMS: _ClassVar[RestrictedGoods]
    RESTRICTED_GOODS_SPECIES: _ClassVar[RestrictedGoods]
    RESTRICTED_GOODS_EXCISE: _ClassVar[RestrictedGoods]
    RESTRICTED_GOODS_OTHER: _ClassVar[RestrictedGoods]
DOCUMENT_TYPE_UNSPECIFIED: DocumentType
DOCUMENT_TYPE_PASSPORT: DocumentType
DOCUMENT_TYPE_IDENTITY_CARD: DocumentType
DOCUMENT_TYPE_TRAVEL_DOCUMENT: DocumentType
DOCUMENT_TYPE_CREW: DocumentType
DOCUMENT_STATE_UNSPECIFIED: DocumentState
DOCUMENT_STATE_VALID: DocumentState
DOCUMENT_STATE_EXPIRED: DocumentState
DOCUMENT_STATE_LOST_OR_STOLEN: DocumentState
DOCUMENT_STATE_REVOKED: DocumentState
SEX_UNSPECIFIED: Sex
SEX_FEMALE: Sex
SEX_MALE: Sex
PAYMENT_FORM_UNSPECIFIED: PaymentForm
PAYMENT_FORM_CARD: PaymentForm
PAYMENT_FORM_CASH: PaymentForm
PAYMENT_FORM_TRANSFER: PaymentForm
PAYMENT_FORM_POINTS: PaymentForm
PAYMENT_FORM_THIRD_PARTY: PaymentForm
RESTRICTED_GOODS_UNSPECIFIED: RestrictedGoods
RESTRICTED_GOODS_QUARANTINE: RestrictedGoods
RESTRICTED_GOODS_DRUGS: RestrictedGoods
RESTRICTED_GOODS_ARMS: RestrictedGoods
RESTRICTED_GOODS_SPECIES: RestrictedGoods
RESTRICTED_GOODS_EXCISE: RestrictedGoods
RESTRICTED_GOODS_OTHER: RestrictedGoods

class FlightLeg(_message.Message):
    __slots__ = ("flight", "departure", "arrival", "departure_us", "arrival_us")
    FLIGHT_FIELD_NUMBER: _ClassVar[int]
    DEPARTURE_FIELD_NUMBER: _ClassVar[int]
    ARRIVAL_FIELD_NUMBER: _ClassVar[int]
    DEPARTURE_US_FIELD_NUMBER: _ClassVar[int]
    ARRIVAL_US_FIELD_NUMBER: _ClassVar[int]
    flight: str
    departure: str
    arrival: str
    departure_us: int
    arrival_us: int
    def __init__(self, flight: _Optional[str] = ..., departure: _Optional[str] = ..., arrival: _Optional[str] = ..., departure_us: _Optional[int] = ..., arrival_us: _Optional[int] = ...) -> None: ...

class Bag(_message.Message):
    __slots__ = ("bag_tag", "weight_kg", "sequence")
    BAG_TAG_FIELD_NUMBER: _ClassVar[int]
    WEIGHT_KG_FIELD_NUMBER: _ClassVar[int]
    SEQUENCE_FIELD_NUMBER: _ClassVar[int]
    bag_tag: str
    weight_kg: float
    sequence: int
    def __init__(self, bag_tag: _Optional[str] = ..., weight_kg: _Optional[float] = ..., sequence: _Optional[int] = ...) -> None: ...

class TravelerManifest(_message.Message):
    __slots__ = ("manifest_version", "document_type", "document_state", "issuing_state", "document_number", "document_expiry", "birth_year", "nationality", "sex", "name", "flight", "flight_date", "legs", "checked_in_us", "boarded", "offloaded", "arrival_us", "pnr_locator", "booked_us", "payment_form", "payment_token", "agency", "contact_token", "seat", "one_way", "companion_traveler_ids", "bags")
    MANIFEST_VERSION_FIELD_NUMBER: _ClassVar[int]
    DOCUMENT_TYPE_FIELD_NUMBER: _ClassVar[int]
    DOCUMENT_STATE_FIELD_NUMBER: _ClassVar[int]
    ISSUING_STATE_FIELD_NUMBER: _ClassVar[int]
    DOCUMENT_NUMBER_FIELD_NUMBER: _ClassVar[int]
    DOCUMENT_EXPIRY_FIELD_NUMBER: _ClassVar[int]
    BIRTH_YEAR_FIELD_NUMBER: _ClassVar[int]
    NATIONALITY_FIELD_NUMBER: _ClassVar[int]
    SEX_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    FLIGHT_FIELD_NUMBER: _ClassVar[int]
    FLIGHT_DATE_FIELD_NUMBER: _ClassVar[int]
    LEGS_FIELD_NUMBER: _ClassVar[int]
    CHECKED_IN_US_FIELD_NUMBER: _ClassVar[int]
    BOARDED_FIELD_NUMBER: _ClassVar[int]
    OFFLOADED_FIELD_NUMBER: _ClassVar[int]
    ARRIVAL_US_FIELD_NUMBER: _ClassVar[int]
    PNR_LOCATOR_FIELD_NUMBER: _ClassVar[int]
    BOOKED_US_FIELD_NUMBER: _ClassVar[int]
    PAYMENT_FORM_FIELD_NUMBER: _ClassVar[int]
    PAYMENT_TOKEN_FIELD_NUMBER: _ClassVar[int]
    AGENCY_FIELD_NUMBER: _ClassVar[int]
    CONTACT_TOKEN_FIELD_NUMBER: _ClassVar[int]
    SEAT_FIELD_NUMBER: _ClassVar[int]
    ONE_WAY_FIELD_NUMBER: _ClassVar[int]
    COMPANION_TRAVELER_IDS_FIELD_NUMBER: _ClassVar[int]
    BAGS_FIELD_NUMBER: _ClassVar[int]
    manifest_version: int
    document_type: DocumentType
    document_state: DocumentState
    issuing_state: str
    document_number: str
    document_expiry: int
    birth_year: int
    nationality: str
    sex: Sex
    name: str
    flight: str
    flight_date: int
    legs: _containers.RepeatedCompositeFieldContainer[FlightLeg]
    checked_in_us: int
    boarded: bool
    offloaded: bool
    arrival_us: int
    pnr_locator: str
    booked_us: int
    payment_form: PaymentForm
    payment_token: str
    agency: str
    contact_token: str
    seat: str
    one_way: bool
    companion_traveler_ids: _containers.RepeatedScalarFieldContainer[str]
    bags: _containers.RepeatedCompositeFieldContainer[Bag]
    def __init__(self, manifest_version: _Optional[int] = ..., document_type: _Optional[_Union[DocumentType, str]] = ..., document_state: _Optional[_Union[DocumentState, str]] = ..., issuing_state: _Optional[str] = ..., document_number: _Optional[str] = ..., document_expiry: _Optional[int] = ..., birth_year: _Optional[int] = ..., nationality: _Optional[str] = ..., sex: _Optional[_Union[Sex, str]] = ..., name: _Optional[str] = ..., flight: _Optional[str] = ..., flight_date: _Optional[int] = ..., legs: _Optional[_Iterable[_Union[FlightLeg, _Mapping]]] = ..., checked_in_us: _Optional[int] = ..., boarded: _Optional[bool] = ..., offloaded: _Optional[bool] = ..., arrival_us: _Optional[int] = ..., pnr_locator: _Optional[str] = ..., booked_us: _Optional[int] = ..., payment_form: _Optional[_Union[PaymentForm, str]] = ..., payment_token: _Optional[str] = ..., agency: _Optional[str] = ..., contact_token: _Optional[str] = ..., seat: _Optional[str] = ..., one_way: _Optional[bool] = ..., companion_traveler_ids: _Optional[_Iterable[str]] = ..., bags: _Optional[_Iterable[_Union[Bag, _Mapping]]] = ...) -> None: ...

class TravelerDeclaration(_message.Message):
    __slots__ = ("declaration_version", "value_usd", "cash_usd", "restricted_goods", "nothing_to_declare")
    DECLARATION_VERSION_FIELD_NUMBER: _ClassVar[int]
    VALUE_USD_FIELD_NUMBER: _ClassVar[int]
    CASH_USD_FIELD_NUMBER: _ClassVar[int]
    RESTRICTED_GOODS_FIELD_NUMBER: _ClassVar[int]
    NOTHING_TO_DECLARE_FIELD_NUMBER: _ClassVar[int]
    declaration_version: int
    value_usd: float
    cash_usd: float
    restricted_goods: _containers.RepeatedScalarFieldContainer[RestrictedGoods]
    nothing_to_declare: bool
    def __init__(self, declaration_version: _Optional[int] = ..., value_usd: _Optional[float] = ..., cash_usd: _Optional[float] = ..., restricted_goods: _Optional[_Iterable[_Union[RestrictedGoods, str]]] = ..., nothing_to_declare: _Optional[bool] = ...) -> None: ...
