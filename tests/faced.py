"""A small hall for tests: one terminal's cameras, and faces that are numbers."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from haechi.configs.faces import Faces
from haechi.configs.port import Port, config_text
from haechi.engine.codes import CodeClass, DecisionKind, FaceOutcome, Stage, Verdict
from haechi.rpc.v1.envelope_pb2 import SubjectReference
from haechi.rpc.v1.face_service_pb2 import FaceSeen, FaceTemplate
from haechi.streams.decode import parties
from haechi.streams.decode.places import Edge
from haechi.streams.faces.hall import Hall, News
from haechi.streams.faces.probe import Taken
from haechi.streams.faces.vault import Vault
from haechi.streams.log.keys import SubjectKeys
from haechi.streams.tokens import Tokens

NOW = 1_700_000_000_000_000
MINUTE = 60_000_000
DESK, EXIT, OTHER_EXIT = "ICN-T1-CAM-DESK-1", "ICN-T1-CAM-EXIT-1", "ICN-T1-CAM-EXIT-2"
MODEL = "SFace@0123456789ab"
TOKENS = Tokens(bytes(range(32)))
WALK = 25 * MINUTE


def configured(**replaced: str) -> Faces:
    """The packaged faces.toml with some values replaced, such as ``enrol='"all"'``."""
    lines = []
    for line in config_text("faces.toml").splitlines():
        key = line.partition(" = ")[0]
        lines.append(f"{key} = {replaced[key]}" if key in replaced else line)
    return Faces.parse("\n".join(lines))


_OPEN: dict[Path, Vault] = {}


def hall_at(folder: Path, **replaced: str) -> Hall:
    """A hall whose vault and keys lie in a folder; an earlier one there has ended."""
    if folder in _OPEN:
        _OPEN.pop(folder).close()
    keys = SubjectKeys(folder / "keys" / "faces.sqlite")
    vault = _OPEN[folder] = Vault(folder / "galleries.sqlite", keys)
    port = Port.load()
    return Hall(configured(**replaced), port, Edge(TOKENS, port), vault)


def face(person: int, noise: float = 0.0, shot: int = 0) -> np.ndarray:
    """A template of a person; those of two persons have nothing in common but chance."""
    own = np.random.default_rng(person).normal(size=128)
    return own + noise * np.random.default_rng((person, shot)).normal(size=128)


def template(vector: np.ndarray, **fields: Any) -> FaceTemplate:
    given = {"model_id": MODEL, "face_px": 120, "quality": 0.9, **fields}
    return FaceTemplate(values=vector.tolist(), **given)


def named(traveler: str) -> list[SubjectReference]:
    return [SubjectReference(traveler_id=traveler)] if traveler else []


def seen(
    camera: str,
    vector: np.ndarray,
    frame: str,
    traveler: str = "",
    at_us: int = NOW,
    track: str = "",
    **fields: Any,
) -> FaceSeen:
    return FaceSeen(
        camera=camera,
        frame_id=frame,
        track_id=track,
        captured_us=at_us,
        template=template(vector, **fields),
        subjects=named(traveler),
    )


def token(traveler: str) -> int:
    return TOKENS.token(parties.TRAVELER, traveler)


def stopped(traveler: str, code_class: CodeClass = CodeClass.RISK) -> News:
    """The engine holds a traveler."""
    return News(token(traveler), DecisionKind.STANDING, Stage.DESK, Verdict.HOLD, code_class, NOW)


def released(traveler: str) -> News:
    """The engine lets a traveler go."""
    return News(
        token(traveler), DecisionKind.STANDING, Stage.DESK, Verdict.RELEASE, CodeClass.CLEAR, NOW
    )


def outcomes(taken: Taken) -> list[tuple[FaceOutcome, list[str]]]:
    return [
        (
            FaceOutcome(event.face_match.outcome),
            [subject.traveler_id for subject in event.envelope.subjects],
        )
        for event in taken.events
    ]


def enrolled(hall: Hall, traveler: str, person: int) -> None:
    hall.see(seen(DESK, face(person), f"desk {traveler}", traveler), NOW)
    hall.hear(stopped(traveler), NOW)


def leaves(hall: Hall, vector: np.ndarray, frame: str = "exit", **fields: object) -> Taken:
    return hall.see(seen(EXIT, vector, frame, at_us=NOW + WALK, **fields), NOW + WALK)


def anywhere(_site: str) -> bool:
    """May speak for every site."""
    return True
