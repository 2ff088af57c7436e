"""Outcomes of inspections joined with the decisions that they name.

An outcome counts if it is one of the two labels and names a decision; a second one for the same
decision only if it finds what the first did not. A correction takes the outcome back that it
names and stands in its place, whichever of them comes first.
"""

from __future__ import annotations

import math
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
from google.protobuf.message import DecodeError

from haechi.engine.codes import Finding, SelectedBy
from haechi.engine.errors import LogCorrupt
from haechi.engine.records import DECISION, EVENT
from haechi.rpc.v1.event_pb2 import Event
from haechi.streams.log.keys import Erased
from haechi.streams.log.reader import LoggedEvent, LogReader
from haechi.streams.log.segment import ORDINAL_BITS

LABELS: Final = (Finding.FOUND, Finding.NOTHING)


@dataclass(frozen=True, slots=True)
class Label:
    """What one inspection says about one decision.

    Parameters
    ----------
    offset, stamp_us
        Of the outcome in the log.
    outcome, decision
        Ids, 16 bytes each.
    node, lane
        Kind of subject and number of the lane, as decided.
    found
        Whether something was found.
    by_model
        Whether the model selected it.
    propensity
        Probability of being inspected, in (0, 1]: what the chooser says, else the decision's;
        NaN where it is not known, as for an officer's own choice.
    log_odds, shadow_log_odds
        What the model said; NaN where there is no shadow.
    said
        Log-odds of the challengers by name; NaN where one said nothing.
    """

    offset: int
    stamp_us: int
    outcome: bytes
    decision: bytes
    node: int
    lane: int
    found: bool
    by_model: bool
    propensity: float
    log_odds: float
    shadow_log_odds: float
    said: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Outcome:
    """One outcome as it came.

    Parameters
    ----------
    label
        What it says, or None if it is no label or names no decision.
    body
        Body of the decision that it names, or empty.
    id
        Of its event, 16 bytes.
    corrects
        Id of the event that it corrects, 16 bytes, or empty.
    """

    label: Label | None
    body: bytes
    id: bytes
    corrects: bytes


@dataclass(frozen=True, slots=True)
class Change:
    """What an outcome does to the labels: those that it takes back, and what it adds."""

    gone: tuple[Label, ...] = ()
    new: Label | None = None


class Labels:
    """The latest labels.

    Parameters
    ----------
    most
        How many are kept; the oldest slides out, and counts no longer.
    """

    def __init__(self, most: int) -> None:
        self._most: Final = most
        self._of_outcome: Final[OrderedDict[bytes, Label]] = OrderedDict()
        self._of_decision: Final[dict[bytes, bytes]] = {}
        self._corrected: Final[OrderedDict[bytes, None]] = OrderedDict()
        self.taken = 0

    def __len__(self) -> int:
        return len(self._of_outcome)

    def take(self, outcome: Outcome) -> Change:
        """Take an outcome."""
        gone: list[Label | None] = []
        if outcome.corrects:
            gone.append(self._drop(outcome.corrects))
            self._corrected[outcome.corrects] = None
            if len(self._corrected) > self._most:
                self._corrected.popitem(last=False)
        new = outcome.label
        if new is not None and outcome.id in self._corrected:
            new = None
        stands = self._of_decision.get(new.decision) if new is not None else None
        if new is not None and stands is not None:
            if new.found and not self._of_outcome[stands].found:
                gone.append(self._drop(stands))
            else:
                new = None
        if new is not None:
            self._of_outcome[new.outcome] = new
            self._of_decision[new.decision] = new.outcome
            self.taken += 1
        return Change(tuple(label for label in gone if label is not None), new)

    def slide(self) -> Label | None:
        """Let the oldest label go if there are too many."""
        if len(self._of_outcome) <= self._most:
            return None
        return self._drop(next(iter(self._of_outcome)))

    def _drop(self, outcome: bytes) -> Label | None:
        label = self._of_outcome.pop(outcome, None)
        if label is not None:
            del self._of_decision[label.decision]
        return label


def read_outcome(event: LoggedEvent, reader: LogReader, readable_from: int) -> Outcome:
    """Read an outcome and the decision that it names.

    Parameters
    ----------
    event
        An INSPECTION_OUTCOME in the log.
    reader
        The log, with keys.
    readable_from
        Offset before which another build may have written the decisions.
    """
    if len(event.records) % EVENT.itemsize:
        return Outcome(None, b"", event.id, b"")
    record: Any = np.frombuffer(event.records[: EVENT.itemsize], EVENT)[0]
    position = int(record["recall"])
    known = position >= 0 and position >> ORDINAL_BITS >= readable_from
    body = reader.decision_at(position) if known else None
    corrected = record["answers_hi"].tobytes() + record["answers_lo"].tobytes()
    label = None
    if body is not None and record["found"] in LABELS:
        label = _label(event, record, np.frombuffer(body, DECISION)[0], body[:16])
    return Outcome(label, body or b"", event.id, corrected if any(corrected) else b"")


def message(event: LoggedEvent, reader: LogReader) -> Event:
    """Read the message that an event came as; empty if it was erased."""
    try:
        return Event.FromString(reader.payload(event))
    except (Erased, LogCorrupt, DecodeError):
        return Event()


def _label(event: LoggedEvent, record: Any, decision: Any, identity: bytes) -> Label:
    propensity = float(record["propensity"])
    if math.isnan(propensity) and record["selected_by"] != SelectedBy.OFFICER:
        propensity = float(decision["propensity"])
    if not 0.0 < propensity <= 1.0:
        propensity = math.nan
    return Label(
        offset=event.offset,
        stamp_us=event.stamp_us,
        outcome=event.id,
        decision=identity,
        node=int(decision["node"]),
        lane=int(decision["lane"]),
        found=bool(record["found"] == Finding.FOUND),
        by_model=bool(decision["selected_by"] == SelectedBy.MODEL),
        propensity=propensity,
        # What officers' rules added says nothing about the model.
        log_odds=float(decision["log_odds"] - decision["uplift"]),
        shadow_log_odds=float(decision["shadow_log_odds"]),
    )
