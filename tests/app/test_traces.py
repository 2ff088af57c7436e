from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from vision import FOLDER, image, needs_vision, photo, template

from haechi.app.demo import traces

pytestmark = needs_vision


class Nothing:
    """An installation of files alone."""

    def __init__(self, root: Path) -> None:
        self.folder = type("Folder", (), {"root": root})()


@pytest.fixture
def no_log(monkeypatch: pytest.MonkeyPatch) -> None:
    def none(_: object) -> Iterator[tuple[str, bytes]]:
        yield from ()

    monkeypatch.setattr(traces, "_messages", none)
    monkeypatch.setattr(traces, "_tables", none)


def planted(root: Path, content: bytes) -> list[str]:
    (root / "deep").mkdir(parents=True)
    (root / "deep" / "file").write_bytes(b"before" + content + b"after")
    found = traces.search(Nothing(root), FOLDER / "photos")  # type: ignore[arg-type]
    assert found.files == 1
    return found.found


def test_a_template_is_found_wherever_it_lies(tmp_path: Path, no_log: None) -> None:
    raw = template("obama").astype("<f4").tobytes()
    assert planted(tmp_path / "data", raw) == [str(tmp_path / "data" / "deep" / "file")]


def test_a_part_of_a_photograph_is_found(tmp_path: Path, no_log: None) -> None:
    content = photo("biden").read_bytes()
    assert planted(tmp_path / "data", content[len(content) // 3 :])


def test_other_numbers_and_pixels_are_not(tmp_path: Path, no_log: None) -> None:
    noise = np.random.default_rng(1).normal(size=4096).astype(np.float32)
    assert planted(tmp_path / "data", noise.tobytes()) == []


def test_a_row_of_a_frame_is_found(tmp_path: Path, no_log: None) -> None:
    assert planted(tmp_path / "data", image("obama").tobytes())


def test_a_template_that_is_written_as_text_is_found(tmp_path: Path, no_log: None) -> None:
    assert planted(tmp_path / "data", str(template("obama").tolist()).encode())
