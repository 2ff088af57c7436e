from haechi.rpc.v1 import envelope_pb2 as _envelope_pb2
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class LinkKind(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    LINK_KIND_UNSPECIFIED: _ClassVar[LinkKind]
    LINK_KIND_PARCEL: _ClassVar[LinkKind]
    LINK_KIND_BAG: _ClassVar[LinkKind]
    LINK_KIND_COMPANION: _ClassVar[LinkKind]

class IdentityChange(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    IDENTITY_CHANGE_UNSPECIFIED: _ClassVar[IdentityChange]
    IDENTITY_CHANGE_ALIAS: _ClassVar[IdentityChange]
    IDENTITY_CHANGE_MERGE: _ClassVar[IdentityChange]
    IDENTITY_CHANGE_SPLIT: _ClassVar[IdentityChange]

class Watched(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    WATCHED_UNSPECIFIED: _ClassVar[Watched]
    WATCHED_NAME: _ClassVar[Watched]
    WATCHED_DOCUMENT: _ClassVar[Watched]
    WATCHED_PCCC: _ClassVar[Watched]
    WATCHED_ADDRESS: _ClassVar[Watched]
    WATCHED_PHONE: _ClassVar[Watched]
    WATCHED_SELLER: _ClassVar[Watched]
    WATCHED_HS: _ClassVar[Watched]
    WATCHED_ROUTE: _ClassVar[Watched]
    WATCHED_IMAGE_CLASS: _ClassVar[Watched]
    WATCHED_CONSIGNEE: _ClassVar[Watched]
LINK_KIND_UNSPECIFIED: LinkKind
LINK_KIND_PARCEL: LinkKind
LINK_KIND_BAG: LinkKind
LINK_KIND_COMPANION: LinkKind
IDENTITY_CHANGE_UNSPECIFIED: IdentityChange
IDENTITY_CHANGE_ALIAS: IdentityChange
IDENTITY_CHANGE_MERGE: IdentityChange
IDENTITY_CHANGE_SPLIT: IdentityChange
WATCHED_UNSPECIFIED: Watched
WATCHED_NAME: Watched
WATCHED_DOCUMENT: Watched
WATCHED_PCCC: Watched
WATCHED_ADDRESS: Watched
WATCHED_PHONE: Watched
WATCHED_SELLER: Watched
WATCHED_HS: Watched
WATCHED_ROUTE: Watched
WATCHED_IMAGE_CLASS: Watched
WATCHED_CONSIGNEE: Watched

class Link(_message.Message):
    __slots__ = ("other", "kind", "link_version")
    OTHER_FIELD_NUMBER: _ClassVar[int]
    KIND_FIELD_NUMBER: _ClassVar[int]
    LINK_VERSION_FIELD_NUMBER: _ClassVar[int]
    other: _envelope_pb2.SubjectReference
    kind: LinkKind
    link_version: int
    def __init__(self, other: _Optional[_Union[_envelope_pb2.SubjectReference, _Mapping]] = ..., kind: _Optional[_Union[LinkKind, str]] = ..., link_version: _Optional[int] = ...) -> None: ...

class Unlink(_message.Message):
    __slots__ = ("other", "kind", "link_version")
    OTHER_FIELD_NUMBER: _ClassVar[int]
    KIND_FIELD_NUMBER: _ClassVar[int]
    LINK_VERSION_FIELD_NUMBER: _ClassVar[int]
    other: _envelope_pb2.SubjectReference
    kind: LinkKind
    link_version: int
    def __init__(self, other: _Optional[_Union[_envelope_pb2.SubjectReference, _Mapping]] = ..., kind: _Optional[_Union[LinkKind, str]] = ..., link_version: _Optional[int] = ...) -> None: ...

class LinkedRisk(_message.Message):
    __slots__ = ("own_log_odds", "version")
    OWN_LOG_ODDS_FIELD_NUMBER: _ClassVar[int]
    VERSION_FIELD_NUMBER: _ClassVar[int]
    own_log_odds: float
    version: int
    def __init__(self, own_log_odds: _Optional[float] = ..., version: _Optional[int] = ...) -> None: ...

class IdentityLink(_message.Message):
    __slots__ = ("change", "other", "reason")
    CHANGE_FIELD_NUMBER: _ClassVar[int]
    OTHER_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    change: IdentityChange
    other: _envelope_pb2.SubjectReference
    reason: str
    def __init__(self, change: _Optional[_Union[IdentityChange, str]] = ..., other: _Optional[_Union[_envelope_pb2.SubjectReference, _Mapping]] = ..., reason: _Optional[str] = ...) -> None: ...

class Intelligence(_message.Message):
    __slots__ = ("entry_id", "watched", "value", "weight", "legal_basis", "expires_us", "list_name", "withdrawn", "authority", "birth_year")
    ENTRY_ID_FIELD_NUMBER: _ClassVar[int]
    WATCHED_FIELD_NUMBER: _ClassVar[int]
    VALUE_FIELD_NUMBER: _ClassVar[int]
    WEIGHT_FIELD_NUMBER: _ClassVar[int]
    LEGAL_BASIS_FIELD_NUMBER: _ClassVar[int]
    EXPIRES_US_FIELD_NUMBER: _ClassVar[int]
    LIST_NAME_FIELD_NUMBER: _ClassVar[int]
    WITHDRAWN_FIELD_NUMBER: _ClassVar[int]
    AUTHORITY_FIELD_NUMBER: _ClassVar[int]
    BIRTH_YEAR_FIELD_NUMBER: _ClassVar[int]
    entry_id: str
    watched: Watched
    value: str
    weight: float
    legal_basis: str
    expires_us: int
    list_name: str
    withdrawn: bool
    authority: str
    birth_year: int
    def __init__(self, entry_id: _Optional[str] = ..., watched: _Optional[_Union[Watched, str]] = ..., value: _Optional[str] = ..., weight: _Optional[float] = ..., legal_basis: _Optional[str] = ..., expires_us: _Optional[int] = ..., list_name: _Optional[str] = ..., withdrawn: _Optional[bool] = ..., authority: _Optional[str] = ..., birth_year: _Optional[int] = ...) -> None: ...
