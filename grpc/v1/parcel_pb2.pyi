from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class ClearanceRoute(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    CLEARANCE_ROUTE_UNSPECIFIED: _ClassVar[ClearanceRoute]
    CLEARANCE_ROUTE_LIST: _ClassVar[ClearanceRoute]
    CLEARANCE_ROUTE_SIMPLIFIED: _ClassVar[ClearanceRoute]
    CLEARANCE_ROUTE_GENERAL: _ClassVar[ClearanceRoute]

class PcccStatus(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    PCCC_STATUS_UNSPECIFIED: _ClassVar[PcccStatus]
    PCCC_STATUS_VALID: _ClassVar[PcccStatus]
    PCCC_STATUS_EXPIRED: _ClassVar[PcccStatus]
    PCCC_STATUS_REISSUED: _ClassVar[PcccStatus]
    PCCC_STATUS_MISMATCHED: _ClassVar[PcccStatus]
    PCCC_STATUS_MISUSED: _ClassVar[PcccStatus]

class TrustedParty(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    TRUSTED_PARTY_UNSPECIFIED: _ClassVar[TrustedParty]
    TRUSTED_PARTY_AEO: _ClassVar[TrustedParty]
    TRUSTED_PARTY_DATA_PARTNER: _ClassVar[TrustedParty]
    TRUSTED_PARTY_SUSPENDED: _ClassVar[TrustedParty]
CLEARANCE_ROUTE_UNSPECIFIED: ClearanceRoute
CLEARANCE_ROUTE_LIST: ClearanceRoute
CLEARANCE_ROUTE_SIMPLIFIED: ClearanceRoute
CLEARANCE_ROUTE_GENERAL: ClearanceRoute
PCCC_STATUS_UNSPECIFIED: PcccStatus
PCCC_STATUS_VALID: PcccStatus
PCCC_STATUS_EXPIRED: PcccStatus
PCCC_STATUS_REISSUED: PcccStatus
PCCC_STATUS_MISMATCHED: PcccStatus
PCCC_STATUS_MISUSED: PcccStatus
TRUSTED_PARTY_UNSPECIFIED: TrustedParty
TRUSTED_PARTY_AEO: TrustedParty
TRUSTED_PARTY_DATA_PARTNER: TrustedParty
TRUSTED_PARTY_SUSPENDED: TrustedParty

class GoodsLine(_message.Message):
    __slots__ = ("text", "hs6", "quantity", "value", "currency")
    TEXT_FIELD_NUMBER: _ClassVar[int]
    HS6_FIELD_NUMBER: _ClassVar[int]
    QUANTITY_FIELD_NUMBER: _ClassVar[int]
    VALUE_FIELD_NUMBER: _ClassVar[int]
    CURRENCY_FIELD_NUMBER: _ClassVar[int]
    text: str
    hs6: str
    quantity: float
    value: float
    currency: str
    def __init__(self, text: _Optional[str] = ..., hs6: _Optional[str] = ..., quantity: _Optional[float] = ..., value: _Optional[float] = ..., currency: _Optional[str] = ...) -> None: ...

class ParcelManifest(_message.Message):
    __slots__ = ("manifest_version", "mawb", "hawb", "courier", "warehouse", "route", "pccc", "pccc_status", "consignee_token", "address_token", "phone_token", "sender_token", "declarant", "importer", "seller", "order_platform", "order_id", "price_paid_krw", "goods", "declared_mass_kg", "measured_mass_kg", "trusted_party", "arrival_date", "declaration_id", "declaration_date", "office", "process_type", "import_type", "import_use", "payment_type", "transport_mode", "hs6", "departure_country", "origin_country", "tax_rate_percent", "tax_type", "origin_indicator", "net_mass_kg", "item_price_krw")
    MANIFEST_VERSION_FIELD_NUMBER: _ClassVar[int]
    MAWB_FIELD_NUMBER: _ClassVar[int]
    HAWB_FIELD_NUMBER: _ClassVar[int]
    COURIER_FIELD_NUMBER: _ClassVar[int]
    WAREHOUSE_FIELD_NUMBER: _ClassVar[int]
    ROUTE_FIELD_NUMBER: _ClassVar[int]
    PCCC_FIELD_NUMBER: _ClassVar[int]
    PCCC_STATUS_FIELD_NUMBER: _ClassVar[int]
    CONSIGNEE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    ADDRESS_TOKEN_FIELD_NUMBER: _ClassVar[int]
    PHONE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    SENDER_TOKEN_FIELD_NUMBER: _ClassVar[int]
    DECLARANT_FIELD_NUMBER: _ClassVar[int]
    IMPORTER_FIELD_NUMBER: _ClassVar[int]
    SELLER_FIELD_NUMBER: _ClassVar[int]
    ORDER_PLATFORM_FIELD_NUMBER: _ClassVar[int]
    ORDER_ID_FIELD_NUMBER: _ClassVar[int]
    PRICE_PAID_KRW_FIELD_NUMBER: _ClassVar[int]
    GOODS_FIELD_NUMBER: _ClassVar[int]
    DECLARED_MASS_KG_FIELD_NUMBER: _ClassVar[int]
    MEASURED_MASS_KG_FIELD_NUMBER: _ClassVar[int]
    TRUSTED_PARTY_FIELD_NUMBER: _ClassVar[int]
    ARRIVAL_DATE_FIELD_NUMBER: _ClassVar[int]
    DECLARATION_ID_FIELD_NUMBER: _ClassVar[int]
    DECLARATION_DATE_FIELD_NUMBER: _ClassVar[int]
    OFFICE_FIELD_NUMBER: _ClassVar[int]
    PROCESS_TYPE_FIELD_NUMBER: _ClassVar[int]
    IMPORT_TYPE_FIELD_NUMBER: _ClassVar[int]
    IMPORT_USE_FIELD_NUMBER: _ClassVar[int]
    PAYMENT_TYPE_FIELD_NUMBER: _ClassVar[int]
    TRANSPORT_MODE_FIELD_NUMBER: _ClassVar[int]
    HS6_FIELD_NUMBER: _ClassVar[int]
    DEPARTURE_COUNTRY_FIELD_NUMBER: _ClassVar[int]
    ORIGIN_COUNTRY_FIELD_NUMBER: _ClassVar[int]
    TAX_RATE_PERCENT_FIELD_NUMBER: _ClassVar[int]
    TAX_TYPE_FIELD_NUMBER: _ClassVar[int]
    ORIGIN_INDICATOR_FIELD_NUMBER: _ClassVar[int]
    NET_MASS_KG_FIELD_NUMBER: _ClassVar[int]
    ITEM_PRICE_KRW_FIELD_NUMBER: _ClassVar[int]
    manifest_version: int
    mawb: str
    hawb: str
    courier: str
    warehouse: str
    route: ClearanceRoute
    pccc: str
    pccc_status: PcccStatus
    consignee_token: str
    address_token: str
    phone_token: str
    sender_token: str
    declarant: str
    importer: str
    seller: str
    order_platform: str
    order_id: str
    price_paid_krw: float
    goods: _containers.RepeatedCompositeFieldContainer[GoodsLine]
    declared_mass_kg: float
    measured_mass_kg: float
    trusted_party: TrustedParty
    arrival_date: int
    declaration_id: str
    declaration_date: int
    office: str
    process_type: str
    import_type: str
    import_use: str
    payment_type: str
    transport_mode: str
    hs6: str
    departure_country: str
    origin_country: str
    tax_rate_percent: float
    tax_type: str
    origin_indicator: str
    net_mass_kg: float
    item_price_krw: float
    def __init__(self, manifest_version: _Optional[int] = ..., mawb: _Optional[str] = ..., hawb: _Optional[str] = ..., courier: _Optional[str] = ..., warehouse: _Optional[str] = ..., route: _Optional[_Union[ClearanceRoute, str]] = ..., pccc: _Optional[str] = ..., pccc_status: _Optional[_Union[PcccStatus, str]] = ..., consignee_token: _Optional[str] = ..., address_token: _Optional[str] = ..., phone_token: _Optional[str] = ..., sender_token: _Optional[str] = ..., declarant: _Optional[str] = ..., importer: _Optional[str] = ..., seller: _Optional[str] = ..., order_platform: _Optional[str] = ..., order_id: _Optional[str] = ..., price_paid_krw: _Optional[float] = ..., goods: _Optional[_Iterable[_Union[GoodsLine, _Mapping]]] = ..., declared_mass_kg: _Optional[float] = ..., measured_mass_kg: _Optional[float] = ..., trusted_party: _Optional[_Union[TrustedParty, str]] = ..., arrival_date: _Optional[int] = ..., declaration_id: _Optional[str] = ..., declaration_date: _Optional[int] = ..., office: _Optional[str] = ..., process_type: _Optional[str] = ..., import_type: _Optional[str] = ..., import_use: _Optional[str] = ..., payment_type: _Optional[str] = ..., transport_mode: _Optional[str] = ..., hs6: _Optional[str] = ..., departure_country: _Optional[str] = ..., origin_country: _Optional[str] = ..., tax_rate_percent: _Optional[float] = ..., tax_type: _Optional[str] = ..., origin_indicator: _Optional[str] = ..., net_mass_kg: _Optional[float] = ..., item_price_krw: _Optional[float] = ...) -> None: ...
