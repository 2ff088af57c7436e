"""What gates ask and do, as records."""

from __future__ import annotations

from typing import Final

from haechi.engine.codes import Stage
from haechi.engine.errors import BadInput
from haechi.engine.records import id_words
from haechi.rpc.v1.envelope_pb2 import Envelope
from haechi.rpc.v1.gate_pb2 import ExitSeen, GateAction, GateEvent, ProvisionalDelivered
from haechi.streams.decode.checks import decision_id, known, shown, version
from haechi.streams.decode.places import Edge, Fields
from haechi.streams.decode.references import (
    BAG,
    PARCEL,
    TRAVELER,
    bags_beside,
    subject_if_any,
    subject_of,
)

STAGES: Final = range(8)
LANE_MODES: Final = range(5)
DIRECTIONS: Final = range(4)
_ACTED: Final = range(1, 5)
_CODE_CLASSES: Final = range(16)
_DIRECTIVES: Final = range(10)
_TOLD: Final = range(4)
_LAST_TRAVELER_STAGE: Final = int(Stage.EXIT)
_OF_TRAVELERS: Final = (TRAVELER,)
_OF_PARCELS: Final = (PARCEL,)
_OF_CASES: Final = (TRAVELER, PARCEL)


def gate_event(edge: Edge, message: GateEvent, envelope: Envelope) -> list[Fields]:
    """Read a gate's question; at the exit one record before it for each bag that goes along."""
    gate = edge.gate(message.gate)
    if envelope.historical:
        raise BadInput(
            "NOT_ALLOWED", "a historical event cannot ask a gate's question; send it live"
        )
    stage = known(message.stage, STAGES, "gate_event.stage")
    if stage and stage != gate.stage:
        raise BadInput(
            "WRONG_STAGE",
            f"gate_event.stage is {Stage(stage).name}, but gate {message.gate} stands at "
            f"{Stage(gate.stage).name}; leave it out or correct it",
        )
    lane = gate.lane
    if message.lane:
        named = gate.lanes.get(message.lane)
        if named is None:
            raise BadInput(
                "UNKNOWN_LANE",
                f"gate {message.gate} has no lane {shown(message.lane)}; it has "
                f"{', '.join(gate.lanes)}",
            )
        lane = named
    known(message.direction, DIRECTIONS, "gate_event.direction")
    # A bag has no verdict of its own, so at a gate its tag alone names nobody.
    nodes = _OF_TRAVELERS if gate.stage <= _LAST_TRAVELER_STAGE else _OF_PARCELS
    ref, node, alias = subject_of(edge, envelope.subjects, nodes)
    row: Fields = {
        "ref": ref,
        "node": node,
        "alias": alias,
        "gate": gate.token,
        "site": gate.site,
        "stage": gate.stage,
        "lane": lane,
        "mode": known(message.lane_mode, LANE_MODES, "gate_event.lane_mode"),
        "budget_ms": message.budget_ms,
    }
    if gate.stage != Stage.EXIT:
        return [row]
    # The question comes last, so that its answer counts who takes which bag out.
    return [*_taken_out(edge, row, envelope), row]


def _taken_out(edge: Edge, row: Fields, envelope: Envelope) -> list[Fields]:
    """One record a bag: the traveler of ``row`` takes the bag in ``other`` out."""
    bags = bags_beside(edge, envelope.subjects)
    return [{**row, "other": bag, "other_node": BAG} for bag in bags]


def _at_gate(edge: Edge, name: str) -> Fields:
    """Place an event that may leave its gate out."""
    if not name:
        return {}
    gate = edge.gate(name)
    return {"gate": gate.token, "site": gate.site, "stage": gate.stage}


def gate_action(edge: Edge, message: GateAction, envelope: Envelope) -> list[Fields]:
    """Read what a gate did; ``mode`` is 1 if it acted on its own fallback."""
    row = _at_gate(edge, message.gate)
    row["acted"] = known(message.acted, _ACTED, "gate_action.acted")
    row["mode"] = int(message.local_fallback)
    if message.decision_id:
        set_target(row, decision_id(message.decision_id))
        row["ref"], row["node"], row["alias"] = subject_if_any(edge, envelope.subjects)
    else:
        row["ref"], row["node"], row["alias"] = subject_of(edge, envelope.subjects, _OF_CASES)
    return [row]


def exit_seen(edge: Edge, message: ExitSeen, envelope: Envelope) -> list[Fields]:
    """Read that the subject left; a gate or a camera saw it.

    One record after it for each bag that went along: nobody is stopped any more.
    """
    camera = edge.cameras.get(message.gate)
    row: Fields
    if camera is not None:
        row = {"gate": camera.gate, "site": camera.site, "device": camera.token}
    else:
        row = _at_gate(edge, message.gate)
    stage = known(message.stage, STAGES, "exit_seen.stage")
    if stage:
        row["stage"] = stage
    row["ref"], row["node"], row["alias"] = subject_of(edge, envelope.subjects, _OF_CASES)
    if row["node"] != TRAVELER:
        return [row]
    return [row, *_taken_out(edge, row, envelope)]


def provisional_delivered(
    edge: Edge, message: ProvisionalDelivered, envelope: Envelope
) -> list[Fields]:
    """Read that an answer which was made outside the core reached its gate; ``acted`` is it."""
    row = _at_gate(edge, message.gate)
    if not message.gate_event_id:
        raise BadInput(
            "MISSING_REFERENCE",
            "provisional_delivered.gate_event_id is empty; name the gate event that it answered",
        )
    answered = edge.tokens.id128("event", message.gate_event_id)
    row["answers_hi"], row["answers_lo"] = id_words(answered)
    set_target(
        row,
        decision_id(
            message.provisional_decision_id, "provisional_delivered.provisional_decision_id"
        ),
    )
    row["result"] = known(message.reason, _CODE_CLASSES, "provisional_delivered.reason")
    row["acted"] = known(message.verdict, _TOLD, "provisional_delivered.verdict")
    row["method"] = known(message.directive, _DIRECTIVES, "provisional_delivered.directive")
    version(message.delivered_us, "provisional_delivered.delivered_us")
    row["ref"], row["node"], row["alias"] = subject_of(edge, envelope.subjects, _OF_CASES)
    return [row]


def set_target(row: Fields, target: bytes) -> None:
    """Name the decision that an event is about."""
    row["target_hi"], row["target_lo"] = id_words(target)
