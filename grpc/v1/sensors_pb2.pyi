from haechi.rpc.v1 import vocabulary_pb2 as _vocabulary_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class CameraRole(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    CAMERA_ROLE_UNSPECIFIED: _ClassVar[CameraRole]
    CAMERA_ROLE_DESK: _ClassVar[CameraRole]
    CAMERA_ROLE_EXIT: _ClassVar[CameraRole]

class FaceOutcome(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    FACE_OUTCOME_UNSPECIFIED: _ClassVar[FaceOutcome]
    FACE_OUTCOME_SAME: _ClassVar[FaceOutcome]
    FACE_OUTCOME_REVIEW: _ClassVar[FaceOutcome]
    FACE_OUTCOME_DIFFERENT: _ClassVar[FaceOutcome]
    FACE_OUTCOME_UNKNOWN: _ClassVar[FaceOutcome]
    FACE_OUTCOME_NOT_CAPTURED: _ClassVar[FaceOutcome]

class ScanKind(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    SCAN_KIND_UNSPECIFIED: _ClassVar[ScanKind]
    SCAN_KIND_BODY_MM_WAVE: _ClassVar[ScanKind]
    SCAN_KIND_BAGGAGE_XRAY: _ClassVar[ScanKind]
    SCAN_KIND_PARCEL_XRAY: _ClassVar[ScanKind]
    SCAN_KIND_OTHER: _ClassVar[ScanKind]

class ScanResult(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    SCAN_RESULT_UNSPECIFIED: _ClassVar[ScanResult]
    SCAN_RESULT_ALARM: _ClassVar[ScanResult]
    SCAN_RESULT_CLEAR: _ClassVar[ScanResult]
    SCAN_RESULT_FAILED: _ClassVar[ScanResult]
    SCAN_RESULT_REFUSED: _ClassVar[ScanResult]

class Side(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    SIDE_UNSPECIFIED: _ClassVar[Side]
    SIDE_FRONT: _ClassVar[Side]
    SIDE_BACK: _ClassVar[Side]
    SIDE_LEFT: _ClassVar[Side]
    SIDE_RIGHT: _ClassVar[Side]
CAMERA_ROLE_UNSPECIFIED: CameraRole
CAMERA_ROLE_DESK: CameraRole
CAMERA_ROLE_EXIT: CameraRole
FACE_OUTCOME_UNSPECIFIED: FaceOutcome
FACE_OUTCOME_SAME: FaceOutcome
FACE_OUTCOME_REVIEW: FaceOutcome
FACE_OUTCOME_DIFFERENT: FaceOutcome
FACE_OUTCOME_UNKNOWN: FaceOutcome
FACE_OUTCOME_NOT_CAPTURED: FaceOutcome
SCAN_KIND_UNSPECIFIED: ScanKind
SCAN_KIND_BODY_MM_WAVE: ScanKind
SCAN_KIND_BAGGAGE_XRAY: ScanKind
SCAN_KIND_PARCEL_XRAY: ScanKind
SCAN_KIND_OTHER: ScanKind
SCAN_RESULT_UNSPECIFIED: ScanResult
SCAN_RESULT_ALARM: ScanResult
SCAN_RESULT_CLEAR: ScanResult
SCAN_RESULT_FAILED: ScanResult
SCAN_RESULT_REFUSED: ScanResult
SIDE_UNSPECIFIED: Side
SIDE_FRONT: Side
SIDE_BACK: Side
SIDE_LEFT: Side
SIDE_RIGHT: Side

class FaceCandidate(_message.Message):
    __slots__ = ("traveler_id", "similarity", "margin")
    TRAVELER_ID_FIELD_NUMBER: _ClassVar[int]
    SIMILARITY_FIELD_NUMBER: _ClassVar[int]
    MARGIN_FIELD_NUMBER: _ClassVar[int]
    traveler_id: str
    similarity: float
    margin: float
    def __init__(self, traveler_id: _Optional[str] = ..., similarity: _Optional[float] = ..., margin: _Optional[float] = ...) -> None: ...

class FaceMatch(_message.Message):
    __slots__ = ("camera", "role", "track_id", "captured_us", "outcome", "candidates", "face_px", "quality", "liveness", "model_id", "threshold_version", "gallery_scope", "gallery_size")
    CAMERA_FIELD_NUMBER: _ClassVar[int]
    ROLE_FIELD_NUMBER: _ClassVar[int]
    TRACK_ID_FIELD_NUMBER: _ClassVar[int]
    CAPTURED_US_FIELD_NUMBER: _ClassVar[int]
    OUTCOME_FIELD_NUMBER: _ClassVar[int]
    CANDIDATES_FIELD_NUMBER: _ClassVar[int]
    FACE_PX_FIELD_NUMBER: _ClassVar[int]
    QUALITY_FIELD_NUMBER: _ClassVar[int]
    LIVENESS_FIELD_NUMBER: _ClassVar[int]
    MODEL_ID_FIELD_NUMBER: _ClassVar[int]
    THRESHOLD_VERSION_FIELD_NUMBER: _ClassVar[int]
    GALLERY_SCOPE_FIELD_NUMBER: _ClassVar[int]
    GALLERY_SIZE_FIELD_NUMBER: _ClassVar[int]
    camera: str
    role: CameraRole
    track_id: str
    captured_us: int
    outcome: FaceOutcome
    candidates: _containers.RepeatedCompositeFieldContainer[FaceCandidate]
    face_px: int
    quality: float
    liveness: float
    model_id: str
    threshold_version: int
    gallery_scope: str
    gallery_size: int
    def __init__(self, camera: _Optional[str] = ..., role: _Optional[_Union[CameraRole, str]] = ..., track_id: _Optional[str] = ..., captured_us: _Optional[int] = ..., outcome: _Optional[_Union[FaceOutcome, str]] = ..., candidates: _Optional[_Iterable[_Union[FaceCandidate, _Mapping]]] = ..., face_px: _Optional[int] = ..., quality: _Optional[float] = ..., liveness: _Optional[float] = ..., model_id: _Optional[str] = ..., threshold_version: _Optional[int] = ..., gallery_scope: _Optional[str] = ..., gallery_size: _Optional[int] = ...) -> None: ...

class ScanZone(_message.Message):
    __slots__ = ("zone", "side", "score", "material_class")
    ZONE_FIELD_NUMBER: _ClassVar[int]
    SIDE_FIELD_NUMBER: _ClassVar[int]
    SCORE_FIELD_NUMBER: _ClassVar[int]
    MATERIAL_CLASS_FIELD_NUMBER: _ClassVar[int]
    zone: str
    side: Side
    score: float
    material_class: str
    def __init__(self, zone: _Optional[str] = ..., side: _Optional[_Union[Side, str]] = ..., score: _Optional[float] = ..., material_class: _Optional[str] = ...) -> None: ...

class GoodsSeen(_message.Message):
    __slots__ = ("goods_class", "score", "hs")
    GOODS_CLASS_FIELD_NUMBER: _ClassVar[int]
    SCORE_FIELD_NUMBER: _ClassVar[int]
    HS_FIELD_NUMBER: _ClassVar[int]
    goods_class: str
    score: float
    hs: str
    def __init__(self, goods_class: _Optional[str] = ..., score: _Optional[float] = ..., hs: _Optional[str] = ...) -> None: ...

class SimilarSeizure(_message.Message):
    __slots__ = ("case_id", "similarity", "model_id")
    CASE_ID_FIELD_NUMBER: _ClassVar[int]
    SIMILARITY_FIELD_NUMBER: _ClassVar[int]
    MODEL_ID_FIELD_NUMBER: _ClassVar[int]
    case_id: str
    similarity: float
    model_id: str
    def __init__(self, case_id: _Optional[str] = ..., similarity: _Optional[float] = ..., model_id: _Optional[str] = ...) -> None: ...

class ScannerResult(_message.Message):
    __slots__ = ("scan_id", "kind", "result", "score", "zones", "material_class", "goods_seen", "similar_seizures", "operator_verdict", "device", "software_version", "image_reference", "image_sha256")
    SCAN_ID_FIELD_NUMBER: _ClassVar[int]
    KIND_FIELD_NUMBER: _ClassVar[int]
    RESULT_FIELD_NUMBER: _ClassVar[int]
    SCORE_FIELD_NUMBER: _ClassVar[int]
    ZONES_FIELD_NUMBER: _ClassVar[int]
    MATERIAL_CLASS_FIELD_NUMBER: _ClassVar[int]
    GOODS_SEEN_FIELD_NUMBER: _ClassVar[int]
    SIMILAR_SEIZURES_FIELD_NUMBER: _ClassVar[int]
    OPERATOR_VERDICT_FIELD_NUMBER: _ClassVar[int]
    DEVICE_FIELD_NUMBER: _ClassVar[int]
    SOFTWARE_VERSION_FIELD_NUMBER: _ClassVar[int]
    IMAGE_REFERENCE_FIELD_NUMBER: _ClassVar[int]
    IMAGE_SHA256_FIELD_NUMBER: _ClassVar[int]
    scan_id: str
    kind: ScanKind
    result: ScanResult
    score: float
    zones: _containers.RepeatedCompositeFieldContainer[ScanZone]
    material_class: str
    goods_seen: _containers.RepeatedCompositeFieldContainer[GoodsSeen]
    similar_seizures: _containers.RepeatedCompositeFieldContainer[SimilarSeizure]
    operator_verdict: ScanResult
    device: str
    software_version: str
    image_reference: str
    image_sha256: bytes
    def __init__(self, scan_id: _Optional[str] = ..., kind: _Optional[_Union[ScanKind, str]] = ..., result: _Optional[_Union[ScanResult, str]] = ..., score: _Optional[float] = ..., zones: _Optional[_Iterable[_Union[ScanZone, _Mapping]]] = ..., material_class: _Optional[str] = ..., goods_seen: _Optional[_Iterable[_Union[GoodsSeen, _Mapping]]] = ..., similar_seizures: _Optional[_Iterable[_Union[SimilarSeizure, _Mapping]]] = ..., operator_verdict: _Optional[_Union[ScanResult, str]] = ..., device: _Optional[str] = ..., software_version: _Optional[str] = ..., image_reference: _Optional[str] = ..., image_sha256: _Optional[bytes] = ...) -> None: ...

class SensorStatus(_message.Message):
    __slots__ = ("device", "up", "since_us", "scan_kind", "camera_role", "lanes", "stage")
    DEVICE_FIELD_NUMBER: _ClassVar[int]
    UP_FIELD_NUMBER: _ClassVar[int]
    SINCE_US_FIELD_NUMBER: _ClassVar[int]
    SCAN_KIND_FIELD_NUMBER: _ClassVar[int]
    CAMERA_ROLE_FIELD_NUMBER: _ClassVar[int]
    LANES_FIELD_NUMBER: _ClassVar[int]
    STAGE_FIELD_NUMBER: _ClassVar[int]
    device: str
    up: bool
    since_us: int
    scan_kind: ScanKind
    camera_role: CameraRole
    lanes: _containers.RepeatedScalarFieldContainer[str]
    stage: _vocabulary_pb2.Stage
    def __init__(self, device: _Optional[str] = ..., up: _Optional[bool] = ..., since_us: _Optional[int] = ..., scan_kind: _Optional[_Union[ScanKind, str]] = ..., camera_role: _Optional[_Union[CameraRole, str]] = ..., lanes: _Optional[_Iterable[str]] = ..., stage: _Optional[_Union[_vocabulary_pb2.Stage, str]] = ...) -> None: ...
