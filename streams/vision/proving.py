"""Shows that installed models work: by faces that are known, or else by OpenCV's own SFace."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from haechi.configs.faces import FaceModel, Faces
from haechi.engine.errors import ConfigError
from haechi.streams.vision.detect import Detector
from haechi.streams.vision.embed import Embedder
from haechi.streams.vision.extra import opencv
from haechi.streams.vision.weights import PHOTOS, SFACE, is_there, need

AGREEMENT: Final = 1e-5
"""How far a template may be from the one that OpenCV makes of the same crop, in any number."""

_CROP_PX: Final = 112


def prove(folder: Path) -> str:
    """Make templates and compare them.

    Returns
    -------
    What was shown, one sentence.

    Raises
    ------
    ConfigError
        If the models do not do what they should.
    """
    embedder = Embedder(FaceModel("SFace", 128, ""), folder)
    own = opencv().FaceRecognizerSF.create(str(need(folder, SFACE)), "")
    if not all(is_there(folder, photo) for photo in PHOTOS):
        apart = _apart(embedder, own, _drawn())
        return f"a drawn face: within {apart:.0e} of OpenCV's own SFace"
    detector = Detector(Faces.load().capture, folder)
    crops = {Path(photo.path).stem: _crop(detector, folder / photo.path) for photo in PHOTOS}
    apart = max(_apart(embedder, own, crop) for crop in crops.values())
    one, again, other = (embedder.embed(crops[name]) for name in ("obama", "obama2", "biden"))
    same, different = float(one @ again), float(one @ other)
    general = Faces.load().thresholds("")
    if not different < general.review <= general.same <= same:
        raise ConfigError(
            f"two photographs of one person are {same:.2f} alike and two persons {different:.2f}; "
            f"{general.same:g} and {general.review:g} should lie between: delete {folder} and "
            "install again"
        )
    return (
        f"one person twice {same:.2f} alike, two persons {different:.2f}; within {apart:.0e} of "
        "OpenCV's own SFace"
    )


def _crop(detector: Detector, photo: Path) -> NDArray[np.uint8]:
    image = opencv().imread(str(photo))
    faces = detector.find(image)
    if len(faces) != 1:
        raise ConfigError(f"{photo} shows {len(faces)} faces to the detector, 1 is right")
    return detector.align(image, faces[0])


def _drawn() -> NDArray[np.uint8]:
    """Something with light and dark where a face has them; the same on every machine."""
    cv2 = opencv()
    crop = np.full((_CROP_PX, _CROP_PX, 3), 90, np.uint8)
    cv2.ellipse(crop, (56, 60), (40, 50), 0, 0, 360, (140, 170, 210), -1)
    for x in (38, 74):
        cv2.circle(crop, (x, 52), 6, (40, 40, 60), -1)
    cv2.line(crop, (56, 58), (56, 74), (110, 140, 180), 4)
    cv2.ellipse(crop, (56, 92), (16, 5), 0, 0, 360, (80, 80, 170), -1)
    return crop


def _apart(embedder: Embedder, own: Any, crop: NDArray[np.uint8]) -> float:
    theirs = own.feature(crop).ravel()
    apart = float(np.abs(embedder.embed(crop) - theirs / np.linalg.norm(theirs)).max())
    if not apart <= AGREEMENT:
        raise ConfigError(
            f"a template differs from OpenCV's by {apart:.1e}, {AGREEMENT:.0e} is allowed: use "
            "the libraries of requirements-vision.lock"
        )
    return apart
