from __future__ import annotations

import json
import re
import sys
import tomllib
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from haechi.app import face_calibrate
from haechi.configs.faces import Faces
from haechi.engine.errors import BadInput
from haechi.streams.faces.labelled import Captured

Run = Callable[..., tuple[int, str, str]]


def photo(path: Path, person: int, seed: int, noise: float = 0.3, face_px: int = 90) -> Path:
    """A file that stands for a photo: the made eye reads what it would have seen."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps([person, seed, noise, face_px]), "utf-8")
    return path


def made_eye(path: Path) -> Captured:
    try:
        person, seed, noise, face_px = json.loads(path.read_text("utf-8"))
    except ValueError as error:
        raise BadInput("UNREADABLE", f"{path} is no photo") from error
    if face_px < 40:
        return Captured(None, face_px, "TOO_SMALL")
    centre = np.random.default_rng(person).normal(size=64)
    vector = centre + noise * np.random.default_rng(seed).normal(size=64)
    return Captured((vector / np.linalg.norm(vector)).astype(np.float32), face_px, "")


@pytest.fixture(autouse=True)
def eye(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(face_calibrate, "open_eye", lambda faces, models: made_eye)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Six persons with three photos each, a folder a person."""
    root = tmp_path / "photos"
    for person in range(6):
        for number in range(3):
            photo(root / f"person-{person}" / f"{number}.jpg", person, 10 * person + number)
    return root


def test_a_folder_of_persons_is_measured(haechi: Run, folder: Path) -> None:
    code, out, _ = haechi("face-calibrate", folder)
    assert code == 0
    assert "18 photos, 6 persons" in out
    assert "18 pairs of one person, 135 of different people" in out
    assert "one to many: 6 enrolled" in out
    assert "rule of three" in out


def test_what_it_proposes_can_be_pasted(haechi: Run, folder: Path, tmp_path: Path) -> None:
    code, out, _ = haechi("face-calibrate", folder, "--site", "ICN-T1", "--json")
    assert code == 0
    told = json.loads(out)
    packaged = Path(face_calibrate.__file__).parent.parent / "configs" / "faces.toml"
    text = packaged.read_text("utf-8").replace("[watchlist]", f"{told['toml']}\n\n[watchlist]", 1)
    thresholds = Faces.parse(text).thresholds("ICN-T1")
    assert (thresholds.same, thresholds.review) == (told["same"], told["review"])
    assert thresholds.impostor_mean == pytest.approx(told["impostor_mean"], abs=1e-4)
    assert thresholds.version == Faces.load().thresholds("").version + 1
    assert "threshold" in tomllib.loads(told["toml"])


def test_json_holds_every_figure_and_no_template(haechi: Run, folder: Path) -> None:
    told = json.loads(haechi("face-calibrate", folder, "--json")[1])
    assert {one["name"] for one in told["operating"]} == {
        "configured same", "configured review", "proposed same", "proposed review",
    }  # fmt: skip
    assert told["operating"][0]["fmr"]["n"] == 135
    assert told["identification"]["strangers"] == 18
    assert told["captured"]["errors"] == 18
    assert "vector" not in json.dumps(told)


def test_names_of_files_tell_the_person(haechi: Run, tmp_path: Path) -> None:
    for name, person in (
        ("Kim_Min_1", 1), ("Kim_Min_2", 1), ("obama", 2), ("obama2", 2), ("007", 3), ("lee-3", 4),
    ):  # fmt: skip
        photo(tmp_path / f"{name}.png", person, len(name))
    told = json.loads(haechi("face-calibrate", tmp_path, "--json")[1])
    assert (told["persons"], told["pairs_same"], told["pairs_different"]) == (4, 2, 13)


def test_photos_that_give_nothing_are_named_and_counted(haechi: Run, folder: Path) -> None:
    (folder / "person-0" / "cut.jpg").write_bytes(b"\xff\xd8")
    photo(folder / "person-1" / "far.jpg", 1, 5, face_px=25)
    photo(folder / "stray.jpg", 9, 5)
    code, out, err = haechi("face-calibrate", folder, "--json")
    assert code == 0
    told = json.loads(out)
    assert told["faults"] == {"UNREADABLE": 1, "TOO_SMALL": 1}
    assert told["left_out"] == 1
    assert told["bands"][1]["captured"]["n"] == 1
    assert all(name in err for name in ("cut.jpg", "far.jpg", "stray.jpg", "move it"))


def test_pairs_are_compared_and_nothing_else(haechi: Run, folder: Path) -> None:
    pairs = folder / "pairs.csv"
    pairs.write_text(
        "same,a,b\n"
        "1,person-0/0.jpg,person-0/1.jpg\n"
        "1,person-0/1.jpg,person-0/2.jpg\n"
        "0,person-0/0.jpg,person-1/0.jpg\n"
        "0,person-2/0.jpg,person-1/0.jpg\n"
        "0,person-2/0.jpg,person-3/0.jpg\n"
        "0,person-2/0.jpg,nobody.jpg\n"
        "maybe,person-2/0.jpg,person-3/1.jpg\n"
        "1,person-2/0.jpg,person-2/0.jpg\n",
        "utf-8",
    )
    code, out, err = haechi("face-calibrate", pairs, "--json")
    assert code == 0
    told = json.loads(out)
    assert (told["photos"], told["persons"]) == (6, 4)
    assert (told["pairs_same"], told["pairs_different"], told["left_out"]) == (2, 3, 3)
    assert told["identification"] is None
    for line, word in ((7, "nobody.jpg"), (8, "write 1 or 0"), (9, "name two photos")):
        assert re.search(f"pairs.csv:{line}: .*{word}", err)


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("a,b\nx.jpg,y.jpg\n", "no column same"),
        ("", "no column a"),
        ("a,b,same\n", "no pair"),
        ("a,b,same\nx.jpg,y.jpg,1\n", "x.jpg"),
        ("a,b,same\n0.jpg,1.jpg,1\n1.jpg,2.jpg,1\n0.jpg,2.jpg,0\n", ":4: 0.jpg and 2.jpg"),
        (b"a,b,same\n\xff\xfe,1.jpg,1\n", "UTF-8"),
    ],
)
def test_a_file_of_pairs_that_cannot_be_used_says_why(
    haechi: Run, tmp_path: Path, text: str | bytes, word: str
) -> None:
    for number in range(3):
        photo(tmp_path / f"{number}.jpg", number, number)
    pairs = tmp_path / "pairs.csv"
    pairs.write_bytes(text if isinstance(text, bytes) else text.encode())
    code, _, err = haechi("face-calibrate", pairs)
    assert code == 2
    assert word in err


@pytest.mark.parametrize("persons", [[], [1, 1], [1, 2]], ids=["none", "one person", "one each"])
def test_a_folder_that_cannot_be_compared_says_what_is_needed(
    haechi: Run, tmp_path: Path, persons: list[int]
) -> None:
    for number, person in enumerate(persons):
        photo(tmp_path / f"{person}_{number}.jpg", person, number)
    code, _, err = haechi("face-calibrate", tmp_path)
    assert code == 2
    assert "PERSON_1.jpg" in err


@pytest.mark.parametrize(
    "wrong",
    [
        ("nowhere",),
        (".", "--fpir", "0"),
        (".", "--fpir", "much"),
        (".", "--gallery", "1"),
        (".", "--plot", "faces.gif"),
        (".", "--plot", "nowhere/faces.png"),
    ],
)
def test_wrong_usage_is_said_before_any_photo_is_looked_at(
    haechi: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, wrong: tuple[str, ...]
) -> None:
    monkeypatch.chdir(tmp_path)
    code, _, err = haechi("face-calibrate", *wrong)
    assert code == 2
    assert err.count("error: ") == 1


def test_a_plot_without_matplotlib_names_the_extra(
    haechi: Run, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    code, _, err = haechi("face-calibrate", folder, "--plot", tmp_path / "faces.png")
    assert code == 2
    assert "extra-bench" in err


def test_the_plot_is_drawn(haechi: Run, folder: Path, tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    code, _, _ = haechi("face-calibrate", folder, "--plot", tmp_path / "faces.png")
    assert code == 0
    assert (tmp_path / "faces.png").read_bytes().startswith(b"\x89PNG")
