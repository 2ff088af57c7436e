"""Checks what cameras hand in, before it is compared with anybody."""

from __future__ import annotations

from typing import Any, Final, TypeAlias

import numpy as np

from haechi.configs.faces import Capture, FaceModel
from haechi.engine.errors import BadInput
from haechi.rpc.v1.face_service_pb2 import FaceTemplate

Vector: TypeAlias = "np.ndarray[Any, np.dtype[np.float32]]"
"""A template, shape (dimension,), of length 1."""

NOT_CAPTURED: Final = frozenset({"TOO_SMALL", "LOW_QUALITY", "NOT_LIVE"})
"""Faults of the capture, not of the sender: nobody usable was seen."""

_LEAST_NORM: Final = 1e-6


def vector_of(template: FaceTemplate, model: FaceModel) -> Vector:
    """Take a template's numbers, normalised to length 1.

    Raises
    ------
    BadInput
        ``WRONG_MODEL``, ``WRONG_DIMENSION``, ``NOT_FINITE`` or ``ZERO_VECTOR``.
    """
    name = template.model_id.partition("@")[0]
    if name != model.name:
        raise BadInput(
            "WRONG_MODEL",
            f"template.model_id is {template.model_id[:64]!r}, but {model.name} is compared here; "
            "let the camera use that model, or change [model] of faces.toml",
        )
    if len(template.values) != model.dimension:
        raise BadInput(
            "WRONG_DIMENSION",
            f"the template has {len(template.values)} numbers, {model.name} has "
            f"{model.dimension}; let the camera send the whole embedding",
        )
    vector = np.array(template.values, np.float64)
    if not np.isfinite(vector).all():
        raise BadInput(
            "NOT_FINITE", "the template holds a NaN or an infinity; see to the camera's model"
        )
    norm = float(np.sqrt((vector * vector).sum()))
    if not _LEAST_NORM < norm < np.inf:
        raise BadInput(
            "ZERO_VECTOR", f"the template's length is {norm:g}; see to the camera's model"
        )
    return (vector / norm).astype(np.float32)


def check_capture(template: FaceTemplate, capture: Capture) -> None:
    """Refuse a face that is too small, too poor, or not alive.

    Raises
    ------
    BadInput
        One of :data:`NOT_CAPTURED`, or ``OUT_OF_RANGE``.
    """
    shares = {"quality": template.quality}
    if template.HasField("liveness"):
        shares["liveness"] = template.liveness
    for name, share in shares.items():
        if not 0.0 <= share <= 1.0:
            raise BadInput("OUT_OF_RANGE", f"template.{name} is {share:g}; it must be from 0 to 1")
    if template.face_px < capture.min_face_px:
        raise BadInput(
            "TOO_SMALL",
            f"the face is {template.face_px} pixels wide, at least {capture.min_face_px} are "
            "needed; move the camera nearer",
        )
    if template.quality < capture.min_quality:
        raise BadInput(
            "LOW_QUALITY",
            f"the capture's quality is {template.quality:g}, at least {capture.min_quality:g} is "
            "needed; see to focus and light",
        )
    if shares.get("liveness", 1.0) < capture.min_liveness:
        raise BadInput(
            "NOT_LIVE",
            f"the liveness is {template.liveness:g}, at least {capture.min_liveness:g} is needed; "
            "send an officer to look",
        )
