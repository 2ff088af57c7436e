"""What cameras and scanners report, as records."""

from __future__ import annotations

from typing import Final

from haechi.engine.codes import FaceOutcome, ScanKind, Stream
from haechi.engine.errors import BadInput
from haechi.rpc.v1.envelope_pb2 import Envelope
from haechi.rpc.v1.sensors_pb2 import FaceMatch, ScannerResult, SensorStatus
from haechi.streams.decode import parties
from haechi.streams.decode.checks import NAN, few, known, number, shown, version
from haechi.streams.decode.gates import STAGES
from haechi.streams.decode.places import SCANNED, CameraPlace, Edge, Fields, ScannerPlace
from haechi.streams.decode.references import BAG, PARCEL, TRAVELER, subject_of

_ROLES: Final = range(3)
_OUTCOMES: Final = range(1, 6)
_RESULTS: Final = range(1, 5)
_OPERATOR: Final = range(5)
_SCAN_KINDS: Final = range(5)
_SIDES: Final = range(5)
_FACELESS: Final = (FaceOutcome.UNKNOWN, FaceOutcome.NOT_CAPTURED)
_MOST_MARGIN: Final = 2.0
_WATCHLIST: Final = "watchlist"
_MOST_UNKNOWN: Final = 48
"""Bytes of unknown fields in a match: room for what a later version adds, not for a template."""
_KIND_OF: Final = {int(stream): int(kind) for kind, stream in SCANNED.items()}
_ABOUT: Final = {
    int(ScanKind.BODY_MM_WAVE): (TRAVELER,),
    # A bag's scan belongs to the bag even where the sender also knows whose it is.
    int(ScanKind.BAGGAGE_XRAY): (BAG, TRAVELER),
    int(ScanKind.PARCEL_XRAY): (PARCEL,),
    int(ScanKind.OTHER): (TRAVELER, BAG, PARCEL),
}


def _unknown(name: str, what: str) -> BadInput:
    return BadInput(
        "UNKNOWN_SENSOR",
        f"{what} {shown(name)} is not among the port's; correct it, or add it to port.toml",
    )


def face_match(edge: Edge, message: FaceMatch, envelope: Envelope) -> list[Fields]:
    """Read a comparison of faces; ``result`` is its outcome, ``mode`` 1 for the watchlist's."""
    size = message.ByteSize()
    message.DiscardUnknownFields()
    if size - message.ByteSize() > _MOST_UNKNOWN:
        raise BadInput(
            "UNKNOWN_FIELDS",
            f"face_match holds {size - message.ByteSize()} bytes that this version does not know; "
            "a template goes to the face service and nowhere else",
        )
    camera = edge.cameras.get(message.camera)
    if camera is None:
        raise _unknown(message.camera, "camera")
    role = known(message.role, _ROLES, "face_match.role")
    if role and role != camera.role:
        raise BadInput(
            "WRONG_SENSOR",
            f"face_match.role is {role}, but camera {message.camera} has role {camera.role}; "
            "leave it out or correct port.toml",
        )
    outcome = known(message.outcome, _OUTCOMES, "face_match.outcome")
    similarity = margin = NAN
    likeness = 0
    if few(len(message.candidates), "face_match.candidates"):
        for candidate in message.candidates:
            number(candidate.similarity, "face_match.candidates.similarity", -1.0, 1.0)
            number(candidate.margin, "face_match.candidates.margin", 0.0, _MOST_MARGIN)
        top = message.candidates[0]
        similarity, margin = top.similarity, top.margin
        likeness = edge.name(parties.TRAVELER, top.traveler_id)
    ref = node = alias = 0
    if envelope.subjects:
        ref, node, alias = subject_of(edge, envelope.subjects, (TRAVELER,))
    elif likeness and outcome not in _FACELESS:
        ref, node = likeness, TRAVELER
    elif outcome not in _FACELESS:
        raise BadInput(
            "MISSING_REFERENCE",
            "face_match names no traveler and has no candidate; that fits UNKNOWN and "
            "NOT_CAPTURED only",
        )
    quality, liveness = message.quality, message.liveness
    version(message.captured_us, "face_match.captured_us")
    return [
        {
            "ref": ref,
            "node": node,
            "alias": alias,
            "device": camera.token,
            "site": camera.site,
            "gate": camera.gate,
            "stage": camera.stage,
            "lane": camera.lane,
            "role": camera.role,
            "mode": int(message.gallery_scope == _WATCHLIST),
            "result": outcome,
            "similarity": similarity,
            "margin": margin,
            "quality": number(quality, "face_match.quality", 0.0, 1.0)
            if quality or message.HasField("quality")
            else NAN,
            "liveness": number(liveness, "face_match.liveness", 0.0, 1.0)
            if liveness or message.HasField("liveness")
            else NAN,
            "face_px": message.face_px,
            "model": edge.name(parties.MODEL, message.model_id),
        }
    ]


def scanner_result(edge: Edge, message: ScannerResult, envelope: Envelope) -> list[Fields]:
    """Read a scan; ``mode`` is its kind, ``found`` what its operator said."""
    scanner = edge.scanners.get(message.device)
    if scanner is None:
        raise _unknown(message.device, "scanner")
    kind = known(message.kind, _SCAN_KINDS, "scanner_result.kind")
    if not kind:
        kind = _KIND_OF[scanner.stream]
    elif kind != ScanKind.OTHER and SCANNED[kind] != scanner.stream:
        raise BadInput(
            "WRONG_SENSOR",
            f"scanner_result.kind is {ScanKind(kind).name}, but {message.device} gives "
            f"{Stream(scanner.stream).name}; leave it out or correct port.toml",
        )
    ref, node, alias = subject_of(edge, envelope.subjects, _ABOUT[kind])
    score = message.score
    if score or message.HasField("score"):
        number(score, "scanner_result.score", 0.0, 1.0)
    else:
        score = NAN
    zones = few(len(message.zones), "scanner_result.zones")
    for zone in message.zones:
        number(zone.score, "scanner_result.zones.score", 0.0, 1.0)
        known(zone.side, _SIDES, "scanner_result.zones.side")
    similarity = NAN
    few(len(message.similar_seizures), "scanner_result.similar_seizures")
    for seizure in message.similar_seizures:
        alike = number(seizure.similarity, "scanner_result.similar_seizures.similarity", 0.0, 1.0)
        # Not "alike > similarity": that is never true of the NaN it starts from.
        if not alike <= similarity:
            similarity = alike
    return [
        {
            "ref": ref,
            "node": node,
            "alias": alias,
            "device": scanner.token,
            "site": scanner.site,
            "mode": kind,
            "result": known(message.result, _RESULTS, "scanner_result.result"),
            "score": score,
            "zones": zones,
            "similarity": similarity,
            "found": known(message.operator_verdict, _OPERATOR, "scanner_result.operator_verdict"),
            "token": _goods_class(edge, message) if message.goods_seen else 0,
        }
    ]


def _goods_class(edge: Edge, message: ScannerResult) -> int:
    """Token of the likeliest class of goods, for watched image classes."""
    few(len(message.goods_seen), "scanner_result.goods_seen")
    likeliest = ""
    most = -1.0
    for goods in message.goods_seen:
        score = number(goods.score, "scanner_result.goods_seen.score", 0.0, 1.0)
        if score > most:
            most, likeliest = score, goods.goods_class
    return edge.name(parties.GOODS_CLASS, likeliest)


def sensor_status(edge: Edge, message: SensorStatus, _envelope: Envelope) -> list[Fields]:
    """Read a sensor's state; ``mode`` is its stream, ``result`` 1 for up, 2 for down."""
    camera = edge.cameras.get(message.device)
    device: CameraPlace | ScannerPlace | None = camera or edge.scanners.get(message.device)
    if device is None:
        raise _unknown(message.device, "sensor")
    known(message.scan_kind, _SCAN_KINDS, "sensor_status.scan_kind")
    known(message.camera_role, _ROLES, "sensor_status.camera_role")
    known(message.stage, STAGES, "sensor_status.stage")
    version(message.since_us, "sensor_status.since_us")
    row: Fields = {
        "device": device.token,
        "site": device.site,
        "result": 1 if message.up else 2,
        "mode": int(Stream.FACE),
    }
    if isinstance(device, ScannerPlace):
        row["mode"] = device.stream
    else:
        row["gate"] = device.gate
        row["role"] = device.role
    return [row]
