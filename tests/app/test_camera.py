from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from vision import FOLDER, needs_vision, photo

Run = Callable[..., tuple[int, str, str]]
DESK, EXIT = "ICN-T1-CAM-DESK-1", "ICN-T1-CAM-EXIT-1"


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("--role", "exit", "--id", DESK), "has the role desk"),
        (("--role", "desk", "--id", "CAM-9"), "no camera 'CAM-9'"),
        (("--role", "desk", "--id", DESK, "--fps", "0"), "--fps 0"),
    ],
)
def test_a_camera_in_the_wrong_place_is_refused(
    haechi: Run, tmp_path: Path, arguments: tuple[str, ...], says: str
) -> None:
    code, _, err = haechi("camera", *arguments, tmp_path, "--data", tmp_path)
    assert code == 2
    assert says in err


@needs_vision
def test_without_models_it_says_how_to_install_them(haechi: Run, tmp_path: Path) -> None:
    code, _, err = haechi("camera", "--role", "desk", "--id", DESK, tmp_path, "--models", tmp_path)
    assert code == 2
    assert "haechi face-models install" in err


@needs_vision
def test_a_dry_run_shows_everything_but_the_templates(haechi: Run, tmp_path: Path) -> None:
    for name in ("obama", "biden"):
        shutil.copy(photo(name), tmp_path)
    content = photo("obama").read_bytes()
    (tmp_path / "cut.jpg").write_bytes(content[: len(content) // 2])
    (tmp_path / "frames.csv").write_text("file,traveler_id,captured_at\nbiden.jpg,t2,\n")
    code, out, _ = haechi(
        "camera",
        "--role",
        "desk",
        "--id",
        DESK,
        "--traveler",
        "t1",
        "--dry-run",
        "--json",
        tmp_path,
    )
    assert code == 0
    told = json.loads(out)
    assert (told["frames"], told["faces"], told["faults"]) == (3, 2, {"UNREADABLE": 1})
    assert [(one["frame"], one["traveler"]) for one in told["observations"]] == [
        ("biden.jpg", "t2"),
        ("cut.jpg", "t1"),
        ("obama.jpg", "t1"),
    ]
    assert set(told["observations"][0]) == {"frame", "track", "traveler", "face_px", "quality"}


@needs_vision
def test_without_a_token_it_ends_and_says_so(haechi: Run, tmp_path: Path) -> None:
    code, _, err = haechi(
        "camera", "--role", "exit", "--id", EXIT, "--target", "127.0.0.1:1", "--models", FOLDER,
        "--token", tmp_path / "none.token", photo("obama"), "--data", tmp_path,
    )  # fmt: skip
    assert code == 1
    assert "none.token cannot be read" in err
