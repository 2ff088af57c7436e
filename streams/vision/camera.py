"""A camera's eye: from frames to what leaves the camera. No picture does, and none is written."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from haechi.configs.faces import Faces
from haechi.rpc.v1 import envelope_pb2
from haechi.rpc.v1 import face_service_pb2 as pb
from haechi.streams.vision.detect import Detector, Found
from haechi.streams.vision.embed import Embedder
from haechi.streams.vision.frames import Frame
from haechi.streams.vision.quality import is_black, quality
from haechi.streams.vision.track import Face, Track, Tracks

IN_FRONT: Final = 1.5
"""A face this many times as large as the next one, in area, is the one that is meant."""

_PREFIX: Final = "CAPTURE_FAULT_"


def fault_name(fault: pb.CaptureFault) -> str:
    """Name of a fault, such as TOO_SMALL."""
    return pb.CaptureFault.Name(fault).removeprefix(_PREFIX)


class CameraEye:
    """Turns one camera's frames into what the face service is told.

    A picture of its own always tells something: a face or a fault. Of many frames in a row, a
    face is told when its track begins or is seen better, and a fault when it begins; that nobody
    is there is told only where somebody is said to be.

    Parameters
    ----------
    camera
        Its id.
    faces
        What it takes, and which model compares.
    models
        Where the models lie.
    run
        Name of this run, in its tracks' names.
    one_person
        Whether one person stands before it, as at a desk; elsewhere several may pass.

    Attributes
    ----------
    counts
        How many frames, faces (FACE) and of each fault there were.

    Raises
    ------
    ConfigError
        If models are missing or cannot be used.
    """

    def __init__(
        self, camera: str, faces: Faces, models: Path, *, run: str, one_person: bool
    ) -> None:
        self._camera = camera
        self._capture = faces.capture
        self._one_person = one_person
        self._detector = Detector(faces.capture, models)
        self._embedder = Embedder(faces.model, models)
        alike = faces.thresholds("").review
        self._tracks = Tracks(run, round(faces.capture.track_gap_s * 1e6), alike)
        self._before = pb.CAPTURE_FAULT_UNSPECIFIED
        self.model_id: Final = self._embedder.model_id
        self.counts: Final[Counter[str]] = Counter()

    def look(self, frame: Frame) -> list[pb.FaceSeen]:
        """Look at a frame.

        Returns
        -------
        What there is to tell: faces, or why there is none; nothing if it is nothing new.
        """
        self.counts["FRAMES"] += 1
        fault = self._unusable(frame)
        faces: list[tuple[Face, int]] = []
        if not fault and frame.image is not None:
            faces, fault = self._faces(frame.image, frame.traveler)
        self.counts["FACE"] += len(faces)
        if not faces:
            self.counts[fault_name(fault)] += 1
            return self._told_fault(frame, fault)
        self._before = pb.CAPTURE_FAULT_UNSPECIFIED
        return [
            self._told(frame, number, track, face, width_px)
            for number, ((face, width_px), track) in enumerate(
                zip(faces, self._followed(frame, faces), strict=True)
            )
            if track.is_news(face)
        ]

    def _unusable(self, frame: Frame) -> pb.CaptureFault:
        """Why no face is looked for in a frame."""
        if frame.image is None:
            return frame.fault
        height, width = frame.image.shape[:2]
        if height * width > self._capture.max_megapixels * 1e6:
            return pb.CAPTURE_FAULT_TOO_LARGE
        if is_black(frame.image):
            return pb.CAPTURE_FAULT_TOO_DARK
        return pb.CAPTURE_FAULT_UNSPECIFIED

    def _faces(
        self, image: NDArray[np.uint8], traveler: str
    ) -> tuple[list[tuple[Face, int]], pb.CaptureFault]:
        """Usable faces with their widths; and the fault of the largest if there is none."""
        found = self._detector.find(image)
        if not found:
            return [], pb.CAPTURE_FAULT_NO_FACE
        large = [one for one in found if one.width_px >= self._capture.min_face_px]
        if not large:
            return [], pb.CAPTURE_FAULT_TOO_SMALL
        if self._one_person or traveler:
            if len(large) > 1 and large[0].area < IN_FRONT * large[1].area:
                return [], pb.CAPTURE_FAULT_MANY_FACES
            del large[1:]
        faces = [
            (face, one.width_px) for one in large if (face := self._face(image, one, traveler))
        ]
        return faces, pb.CAPTURE_FAULT_UNSPECIFIED if faces else pb.CAPTURE_FAULT_LOW_QUALITY

    def _face(self, image: NDArray[np.uint8], found: Found, traveler: str) -> Face | None:
        crop = self._detector.align(image, found)
        how_good = quality(crop, found.landmarks)
        if how_good < self._capture.min_quality:
            return None
        return Face(found.box, self._embedder.embed(crop), how_good, traveler)

    def _followed(self, frame: Frame, faces: list[tuple[Face, int]]) -> list[Track]:
        if frame.still:
            return [self._tracks.new() for _ in faces]
        return self._tracks.follow([face for face, _ in faces], frame.captured_us)

    def _told(
        self, frame: Frame, number: int, track: Track, face: Face, width_px: int
    ) -> pb.FaceSeen:
        seen = self._seen(frame)
        if number:
            # Camera and frame name one event, and each face of a frame is one of its own.
            seen.frame_id += f"#{number}"
        seen.track_id = track.id
        seen.template.model_id = self.model_id
        seen.template.values.extend(face.template.tolist())
        seen.template.face_px = width_px
        seen.template.quality = face.quality
        return seen

    def _told_fault(self, frame: Frame, fault: pb.CaptureFault) -> list[pb.FaceSeen]:
        again, self._before = fault == self._before, fault
        if not frame.still and (
            again or (fault == pb.CAPTURE_FAULT_NO_FACE and not frame.traveler)
        ):
            return []
        seen = self._seen(frame)
        seen.track_id = self._tracks.new().id
        seen.fault = fault
        return [seen]

    def _seen(self, frame: Frame) -> pb.FaceSeen:
        subjects = [envelope_pb2.SubjectReference(traveler_id=frame.traveler)]
        return pb.FaceSeen(
            camera=self._camera,
            frame_id=frame.id,
            captured_us=frame.captured_us,
            subjects=subjects if frame.traveler else [],
        )
