"""A gate's plain question, read in one pass over its bytes.

Most of what comes are gates' questions, and nearly all of those are plain: ASCII, one name, nothing
that is wrong. Reading them by a message object and its fields takes three times as long. What is
not plain, for whatever reason, is left to the decoder, which tells what is wrong with it.

Field numbers and wire types are those of ``event.proto``, ``envelope.proto`` and ``gate.proto``.

References
----------
Protocol Buffers, "Encoding": tags, varints, and fields of which the last one counts.
"""

from __future__ import annotations

import hashlib
import struct
from typing import Any, Final, NamedTuple

import numpy as np
from google.protobuf.message import DecodeError

from haechi.configs.port import Port
from haechi.engine.codes import EventKind, Stage
from haechi.engine.errors import BadInput
from haechi.engine.kernel import Array, Flag, Int, bound, kernel, step
from haechi.engine.records import EVENT, pack_event
from haechi.operators.intake import Decoded
from haechi.rpc.v1.envelope_pb2 import SubjectReference
from haechi.streams.decode.decoder import (
    MOST_ID_CHARACTERS,
    PURPOSES,
    RETENTIONS,
    SCHEMA_VERSION,
)
from haechi.streams.decode.gates import DIRECTIONS, LANE_MODES, STAGES
from haechi.streams.decode.places import Edge
from haechi.streams.decode.references import PARCEL, TRAVELER, subject_of
from haechi.streams.tokens import REMEMBERED, REMEMBERED_LENGTH, Tokens

_FIELDS: Final[Any] = EVENT.fields
_HEAD: Final = struct.Struct("<16s4Q")
_TIME: Final = struct.Struct("<q")
_BUDGET: Final = struct.Struct("<I")
_AT_TIME: Final[int] = _FIELDS["event_us"][1]
_AT_BUDGET: Final[int] = _FIELDS["budget_ms"][1]
_AT_MODE: Final[int] = _FIELDS["mode"][1]
assert EVENT.names is not None
assert EVENT.names[:6] == ("id_hi", "id_lo", "ref", "alias", "other", "subject")

# Kernels take numbers, no ranges.
_PURPOSE_END: Final = PURPOSES.stop
_RETENTION_END: Final = RETENTIONS.stop
_LANE_MODE_END: Final = LANE_MODES.stop
_DIRECTION_END: Final = DIRECTIONS.stop
_STAGE_END: Final = STAGES.stop
_BLANK: Final = 32
_ASCII: Final = 127
_UINT32: Final = 0xFFFFFFFF

_ENVELOPE: Final = 1
_QUESTION: Final = 20
_NUMBER: Final = 0
_BYTES: Final = 2
_BROKEN: Final = -1
_SHORT: Final = 21
"""Bits of a tag or a length: three bytes. Ours have two at most."""
_LONG: Final = 63
"""Bits of a number; what has 64 is negative, or no number of ours."""


@step
def _number(raw: Array, at: Int, end: Int, bits: Int) -> tuple[Int, Int]:
    """Read a varint of at most so many bits: its value and what follows it, or -1 and -1."""
    value = np.int64(0)
    shift = 0
    while at < end and shift < bits:
        byte = np.int64(raw[at])
        at += 1
        value |= (byte & 127) << shift
        if byte < 128:
            return value, at
        shift += 7
    return np.int64(-1), np.int64(-1)


@step
def _span(raw: Array, at: Int, end: Int) -> tuple[Int, Int]:
    """Begin and end of what its length stands before; -1 and -1 if it is cut short."""
    size, begin = _number(raw, at, end, _SHORT)
    if begin < 0 or size > end - begin:
        return np.int64(-1), np.int64(-1)
    return begin, begin + size


@step
def _field(raw: Array, at: Int, end: Int) -> tuple[Int, Int, Int, Int]:
    """Read a field: its number, its wire type, where its bytes begin or its value, what follows it.

    The wire type is ``_BROKEN`` for what is cut short, and for any type that is not ours.
    """
    tag, at = _number(raw, at, end, _SHORT)
    wire = tag & 7
    value = np.int64(-1)
    if at >= 0 and wire == _BYTES:
        value, at = _span(raw, at, end)
    elif at >= 0 and wire == _NUMBER:
        value, at = _number(raw, at, end, _LONG)
    else:
        at = np.int64(-1)
    return tag >> 3, wire if at >= 0 else np.int64(_BROKEN), value, at


@step
def _is_ascii(raw: Array, at: Int, end: Int) -> Flag:
    while at < end and raw[at] <= _ASCII:
        at += 1
    return at >= end


@step
def _read_envelope(raw: Array, at: Int, end: Int) -> tuple[Flag, Int, Int, Int, Int, Int]:
    """Whether it is plain; begin and end of its id and of its subject, and its time."""
    id_at = id_end = subject_at = subject_end = event_us = np.int64(0)
    version = subjects = np.int64(0)
    plain: Flag = True
    while plain and at < end:
        field, wire, value, at = _field(raw, at, end)
        if wire == _BYTES and field == 14:
            subjects += 1
            subject_at, subject_end = value, at
        elif wire == _BYTES:
            plain = _is_ascii(raw, value, at)
            if field == 1:
                id_at, id_end = value, at
            elif field != 3 and field != 5 and field != 6 and field != 7 and field != 10:
                plain = False
        elif wire == _NUMBER:
            if field == 2:
                version = value
            elif field == 8:
                event_us = value
            elif field == 11:
                plain = value < _PURPOSE_END
            elif field == 12:
                plain = value < _RETENTION_END
            elif field == 13:
                plain = value == 0
            elif field != 4 and field != 9:
                plain = False
        else:
            plain = False
    plain = plain and subjects == 1 and version == SCHEMA_VERSION and event_us > 0
    plain = plain and 1 <= id_end - id_at <= MOST_ID_CHARACTERS
    # An id's outer blanks do not count.
    plain = plain and raw[id_at] > _BLANK and raw[id_end - 1] > _BLANK
    return plain, id_at, id_end, subject_at, subject_end, event_us


@step
def _read_question(raw: Array, at: Int, end: Int) -> tuple[Flag, Int, Int, Int, Int, Int, Int, Int]:
    """Whether it is plain; begin and end of gate and lane; stage, mode and budget."""
    gate_at = gate_end = lane_at = lane_end = stage = mode = budget_ms = np.int64(0)
    plain: Flag = True
    while plain and at < end:
        field, wire, value, at = _field(raw, at, end)
        if wire == _BYTES:
            plain = _is_ascii(raw, value, at)
            if field == 1:
                gate_at, gate_end = value, at
            elif field == 2:
                lane_at, lane_end = value, at
            elif field != 6:
                plain = False
        elif wire == _NUMBER:
            if field == 3:
                plain = value < _LANE_MODE_END
                mode = value
            elif field == 4:
                plain = value < _DIRECTION_END
            elif field == 5:
                plain = value < _STAGE_END
                stage = value
            elif field == 7:
                plain = value <= _UINT32
                budget_ms = value
            elif field != 8 and field != 9:
                plain = False
        else:
            plain = False
    return plain, gate_at, gate_end, lane_at, lane_end, stage, mode, budget_ms


@kernel
def _read(raw: Array) -> tuple[Flag, Int, Int, Int, Int, Int, Int, Int, Int, Int, Int, Int, Int]:
    """Read an event that is a plain question, and nothing else.

    Parameters
    ----------
    raw
        A serialised ``haechi.v1.Event``.

    Returns
    -------
    Whether it is one; then begin and end of its id, its subject, its gate and its lane; its stage,
    lane mode, budget in milliseconds, and time in microseconds since the epoch.
    """
    envelope = question = False
    id_at = id_end = subject_at = subject_end = event_us = np.int64(0)
    gate_at = gate_end = lane_at = lane_end = stage = mode = budget_ms = np.int64(0)
    at = np.int64(0)
    end = np.int64(len(raw))
    plain: Flag = True
    while plain and at < end:
        field, wire, begin, at = _field(raw, at, end)
        if wire != _BYTES:
            plain = False
        elif field == _ENVELOPE and not envelope:
            envelope = True
            plain, id_at, id_end, subject_at, subject_end, event_us = _read_envelope(raw, begin, at)
        elif field == _QUESTION and not question:
            question = True
            plain, gate_at, gate_end, lane_at, lane_end, stage, mode, budget_ms = _read_question(
                raw, begin, at
            )
        else:
            plain = False
    return (
        plain and envelope and question,
        id_at, id_end, subject_at, subject_end, gate_at, gate_end, lane_at, lane_end,
        stage, mode, budget_ms, event_us,
    )  # fmt: skip


class _Asking(NamedTuple):
    """What all questions of a gate for a lane have in common."""

    stage: int
    node: int
    record: bytes


class PlainQuestions:
    """Reads plain questions. Safe between threads.

    Parameters
    ----------
    tokens
        Makes the tokens of names.
    port
        The gates that may ask.
    """

    def __init__(self, tokens: Tokens, port: Port) -> None:
        self._edge: Final = Edge(tokens, port)
        self._identity: Final = tokens.id128_of_bytes
        self._read: Final = bound(_read, b"")
        self._asking: Final[dict[tuple[bytes, bytes], _Asking]] = {}
        self._subjects: Final[dict[bytes, tuple[int, int]]] = {}
        for name, gate in self._edge.gates.items():
            node = TRAVELER if gate.stage <= Stage.EXIT else PARCEL
            for lane, number in [("", gate.lane), *gate.lanes.items()]:
                record = pack_event(
                    kind=EventKind.GATE_EVENT, node=node, gate=gate.token, site=gate.site,
                    stage=gate.stage, lane=number, schema_version=SCHEMA_VERSION, first=1, last=1,
                )  # fmt: skip
                self._asking[name.encode(), lane.encode()] = _Asking(gate.stage, node, record)

    def read(self, raw: bytes) -> Decoded | None:
        """Read an event's bytes; None if they are anything but a plain question."""
        (
            plain,
            id_at, id_end, subject_at, subject_end, gate_at, gate_end, lane_at, lane_end,
            stage, mode, budget_ms, event_us,
        ) = self._read(raw)  # fmt: skip
        if not plain:
            return None
        asking = self._asking.get((raw[gate_at:gate_end], raw[lane_at:lane_end]))
        if asking is None or (stage and stage != asking.stage):
            return None
        name = raw[subject_at:subject_end]
        subject = self._subjects.get(name) or self._subject(name)
        if subject is None or subject[1] != asking.node:
            return None
        ref = subject[0]
        identity = self._identity("event", raw[id_at:id_end])
        record = bytearray(asking.record)
        _HEAD.pack_into(record, 0, identity, ref, 0, 0, ref)
        _TIME.pack_into(record, _AT_TIME, event_us)
        _BUDGET.pack_into(record, _AT_BUDGET, budget_ms)
        record[_AT_MODE] = mode
        digest = hashlib.blake2b(raw, digest_size=16).digest()
        return Decoded(
            EventKind.GATE_EVENT, identity, digest, ref, event_us, False, bytes(record)
        )  # fmt: skip

    def _subject(self, name: bytes) -> tuple[int, int] | None:
        """Token and node of a subject's one name; None if there is anything to say about it."""
        try:
            found = subject_of(self._edge, [SubjectReference.FromString(name)])
        except (BadInput, DecodeError):
            return None
        subject = found.ref, found.node
        if len(name) <= REMEMBERED_LENGTH:
            if len(self._subjects) >= REMEMBERED:
                self._subjects.clear()
            self._subjects[name] = subject
        return subject
