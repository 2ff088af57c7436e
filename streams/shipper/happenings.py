"""Rows of ``events``, ``outcomes``, ``actions`` and ``dead_letters``.

Headers and records lie open in the log; messages are encrypted per subject. What was erased
is shipped without them, so that counts stay right and nothing personal comes back.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any, Final

import numpy as np
from google.protobuf.message import DecodeError

from haechi.engine.codes import (
    EventKind,
    Finding,
    GateActed,
    NodeKind,
    OfficerAct,
    SelectedBy,
    Verdict,
)
from haechi.engine.errors import LogCorrupt
from haechi.engine.records import DECISION, EVENT
from haechi.rpc.v1.event_pb2 import Event
from haechi.rpc.v1.journal_pb2 import DeadLetter, DeadLetterReason
from haechi.rpc.v1.officers_pb2 import InspectionMethod, OffenceClass, OfficerAction
from haechi.streams.log.keys import Erased
from haechi.streams.log.reader import LoggedEvent, LogReader
from haechi.streams.shipper.batch import Batch, token_of
from haechi.streams.shipper.decisions import words_of
from haechi.streams.shipper.names import PlaceNames
from haechi.streams.shipper.native import TIME, Block, Words

_KIND: Final = words_of(EventKind)
_NODE: Final = words_of(NodeKind)
_U64: Final = (1 << 64) - 1
_TAG_BYTES: Final = 16
_QUOTED: Final = re.compile(r"'[^']*'|\"[^\"]*\"")

ACTED: Final = (EventKind.GATE_ACTION, EventKind.OFFICER_ACTION)
"""Kinds of events that make a row of ``actions``."""


def happening_batches(
    events: Sequence[LoggedEvent],
    reader: LogReader,
    epochs: Callable[[int], int],
    shard: int,
    names: PlaceNames,
) -> list[Batch]:
    """Make the batches of some events, in the log's order.

    Parameters
    ----------
    events
        At least one, without gaps.
    reader
        Where the decisions that they name are found.
    epochs
        Epoch of the event at an offset.
    shard
        Number of the shard.
    names
        Names of places.
    """
    first, last = events[0].offset, events[-1].offset
    epoch = epochs(first)

    def batch(
        table: str, rows: Sequence[LoggedEvent], block: Callable[[Sequence[LoggedEvent]], Block]
    ) -> Batch:
        return Batch(
            table,
            token_of(shard, epoch, table, first, last),
            [(row.offset,) for row in rows],
            first,
            last,
            lambda places: block([rows[place] for place in places]),
        )

    batches = [batch("events", events, lambda rows: _events(rows, epochs, shard, names))]
    outcomes = [row for row in events if row.kind == EventKind.INSPECTION_OUTCOME]
    actions = [row for row in events if row.kind in ACTED]
    letters = [row for row in events if row.kind == EventKind.DEAD_LETTER]
    if outcomes:
        batches.append(batch("outcomes", outcomes, lambda rows: _outcomes(rows, reader, shard)))
    if actions:
        batches.append(batch("actions", actions, lambda rows: _actions(rows, reader, shard)))
    if letters:
        batches.append(batch("dead_letters", letters, lambda rows: _letters(rows, reader, shard)))
    return batches


def started_epoch(reader: LogReader, event: LoggedEvent) -> int:
    """Epoch that a start of the engine began; 0 if it does not tell."""
    return int(_event(_message(event, reader)).engine_started.epoch)


def _heads(rows: Sequence[LoggedEvent], shard: int) -> Block:
    block = Block(len(rows))
    block.numbers("shard", "UInt32", "<u4", np.full(len(rows), shard))
    block.numbers("offset", "Int64", "<i8", [row.offset for row in rows])
    return block


def _times(block: Block, rows: Sequence[LoggedEvent]) -> None:
    block.numbers("event_time", TIME, "<i8", [row.event_us for row in rows])
    block.numbers("stamped_at", TIME, "<i8", [row.stamp_us for row in rows])


def _records(rows: Sequence[LoggedEvent]) -> Any:
    # An event is one or more records; its first one says where and about whom.
    return np.frombuffer(b"".join([row.records[: EVENT.itemsize] for row in rows]), EVENT)


def _targets(block: Block, records: Any) -> None:
    raw = records.view(np.uint8).reshape(len(records), EVENT.itemsize)
    fields: Any = EVENT.fields
    at = int(fields["target_hi"][1])
    block.hexes("decision_id", raw[:, at : at + 16], zero_is_none=True)


def _events(
    rows: Sequence[LoggedEvent], epochs: Callable[[int], int], shard: int, names: PlaceNames
) -> Block:
    records = _records(rows)
    block = _heads(rows, shard)
    block.numbers("epoch", "UInt64", "<u8", [epochs(row.offset) for row in rows])
    block.texts("event_id", [row.id.hex() for row in rows])
    block.codes("kind", _KIND, np.array([row.kind for row in rows]))
    block.words("source", [row.source for row in rows])
    block.words("site", [names.site(token) for token in records["site"].tolist()])
    block.numbers("subject", "UInt64", "<u8", [row.subject & _U64 for row in rows])
    block.codes("subject_kind", _NODE, records["node"])
    block.numbers("is_historical", "Bool", "?", records["historical"])
    # The log holds each event once; a retry gets the stored answer and leaves no trace.
    block.numbers("is_duplicate", "Bool", "?", np.zeros(len(rows)))
    _times(block, rows)
    sizes = [len(row.payload) - _TAG_BYTES for row in rows]
    block.numbers("size_bytes", "UInt32", "<u4", np.maximum(sizes, 0))
    block.texts("digest", [row.digest.hex() for row in rows])
    return block


def _outcomes(rows: Sequence[LoggedEvent], reader: LogReader, shard: int) -> Block:
    records = _records(rows)
    said = [_event(_message(row, reader)).inspection_outcome for row in rows]
    block = _heads(rows, shard)
    block.texts("event_id", [row.id.hex() for row in rows])
    block.texts("corrects_event_id", [outcome.corrects_event_id for outcome in said])
    _targets(block, records)
    cases, propensities = [], []
    for record in records:
        body = reader.decision_at(int(record["recall"])) if record["recall"] >= 0 else None
        led_by = np.frombuffer(body, DECISION)[0] if body else None
        cases.append(int(led_by["case_key"]) if led_by is not None else int(record["ref"]))
        propensities.append(led_by["propensity"] if led_by is not None else record["propensity"])
    block.numbers("case_key", "UInt64", "<u8", np.array(cases, np.uint64))
    block.numbers("propensity", "Float64", "<f8", propensities)
    block.codes("selected_by", words_of(SelectedBy), records["selected_by"])
    block.codes("result", words_of(Finding), records["found"])
    block.codes("method", _METHOD, records["method"])
    block.codes("offence_class", _OFFENCE, records["result"])
    block.words("substance", [outcome.substance for outcome in said])
    block.numbers("quantity", "Float64", "<f8", records["quantity"])
    block.words("quantity_unit", [outcome.quantity_unit for outcome in said])
    block.times_or_null("started_at", np.array([outcome.started_us for outcome in said]))
    block.times_or_null("finished_at", np.array([outcome.finished_us for outcome in said]))
    _times(block, rows)
    return block


def _actions(rows: Sequence[LoggedEvent], reader: LogReader, shard: int) -> Block:
    records = _records(rows)
    block = _heads(rows, shard)
    block.texts("event_id", [row.id.hex() for row in rows])
    _targets(block, records)
    cells = [_action(row.kind, _event(_message(row, reader))) for row in rows]
    columns = (
        "actor_kind",
        "actor",
        "action",
        "from_verdict",
        "to_verdict",
        "reason_code",
        "second_approver",
    )
    for number, column in enumerate(columns):
        block.words(column, [cell[number] for cell in cells])
    by_gate = np.array([row.kind == EventKind.GATE_ACTION for row in rows])
    block.numbers("is_local_fallback", "Bool", "?", by_gate & (records["mode"] == 1))
    _times(block, rows)
    return block


def _action(kind: int, event: Event) -> tuple[str, str, str, str, str, str, str]:
    if kind == EventKind.GATE_ACTION:
        gate = event.gate_action
        acted = GateActed(gate.acted).name if gate.acted else ""
        return "GATE", gate.gate, acted, "", "", "", ""
    act = event.officer_action
    return (
        "OFFICER",
        act.officer,
        _act(act),
        Verdict(act.from_verdict).name if act.from_verdict else "",
        Verdict(act.to_verdict).name if act.to_verdict else "",
        act.reason_code,
        act.second_approver,
    )


def _act(said: OfficerAction) -> str:
    """What an officer did; empty where the message was erased."""
    if said.act:
        return OfficerAct(said.act).name
    if not said.to_verdict:
        return ""
    return "CONFIRM" if said.from_verdict == said.to_verdict else "OVERRIDE"


def _letters(rows: Sequence[LoggedEvent], reader: LogReader, shard: int) -> Block:
    letters = [_letter(_message(row, reader)) for row in rows]
    block = _heads(rows, shard)
    names = [DeadLetterReason.Name(letter.reason) for letter in letters]
    block.words("reason", [name.removeprefix("DEAD_LETTER_REASON_") for name in names])
    # Details may quote what was sent, which may be personal, and the log can be erased.
    block.texts("detail", [_QUOTED.sub("'...'", letter.detail) for letter in letters])
    block.words(
        "source", [letter.source or row.source for letter, row in zip(letters, rows, strict=True)]
    )
    block.numbers("source_offset", "Int64", "<i8", [letter.source_offset for letter in letters])
    block.numbers("size_bytes", "UInt64", "<u8", [letter.size_bytes for letter in letters])
    block.texts("sha256", [letter.sha256.hex() for letter in letters])
    block.numbers("stamped_at", TIME, "<i8", [row.stamp_us for row in rows])
    return block


def _message(event: LoggedEvent, reader: LogReader) -> bytes:
    """Give the message as it came; empty if it cannot be read any more."""
    try:
        return reader.payload(event)
    except (Erased, LogCorrupt):
        # `haechi verify` is who tells of a corrupt log; the rest of it is shipped all the same.
        return b""


def _event(message: bytes) -> Event:
    try:
        return Event.FromString(message)
    except DecodeError:
        # Kept in the log as it came; here only its header can be told.
        return Event()


def _letter(message: bytes) -> DeadLetter:
    event = _event(message)
    if event.WhichOneof("kind") == "dead_letter":
        return event.dead_letter
    try:
        return DeadLetter.FromString(message)
    except DecodeError:
        return DeadLetter(size_bytes=len(message))


def _proto_words(enum: Any, prefix: str) -> Words:
    """Names of a protobuf enum's numbers, empty for 0."""
    named = {number: name.removeprefix(prefix) for name, number in enum.items()}
    return Words(["", *(named.get(number, "?") for number in range(1, max(named) + 1))])


_METHOD: Final = _proto_words(InspectionMethod, "INSPECTION_METHOD_")
_OFFENCE: Final = _proto_words(OffenceClass, "OFFENCE_CLASS_")
