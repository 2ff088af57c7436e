from __future__ import annotations

from pathlib import Path

import pytest
from faced import configured

from haechi.app.faces import faceless_lanes, key_file
from haechi.configs.port import Port
from haechi.configs.profile import FacesProfile


def test_lanes_that_need_everybodys_face_are_named_where_few_are_enrolled() -> None:
    assert faceless_lanes(configured(), Port.load(), None) == ["walk"]
    assert faceless_lanes(configured(enrol='"all"'), Port.load(), None) == []


def test_keys_lie_elsewhere_and_follow_the_installation(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    first = key_file(bytes(32), FacesProfile())
    assert first.is_relative_to(tmp_path / "haechi" / "face-keys")
    assert key_file(bytes(32), FacesProfile()) == first
    assert key_file(bytes([1] * 32), FacesProfile()) != first
    own = key_file(bytes(32), FacesProfile(keys=str(tmp_path / "own")))
    assert own.parent == tmp_path / "own"
