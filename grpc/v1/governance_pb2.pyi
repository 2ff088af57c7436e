from haechi.rpc.v1 import vocabulary_pb2 as _vocabulary_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class RuleSetRole(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    RULE_SET_ROLE_UNSPECIFIED: _ClassVar[RuleSetRole]
    RULE_SET_ROLE_ACTIVE: _ClassVar[RuleSetRole]
    RULE_SET_ROLE_SHADOW: _ClassVar[RuleSetRole]

class ModelRole(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    MODEL_ROLE_UNSPECIFIED: _ClassVar[ModelRole]
    MODEL_ROLE_CHAMPION: _ClassVar[ModelRole]
    MODEL_ROLE_CHALLENGER: _ClassVar[ModelRole]
    MODEL_ROLE_SHADOW: _ClassVar[ModelRole]

class TrustedAs(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    TRUSTED_AS_UNSPECIFIED: _ClassVar[TrustedAs]
    TRUSTED_AS_IMPORTER: _ClassVar[TrustedAs]
    TRUSTED_AS_DECLARANT: _ClassVar[TrustedAs]
    TRUSTED_AS_SELLER: _ClassVar[TrustedAs]
    TRUSTED_AS_CONSIGNEE: _ClassVar[TrustedAs]

class TrustChange(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    TRUST_CHANGE_UNSPECIFIED: _ClassVar[TrustChange]
    TRUST_CHANGE_GRANT: _ClassVar[TrustChange]
    TRUST_CHANGE_WITHDRAW: _ClassVar[TrustChange]
RULE_SET_ROLE_UNSPECIFIED: RuleSetRole
RULE_SET_ROLE_ACTIVE: RuleSetRole
RULE_SET_ROLE_SHADOW: RuleSetRole
MODEL_ROLE_UNSPECIFIED: ModelRole
MODEL_ROLE_CHAMPION: ModelRole
MODEL_ROLE_CHALLENGER: ModelRole
MODEL_ROLE_SHADOW: ModelRole
TRUSTED_AS_UNSPECIFIED: TrustedAs
TRUSTED_AS_IMPORTER: TrustedAs
TRUSTED_AS_DECLARANT: TrustedAs
TRUSTED_AS_SELLER: TrustedAs
TRUSTED_AS_CONSIGNEE: TrustedAs
TRUST_CHANGE_UNSPECIFIED: TrustChange
TRUST_CHANGE_GRANT: TrustChange
TRUST_CHANGE_WITHDRAW: TrustChange

class RuleSet(_message.Message):
    __slots__ = ("name", "toml", "sha256", "approvers", "reason", "role")
    NAME_FIELD_NUMBER: _ClassVar[int]
    TOML_FIELD_NUMBER: _ClassVar[int]
    SHA256_FIELD_NUMBER: _ClassVar[int]
    APPROVERS_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    ROLE_FIELD_NUMBER: _ClassVar[int]
    name: str
    toml: str
    sha256: bytes
    approvers: _containers.RepeatedScalarFieldContainer[str]
    reason: str
    role: RuleSetRole
    def __init__(self, name: _Optional[str] = ..., toml: _Optional[str] = ..., sha256: _Optional[bytes] = ..., approvers: _Optional[_Iterable[str]] = ..., reason: _Optional[str] = ..., role: _Optional[_Union[RuleSetRole, str]] = ...) -> None: ...

class ModelPromotion(_message.Message):
    __slots__ = ("family", "artefact_sha256", "replaces_sha256", "role", "approvers", "reason")
    FAMILY_FIELD_NUMBER: _ClassVar[int]
    ARTEFACT_SHA256_FIELD_NUMBER: _ClassVar[int]
    REPLACES_SHA256_FIELD_NUMBER: _ClassVar[int]
    ROLE_FIELD_NUMBER: _ClassVar[int]
    APPROVERS_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    family: str
    artefact_sha256: bytes
    replaces_sha256: bytes
    role: ModelRole
    approvers: _containers.RepeatedScalarFieldContainer[str]
    reason: str
    def __init__(self, family: _Optional[str] = ..., artefact_sha256: _Optional[bytes] = ..., replaces_sha256: _Optional[bytes] = ..., role: _Optional[_Union[ModelRole, str]] = ..., approvers: _Optional[_Iterable[str]] = ..., reason: _Optional[str] = ...) -> None: ...

class Capacity(_message.Message):
    __slots__ = ("lane", "inspections_per_hour", "from_us", "until_us", "officers", "approver")
    LANE_FIELD_NUMBER: _ClassVar[int]
    INSPECTIONS_PER_HOUR_FIELD_NUMBER: _ClassVar[int]
    FROM_US_FIELD_NUMBER: _ClassVar[int]
    UNTIL_US_FIELD_NUMBER: _ClassVar[int]
    OFFICERS_FIELD_NUMBER: _ClassVar[int]
    APPROVER_FIELD_NUMBER: _ClassVar[int]
    lane: str
    inspections_per_hour: float
    from_us: int
    until_us: int
    officers: int
    approver: str
    def __init__(self, lane: _Optional[str] = ..., inspections_per_hour: _Optional[float] = ..., from_us: _Optional[int] = ..., until_us: _Optional[int] = ..., officers: _Optional[int] = ..., approver: _Optional[str] = ...) -> None: ...

class TrustChanged(_message.Message):
    __slots__ = ("change", "trusted_as", "party", "programme", "legal_basis", "until_us", "reason", "approver")
    CHANGE_FIELD_NUMBER: _ClassVar[int]
    TRUSTED_AS_FIELD_NUMBER: _ClassVar[int]
    PARTY_FIELD_NUMBER: _ClassVar[int]
    PROGRAMME_FIELD_NUMBER: _ClassVar[int]
    LEGAL_BASIS_FIELD_NUMBER: _ClassVar[int]
    UNTIL_US_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    APPROVER_FIELD_NUMBER: _ClassVar[int]
    change: TrustChange
    trusted_as: TrustedAs
    party: str
    programme: str
    legal_basis: str
    until_us: int
    reason: str
    approver: str
    def __init__(self, change: _Optional[_Union[TrustChange, str]] = ..., trusted_as: _Optional[_Union[TrustedAs, str]] = ..., party: _Optional[str] = ..., programme: _Optional[str] = ..., legal_basis: _Optional[str] = ..., until_us: _Optional[int] = ..., reason: _Optional[str] = ..., approver: _Optional[str] = ...) -> None: ...

class DriftDetected(_message.Message):
    __slots__ = ("subject_kind", "watched", "detector", "before", "after", "seen_offset")
    SUBJECT_KIND_FIELD_NUMBER: _ClassVar[int]
    WATCHED_FIELD_NUMBER: _ClassVar[int]
    DETECTOR_FIELD_NUMBER: _ClassVar[int]
    BEFORE_FIELD_NUMBER: _ClassVar[int]
    AFTER_FIELD_NUMBER: _ClassVar[int]
    SEEN_OFFSET_FIELD_NUMBER: _ClassVar[int]
    subject_kind: _vocabulary_pb2.SubjectKind
    watched: str
    detector: str
    before: float
    after: float
    seen_offset: int
    def __init__(self, subject_kind: _Optional[_Union[_vocabulary_pb2.SubjectKind, str]] = ..., watched: _Optional[str] = ..., detector: _Optional[str] = ..., before: _Optional[float] = ..., after: _Optional[float] = ..., seen_offset: _Optional[int] = ...) -> None: ...

class Erasure(_message.Message):
    __slots__ = ("legal_basis", "request_id", "before_us", "approvers")
    LEGAL_BASIS_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    BEFORE_US_FIELD_NUMBER: _ClassVar[int]
    APPROVERS_FIELD_NUMBER: _ClassVar[int]
    legal_basis: str
    request_id: str
    before_us: int
    approvers: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, legal_basis: _Optional[str] = ..., request_id: _Optional[str] = ..., before_us: _Optional[int] = ..., approvers: _Optional[_Iterable[str]] = ...) -> None: ...

class EngineStarted(_message.Message):
    __slots__ = ("build", "features_sha256", "numeric_fingerprint", "config_sha256", "epoch", "shard", "versions", "seed", "retention_traveler_s", "retention_parcel_s")
    class VersionsEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: str
        def __init__(self, key: _Optional[str] = ..., value: _Optional[str] = ...) -> None: ...
    BUILD_FIELD_NUMBER: _ClassVar[int]
    FEATURES_SHA256_FIELD_NUMBER: _ClassVar[int]
    NUMERIC_FINGERPRINT_FIELD_NUMBER: _ClassVar[int]
    CONFIG_SHA256_FIELD_NUMBER: _ClassVar[int]
    EPOCH_FIELD_NUMBER: _ClassVar[int]
    SHARD_FIELD_NUMBER: _ClassVar[int]
    VERSIONS_FIELD_NUMBER: _ClassVar[int]
    SEED_FIELD_NUMBER: _ClassVar[int]
    RETENTION_TRAVELER_S_FIELD_NUMBER: _ClassVar[int]
    RETENTION_PARCEL_S_FIELD_NUMBER: _ClassVar[int]
    build: str
    features_sha256: bytes
    numeric_fingerprint: bytes
    config_sha256: bytes
    epoch: int
    shard: int
    versions: _containers.ScalarMap[str, str]
    seed: int
    retention_traveler_s: int
    retention_parcel_s: int
    def __init__(self, build: _Optional[str] = ..., features_sha256: _Optional[bytes] = ..., numeric_fingerprint: _Optional[bytes] = ..., config_sha256: _Optional[bytes] = ..., epoch: _Optional[int] = ..., shard: _Optional[int] = ..., versions: _Optional[_Mapping[str, str]] = ..., seed: _Optional[int] = ..., retention_traveler_s: _Optional[int] = ..., retention_parcel_s: _Optional[int] = ...) -> None: ...
