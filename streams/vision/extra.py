"""The libraries of the vision extra, loaded by who needs them when they need them."""

from __future__ import annotations

import importlib
from functools import cache
from typing import Any

from haechi.engine.errors import ConfigError


def load(name: str) -> Any:
    """Import a library of the extra.

    Raises
    ------
    ConfigError
        If it is not installed.
    """
    try:
        return importlib.import_module(name)
    except ImportError as error:
        raise ConfigError(
            f"cameras need {name.partition('.')[0]}, which cannot be imported ({error}): install "
            "the vision extra with: make extra-vision (or pip install 'haechi[vision]')"
        ) from error


@cache
def opencv() -> Any:
    """OpenCV, quiet and on one thread: a camera shares its machine with the engine."""
    cv2 = load("cv2")
    cv2.setNumThreads(1)
    cv2.utils.logging.setLogLevel(cv2.utils.logging.LOG_LEVEL_ERROR)
    return cv2
