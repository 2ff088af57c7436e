"""What a gate asks."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from haechi.rpc.v1.envelope_pb2 import SubjectReference
from haechi.rpc.v1.gate_pb2 import GateEvent
from haechi.rpc.v1.vocabulary_pb2 import (
    DIRECTION_INBOUND,
    LANE_MODE_AUTOMATED,
    LANE_MODE_STAFFED,
    Stage,
)
from haechi.streams.simulator.items import Item, Writer
from haechi.streams.simulator.places import Place

BUDGET_MS: Final = 50
"""Budget that the gates ask with, milliseconds: that of card schemes."""


def question(gate: str, lane: str, stage: Stage, presentation: int) -> GateEvent:
    """Ask about one presentation of a subject."""
    return GateEvent(
        gate=gate,
        lane=lane,
        lane_mode=LANE_MODE_STAFFED if lane == "declare" else LANE_MODE_AUTOMATED,
        direction=DIRECTION_INBOUND,
        stage=stage,
        presentation_id=f"pres-{presentation:08d}",
        budget_ms=BUDGET_MS,
    )


def ask(
    writer: Writer,
    place: Place,
    gate: str,
    lane: str,
    stage: Stage,
    presentation: int,
    at_us: int,
    names: Sequence[SubjectReference],
    subject: str,
    group: str,
    *,
    handpicked: bool = False,
) -> Item:
    """Write a gate's question; see :class:`haechi.streams.simulator.items.Item`."""
    return writer.write(
        "gate_event",
        question(gate, lane, stage, presentation),
        place,
        at_us,
        names,
        subject=subject,
        group=group,
        handpicked=handpicked,
    )
