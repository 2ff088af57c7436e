"""Models as artefacts, and the events by which people promote them."""

from __future__ import annotations

import hashlib
from typing import Any

import numpy as np
from border import Border, compiled
from rule_files import LANES, text_of

from haechi.engine.codes import EventKind, NodeKind
from haechi.engine.errors import LogCorrupt
from haechi.engine.ftrl import CELLS
from haechi.operators.artefact import ModelHeader, fresh_platt, pack_model, settings_digest
from haechi.operators.governance import ModelRole
from haechi.operators.rule_artefact import pack_rules

KIM, LEE = 71, 72
CHAMPION, CHALLENGER, SHADOW = ModelRole.CHAMPION, ModelRole.CHALLENGER, ModelRole.SHADOW


class Shelf:
    """Artefacts in memory."""

    def __init__(self) -> None:
        self.kept: dict[str, bytes] = {}

    def put(self, content: bytes) -> str:
        name = hashlib.sha256(content).hexdigest()
        self.kept[name] = content
        return name

    def has(self, name: str) -> bool:
        return name in self.kept

    def read(self, name: str, offset: int = -1) -> bytes:
        content = self.kept.get(name)
        if content is None or hashlib.sha256(content).hexdigest() != name:
            raise LogCorrupt(offset, f"artefact {name} is gone; restore it")
        return content


def header(kind: str = "traveler", **changes: Any) -> ModelHeader:
    model = compiled()[4][0 if kind == "parcel" else 1]
    given = {
        "kind": kind,
        "settings": settings_digest(model),
        "made_by": "checkpoint",
        "shard": 0,
        "learned_to": 10,
        "labels": 3,
        "state": "0" * 64,
        "build": "1" * 64,
    }
    return ModelHeader(**{**given, **changes})


def packed(kind: str = "traveler", bias: float = 0.0, **changes: Any) -> bytes:
    """A model that adds ``bias`` to whatever it reads; with 0 the untrained one."""
    weights = np.zeros((CELLS, 3))
    if bias:
        weights[0] = -bias, 1.0, bias
    return pack_model(header(kind, **changes), weights, fresh_platt())


def said(name: str, approver: int, kind: str = "traveler", role: int = CHAMPION) -> dict[str, Any]:
    """Fields of the record by which one person promotes."""
    words = [int(name[at : at + 16], 16) for at in range(0, 64, 16)]
    return {
        "node": NodeKind[kind.upper()],
        "role": role,
        "model": words[0],
        "other": words[1],
        "answers_hi": words[2],
        "answers_lo": words[3],
        "actor": approver,
    }


def promoted(border: Border, name: str, *rest: Any, by: tuple[int, ...] = (KIM, LEE)) -> None:
    """Let persons say the same, one after another."""
    for approver in by:
        border.send(EventKind.MODEL_PROMOTION, **said(name, approver, *rest))


def put_rules(
    border: Border, *parts: str, role: int = CHAMPION, by: tuple[int, ...] = (KIM, LEE)
) -> str:
    """Let persons submit the same rule set, one after another; its name."""
    shelf: Any = border.shard.promotions.artefacts
    name = shelf.put(pack_rules(text_of(*parts), LANES))
    for approver in by:
        fields = {**said(name, approver, role=role), "node": 0}
        border.send(EventKind.RULE_SET, **fields)
    return str(name)
