"""A decision as the gate that waits for it may see it, written in one pass over the body.

Every gate waits for this: a message object costs ten times as much. Field numbers and wire types
are those of ``decision.proto`` and ``decision_service.proto``.

References
----------
Protocol Buffers, "Encoding": tags, varints, and length-delimited fields.
"""

from __future__ import annotations

import struct
from functools import lru_cache
from typing import Final

import numpy as np

from haechi.engine.codes import DecisionKind, Verdict
from haechi.engine.kernel import Array, Int, bound, kernel, step
from haechi.rpc.render import Origin, log_place, place_of
from haechi.rpc.v1 import decision_pb2 as pb

_CODES: Final = struct.Struct("<11B")

_AT_ID: Final = place_of("id_hi")
_AT_ANSWERS: Final = place_of("answers_hi")
_AT_SUPERSEDES: Final = place_of("supersedes_hi")
_AT_CASE: Final = place_of("case_key")
_AT_VALID_UNTIL: Final = place_of("valid_until_us")
_AT_REVIEW_BY: Final = place_of("review_by_us")
_AT_CODES: Final = place_of("node")
_AFTER_CODES: Final = _AT_CODES + _CODES.size
# The struct reads a run of fields; a change of the record must change it too.
assert place_of("phase") == _AFTER_CODES - 1

_MOST_BYTES: Final = 320
"""Room for every field at its longest: 3 ids, the case, 4 numbers, a position and the codes."""

_HEAD: Final = 3
"""Bytes that the tag and the length of an answer take at most."""


@step
def _word(body: Array, at: Int) -> Int:
    """Read a little-endian number of eight bytes."""
    value = np.int64(0)
    for place in range(8):
        value |= np.int64(body[at + place]) << (8 * place)
    return value


@step
def _write_tag(out: Array, at: Int, tag: Int, size: Int) -> Int:
    out[at] = tag
    out[at + 1] = size
    return at + 2


@step
def _write_number(out: Array, at: Int, number: Int) -> Int:
    """Write a number that is not negative as a varint; where the next byte stands."""
    while number > 127:
        out[at] = number & 127 | 128
        number >>= 7
        at += 1
    out[at] = number
    return at + 1


@step
def _write_hex(out: Array, at: Int, byte: Int) -> Int:
    """Write a byte as two hexadecimal digits."""
    for digit in (byte >> 4, byte & 15):
        out[at] = digit + (48 if digit < 10 else 87)
        at += 1
    return at


@step
def _write_id(out: Array, at: Int, tag: Int, body: Array, place: Int) -> Int:
    """Write an id of 16 bytes; nothing for none."""
    if _word(body, place) == 0 and _word(body, place + 8) == 0:
        return at
    at = _write_tag(out, at, tag, 32)
    for byte in range(place, place + 16):
        at = _write_hex(out, at, np.int64(body[byte]))
    return at


@step
def _write_time(out: Array, at: Int, tag: Int, body: Array, place: Int) -> Int:
    """Write a moment; nothing for none."""
    moment_us = _word(body, place)
    if moment_us <= 0:
        return at
    out[at] = tag
    return _write_number(out, at + 1, moment_us)


@step
def _write_bytes(out: Array, at: Int, raw: Array) -> Int:
    for place in range(len(raw)):
        out[at + place] = raw[place]
    return at + len(raw)


@step
def _write_position(out: Array, at: Int, origin: Array, offset: Int, ordinal: Int) -> Int:
    """Write offset and ordinal after what is the same for all of one start of the engine."""
    head = at
    at = _write_bytes(out, at + 2, origin)
    at = _write_number(out, at, offset)
    if ordinal:
        out[at] = 4 << 3
        at = _write_number(out, at + 1, ordinal)
    _write_tag(out, head, 11 << 3 | 2, at - head - 2)
    return at


@kernel
def _write(
    body: Array, codes: Array, origin: Array, offset: Int, ordinal: Int, out: Array
) -> tuple[Int, Int]:
    """Write a ``DecideResponse`` around a ``GateAnswer``.

    Parameters
    ----------
    body
        One ``DECISION`` record.
    codes
        The answer's fields that are small codes, serialised.
    origin
        Shard, epoch and the offset's tag, serialised.
    offset, ordinal
        Where the decision stands in the log.
    out
        Where to write, ``_MOST_BYTES`` bytes; the answer begins at ``_HEAD``.

    Returns
    -------
    Where the response begins, and where both end.
    """
    at = _write_id(out, np.int64(_HEAD), 1 << 3 | 2, body, _AT_ID)
    at = _write_bytes(out, at, codes)
    at = _write_time(out, at, 10 << 3, body, _AT_VALID_UNTIL)
    at = _write_position(out, at, origin, offset, ordinal)
    at = _write_id(out, at, 12 << 3 | 2, body, _AT_SUPERSEDES)
    at = _write_id(out, at, 13 << 3 | 2, body, _AT_ANSWERS)
    at = _write_tag(out, at, 14 << 3 | 2, 16)
    for byte in range(8):
        at = _write_hex(out, at, np.int64(body[_AT_CASE + 7 - byte]))
    at = _write_time(out, at, 15 << 3, body, _AT_REVIEW_BY)
    size = at - _HEAD
    begin = _HEAD - (2 if size < 128 else 3)
    out[begin] = 1 << 3 | 2
    _write_number(out, begin + 1, size)
    return begin, at


_written: Final = bound(_write, b"", b"", b"", 0, 0, bytearray())


def gate_answer(body: bytes, origin: Origin) -> bytes:
    """Render a decision as a gate may see it: code class and directive, no reasons.

    Returns
    -------
    A serialised ``GateAnswer``.
    """
    out = bytearray(_MOST_BYTES)
    _, end = _fill(body, origin, out)
    return bytes(out[_HEAD:end])


def answer_response(body: bytes, origin: Origin) -> bytes:
    """Write a ``DecideResponse`` around the core's answer."""
    out = bytearray(_MOST_BYTES)
    begin, end = _fill(body, origin, out)
    return bytes(out[begin:end])


def _fill(body: bytes, origin: Origin, out: bytearray) -> tuple[int, int]:
    offset, ordinal = log_place(body)
    codes = _answer_codes(body[_AT_CODES:_AFTER_CODES])
    return _written(body, codes, origin.prefix(offset), offset, ordinal, out)


@lru_cache(maxsize=4096)
def _answer_codes(packed: bytes) -> bytes:
    """Write the fields of an answer that are small codes; few combinations occur."""
    _, kind, stage, _, verdict, directive, chute, code_class, _, degraded, _ = _CODES.unpack(packed)
    return pb.GateAnswer(
        verdict=verdict,
        directive=directive,
        code_class=code_class,
        kind=kind,
        stage=stage,
        chute=chute,
        degraded=bool(degraded),
        provisional=verdict == Verdict.HOLD or kind == DecisionKind.PROVISIONAL,
    ).SerializeToString()
