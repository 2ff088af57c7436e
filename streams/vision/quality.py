"""How good a capture is, from 0 to 1: sharpness, angle and light.

The limits come from photographs of the packages that ``haechi face-models`` names, blurred,
darkened and made smaller until SFace no longer knew its own template (cosine similarity):
0.9 at a sharpness of 30, 0.8 at 10, 0.5 at 5, nothing at 3.
"""

from __future__ import annotations

import math
from typing import Final

import numpy as np
from numpy.typing import NDArray

from haechi.streams.vision.extra import opencv

_BLURRED: Final = 3.0
_SHARP: Final = 100.0
_FRONTAL: Final = 0.15
_PROFILE: Final = 0.9
_CONTRAST: Final = 20.0
_BLACK: Final = 16.0
_STEP: Final = 8


def quality(crop: NDArray[np.uint8], landmarks: NDArray[np.float32]) -> float:
    """How good a capture is.

    Parameters
    ----------
    crop
        The aligned face, BGR, shape (112, 112, 3).
    landmarks
        Eyes, nose and corners of the mouth, pixels of the frame, shape (5, 2).

    Returns
    -------
    The product of sharpness, angle and light, 0 to 1.
    """
    cv2 = opencv()
    grey = cv2.cvtColor(crop, cv2.COLOR_BGR2GRAY)
    sharp = sharpness(float(cv2.Laplacian(grey, cv2.CV_64F).var()))
    light = min(1.0, float(grey.std()) / _CONTRAST)
    return sharp * angle(landmarks) * light


def sharpness(variance: float) -> float:
    """Sharpness from the variance of the crop's Laplacian; 1 from 100, 0 up to 3."""
    if variance <= _BLURRED:
        return 0.0
    return min(1.0, math.log(variance / _BLURRED) / math.log(_SHARP / _BLURRED))


def angle(landmarks: NDArray[np.float32]) -> float:
    """How far a face looks into the camera; 0 where it shows its profile.

    It is how far the nose stands from the middle of the face, along the line of the eyes and in
    units of their distance.
    """
    eyes, mouth = landmarks[:2].mean(axis=0), landmarks[3:].mean(axis=0)
    line = landmarks[1] - landmarks[0]
    apart = float(np.linalg.norm(line))
    if apart == 0:
        return 0.0
    aside = abs(float((landmarks[2] - (eyes + mouth) / 2) @ line)) / apart**2
    return min(1.0, max(0.0, (_PROFILE - aside) / (_PROFILE - _FRONTAL)))


def is_black(image: NDArray[np.uint8]) -> bool:
    """Whether a frame is black, or nearly: 99 of 100 pixels are below 16 of 255."""
    return float(np.percentile(image[::_STEP, ::_STEP].max(axis=2), 99)) < _BLACK
