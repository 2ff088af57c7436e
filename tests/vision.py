"""Real models and real photographs for the tests, or the reason why there are none."""

from __future__ import annotations

import os
from functools import cache
from importlib.util import find_spec
from pathlib import Path

import pytest

from haechi.configs.faces import Faces
from haechi.streams.vision.weights import MODELS, PHOTOS, default_folder, is_there

FOLDER = default_folder()
NAMES = tuple(Path(photo.path).stem for photo in PHOTOS)
SAME = [("obama", "obama2"), ("obama", "obama3"), ("obama2", "obama3")]


def missing() -> str:
    """What is not there; empty if all is."""
    for library in ("cv2", "deepface", "onnx", "onnxruntime", "werkzeug"):
        if find_spec(library) is None:
            return f"no {library}: make extra-vision"
    if not all(is_there(FOLDER, file) for file in MODELS + PHOTOS):
        return "no face models or photographs: haechi face-models install --photos"
    return ""


_MISSING = missing()
if _MISSING and os.environ.get("HAECHI_NEED_VISION") == "1":
    raise RuntimeError(f"HAECHI_NEED_VISION=1, but {_MISSING}")

needs_vision = pytest.mark.skipif(bool(_MISSING), reason=_MISSING or "all is there")
"""Skips a test where the extra or its models are missing."""


def photo(name: str) -> Path:
    """Where a photograph lies."""
    return FOLDER / "photos" / f"{name}.jpg"


@cache
def image(name: str):
    """A photograph, BGR."""
    import cv2

    return cv2.imread(str(photo(name)))


@cache
def detector():
    from haechi.streams.vision.detect import Detector

    return Detector(Faces.load().capture, FOLDER)


@cache
def embedder():
    from haechi.streams.vision.embed import Embedder

    return Embedder(Faces.load().model, FOLDER)


@cache
def crop(name: str):
    """The face of a photograph, aligned."""
    return detector().align(image(name), detector().find(image(name))[0])


@cache
def template(name: str):
    """Its template."""
    return embedder().embed(crop(name))
