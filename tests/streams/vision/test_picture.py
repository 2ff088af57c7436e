from __future__ import annotations

import io
import struct
from pathlib import Path

import numpy as np
import pytest
from vision import needs_vision, photo

from haechi.rpc.v1 import face_service_pb2 as pb
from haechi.streams.vision.picture import NoPicture, picture_size, read_picture


def jpeg_header(width: int, height: int) -> bytes:
    """A JPEG file up to its frame header, with a comment and fill bytes before it."""
    comment = b"\xff\xfe" + struct.pack(">H", 7) + b"\xff\xc0xyz"
    return b"\xff\xd8" + comment + b"\xff\xff\xc2" + struct.pack(">HBHH", 11, 8, height, width)


def png_header(width: int, height: int) -> bytes:
    return b"\x89PNG\r\n\x1a\n" + struct.pack(">I4sII", 13, b"IHDR", width, height)


@pytest.mark.parametrize("header", [jpeg_header, png_header])
def test_a_size_is_read_from_the_header(header) -> None:
    assert picture_size(io.BytesIO(header(8660, 5774))) == (8660, 5774)


@pytest.mark.parametrize("header", [jpeg_header, png_header])
def test_fifty_megapixels_are_refused_before_they_are_decoded(header, tmp_path: Path) -> None:
    # There is nothing to decode: whoever tried would call it unreadable.
    path = tmp_path / "huge"
    path.write_bytes(header(8660, 5774))
    with pytest.raises(NoPicture, match="8660 x 5774") as refused:
        read_picture(path, 25.0)
    assert refused.value.fault == pb.CAPTURE_FAULT_TOO_LARGE


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\xff",
        b"\xff\xd8",
        b"\xff\xd8\xff",
        b"\xff\xd8\xff\xe0\x00",
        b"\xff\xd8\xff\xc0\x00\x11\x08",
        b"\xff\xd8\x00\x00",
        b"\x89PNG\r\n\x1a\n\x00",
        b"GIF89a\x01\x00\x01\x00",
        jpeg_header(640, 480),
        png_header(640, 480),
    ],
)
def test_what_is_no_picture_is_unreadable(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "odd.jpg"
    path.write_bytes(content)
    with pytest.raises(NoPicture) as refused:
        read_picture(path, 25.0)
    assert refused.value.fault == pb.CAPTURE_FAULT_UNREADABLE


def test_a_missing_file_is_unreadable(tmp_path: Path) -> None:
    with pytest.raises(NoPicture, match="No such file"):
        read_picture(tmp_path / "none.jpg", 25.0)


@needs_vision
def test_a_whole_photograph_is_read() -> None:
    assert read_picture(photo("obama"), 25.0).shape == (1137, 910, 3)


@needs_vision
@pytest.mark.parametrize("share", [0.02, 0.3, 0.9, 0.99999])
def test_a_cut_photograph_is_unreadable(share: float, tmp_path: Path) -> None:
    content = photo("obama").read_bytes()
    path = tmp_path / "cut.jpg"
    path.write_bytes(content[: int(len(content) * share)])
    with pytest.raises(NoPicture) as refused:
        read_picture(path, 25.0)
    assert refused.value.fault == pb.CAPTURE_FAULT_UNREADABLE


@needs_vision
def test_what_a_camera_adds_behind_the_picture_does_no_harm(tmp_path: Path) -> None:
    path = tmp_path / "more.jpg"
    path.write_bytes(photo("obama").read_bytes() + b"more")
    assert np.array_equal(read_picture(path, 25.0), read_picture(photo("obama"), 25.0))


@needs_vision
@pytest.mark.parametrize("share", [0.5, 0.999])
def test_a_png_is_read_and_a_cut_one_is_not(share: float, tmp_path: Path) -> None:
    from haechi.streams.vision.extra import opencv

    path = tmp_path / "some.png"
    opencv().imwrite(str(path), read_picture(photo("obama"), 25.0)[:200, :200])
    assert read_picture(path, 25.0).shape == (200, 200, 3)
    path.write_bytes(path.read_bytes()[: int(path.stat().st_size * share)])
    with pytest.raises(NoPicture):
        read_picture(path, 25.0)
