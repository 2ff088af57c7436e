"""The few bytes of protobuf's wire format that the hot path reads and writes by hand.

A gate's request is its event in one length-delimited field. Cutting the event out costs a
tenth of parsing the request and writing the event back, and the bytes that the log keeps are
then the sender's own.
"""

from __future__ import annotations

from typing import Final

_FIELD_1: Final = 0x0A
_FIELD_2: Final = 0x12
_FIELD_4: Final = 0x22
_INDEX: Final = b"\x18"


class NotOnlyEvents(ValueError):
    """The request holds something else than events in field 1, or is cut short."""


def varint(number: int) -> bytes:
    """Write an unsigned number."""
    if number < 128:
        return bytes((number,))
    out = bytearray()
    while number > 127:
        out.append(number & 127 | 128)
        number >>= 7
    out.append(number)
    return bytes(out)


def events_of(raw: bytes) -> list[bytes]:
    """Cut the events out of a request whose only field is ``event(s) = 1``.

    Raises
    ------
    NotOnlyEvents
        If the bytes are anything else. They may still be a message.
    """
    found = []
    at, end = 0, len(raw)
    while at < end:
        if raw[at] != _FIELD_1:
            raise NotOnlyEvents
        at += 1
        size = shift = 0
        while True:
            if at >= end or shift > 28:
                raise NotOnlyEvents
            byte = raw[at]
            at += 1
            size |= (byte & 127) << shift
            if byte < 128:
                break
            shift += 7
        if at + size > end:
            raise NotOnlyEvents
        found.append(raw[at : at + size])
        at += size
    return found


def event_of(raw: bytes) -> bytes | None:
    """Cut the one event out of a request; None if the bytes are anything else."""
    if (
        # One event of 128 bytes to 16 KB, as nearly every request has.
        len(raw) > 3
        and raw[0] == _FIELD_1
        and raw[1] > 127 >= raw[2]
        and (raw[1] & 127 | raw[2] << 7) == len(raw) - 3
    ):
        return raw[3:]
    try:
        found = events_of(raw)
    except NotOnlyEvents:
        return None
    return found[0] if len(found) == 1 else None


def response(answer: bytes, refusal: bytes = b"", redirect: bytes = b"") -> bytes:
    """Write a ``DecideResponse`` around a ``GateAnswer``, and perhaps why or where else."""
    framed = b"\x0a" + varint(len(answer)) + answer
    if refusal:
        framed += bytes((_FIELD_2,)) + varint(len(refusal)) + refusal
    if redirect:
        framed += bytes((_FIELD_4,)) + varint(len(redirect)) + redirect
    return framed


def indexed(framed: bytes, index: int) -> bytes:
    """Make a ``DecideResponse`` a ``DecideStreamResponse``."""
    return framed + _INDEX + varint(index) if index else framed


def request(event: bytes) -> bytes:
    """Write a request around its one event; what :func:`event_of` undoes."""
    return b"\x0a" + varint(len(event)) + event


def batch(responses: list[bytes]) -> bytes:
    """Write a ``DecideBatchResponse`` around ``DecideResponse`` messages."""
    return b"".join(b"\x0a" + varint(len(one)) + one for one in responses)


def event_id_of(event: bytes) -> str:
    """Read the id out of a serialised ``Event``; empty where it does not stand in front.

    Every common serialiser writes fields in their order, so the id is the first field of the
    first field.
    """
    at = 1
    while at < len(event) and event[at] > 127:
        at += 1
    at += 1
    if event[:1] != b"\x0a" or event[at : at + 1] != b"\x0a" or event[at + 1 : at + 2] > b"\x7f":
        return ""
    size = event[at + 1] if at + 1 < len(event) else 0
    return event[at + 2 : at + 2 + size].decode("utf-8", "replace")
