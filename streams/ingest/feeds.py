"""What the messages of each raw feed mean, as haechi.v1 events."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Final

from google.protobuf import json_format
from google.protobuf.message import DecodeError

from haechi.configs.topics import Format
from haechi.engine.errors import BadInput
from haechi.rpc.v1.event_pb2 import Event
from haechi.streams.adapters.kcs import LABEL_DELAY_DAYS, declaration_of, outcome_of
from haechi.streams.adapters.kcs_row import RowFault, parse_header, parse_row, split_line
from haechi.streams.decode.checks import shown
from haechi.streams.decode.decoder import SCHEMA_VERSION
from haechi.streams.ingest.raw import COLUMNS, EVENT_TIME_US, LINE, MEANS, OUTCOME, Raw
from haechi.streams.kafka import wire

MOST_BYTES: Final = 900_000
"""Largest raw message: Kafka takes a million bytes, and the headers that it gets need room."""

_DAY_US: Final = 86_400_000_000
_MOST_HEADER: Final = 4096


def read(form: Format, raw: Raw) -> bytes:
    """Read a raw message as one event that has an id.

    Parameters
    ----------
    form
        What the feed's messages are.
    raw
        The message.

    Returns
    -------
    Bytes of a ``haechi.v1.Event``; those that came, if nothing had to be added.

    Raises
    ------
    BadInput
        If it is none; the message says what was found, what is allowed and what to do.
    """
    if len(raw.value) > MOST_BYTES:
        raise BadInput(
            "TOO_LARGE", f"the message has {len(raw.value)} bytes; at most {MOST_BYTES} are taken"
        )
    if not raw.value:
        raise BadInput("UNDECODABLE", "the message has no value; send one event a message")
    version = raw.number(wire.SCHEMA_VERSION)
    if version not in (None, SCHEMA_VERSION):
        raise BadInput(
            "UNKNOWN_VERSION",
            f"header {wire.SCHEMA_VERSION} is {version}; this ingest reads version "
            f"{SCHEMA_VERSION}",
        )
    event = _READ[form](raw)
    envelope = event.envelope
    complete = envelope.event_id and (version is None or envelope.schema_version)
    if complete and form is Format.PROTOBUF:
        return raw.value
    if not envelope.event_id:
        message = envelope.source_message_id
        envelope.event_id = _from_source(envelope.source, message) if message else raw.own_id
    if version is not None and not envelope.schema_version:
        envelope.schema_version = version
    return event.SerializeToString(deterministic=True)


def _from_source(source: str, message: str) -> str:
    """Identity by the source's own name for a message, so that what it sends twice is one."""
    return f"{source}:{message}"


def _json(raw: Raw) -> Event:
    try:
        return json_format.Parse(raw.value, Event())
    except (json_format.ParseError, UnicodeDecodeError, RecursionError) as error:
        said = " ".join(str(error).split())
        raise BadInput(
            "UNDECODABLE", f"no haechi.v1.Event in JSON: {shown(said)}; correct the message"
        ) from None


def _protobuf(raw: Raw) -> Event:
    try:
        return Event.FromString(raw.value)
    except DecodeError:
        raise BadInput(
            "UNDECODABLE",
            f"{len(raw.value)} bytes are no haechi.v1.Event; send one event a message",
        ) from None


def _kcs(raw: Raw) -> Event:
    columns = raw.headers.get(COLUMNS)
    if columns is None:
        raise BadInput(
            "MISSING_COLUMNS", f"a row says nothing without the file's first line: send it as "
            f"header {COLUMNS}",
        )  # fmt: skip
    try:
        row = parse_row(split_line(raw.value), _header(columns[:_MOST_HEADER]))
    except RowFault as fault:
        where = f"{fault.column}: " if fault.column else ""
        raise BadInput("BAD_ROW", f"{where}{shown(fault.value)}; {fault.remedy}") from None
    outcome = raw.headers.get(MEANS) == OUTCOME
    event_us, line = raw.number(EVENT_TIME_US), raw.number(LINE)
    if event_us is None:
        event_us = row.day_us + (round(LABEL_DELAY_DAYS * _DAY_US) if outcome else 0)
    declaration = declaration_of(row, raw.offset if line is None else line, event_us)
    if not outcome:
        return declaration.event
    found = outcome_of(declaration, 0.0)
    if found is None:
        raise BadInput(
            "MISSING_COLUMNS", "the row has no labels; send it as an outcome only if it has"
        )
    return found.event


@lru_cache(maxsize=16)
def _header(columns: bytes) -> dict[str, int]:
    return parse_header(columns, f"header {COLUMNS}")


_READ: Final[Mapping[Format, Callable[[Raw], Event]]] = {
    Format.JSON: _json,
    Format.KCS: _kcs,
    Format.PROTOBUF: _protobuf,
}
