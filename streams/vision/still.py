"""An eye for labelled photographs: as a camera at the desk, but it tells how wide each face is."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from haechi.configs.faces import Faces
from haechi.streams.faces.labelled import Captured
from haechi.streams.vision.camera import IN_FRONT, fault_name
from haechi.streams.vision.detect import Detector
from haechi.streams.vision.embed import Embedder
from haechi.streams.vision.picture import NoPicture, read_picture
from haechi.streams.vision.quality import is_black, quality


class StillEye:
    """Looks at photographs.

    Parameters
    ----------
    faces
        What is taken, and which model compares.
    models
        Where the models lie.

    Attributes
    ----------
    model_id
        The model, with the weights that it has.

    Raises
    ------
    ConfigError
        If models are missing or cannot be used.
    """

    def __init__(self, faces: Faces, models: Path) -> None:
        self._capture = faces.capture
        self._detector = Detector(faces.capture, models)
        self._embedder = Embedder(faces.model, models)
        self.model_id: Final = self._embedder.model_id

    def __call__(self, path: Path) -> Captured:
        """Look at a photograph."""
        try:
            image = read_picture(path, self._capture.max_megapixels)
        except NoPicture as error:
            return Captured(None, 0, fault_name(error.fault))
        if is_black(image):
            return Captured(None, 0, "TOO_DARK")
        found = self._detector.find(image)
        if not found:
            return Captured(None, 0, "NO_FACE")
        face = found[0]
        if face.width_px < self._capture.min_face_px:
            return Captured(None, face.width_px, "TOO_SMALL")
        if len(found) > 1 and face.area < IN_FRONT * found[1].area:
            return Captured(None, face.width_px, "MANY_FACES")
        crop = self._detector.align(image, face)
        if quality(crop, face.landmarks) < self._capture.min_quality:
            return Captured(None, face.width_px, "LOW_QUALITY")
        return Captured(self._embedder.embed(crop), face.width_px, "")
