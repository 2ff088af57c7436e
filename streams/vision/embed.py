"""From an aligned face to its template, by deepface."""

from __future__ import annotations

import contextlib
import os
import tempfile
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from haechi.configs.faces import FaceModel
from haechi.engine.errors import ConfigError
from haechi.streams.vision.extra import load, opencv
from haechi.streams.vision.weights import WEIGHTS, model_weights, sha256_of

_TASK: Final = "facial_recognition"
_CROP_PX: Final = 112
_ID_DIGITS: Final = 12


class Embedder:
    """Makes templates with one model, on one thread.

    A thread for each core, as onnxruntime starts by itself, makes one face slower (55 ms instead
    of 30 on two cores) and takes the cores from the engine.

    Parameters
    ----------
    model
        Which, and with which weights.
    folder
        Where the models lie.

    Raises
    ------
    ConfigError
        If the weights are missing, cannot be run, or give other templates than faces.toml says.
    """

    def __init__(self, model: FaceModel, folder: Path) -> None:
        opencv()
        weights = model_weights(folder, model)
        self._name = model.name
        self._deepface = _deepface(model.name, weights)
        self.model_id: Final = f"{model.name}@{sha256_of(weights)[:_ID_DIGITS]}"
        self.dimension: Final = model.dimension
        self._try(weights)

    def embed(self, crop: NDArray[np.uint8]) -> NDArray[np.float32]:
        """Make a template.

        Parameters
        ----------
        crop
            An aligned face, BGR, shape (112, 112, 3).

        Returns
        -------
        The template, of length 1, shape (dimension,).
        """
        found = self._deepface.represent(
            crop, model_name=self._name, detector_backend="skip", enforce_detection=False
        )
        vector = np.asarray(found[0]["embedding"], np.float32).ravel()
        return vector / np.float32(np.linalg.norm(vector))

    def _try(self, weights: Path) -> None:
        grey = np.full((_CROP_PX, _CROP_PX, 3), 127, np.uint8)
        try:
            length = len(self.embed(grey))
        except Exception as error:
            raise ConfigError(
                f"{weights} cannot be run as {self._name}: {error}; give the ONNX file that "
                f"deepface calls {WEIGHTS[self._name]}"
            ) from error
        if length != self.dimension:
            raise ConfigError(
                f"{weights} gives {length} numbers a face, faces.toml says model.dimension = "
                f"{self.dimension}: correct one of them"
            )


def _deepface(name: str, weights: Path) -> Any:
    """Deepface with a model that runs on one thread.

    It looks for weights in a home folder and would fetch what is not there: it gets a home of
    its own for that moment, with a link to the right file.
    """
    runtime = load("onnxruntime")
    with tempfile.TemporaryDirectory() as home, _surroundings(home):
        links = Path(home, ".deepface", "weights")
        links.mkdir(parents=True)
        (links / WEIGHTS[name]).symlink_to(weights.resolve())
        modeling = load("deepface.modules.modeling")
        deepface = load("deepface.DeepFace")
        options = runtime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        options.log_severity_level = 3
        try:
            session = runtime.InferenceSession(
                str(weights), options, providers=["CPUExecutionProvider"]
            )
            modeling.build_model(_TASK, name).model = session
        except Exception as error:
            raise ConfigError(f"{weights} cannot be loaded as {name}: {error}") from error
    return deepface


@contextlib.contextmanager
def _surroundings(home: str) -> Iterator[None]:
    """What deepface reads while it is imported; what it changes is changed back."""
    wanted = {
        "DEEPFACE_HOME": home,
        "DEEPFACE_BACKEND_ENGINE": "onnx",
        "DEEPFACE_LOG_LEVEL": "40",
    }
    before = {key: os.environ.get(key) for key in wanted}
    os.environ.update(wanted)
    try:
        with warnings.catch_warnings():
            yield
    finally:
        for key, value in before.items():
            if value is None:
                os.environ.pop(key, None)
            else:
                os.environ[key] = value
