"""Faces of a frame: where they are, and each of them upright in a square of its own."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from haechi.configs.faces import Capture
from haechi.streams.vision.extra import opencv
from haechi.streams.vision.weights import DETECTOR, SFACE, need

_OVERLAP: Final = 0.3
_MOST: Final = 64
_COORDINATES: Final = 14


@dataclass(frozen=True, slots=True)
class Found:
    """A face in a frame.

    Parameters
    ----------
    row
        As the detector gives it, in pixels of the frame: x, y, width, height, five landmarks
        (right eye, left eye, nose, right and left corner of the mouth), score; shape (15,).
    """

    row: NDArray[np.float32]

    @property
    def box(self) -> tuple[float, float, float, float]:
        """Left, top, width and height, pixels of the frame."""
        x, y, width, height = self.row[:4].tolist()
        return x, y, width, height

    @property
    def width_px(self) -> int:
        """Width, pixels of the frame."""
        return max(0, round(float(self.row[2])))

    @property
    def area(self) -> float:
        """Area, square pixels of the frame."""
        return float(self.row[2] * self.row[3])

    @property
    def landmarks(self) -> NDArray[np.float32]:
        """Eyes, nose and corners of the mouth, pixels of the frame, shape (5, 2)."""
        return self.row[4:_COORDINATES].reshape(5, 2)


class Detector:
    """Finds faces with YuNet and aligns them by their landmarks, as SFace was trained.

    Parameters
    ----------
    capture
        How wide the frame is looked at, and from which score a find is a face.
    folder
        Where the models lie.

    Raises
    ------
    ConfigError
        If they are missing.
    """

    def __init__(self, capture: Capture, folder: Path) -> None:
        self._cv2 = opencv()
        self._detect_px = capture.detect_px
        self._yunet: Any = self._cv2.FaceDetectorYN.create(
            str(need(folder, DETECTOR)), "", (320, 320), capture.min_score, _OVERLAP, _MOST
        )
        self._sface: Any = self._cv2.FaceRecognizerSF.create(str(need(folder, SFACE)), "")

    def find(self, image: NDArray[np.uint8]) -> list[Found]:
        """Find faces.

        Parameters
        ----------
        image
            BGR, shape (height, width, 3). Its longer side is scaled down to ``detect_px``.

        Returns
        -------
        The faces, the largest first.
        """
        scale = min(1.0, self._detect_px / max(image.shape[:2]))
        seen = image
        if scale < 1:
            height, width = (max(1, round(side * scale)) for side in image.shape[:2])
            seen = self._cv2.resize(image, (width, height), interpolation=self._cv2.INTER_AREA)
        self._yunet.setInputSize((seen.shape[1], seen.shape[0]))
        rows = self._yunet.detect(seen)[1]
        if rows is None:
            return []
        rows[:, :_COORDINATES] /= scale
        return sorted((Found(row) for row in rows), key=lambda found: -found.area)

    def align(self, image: NDArray[np.uint8], found: Found) -> NDArray[np.uint8]:
        """Cut a face out, upright; BGR, shape (112, 112, 3)."""
        crop: NDArray[np.uint8] = self._sface.alignCrop(image, found.row)
        return crop
