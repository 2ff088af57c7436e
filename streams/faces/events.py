"""What the face service tells the engine: outcomes of comparisons, never a template."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from haechi.configs.port import Camera
from haechi.engine.codes import FaceOutcome
from haechi.rpc.v1.envelope_pb2 import (
    PURPOSE_BORDER_CONTROL,
    RETENTION_CLASS_BIOMETRIC,
    Envelope,
    SubjectReference,
)
from haechi.rpc.v1.event_pb2 import Event
from haechi.rpc.v1.face_service_pb2 import CameraStatus, FaceSeen
from haechi.rpc.v1.sensors_pb2 import CameraRole, FaceCandidate, FaceMatch, SensorStatus
from haechi.rpc.v1.sensors_pb2 import FaceOutcome as FaceOutcomeWord
from haechi.streams.tokens import Tokens

SOURCE: Final = "faces"

WATCHLIST: Final = "watchlist"
"""Scope of a match with the watchlist of faces; the engine knows it by this word."""


class Teller:
    """Writes the events.

    Parameters
    ----------
    tokens
        Makes their ids.
    """

    def __init__(self, tokens: Tokens) -> None:
        self._tokens: Final = tokens

    def match(
        self,
        camera: Camera,
        seen: FaceSeen,
        outcome: FaceOutcome,
        scope: str,
        *,
        person: int | None = None,
        subjects: Sequence[SubjectReference] = (),
        candidates: Sequence[FaceCandidate] = (),
        threshold_version: int = 0,
        gallery_size: int = 0,
    ) -> Event:
        """Tell how a comparison ended.

        The event's id comes from camera, frame, scope and what was found: the same frame has one
        effect, and after a restart, with other people enrolled, it does not contradict itself.
        """
        template = seen.template
        match = FaceMatch(
            camera=camera.id,
            role=CameraRole.Name(camera.role),
            track_id=seen.track_id,
            captured_us=seen.captured_us,
            outcome=FaceOutcomeWord.Name(outcome),
            candidates=candidates,
            face_px=template.face_px,
            model_id=template.model_id,
            threshold_version=threshold_version,
            gallery_scope=scope,
            gallery_size=gallery_size,
        )
        if seen.HasField("template"):
            match.quality = template.quality
            if template.HasField("liveness"):
                match.liveness = template.liveness
        about = f"{scope}:{outcome.name}:{person or 0:x}"
        envelope = self._envelope(camera, seen.captured_us, seen.frame_id, about, subjects)
        return Event(envelope=envelope, face_match=match)

    def status(self, camera: Camera, status: CameraStatus) -> Event:
        """Tell that a camera's stream stopped or came back."""
        word = "up" if status.up else "down"
        return Event(
            envelope=self._envelope(camera, status.since_us, f"{word} {status.since_us}", word, ()),
            sensor_status=SensorStatus(
                device=camera.id,
                up=status.up,
                since_us=status.since_us,
                camera_role=CameraRole.Name(camera.role),
            ),
        )

    def _envelope(
        self,
        camera: Camera,
        time_us: int,
        message_id: str,
        about: str,
        subjects: Sequence[SubjectReference],
    ) -> Envelope:
        return Envelope(
            event_id=self._tokens.id128("face", camera.id, message_id, about).hex(),
            schema_version=1,
            source=SOURCE,
            source_message_id=message_id,
            site=camera.site,
            event_time_us=time_us,
            purpose=PURPOSE_BORDER_CONTROL,
            retention_class=RETENTION_CLASS_BIOMETRIC,
            subjects=subjects,
        )
