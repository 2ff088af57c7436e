"""A picture from a file: its size is read before its pixels are, and a cut one is refused.

OpenCV fills up with grey what a cut file lacks and says nothing, and it makes room for whatever
size the header promises; both are looked at here first.
"""

from __future__ import annotations

import struct
from pathlib import Path
from typing import BinaryIO, Final

import numpy as np
from numpy.typing import NDArray

from haechi.rpc.v1 import face_service_pb2 as pb
from haechi.streams.vision.extra import opencv

SUFFIXES: Final = frozenset({".jpg", ".jpeg", ".png"})
"""Kinds of picture that are read."""

_JPEG: Final = b"\xff\xd8"
_JPEG_END: Final = b"\xff\xd9"
_PNG: Final = b"\x89PNG\r\n\x1a\n"
_PNG_END: Final = b"IEND"
# Frame headers; between them stand DHT, JPG and DAC, which are none.
_SIZES: Final = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_BARE: Final = frozenset({0x01, *range(0xD0, 0xD8)})


class NoPicture(Exception):
    """Why a file gives no picture.

    Parameters
    ----------
    fault
        As the contract names it.
    message
        What was found.
    """

    def __init__(self, fault: pb.CaptureFault, message: str) -> None:
        super().__init__(message)
        self.fault = fault


def read_picture(path: Path, max_megapixels: float) -> NDArray[np.uint8]:
    """Read a JPEG or PNG file.

    Parameters
    ----------
    path
        The file.
    max_megapixels
        Larger ones are refused unread.

    Returns
    -------
    Its pixels, upright, BGR, shape (height, width, 3).

    Raises
    ------
    NoPicture
        UNREADABLE or TOO_LARGE, and why.
    """
    try:
        with path.open("rb") as file:
            width, height = picture_size(file)
            if width * height > max_megapixels * 1e6:
                raise NoPicture(
                    pb.CAPTURE_FAULT_TOO_LARGE,
                    f"{path.name} has {width} x {height} pixels, taken are {max_megapixels:g} "
                    "million",
                )
            body = file.tell()
            file.seek(0)
            content = file.read()
    except (OSError, ValueError, struct.error) as error:
        raise NoPicture(pb.CAPTURE_FAULT_UNREADABLE, f"{path.name}: {error}") from None
    end = _PNG_END if content.startswith(_PNG) else _JPEG_END
    if content.find(end, body) < 0:
        raise NoPicture(pb.CAPTURE_FAULT_UNREADABLE, f"{path.name} is cut off")
    cv2 = opencv()
    image: NDArray[np.uint8] | None = cv2.imdecode(
        np.frombuffer(content, np.uint8), cv2.IMREAD_COLOR
    )
    if image is None:
        raise NoPicture(pb.CAPTURE_FAULT_UNREADABLE, f"{path.name} cannot be decoded")
    return image


def picture_size(file: BinaryIO) -> tuple[int, int]:
    """Width and height, pixels, from the header; the file stands behind it then.

    Raises
    ------
    ValueError
        If it is neither JPEG nor PNG, or its header is cut off.
    """
    start = file.read(len(_PNG))
    if start == _PNG:
        width, height = struct.unpack(">8xII", file.read(16))
        return width, height
    if not start.startswith(_JPEG):
        raise ValueError("neither JPEG nor PNG")
    file.seek(len(_JPEG))
    while True:
        marker = _marker(file)
        if marker in _BARE:
            continue
        (length,) = struct.unpack(">H", file.read(2))
        if marker in _SIZES:
            height, width = struct.unpack(">xHH", file.read(5))
            file.seek(length - 7, 1)
            return width, height
        file.seek(length - 2, 1)


def _marker(file: BinaryIO) -> int:
    """The next marker; any number of 0xFF may stand before it."""
    byte = file.read(1)
    if byte != b"\xff":
        raise ValueError("its JPEG header is damaged")
    while byte == b"\xff":
        byte = file.read(1)
    if not byte:
        raise ValueError("its JPEG header is cut off")
    return byte[0]
