from __future__ import annotations

import sys

import pytest

from haechi.engine.errors import ConfigError
from haechi.streams.vision.extra import load


@pytest.mark.parametrize("name", ["cv2", "deepface.DeepFace"])
def test_a_library_that_is_not_installed_is_named_with_the_remedy(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, name, None)
    with pytest.raises(ConfigError, match=r"make extra-vision") as refused:
        load(name)
    assert f"cameras need {name.partition('.')[0]}" in str(refused.value)
