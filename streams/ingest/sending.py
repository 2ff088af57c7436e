"""Puts a file into a raw feed, row by row, as its source would send it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from haechi.configs.topics import Feed, Format
from haechi.engine.errors import BadInput, Unavailable
from haechi.streams.adapters.kcs import (
    Declaration,
    LaterOutcome,
    RowRefused,
    RowRepeated,
    feed,
    read_rows,
)
from haechi.streams.ingest.raw import COLUMNS, EVENT_TIME_US, LINE, MEANS, OUTCOME
from haechi.streams.kafka import wire
from haechi.streams.kafka.extra import confluent_kafka
from haechi.streams.kafka.producer import producer

_FLUSH_S: Final = 120.0


@dataclass(frozen=True, slots=True)
class Row:
    """One message to send.

    Parameters
    ----------
    key, value, headers
        The message's; what has one key keeps its order.
    """

    key: bytes | None
    value: bytes
    headers: dict[str, bytes]


@dataclass(slots=True)
class Sent:
    """What became of a file.

    Parameters
    ----------
    rows, outcomes
        Messages sent: rows, and rows again as outcomes.
    repeated
        Rows left out, because an earlier one says the same word for word.
    """

    rows: int = 0
    outcomes: int = 0
    repeated: int = 0


def send_file(bootstrap: str, to: Feed, path: Path, label_delay_days: float | None) -> Sent:
    """Send a file.

    Parameters
    ----------
    bootstrap
        Where Kafka is.
    to
        The feed: of JSON, one event a line; or of KCS rows.
    path
        The file.
    label_delay_days
        How much later a row is sent again as an outcome, in event time; None for never.

    Raises
    ------
    BadInput
        If nothing of the file can be used.
    Unavailable
        If Kafka does not take it.
    """
    sending = producer(bootstrap)
    sent = Sent()
    refused: Counter[str] = Counter()

    def delivered(error: Any, _message: Any) -> None:
        if error is not None:
            refused[error.str()] += 1

    for row in _rows(to.format, path, label_delay_days, sent):
        headers = list(row.headers.items())
        while True:
            try:
                sending.produce(
                    to.topic.name, row.value, row.key, headers=headers, on_delivery=delivered
                )
                break
            except BufferError:
                sending.poll(0.1)
            except confluent_kafka().KafkaException as error:
                refused[error.args[0].str()] += 1
                break
        sending.poll(0)
    if left := sending.flush(_FLUSH_S):
        refused[f"no answer within {_FLUSH_S:g} s"] += left
    if refused:
        why = ", ".join(f"{count} of them: {reason}" for reason, count in refused.items())
        raise Unavailable(
            f"Kafka at {bootstrap} did not take {refused.total()} messages ({why}): send the file "
            "again, what is there already has no second effect"
        )
    return sent


def _rows(form: Format, path: Path, delay: float | None, sent: Sent) -> Iterator[Row]:
    if form is Format.KCS:
        return _kcs(path, delay, sent)
    if form is Format.JSON:
        return _lines(path, sent)
    raise BadInput(
        "UNREADABLE_FILE", "files of protobuf messages have no agreed form; send lines of JSON"
    )


def _lines(path: Path, sent: Sent) -> Iterator[Row]:
    try:
        with path.open("rb") as file:
            for line in file:
                if text := line.strip():
                    sent.rows += 1
                    yield Row(None, text, {wire.SCHEMA_VERSION: wire.WRITTEN_VERSION})
    except OSError as error:
        raise BadInput(
            "UNREADABLE_FILE", f"{path}: {error.strerror}; name a readable file"
        ) from None


def _kcs(path: Path, delay: float | None, sent: Sent) -> Iterator[Row]:
    lines: list[bytes] = []
    for item in read_rows(path) if delay is None else feed(path, delay):
        if not lines:
            # Outcomes look back at their rows, and the reader keeps no bytes.
            lines = path.read_bytes().splitlines()
        if isinstance(item, RowRepeated):
            sent.repeated += 1
            continue
        headers = {COLUMNS: lines[0], LINE: b"%d" % item.row}
        line = lines[item.row - 1]
        if isinstance(item, RowRefused):
            sent.rows += 1
            yield Row(b"%d" % item.row, line, headers)
            continue
        assert isinstance(item, Declaration | LaterOutcome)
        headers[EVENT_TIME_US] = b"%d" % item.event.envelope.event_time_us
        if isinstance(item, LaterOutcome):
            sent.outcomes += 1
            headers[MEANS] = OUTCOME
        else:
            sent.rows += 1
        yield Row(item.declaration_id.encode(), line, headers)
