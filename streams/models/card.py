"""A model's card: what it learned from, what it reads, how good it is and where it errs.

It lies as JSON beside the artefact. Who promoted it is not in it: that stands in the log.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

import numpy as np

from haechi.engine.codes import Finding, SelectedBy
from haechi.engine.features import FEATURES
from haechi.engine.kernel import Array
from haechi.engine.layout import Part
from haechi.operators.artefact import ModelHeader
from haechi.streams.models.labels import Label

LIMITS: Final = (
    "All figures are over inspected cases only; who was never looked at is in none of them.",
    "Labels count alike in them, however the cases were selected.",
    "A finding is what an inspection found, not what there was.",
)


def card_of(
    artefact: str,
    header: ModelHeader,
    model: Array,
    labels: Sequence[Label],
    figures: dict[str, Any],
    groups: list[dict[str, Any]],
) -> dict[str, Any]:
    """Write a card.

    Parameters
    ----------
    artefact
        Name of the artefact, hex.
    header
        What it says of itself.
    model
        The ``MODEL`` record by which it learned.
    labels
        What it learned from, in the log's order.
    figures, groups
        See :mod:`haechi.streams.models.figures`.
    """
    of = (header.kind, "both")
    mine = [(f.name, bool(model["reads"][i])) for i, f in enumerate(FEATURES) if f.of in of]
    return {
        "artefact": artefact,
        **asdict(header),
        "data": _data(labels),
        "reads": [name for name, read in mine if read],
        "left_out": [name for name, read in mine if not read],
        "learning": {
            "rates": {
                part.name.lower(): {
                    name: float(model["rate"][part][name]) for name in ("alpha", "beta", "l2")
                }
                for part in Part
            },
            "smoothing": float(model["smoothing"]),
            "pairs": bool(model["paired"]),
            "ftrl": "river" if model["stale"] else "textbook",
        },
        "figures": figures,
        "groups": groups,
        "limits": list(LIMITS),
    }


def _data(labels: Sequence[Label]) -> dict[str, Any]:
    finding = Counter(Finding.FOUND.name if one.found else Finding.NOTHING.name for one in labels)
    selected = Counter(SelectedBy(one.selected_by).name for one in labels)
    times = [one.event_us for one in labels]
    return {
        "labels": len(labels),
        "first_us": min(times, default=0),
        "last_us": max(times, default=0),
        "first_offset": labels[0].offset if labels else -1,
        "last_offset": labels[-1].offset if labels else -1,
        "by_finding": dict(sorted(finding.items())),
        "by_selection": dict(sorted(selected.items())),
        "propensity_known": int(np.sum([one.weight > 0.0 for one in labels])),
    }


def card_path(folder: Path, artefact: str) -> Path:
    """Where an artefact's card lies."""
    return folder / f"{artefact}.card.json"


def write_card(folder: Path, card: dict[str, Any]) -> None:
    """Write a card beside its artefact, at once or not at all."""
    path = card_path(folder, card["artefact"])
    draft = path.with_suffix(".partial")
    draft.write_text(json.dumps(card, indent=1, sort_keys=True, allow_nan=False) + "\n", "utf-8")
    draft.replace(path)


def read_card(folder: Path, artefact: str) -> dict[str, Any] | None:
    """Read a card; None if there is none that can be read."""
    try:
        card = json.loads(card_path(folder, artefact).read_text("utf-8"))
    except (OSError, ValueError):
        return None
    return card if isinstance(card, dict) else None
