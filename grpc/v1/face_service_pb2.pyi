from haechi.rpc.v1 import envelope_pb2 as _envelope_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class CaptureFault(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    CAPTURE_FAULT_UNSPECIFIED: _ClassVar[CaptureFault]
    CAPTURE_FAULT_NO_FACE: _ClassVar[CaptureFault]
    CAPTURE_FAULT_MANY_FACES: _ClassVar[CaptureFault]
    CAPTURE_FAULT_TOO_SMALL: _ClassVar[CaptureFault]
    CAPTURE_FAULT_TOO_DARK: _ClassVar[CaptureFault]
    CAPTURE_FAULT_LOW_QUALITY: _ClassVar[CaptureFault]
    CAPTURE_FAULT_UNREADABLE: _ClassVar[CaptureFault]
    CAPTURE_FAULT_TOO_LARGE: _ClassVar[CaptureFault]
CAPTURE_FAULT_UNSPECIFIED: CaptureFault
CAPTURE_FAULT_NO_FACE: CaptureFault
CAPTURE_FAULT_MANY_FACES: CaptureFault
CAPTURE_FAULT_TOO_SMALL: CaptureFault
CAPTURE_FAULT_TOO_DARK: CaptureFault
CAPTURE_FAULT_LOW_QUALITY: CaptureFault
CAPTURE_FAULT_UNREADABLE: CaptureFault
CAPTURE_FAULT_TOO_LARGE: CaptureFault

class FaceTemplate(_message.Message):
    __slots__ = ("model_id", "values", "face_px", "quality", "liveness")
    MODEL_ID_FIELD_NUMBER: _ClassVar[int]
    VALUES_FIELD_NUMBER: _ClassVar[int]
    FACE_PX_FIELD_NUMBER: _ClassVar[int]
    QUALITY_FIELD_NUMBER: _ClassVar[int]
    LIVENESS_FIELD_NUMBER: _ClassVar[int]
    model_id: str
    values: _containers.RepeatedScalarFieldContainer[float]
    face_px: int
    quality: float
    liveness: float
    def __init__(self, model_id: _Optional[str] = ..., values: _Optional[_Iterable[float]] = ..., face_px: _Optional[int] = ..., quality: _Optional[float] = ..., liveness: _Optional[float] = ...) -> None: ...

class FaceSeen(_message.Message):
    __slots__ = ("camera", "track_id", "frame_id", "captured_us", "template", "fault", "subjects")
    CAMERA_FIELD_NUMBER: _ClassVar[int]
    TRACK_ID_FIELD_NUMBER: _ClassVar[int]
    FRAME_ID_FIELD_NUMBER: _ClassVar[int]
    CAPTURED_US_FIELD_NUMBER: _ClassVar[int]
    TEMPLATE_FIELD_NUMBER: _ClassVar[int]
    FAULT_FIELD_NUMBER: _ClassVar[int]
    SUBJECTS_FIELD_NUMBER: _ClassVar[int]
    camera: str
    track_id: str
    frame_id: str
    captured_us: int
    template: FaceTemplate
    fault: CaptureFault
    subjects: _containers.RepeatedCompositeFieldContainer[_envelope_pb2.SubjectReference]
    def __init__(self, camera: _Optional[str] = ..., track_id: _Optional[str] = ..., frame_id: _Optional[str] = ..., captured_us: _Optional[int] = ..., template: _Optional[_Union[FaceTemplate, _Mapping]] = ..., fault: _Optional[_Union[CaptureFault, str]] = ..., subjects: _Optional[_Iterable[_Union[_envelope_pb2.SubjectReference, _Mapping]]] = ...) -> None: ...

class SubjectPresented(_message.Message):
    __slots__ = ("camera", "subjects", "presented_us")
    CAMERA_FIELD_NUMBER: _ClassVar[int]
    SUBJECTS_FIELD_NUMBER: _ClassVar[int]
    PRESENTED_US_FIELD_NUMBER: _ClassVar[int]
    camera: str
    subjects: _containers.RepeatedCompositeFieldContainer[_envelope_pb2.SubjectReference]
    presented_us: int
    def __init__(self, camera: _Optional[str] = ..., subjects: _Optional[_Iterable[_Union[_envelope_pb2.SubjectReference, _Mapping]]] = ..., presented_us: _Optional[int] = ...) -> None: ...

class SubjectLeft(_message.Message):
    __slots__ = ("subjects", "left_us")
    SUBJECTS_FIELD_NUMBER: _ClassVar[int]
    LEFT_US_FIELD_NUMBER: _ClassVar[int]
    subjects: _containers.RepeatedCompositeFieldContainer[_envelope_pb2.SubjectReference]
    left_us: int
    def __init__(self, subjects: _Optional[_Iterable[_Union[_envelope_pb2.SubjectReference, _Mapping]]] = ..., left_us: _Optional[int] = ...) -> None: ...

class CameraStatus(_message.Message):
    __slots__ = ("camera", "up", "since_us")
    CAMERA_FIELD_NUMBER: _ClassVar[int]
    UP_FIELD_NUMBER: _ClassVar[int]
    SINCE_US_FIELD_NUMBER: _ClassVar[int]
    camera: str
    up: bool
    since_us: int
    def __init__(self, camera: _Optional[str] = ..., up: _Optional[bool] = ..., since_us: _Optional[int] = ...) -> None: ...

class ObserveRequest(_message.Message):
    __slots__ = ("face_seen", "subject_presented", "subject_left", "camera_status")
    FACE_SEEN_FIELD_NUMBER: _ClassVar[int]
    SUBJECT_PRESENTED_FIELD_NUMBER: _ClassVar[int]
    SUBJECT_LEFT_FIELD_NUMBER: _ClassVar[int]
    CAMERA_STATUS_FIELD_NUMBER: _ClassVar[int]
    face_seen: FaceSeen
    subject_presented: SubjectPresented
    subject_left: SubjectLeft
    camera_status: CameraStatus
    def __init__(self, face_seen: _Optional[_Union[FaceSeen, _Mapping]] = ..., subject_presented: _Optional[_Union[SubjectPresented, _Mapping]] = ..., subject_left: _Optional[_Union[SubjectLeft, _Mapping]] = ..., camera_status: _Optional[_Union[CameraStatus, _Mapping]] = ...) -> None: ...

class ObserveResponse(_message.Message):
    __slots__ = ("index", "event_ids", "refusal_code", "refusal_reason")
    INDEX_FIELD_NUMBER: _ClassVar[int]
    EVENT_IDS_FIELD_NUMBER: _ClassVar[int]
    REFUSAL_CODE_FIELD_NUMBER: _ClassVar[int]
    REFUSAL_REASON_FIELD_NUMBER: _ClassVar[int]
    index: int
    event_ids: _containers.RepeatedScalarFieldContainer[str]
    refusal_code: str
    refusal_reason: str
    def __init__(self, index: _Optional[int] = ..., event_ids: _Optional[_Iterable[str]] = ..., refusal_code: _Optional[str] = ..., refusal_reason: _Optional[str] = ...) -> None: ...

class EnrolWatchedRequest(_message.Message):
    __slots__ = ("entry_id", "template", "legal_basis", "until_us")
    ENTRY_ID_FIELD_NUMBER: _ClassVar[int]
    TEMPLATE_FIELD_NUMBER: _ClassVar[int]
    LEGAL_BASIS_FIELD_NUMBER: _ClassVar[int]
    UNTIL_US_FIELD_NUMBER: _ClassVar[int]
    entry_id: str
    template: FaceTemplate
    legal_basis: str
    until_us: int
    def __init__(self, entry_id: _Optional[str] = ..., template: _Optional[_Union[FaceTemplate, _Mapping]] = ..., legal_basis: _Optional[str] = ..., until_us: _Optional[int] = ...) -> None: ...

class EnrolWatchedResponse(_message.Message):
    __slots__ = ("gallery_size",)
    GALLERY_SIZE_FIELD_NUMBER: _ClassVar[int]
    gallery_size: int
    def __init__(self, gallery_size: _Optional[int] = ...) -> None: ...

class EraseFacesRequest(_message.Message):
    __slots__ = ("subject", "entry_id", "reason")
    SUBJECT_FIELD_NUMBER: _ClassVar[int]
    ENTRY_ID_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    subject: _envelope_pb2.SubjectReference
    entry_id: str
    reason: str
    def __init__(self, subject: _Optional[_Union[_envelope_pb2.SubjectReference, _Mapping]] = ..., entry_id: _Optional[str] = ..., reason: _Optional[str] = ...) -> None: ...

class EraseFacesResponse(_message.Message):
    __slots__ = ("erased", "ciphertext_sha256", "erased_us")
    ERASED_FIELD_NUMBER: _ClassVar[int]
    CIPHERTEXT_SHA256_FIELD_NUMBER: _ClassVar[int]
    ERASED_US_FIELD_NUMBER: _ClassVar[int]
    erased: int
    ciphertext_sha256: _containers.RepeatedScalarFieldContainer[bytes]
    erased_us: int
    def __init__(self, erased: _Optional[int] = ..., ciphertext_sha256: _Optional[_Iterable[bytes]] = ..., erased_us: _Optional[int] = ...) -> None: ...

class DescribeGalleriesRequest(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class GalleryDescription(_message.Message):
    __slots__ = ("gallery", "persons", "templates", "waiting")
    GALLERY_FIELD_NUMBER: _ClassVar[int]
    PERSONS_FIELD_NUMBER: _ClassVar[int]
    TEMPLATES_FIELD_NUMBER: _ClassVar[int]
    WAITING_FIELD_NUMBER: _ClassVar[int]
    gallery: str
    persons: int
    templates: int
    waiting: int
    def __init__(self, gallery: _Optional[str] = ..., persons: _Optional[int] = ..., templates: _Optional[int] = ..., waiting: _Optional[int] = ...) -> None: ...

class FaceCount(_message.Message):
    __slots__ = ("camera", "what", "count")
    CAMERA_FIELD_NUMBER: _ClassVar[int]
    WHAT_FIELD_NUMBER: _ClassVar[int]
    COUNT_FIELD_NUMBER: _ClassVar[int]
    camera: str
    what: str
    count: int
    def __init__(self, camera: _Optional[str] = ..., what: _Optional[str] = ..., count: _Optional[int] = ...) -> None: ...

class DescribeGalleriesResponse(_message.Message):
    __slots__ = ("galleries", "counts", "model_id", "unsent")
    GALLERIES_FIELD_NUMBER: _ClassVar[int]
    COUNTS_FIELD_NUMBER: _ClassVar[int]
    MODEL_ID_FIELD_NUMBER: _ClassVar[int]
    UNSENT_FIELD_NUMBER: _ClassVar[int]
    galleries: _containers.RepeatedCompositeFieldContainer[GalleryDescription]
    counts: _containers.RepeatedCompositeFieldContainer[FaceCount]
    model_id: str
    unsent: int
    def __init__(self, galleries: _Optional[_Iterable[_Union[GalleryDescription, _Mapping]]] = ..., counts: _Optional[_Iterable[_Union[FaceCount, _Mapping]]] = ..., model_id: _Optional[str] = ..., unsent: _Optional[int] = ...) -> None: ...
