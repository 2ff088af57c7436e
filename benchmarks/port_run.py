"""A simulated port's day through decoder and core, in this process: no server, no log.

What admission does of itself is done here: events get stamps that grow, what is sent twice is
taken once, and an event that names a decision is given its case, an outcome its body too.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np

from haechi.configs.port import Port as Places
from haechi.engine.codes import DecisionKind, EventKind
from haechi.engine.records import DECISION, EVENT, pack_event
from haechi.operators.shard import Shard, ShardSettings
from haechi.rpc.v1.decision_pb2 import GateAnswer
from haechi.rpc.v1.officers_pb2 import FINDING_FOUND, InspectionOutcome
from haechi.streams.decode.decoder import Decoder
from haechi.streams.simulator import Item, Port
from haechi.streams.tokens import KEY_BYTES, Tokens

_TOKEN_KEY: Final = b"benchmarks".ljust(KEY_BYTES, b".")
_FIELDS: Final[Any] = DECISION.fields
_ID: Final = slice(0, 16)
_ANSWERS_AT: Final = _FIELDS["answers_hi"][1]
_CASE_AT: Final = _FIELDS["case_key"][1]
_ANSWERS: Final = slice(_ANSWERS_AT, _ANSWERS_AT + 16)
_CASE: Final = slice(_CASE_AT, _CASE_AT + 8)
_KIND_AT: Final = _FIELDS["kind"][1]
_VERDICT_AT: Final = _FIELDS["verdict"][1]
_DIRECTIVE_AT: Final = _FIELDS["directive"][1]
_CODE_CLASS_AT: Final = _FIELDS["code_class"][1]
_NODE_AT: Final = _FIELDS["node"][1]
_LANE_AT: Final = _FIELDS["lane"][1]
_SIZE: Final = DECISION.itemsize
_MOST_WAIT_US: Final = 60_000


@dataclass(slots=True)
class Inspection:
    """One inspection.

    Parameters
    ----------
    subject
        Whose, as the truth names it.
    lane, node
        Of the decision that led to it.
    selected_by
        Why.
    found
        Whether it found anything.
    """

    subject: str
    lane: int
    node: int
    selected_by: int
    found: bool


@dataclass(slots=True)
class PortRun:
    """One port and the shard that decides about it.

    Parameters
    ----------
    port
        What happens.
    settings
        What is in force.

    Attributes
    ----------
    shard
        The core.
    inspections
        What was ordered, in order; one in thirty did not take place or was inconclusive.
    groups
        Who travels together, by subject that a gate asked about.
    events
        Events that the core took.
    unanswered
        Questions without an answer; none, if all is well.
    """

    port: Port
    settings: ShardSettings
    shard: Shard = field(init=False)
    inspections: list[Inspection] = field(init=False, default_factory=list)
    groups: dict[str, str] = field(init=False, default_factory=dict)
    events: int = field(init=False, default=0)
    unanswered: int = field(init=False, default=0)
    _decoder: Decoder = field(init=False, repr=False)
    _stamp_us: int = field(init=False, default=0)
    _bodies: dict[bytes, bytes] = field(init=False, default_factory=dict, repr=False)

    def __post_init__(self) -> None:
        self.shard = Shard(1 << 14)
        self.shard.configure(self.settings)
        self._decoder = Decoder(Tokens(_TOKEN_KEY), Places.load())

    def play(self) -> None:
        """Play the day with everything that follows from the answers."""
        for item in self.port.play(self.take):
            if item.kind == "inspection_outcome" and item.subject:
                self._note(item, item.event.inspection_outcome)

    def told(self, decision_id: str, name: str) -> float:
        """One of an answer's numbers, such as its log-odds."""
        body = self._bodies[bytes.fromhex(decision_id)]
        return float(np.frombuffer(body, DECISION)[0][name])

    def apply(self, **fields: float) -> None:
        """Apply one record that no source sends, such as what officers can do, as of now."""
        self._apply(pack_event(first=1, last=1, **fields), self._stamp_us)

    def take(self, item: Item) -> GateAnswer | None:
        """Send an item; the answer to a question."""
        if item.duplicate:
            return None
        decoded = self._decoder.decode(item.raw)
        self.events += 1
        body = self._answer_to(decoded.id, self._apply(decoded.records, item.send_us))
        if item.kind != "gate_event":
            return None
        if body is None:
            # It waits for evidence; within a port of this size nothing comes in the meantime.
            waited = pack_event(kind=EventKind.TICK, first=1, last=1)
            body = self._answer_to(decoded.id, self._apply(waited, self._stamp_us + _MOST_WAIT_US))
        if body is None:
            self.unanswered += 1
            return None
        self.groups[item.subject] = item.group
        return GateAnswer(
            decision_id=body[_ID].hex(),
            verdict=body[_VERDICT_AT],
            directive=body[_DIRECTIVE_AT],
            code_class=body[_CODE_CLASS_AT],
        )

    def _apply(self, records: bytes, send_us: int) -> bytes:
        events = np.frombuffer(bytearray(records), EVENT)
        self._stamp_us = max(self._stamp_us + 1, send_us)
        events["stamp_us"] = self._stamp_us
        events["offset"] = self.events
        first = events[0]
        if first["kind"] == EventKind.TICK:
            first["event_us"] = self._stamp_us
        recalled = None
        target = first["target_hi"].tobytes() + first["target_lo"].tobytes()
        if any(target) and (named := self._bodies.get(target)) is not None:
            first["other"] = int.from_bytes(named[_CASE], "little")
            if first["kind"] == EventKind.INSPECTION_OUTCOME:
                first["recall"] = 0
                recalled = np.frombuffer(named, DECISION)
        return self.shard.apply(events, recalled)

    def _answer_to(self, identity: bytes, made: bytes) -> bytes | None:
        """Keep the answers among decisions; the one to this question."""
        found = None
        for at in range(0, len(made), _SIZE):
            if made[at + _KIND_AT] != DecisionKind.ANSWER:
                continue
            body = made[at : at + _SIZE]
            self._bodies[body[_ID]] = body
            if body[_ANSWERS] == identity:
                found = body
        return found

    def _note(self, item: Item, outcome: InspectionOutcome) -> None:
        body = self._bodies[bytes.fromhex(outcome.decision_id)]
        self.inspections.append(
            Inspection(
                item.subject,
                body[_LANE_AT],
                body[_NODE_AT],
                outcome.selected_by,
                outcome.finding == FINDING_FOUND,
            )
        )
