from __future__ import annotations

import shutil
import threading
from dataclasses import replace
from itertools import count
from pathlib import Path

import pytest
from vision import image, needs_vision, photo

from haechi.configs.faces import Faces
from haechi.engine.errors import ConfigError
from haechi.rpc.v1 import face_service_pb2 as pb
from haechi.streams.vision.sources import frames_of

CAPTURE = Faces.load().capture
HEADER = "file,traveler_id,captured_at\n"


def frames(source: Path | str, fps: float | None = None, capture=CAPTURE):
    ticks = count(100)
    return list(
        frames_of(str(source), capture, fps=fps, now_us=lambda: next(ticks), stop=threading.Event())
    )


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two photographs, a picture that is none, and a note."""
    shutil.copy(photo("obama"), tmp_path / "b.JPG")
    shutil.copy(photo("biden"), tmp_path / "a.jpg")
    (tmp_path / "c.png").write_bytes(b"no picture")
    (tmp_path / "notes.txt").write_text("none either")
    return tmp_path


@needs_vision
def test_a_folder_gives_its_pictures_by_name(folder: Path) -> None:
    seen = frames(folder)
    assert [frame.id.partition("@")[0] for frame in seen] == ["a.jpg", "b.JPG", "c.png"]
    assert [frame.captured_us for frame in seen] == [100, 101, 102]
    assert [frame.fault for frame in seen] == [0, 0, pb.CAPTURE_FAULT_UNREADABLE]
    assert all(frame.still for frame in seen)


@needs_vision
def test_a_list_beside_them_says_whom_they_show_and_when(folder: Path) -> None:
    (folder / "frames.csv").write_text(
        f"{HEADER}b.JPG,t1,2026-11-01T09:00:00+09:00\nc.png,t2,\n", encoding="utf-8"
    )
    assert [(frame.traveler, frame.captured_us) for frame in frames(folder)] == [
        ("", 100),
        ("t1", 1_793_491_200_000_000),
        ("t2", 101),
    ]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (HEADER + "z.jpg,t1,\n", "names z.jpg"),
        (HEADER + "a.jpg,t1,yesterday\n", "Invalid isoformat"),
        ("file,who\na.jpg,t1\n", "traveler_id"),
    ],
)
def test_a_list_that_cannot_be_used_says_why(text: str, says: str, tmp_path: Path) -> None:
    (tmp_path / "a.jpg").write_bytes(b"")
    (tmp_path / "frames.csv").write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError, match=says):
        frames(tmp_path)


def test_what_is_no_source_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="no folder, no file and no address"):
        frames(tmp_path / "nothing")
    with pytest.raises(ConfigError, match="has no picture"):
        frames(tmp_path)


@needs_vision
def test_a_file_that_is_no_video_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "notes.avi"
    path.write_bytes(b"none")
    with pytest.raises(ConfigError, match="no video"):
        frames(path)


@needs_vision
def test_a_video_is_looked_at_as_often_as_asked(tmp_path: Path) -> None:
    from haechi.streams.vision.extra import opencv

    cv2 = opencv()
    path = tmp_path / "walk.avi"
    small = cv2.resize(image("obama"), (240, 320))
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"MJPG"), 10, (240, 320))
    for _ in range(20):
        writer.write(small)
    writer.release()
    seen = frames(path, fps=2)
    assert [frame.id for frame in seen] == [f"walk.avi:{number}@100" for number in (0, 5, 10, 15)]
    assert [frame.captured_us for frame in seen] == [100, 500_100, 1_000_100, 1_500_100]
    assert not any(frame.still for frame in seen)
    assert len(frames(path)) == 20


@needs_vision
def test_a_picture_above_the_limit_is_not_read() -> None:
    (frame,) = frames(photo("obama"), capture=replace(CAPTURE, max_megapixels=1.0))
    assert (frame.image, frame.fault) == (None, pb.CAPTURE_FAULT_TOO_LARGE)
