from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from vision import FOLDER, needs_vision, photo, template

from haechi.configs.faces import Faces
from haechi.streams.vision.still import StillEye

pytestmark = needs_vision


def test_a_photograph_gives_the_cameras_template(tmp_path: Path) -> None:
    captured = StillEye(Faces.load(), FOLDER)(photo("obama"))
    assert captured.fault == ""
    assert captured.face_px > 100
    np.testing.assert_allclose(captured.vector, template("obama"), atol=1e-6)


@pytest.mark.parametrize(("share", "fault"), [(0.02, "NO_FACE"), (0.06, "TOO_SMALL")])
def test_what_gives_no_template_says_why(tmp_path: Path, share: float, fault: str) -> None:
    import cv2

    image = cv2.imread(str(photo("obama")))
    small = cv2.resize(image, None, fx=share, fy=share, interpolation=cv2.INTER_AREA)
    cv2.imwrite(str(tmp_path / "small.png"), small)
    captured = StillEye(Faces.load(), FOLDER)(tmp_path / "small.png")
    assert captured.vector is None
    assert captured.fault == fault


def test_a_file_that_is_no_picture_is_unreadable(tmp_path: Path) -> None:
    (tmp_path / "text.jpg").write_text("no picture")
    assert StillEye(Faces.load(), FOLDER)(tmp_path / "text.jpg").fault == "UNREADABLE"
