"""How much one message may hold: cameras stand in the open, and memory is shared."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from haechi.engine.errors import BadInput
from haechi.rpc.v1.envelope_pb2 import SubjectReference
from haechi.rpc.v1.face_service_pb2 import CaptureFault, FaceSeen

MOST_CHARACTERS: Final = 128
_MOST_REFERENCES: Final = 8
_MOST_REFERENCE_BYTES: Final = 512


def check_sizes(seen: FaceSeen) -> None:
    """Refuse names that are longer than names are; raises BadInput."""
    for field in ("camera", "track_id", "frame_id"):
        if len(getattr(seen, field)) > MOST_CHARACTERS:
            raise BadInput("OUT_OF_RANGE", f"{field} is longer than {MOST_CHARACTERS} characters")
    if len(seen.template.model_id) > MOST_CHARACTERS:
        raise BadInput("OUT_OF_RANGE", f"model_id is longer than {MOST_CHARACTERS} characters")
    check_references(seen.subjects)


def check_references(subjects: Sequence[SubjectReference]) -> None:
    """Refuse more names than a person has; raises BadInput."""
    if len(subjects) > _MOST_REFERENCES:
        raise BadInput(
            "OUT_OF_RANGE", f"{len(subjects)} subjects are given; at most {_MOST_REFERENCES}"
        )
    for reference in subjects:
        if reference.ByteSize() > _MOST_REFERENCE_BYTES:
            raise BadInput("OUT_OF_RANGE", f"a subject has more than {_MOST_REFERENCE_BYTES} bytes")


def fault_of(seen: FaceSeen) -> str:
    """Name of a capture's fault; raises BadInput for one that this version does not know."""
    try:
        name = str(CaptureFault.Name(seen.fault))
    except ValueError:
        raise BadInput(
            "OUT_OF_RANGE", f"fault is {seen.fault}, which this version does not know"
        ) from None
    return name.removeprefix("CAPTURE_FAULT_")
