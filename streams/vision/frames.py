"""What a source gives: frames, and that it stopped or came back.

Pictures and the frames of a video file come one after the other and then end; a stream is
followed (:mod:`haechi.streams.vision.stream`).
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from haechi.engine.errors import ConfigError
from haechi.rpc.v1 import face_service_pb2 as pb
from haechi.streams.vision.extra import opencv
from haechi.streams.vision.picture import SUFFIXES, NoPicture, read_picture

CLAIMS: Final = "frames.csv"
"""Beside pictures: ``file,traveler_id,captured_at`` says who each shows and when it was taken."""


@dataclass(frozen=True, slots=True)
class Frame:
    """One frame.

    Parameters
    ----------
    id
        Its name at this camera.
    captured_us
        When it was captured, microseconds since the epoch.
    image
        BGR, shape (height, width, 3); None if there is none.
    fault
        Why there is none.
    still
        Whether it is a picture of its own, and not one of many in a row.
    traveler
        Whom it is said to show; empty where nobody said.
    """

    id: str
    captured_us: int
    image: NDArray[np.uint8] | None
    fault: pb.CaptureFault = pb.CAPTURE_FAULT_UNSPECIFIED
    still: bool = False
    traveler: str = ""


@dataclass(frozen=True, slots=True)
class SourceState:
    """A source stopped or came back.

    Parameters
    ----------
    up
        Whether it gives frames.
    since_us
        Since when, microseconds since the epoch.
    """

    up: bool
    since_us: int


@dataclass(frozen=True, slots=True)
class _Claim:
    traveler: str
    captured_us: int


def pictures(path: Path, max_megapixels: float, now_us: Callable[[], int]) -> Iterator[Frame]:
    """Read a picture, or the pictures of a folder in the order of their names.

    Parameters
    ----------
    path
        The picture or the folder.
    max_megapixels
        Larger pictures are refused unread.
    now_us
        Tells when a picture was captured of which nobody said it.

    Raises
    ------
    ConfigError
        If the folder has no picture, or its frames.csv cannot be used.
    """
    files = [path]
    claims: Mapping[str, _Claim] = {}
    if path.is_dir():
        files = sorted(one for one in path.iterdir() if one.suffix.lower() in SUFFIXES)
        claims = _claims(path / CLAIMS)
        if not files:
            raise ConfigError(f"{path} has no picture: give a folder with .jpg or .png files")
        if unknown := claims.keys() - {one.name for one in files}:
            raise ConfigError(f"{path / CLAIMS} names {min(unknown)}, which is not in the folder")
    for file in files:
        claim = claims.get(file.name, _Claim("", 0))
        captured_us = claim.captured_us or now_us()
        # Looked at again, a picture of which nobody says when it was taken is another capture.
        name = file.name if claim.captured_us else f"{file.name}@{captured_us}"
        try:
            image = read_picture(file, max_megapixels)
        except NoPicture as error:
            yield Frame(name, captured_us, None, error.fault, True, claim.traveler)
        else:
            yield Frame(name, captured_us, image, still=True, traveler=claim.traveler)


def video(path: Path, fps: float, began_us: int) -> Iterator[Frame]:
    """Read a video file.

    Parameters
    ----------
    path
        The file.
    fps
        How many frames of a second are looked at; 0 for all.
    began_us
        When its first frame was captured, microseconds since the epoch.

    Raises
    ------
    ConfigError
        If it is no video that OpenCV reads.
    """
    cv2 = opencv()
    capture: Any = cv2.VideoCapture(str(path))
    if not capture.isOpened():
        raise ConfigError(f"{path} is no video that OpenCV reads; convert it, or give pictures")
    try:
        rate = capture.get(cv2.CAP_PROP_FPS) or 25.0
        step = max(1, round(rate / fps)) if fps else 1
        number = 0
        while capture.grab():
            if number % step == 0:
                read, image = capture.retrieve()
                fault = pb.CAPTURE_FAULT_UNSPECIFIED if read else pb.CAPTURE_FAULT_UNREADABLE
                at_us = began_us + round(number / rate * 1e6)
                yield Frame(
                    f"{path.name}:{number}@{began_us}", at_us, image if read else None, fault
                )
            number += 1
    finally:
        capture.release()


def _claims(path: Path) -> dict[str, _Claim]:
    if not path.exists():
        return {}
    claims = {}
    try:
        with path.open(encoding="utf-8", newline="") as file:
            for row in csv.DictReader(file):
                claims[row["file"]] = _Claim(row["traveler_id"], _time_us(row["captured_at"]))
    except (OSError, KeyError, ValueError, csv.Error) as error:
        raise ConfigError(
            f"{path} cannot be used: {error}; its columns are file,traveler_id,captured_at, with "
            "times such as 2026-11-01T09:00:00+09:00 or empty"
        ) from None
    return claims


def _time_us(text: str | None) -> int:
    if not text:
        return 0
    at = datetime.fromisoformat(text)
    return round((at if at.tzinfo else at.replace(tzinfo=UTC)).timestamp() * 1e6)
