"""Rows of ``decisions`` from the bodies in the log, column by column."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from enum import IntEnum
from typing import Any, Final

import numpy as np

from haechi.configs.rule_set import rule_name
from haechi.engine.codes import (
    CodeClass,
    DecisionKind,
    Directive,
    EvidenceStatus,
    NodeKind,
    Phase,
    SelectedBy,
    Stage,
    Stream,
    Task,
    Verdict,
)
from haechi.engine.features import FEATURES, FIELDS, PLACE, reason_code
from haechi.engine.records import DECISION, STREAMS, code_text
from haechi.streams.log.reader import LoggedDecision
from haechi.streams.log.segment import ORDINAL_BITS
from haechi.streams.shipper.batch import Batch, token_of
from haechi.streams.shipper.names import PlaceNames
from haechi.streams.shipper.native import TIME, Array, Block, Words

_MOST_REASONS: Final = 5
_FEATURES: Final = Words([feature.name for feature in FEATURES])
_REASONS: Final = Words([reason_code(field) for field in FIELDS])
_FIELDS: Final = Words(list(FIELDS))
_FIELD_OF: Final = np.array([FIELDS.index(feature.field) for feature in FEATURES])
_BY_FIELD: Final = np.argsort(_FIELD_OF, kind="stable")
_FIRST_OF_FIELD: Final = np.searchsorted(_FIELD_OF[_BY_FIELD], np.arange(len(FIELDS)))
_STREAMS: Final = Words([stream.name for stream in Stream])
_EVIDENCE: Final = Words([stream.name.lower() for stream in Stream])
_STATUS: Final = Words([status.name for status in EvidenceStatus])
_BITS: Final = np.arange(STREAMS, dtype=np.uint16)
_SEEN: Final = [place for place, feature in enumerate(FEATURES) if feature.stream == "face"]
_HS6: Final = PLACE["hs6"]
_ORIGIN: Final = PLACE["origin"]
_DEPARTURE: Final = PLACE["departure"]
_ROUTE: Final = PLACE["route"]


def words_of(codes: type[IntEnum]) -> Words:
    """Names of an enum's codes; 0 is empty unless it has a name."""
    named = {code.value: code.name for code in codes}
    return Words([named.get(number, "") for number in range(max(named) + 1)])


_CODES: Final = {
    "subject_kind": ("node", words_of(NodeKind)),
    "kind": ("kind", words_of(DecisionKind)),
    "stage": ("stage", words_of(Stage)),
    "phase": ("phase", words_of(Phase)),
    "verdict": ("verdict", words_of(Verdict)),
    "directive": ("directive", words_of(Directive)),
    "code_class": ("code_class", words_of(CodeClass)),
    "selected_by": ("selected_by", words_of(SelectedBy)),
    "task": ("task", words_of(Task)),
}
_IDS: Final = {
    "decision_id": ("id_hi", False),
    "trigger_event_id": ("trigger_hi", False),
    "answers_event_id": ("answers_hi", True),
    "supersedes": ("supersedes_hi", True),
}
_NUMBERS: Final = {
    "case_key": ("case_key", "UInt64", "<u8"),
    "subject": ("subject", "UInt64", "<u8"),
    "chute": ("chute", "UInt8", "u1"),
    "is_degraded": ("degraded", "Bool", "?"),
    "is_crowded": ("crowded", "Bool", "?"),
    "log_odds": ("log_odds", "Float64", "<f8"),
    "selection": ("selection", "Float64", "<f8"),
    "base": ("base", "Float64", "<f8"),
    "own_log_odds": ("own_log_odds", "Float64", "<f8"),
    "shadow_log_odds": ("shadow_log_odds", "Float64", "<f8"),
    "hold_at": ("hold_at", "Float64", "<f8"),
    "refer_at": ("refer_at", "Float64", "<f8"),
    "draw": ("draw", "Float64", "<f8"),
    "explore": ("explore", "Float64", "<f8"),
    "propensity": ("propensity", "Float64", "<f8"),
    "task_by": ("task_by", "UInt64", "<u8"),
    "four_eyes": ("four_eyes", "Bool", "?"),
    "promised": ("promised", "Float64", "<f8"),
    "held": ("held", "Float64", "<f8"),
    "bar": ("bar", "Float64", "<f8"),
    "fell_out": ("fell_out", "Bool", "?"),
    "waiting": ("waiting", "UInt16", "<u2"),
    "inspection_wait_us": ("inspection_wait_us", "Int64", "<i8"),
    "uplift": ("uplift", "Float64", "<f8"),
    "would_release_log_odds": ("changed_log_odds", "Float64", "<f8"),
    "decided_at": ("stamp_us", TIME, "<i8"),
    "event_time": ("event_us", TIME, "<i8"),
    "learned": ("learned", "Int64", "<i8"),
    "inputs_digest": ("inputs", "UInt64", "<u8"),
}
_VERSIONS: Final = {
    "model_version": "model_version",
    "rules_version": "rules_version",
    "shadow_rules_version": "shadow_rules_version",
    "prior_version": "prior_version",
    "policy_version": "policy_version",
    "feature_version": "feature_version",
    "build": "build",
}


def decision_batch(
    logged: Sequence[LoggedDecision],
    epochs: Callable[[int], int],
    shard: int,
    names: PlaceNames,
) -> Batch:
    """Make a batch of logged decisions.

    Parameters
    ----------
    logged
        At least one, in the log's order.
    epochs
        Epoch of the event at an offset.
    shard
        Number of the shard.
    names
        Names of places.
    """
    keys = [
        (row.position >> ORDINAL_BITS, row.position & ((1 << ORDINAL_BITS) - 1)) for row in logged
    ]
    first, last = logged[0].position, logged[-1].position
    return Batch(
        "decisions",
        token_of(shard, epochs(keys[0][0]), "decisions", first, last),
        keys,
        keys[0][0],
        keys[-1][0],
        lambda places: _block([logged[place] for place in places], epochs, shard, names),
    )


def _block(
    logged: Sequence[LoggedDecision],
    epochs: Callable[[int], int],
    shard: int,
    names: PlaceNames,
) -> Block:
    bodies = [row.body for row in logged]
    joined = b"".join(bodies)
    rows = np.frombuffer(joined, DECISION)
    raw = np.frombuffer(joined, np.uint8).reshape(len(rows), DECISION.itemsize)
    positions = np.array([row.position for row in logged], np.int64)
    offsets = positions >> ORDINAL_BITS
    block = Block(len(rows))
    block.numbers("shard", "UInt32", "<u4", np.full(len(rows), shard))
    block.numbers("epoch", "UInt64", "<u8", [epochs(offset) for offset in offsets.tolist()])
    block.numbers("offset", "Int64", "<i8", offsets)
    block.numbers("ordinal", "UInt16", "<u2", positions & ((1 << ORDINAL_BITS) - 1))
    for column, (name, optional) in _IDS.items():
        at = _place_of(name)
        block.hexes(column, raw[:, at : at + 16], zero_is_none=optional)
    for column, (name, words) in _CODES.items():
        block.codes(column, words, rows[name])
    for column, (name, kind, dtype) in _NUMBERS.items():
        block.numbers(column, kind, dtype, rows[name])
    _places(block, rows, names)
    _goods(block, rows)
    block.numbers("is_provisional", "Bool", "?", rows["kind"] == DecisionKind.PROVISIONAL)
    _reasons(block, rows["contribution"])
    block.numbers("face", "Float64", "<f8", _face(rows["contribution"]))
    changed = rows["change"] != 0
    block.code_lists("would_release", _FIELDS, changed.sum(axis=1), rows["change"][changed] - 1)
    for column in ("rules", "shadow_rules"):
        _rules(block, rows, column, names)
    for column in ("required", "missing", "excused"):
        present = (rows[column][:, None] >> _BITS & 1).astype(bool)
        block.code_lists(column, _STREAMS, present.sum(axis=1), np.nonzero(present)[1])
    block.times_or_null("valid_until", rows["valid_until_us"])
    block.times_or_null("review_by", rows["review_by_us"])
    for column in ("queued_us", "applied_us"):
        block.numbers(column, "Float32", "<f4", [getattr(row, column) for row in logged])
    for column, name in _VERSIONS.items():
        block.words(column, [f"{version:016x}" for version in rows[name].tolist()])
    digests = b"".join([hashlib.sha256(body).digest() for body in bodies])
    block.hexes("body_digest", np.frombuffer(digests, np.uint8).reshape(len(rows), 32))
    _evidence(block, rows)
    block.number_maps("features", _FEATURES, rows["x"], ~np.isnan(rows["x"]))
    block.number_maps("contributions", _FEATURES, rows["contribution"], rows["contribution"] != 0)
    return block


def _place_of(name: str) -> int:
    fields: Any = DECISION.fields
    return int(fields[name][1])


def _places(block: Block, rows: Array, names: PlaceNames) -> None:
    block.words("lane", [names.lane(lane) for lane in rows["lane"].tolist()])
    block.words("routed", [names.lane(lane) for lane in rows["routed"].tolist()])
    block.words("site", [names.site(token) for token in rows["site"].tolist()])
    block.words("gate", [names.gate(token) for token in rows["gate"].tolist()])


def _goods(block: Block, rows: Array) -> None:
    x = rows["x"]
    hs6 = np.nan_to_num(x[:, _HS6], nan=0.0, posinf=0.0, neginf=0.0).clip(0, 999_999)
    block.numbers("hs6", "UInt32", "<u4", hs6)
    # A traveler has no departure of its own: its flight's is the route.
    departure = np.where(np.isnan(x[:, _DEPARTURE]), x[:, _ROUTE], x[:, _DEPARTURE])
    block.words("origin", [code_text(value) for value in x[:, _ORIGIN].tolist()])
    block.words("departure", [code_text(value) for value in departure.tolist()])
    block.words("carrier", [code_text(value) for value in rows["carrier"].tolist()])


def _face(added: Array) -> Array:
    """What the camera added against each subject, summed in the core's order."""
    return np.add.accumulate(np.maximum(added[:, _SEEN], 0.0), axis=1)[:, -1]


def _reasons(block: Block, added: Array) -> None:
    """Source fields that raised the score most, weightiest first; equals in the table's order."""
    sums = np.add.reduceat(added[:, _BY_FIELD], _FIRST_OF_FIELD, axis=1)
    order = np.argsort(-sums, axis=1, kind="stable")[:, :_MOST_REASONS]
    values = np.take_along_axis(sums, order, axis=1)
    positive = values > 0
    counts = positive.sum(axis=1)
    block.code_lists("reasons", _REASONS, counts, order[positive])
    block.number_lists("reason_contributions", counts, values[positive])


def _rules(block: Block, rows: Array, column: str, names: PlaceNames) -> None:
    """Names of the rules that a decision met; their places where the set is not at hand."""
    counts = (rows[column] != 0).sum(axis=1)
    told: list[str] = []
    for row in rows[counts > 0]:
        known = names.rules(int(row["rules_version"]), int(row["shadow_rules_version"]))
        told += [rule_name(known, number - 1) for number in row[column].tolist() if number]
    words = sorted(set(told))
    place = {word: at for at, word in enumerate(words)}
    codes = np.array([place[word] for word in told], np.int64)
    block.code_lists(column, Words(words), counts, codes)


def _evidence(block: Block, rows: Array) -> None:
    status, came_us = rows["evidence"], rows["evidence_us"]
    there = status != EvidenceStatus.ABSENT
    block.code_maps("evidence", _EVIDENCE, _STATUS, status, there)
    age_s = (rows["stamp_us"][:, None] - came_us) / 1e6
    block.number_maps("evidence_age_s", _EVIDENCE, age_s, there & (came_us != 0))
