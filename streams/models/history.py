"""Which models or rule sets were promoted when, and by whom: by the core's own state machine."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final, Literal

import numpy as np

from haechi.engine.codes import EventKind
from haechi.engine.errors import LogCorrupt
from haechi.engine.records import EVENT
from haechi.operators.governance import Promotions, Said
from haechi.rpc.v1.event_pb2 import Event
from haechi.streams.log.keys import Erased
from haechi.streams.log.reader import LoggedEvent, LogReader

_MODELS: Final = EventKind.MODEL_PROMOTION


@dataclass(frozen=True, slots=True)
class Promotion:
    """One person's word about a model or a rule set.

    Parameters
    ----------
    offset, stamp_us
        Where and when it stands in the log.
    node, role
        Kind of subject and role.
    artefact
        Name of the artefact, hex.
    approvers
        Who said it; both persons where it took effect.
    reason
        Why, as this person wrote.
    took_effect
        Whether it was the second person's.
    """

    offset: int
    stamp_us: int
    node: int
    role: int
    artefact: str
    approvers: tuple[str, ...]
    reason: str
    took_effect: bool


@dataclass(frozen=True, slots=True)
class History:
    """All promotions of a log.

    Parameters
    ----------
    told
        In the log's order.
    machine
        Proposals as they stood at its end.
    """

    told: tuple[Promotion, ...]
    machine: Promotions

    def in_force(self) -> dict[tuple[int, int], Promotion]:
        """The last that took effect, by kind and role."""
        return {(one.node, one.role): one for one in self.told if one.took_effect}

    def waiting(self, now_us: int) -> list[Promotion]:
        """Proposals that wait for a second person at a time of the core's clock."""
        asked = set(self.machine.waiting(now_us))
        last = {(one.node, one.role, bytes.fromhex(one.artefact)): one for one in self.told}
        return [one for what, one in last.items() if what in asked]

    def of(self, artefact: str) -> list[Promotion]:
        """Everything that was said about one artefact."""
        return [one for one in self.told if one.artefact == artefact]


def read_history(
    reader: LogReader, kind: Literal[EventKind.MODEL_PROMOTION, EventKind.RULE_SET] = _MODELS
) -> History:
    """Read the promotions of a log.

    Parameters
    ----------
    reader
        The log, with keys.
    kind
        Of models, or of rule sets.
    """
    machine = Promotions()
    proposed: dict[tuple[int, int, bytes], str] = {}
    told = []
    for event in reader.events_of(kind):
        record: Any = np.frombuffer(event.records[: EVENT.itemsize], EVENT)[0]
        said = Said.of(record)
        waited = said.what in machine.waiting(event.stamp_us)
        effective = machine.take(said, event.stamp_us)
        approver, reason = _words(event, reader)
        approvers: tuple[str, ...] = (approver,)
        if effective:
            approvers = (proposed.pop(said.what), approver)
        elif not waited:
            proposed[said.what] = approver
        told.append(
            Promotion(
                event.offset,
                event.stamp_us,
                said.node,
                said.role,
                said.name,
                approvers,
                reason,
                effective,
            )
        )
    return History(tuple(told), machine)


def _words(event: LoggedEvent, reader: LogReader) -> tuple[str, str]:
    """Name and reason; the record holds tokens only."""
    try:
        whole = Event.FromString(reader.payload(event))
    except (Erased, LogCorrupt):
        return "?", ""
    said = whole.rule_set if whole.HasField("rule_set") else whole.model_promotion
    return "".join(said.approvers[:1]), said.reason
