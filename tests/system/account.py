"""Holds what clients were told against the log, and the log against ClickHouse."""

from __future__ import annotations

import hashlib
from collections import Counter
from dataclasses import dataclass
from typing import Any

from haechi.app import credentials
from haechi.app.installation import Installation
from haechi.configs.port import Port
from haechi.engine.codes import DecisionKind, EventKind
from haechi.operators.logic import answers_of
from haechi.rpc.gate_answers import gate_answer
from haechi.rpc.render import Origin, place_of
from haechi.rpc.v1.decision_pb2 import GateAnswer
from haechi.streams.decode import Decoder
from haechi.streams.log.reader import LoggedDecision
from haechi.streams.tokens import Tokens

_KIND = place_of("kind")
OWN = frozenset(
    {EventKind.ENGINE_STARTED, EventKind.TICK, EventKind.DEAD_LETTER,
     EventKind.PROVISIONAL_DELIVERED, EventKind.WATCH_ACKNOWLEDGED}
)  # fmt: skip
"""Events that the engine writes itself."""


@dataclass
class Logged:
    """The log of an installation, read whole."""

    events: list[tuple[int, int, bytes, bytes]]
    decisions: list[LoggedDecision]

    def kinds(self) -> Counter[EventKind]:
        return Counter(EventKind(kind) for _, kind, _, _ in self.events)

    def answers(self) -> dict[bytes, list[LoggedDecision]]:
        """Answers by the gate event that they answer; FOLLOW_UP is one to a gate that asks late."""
        found: dict[bytes, list[LoggedDecision]] = {}
        for decision in self.decisions:
            answered = answers_of(decision.body)
            if answered != bytes(16) and decision.body[_KIND] != DecisionKind.PROVISIONAL:
                found.setdefault(answered, []).append(decision)
        return found


def read_log(running: Installation) -> Logged:
    reader = running.open_reader()
    try:
        events = [(e.offset, e.kind, e.id, e.digest) for e in reader.events()]
        decisions = reader.decisions(0, len(events))
    finally:
        reader.close()
    assert [event[0] for event in events] == list(range(len(events)))
    return Logged(events, decisions)


def head(running: Installation) -> int:
    """Offset of the log's last event."""
    reader = running.open_reader()
    try:
        found = reader.head()
    finally:
        reader.close()
    assert found is not None
    return int(found.offset)


def decoder_of(running: Installation) -> Decoder:
    return Decoder(Tokens(credentials.token_key(running.folder, make=False)), Port.load())


def hold_against_log(running: Installation, told: Any, logged: Logged) -> None:
    """Every acknowledged event and decision is in the log once, as it was told."""
    decoder = decoder_of(running)
    by_id: dict[bytes, tuple[int, bytes]] = {}
    for offset, kind, event_id, digest in logged.events:
        if kind in (EventKind.TICK, EventKind.DEAD_LETTER):
            continue
        assert event_id not in by_id, f"event {event_id.hex()} is at {by_id[event_id]} and {offset}"
        by_id[event_id] = offset, digest
    bodies = {decision.id: decision for decision in logged.decisions}
    assert len(bodies) == len(logged.decisions), "a decision is in the log twice"
    answers = logged.answers()
    assert all(len(given) == 1 for given in answers.values()), "a gate was answered twice"
    caused: dict[int, list[str]] = {}
    for decision in logged.decisions:
        caused.setdefault(decision.offset, []).append(decision.id.hex())

    for raw, given in told.answers.items():
        decoded = decoder.decode(raw)
        assert by_id[decoded.id][1] == decoded.digest
        (final,) = answers[decoded.id]
        for answer in given:
            assert answer.decision_id == final.id.hex()
            assert _bare(answer) == _bare(GateAnswer.FromString(gate_answer(final.body, Origin())))
    for raw, acknowledged in told.accepted.items():
        event_id = _signed_id(decoder, raw)
        for accepted in acknowledged:
            offset = accepted.position.offset
            assert by_id[event_id][0] == offset
            assert list(accepted.decision_ids) == caused.get(offset, [])


def hold_against_store(running: Installation, logged: Logged) -> None:
    """ClickHouse holds the log's events and decisions, each once and unchanged."""
    # Deadlines go on passing: the log was read in front of some, and the store follows later.
    assert running.wait_shipped(60), "ClickHouse is behind"
    client = running.clickhouse()

    def rows(table: str, columns: str = "offset", order: str = "offset") -> Any:
        return client.query(
            f"SELECT {columns} FROM {table} WHERE offset < {len(logged.events)} ORDER BY {order}"
        ).result_rows

    try:
        stored = rows("decisions", "offset, ordinal, decision_id, body_digest", "offset, ordinal")
        events = rows("events", "offset, event_id, kind")
        letters = rows("dead_letters")
        outcomes = rows("outcomes")
        actions = rows("actions")
    finally:
        client.close()
    mask = (1 << 10) - 1
    expected = [
        (d.offset, d.position & mask, d.id.hex(), hashlib.sha256(d.body).hexdigest())
        for d in logged.decisions
    ]
    _same(stored, expected, "decisions")
    named = [(offset, event_id.hex(), EventKind(kind).name)
             for offset, kind, event_id, _ in logged.events]  # fmt: skip
    _same(events, named, "events")

    def places(*kinds: EventKind) -> list[tuple[int]]:
        return [(offset,) for offset, kind, _, _ in logged.events if kind in kinds]

    _same(letters, places(EventKind.DEAD_LETTER), "dead letters")
    _same(outcomes, places(EventKind.INSPECTION_OUTCOME), "outcomes")
    _same(actions, places(EventKind.GATE_ACTION, EventKind.OFFICER_ACTION), "actions")


def _same(found: list[Any], expected: list[Any], what: str) -> None:
    rows = [tuple(row) for row in found]
    if rows == expected:
        return
    times = Counter(rows)
    doubled = [row for row, count in times.items() if count > 1][:5]
    missing = [row for row in expected if row not in times][:5]
    wrong = sorted(set(rows) - set(expected))[:5]
    raise AssertionError(
        f"{what}: {len(rows)} rows for {len(expected)}; doubled {doubled}, missing {missing}, "
        f"different {wrong}"
    )


def _bare(answer: GateAnswer) -> GateAnswer:
    """An answer without the number of the start that gave it."""
    bare = GateAnswer()
    bare.CopyFrom(answer)
    bare.position.epoch = 0
    return bare


def _signed_id(decoder: Decoder, raw: bytes) -> bytes:
    """Id of an event; an officer's name, which the server puts in, is no part of it."""
    return decoder.decode(raw).id
