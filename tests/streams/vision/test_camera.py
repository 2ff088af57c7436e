from __future__ import annotations

from itertools import count

import numpy as np
import pytest
from vision import FOLDER, image, needs_vision, template

from haechi.configs.faces import Faces
from haechi.rpc.v1 import face_service_pb2 as pb
from haechi.streams.vision.camera import CameraEye, fault_name
from haechi.streams.vision.frames import Frame

pytestmark = needs_vision
FRAMES = count(1)


def eye(*, one_person: bool = True) -> CameraEye:
    return CameraEye("CAM", Faces.load(), FOLDER, run="run", one_person=one_person)


@pytest.fixture(scope="module")
def desk() -> CameraEye:
    return eye()


def still(shown, traveler: str = "", fault: pb.CaptureFault = 0) -> Frame:
    return Frame(f"f{next(FRAMES)}", 5, shown, fault, still=True, traveler=traveler)


def moving(shown, at_us: int, traveler: str = "") -> Frame:
    return Frame(str(at_us), at_us, shown, traveler=traveler)


def scaled(shown, share: float):
    from haechi.streams.vision.extra import opencv

    cv2 = opencv()
    return cv2.resize(shown, None, fx=share, fy=share, interpolation=cv2.INTER_AREA)


def blurred(shown, sigma: float):
    from haechi.streams.vision.extra import opencv

    return opencv().GaussianBlur(shown, (0, 0), sigma)


def beside(one: str, other: str):
    """Two photographs in one frame."""
    left, right = image(one)[:1000], image(other)[:1000]
    return np.hstack([left, right])


def test_a_face_is_told_as_a_template(desk: CameraEye) -> None:
    (seen,) = desk.look(still(image("obama"), "t1"))
    assert (seen.camera, seen.captured_us) == ("CAM", 5)
    assert [subject.traveler_id for subject in seen.subjects] == ["t1"]
    assert seen.template.model_id == desk.model_id
    assert np.array(seen.template.values, np.float32) @ template("obama") == pytest.approx(1)
    assert seen.template.face_px > 200
    assert 0.9 < seen.template.quality <= 1
    assert not seen.template.HasField("liveness")


BAD = {
    "NO_FACE": lambda: image("obama")[600:],
    "MANY_FACES": lambda: beside("obama", "obama2"),
    "TOO_SMALL": lambda: scaled(image("obama"), 0.14),
    "TOO_DARK": lambda: np.full_like(image("obama"), 3),
    "LOW_QUALITY": lambda: blurred(image("obama"), 13),
    "TOO_LARGE": lambda: np.broadcast_to(np.uint8(9), (5774, 8660, 3)),
}


@pytest.mark.parametrize("name", BAD)
def test_a_bad_capture_is_named_and_counted(desk: CameraEye, name: str) -> None:
    before = desk.counts[name]
    (seen,) = desk.look(still(BAD[name](), "t1"))
    assert fault_name(seen.fault) == name
    assert not seen.HasField("template")
    assert [subject.traveler_id for subject in seen.subjects] == ["t1"]
    assert desk.counts[name] == before + 1


def test_a_frame_that_cannot_be_read_is_told(desk: CameraEye) -> None:
    (seen,) = desk.look(still(None, fault=pb.CAPTURE_FAULT_UNREADABLE))
    assert seen.fault == pb.CAPTURE_FAULT_UNREADABLE


@pytest.mark.parametrize("shape", [(1, 1), (1, 5000), (5000, 1), (7, 3)])
def test_a_picture_of_any_shape_is_survived(desk: CameraEye, shape: tuple[int, int]) -> None:
    (seen,) = desk.look(still(np.full((*shape, 3), 200, np.uint8)))
    assert seen.fault == pb.CAPTURE_FAULT_NO_FACE


def test_a_face_clearly_in_front_is_the_one_that_is_meant(desk: CameraEye) -> None:
    shown = image("obama").copy()
    behind = scaled(image("biden")[200:1000], 0.3)
    shown[-behind.shape[0] :, : behind.shape[1]] = behind
    (seen,) = desk.look(still(shown))
    assert np.array(seen.template.values, np.float32) @ template("obama") > 0.9


def test_several_may_pass_an_exit() -> None:
    exit_eye = eye(one_person=False)
    frame = still(beside("obama", "biden"))
    seen = exit_eye.look(frame)
    assert {one.frame_id for one in seen} == {frame.id, f"{frame.id}#1"}
    assert len({one.track_id for one in seen}) == 2
    for name in ("obama", "biden"):
        alike = [np.array(one.template.values, np.float32) @ template(name) for one in seen]
        assert max(alike) > 0.8


def test_a_person_in_many_frames_is_told_once_and_someone_else_at_once() -> None:
    exit_eye = eye(one_person=False)
    told = [
        seen.track_id
        for at_us, name in enumerate(["obama", "obama", "obama", "biden", "biden"])
        for seen in exit_eye.look(moving(image(name)[:1100, :900], at_us))
    ]
    assert told == ["run-1", "run-2"]


def test_a_better_view_is_told_too() -> None:
    exit_eye = eye(one_person=False)
    views = [blurred(image("obama"), 8), blurred(image("obama"), 7.9), image("obama")]
    told = [exit_eye.look(moving(view, at_us)) for at_us, view in enumerate(views)]
    assert [len(seen) for seen in told] == [1, 0, 1]
    assert told[0][0].track_id == told[2][0].track_id
    assert told[2][0].template.quality >= told[0][0].template.quality + 0.1


def test_a_fault_that_lasts_is_told_once_and_an_empty_hall_never() -> None:
    exit_eye = eye(one_person=False)
    black, empty = BAD["TOO_DARK"](), BAD["NO_FACE"]()
    told = [exit_eye.look(moving(one, at)) for at, one in enumerate([black, black, empty, black])]
    assert [len(seen) for seen in told] == [1, 0, 0, 1]
    assert exit_eye.counts["TOO_DARK"] == 3
    assert exit_eye.counts["NO_FACE"] == 1


def test_nobody_where_somebody_should_be_is_told() -> None:
    (seen,) = eye().look(moving(BAD["NO_FACE"](), 1, "t1"))
    assert seen.fault == pb.CAPTURE_FAULT_NO_FACE


def test_no_picture_is_kept(tmp_path, monkeypatch: pytest.MonkeyPatch, desk: CameraEye) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    desk.look(still(image("obama")))
    assert list(tmp_path.iterdir()) == []
