"""Import declarations of the Korea Customs Service's CSV files as events.

The labels ``Fraud`` and ``Critical Fraud`` mean duty evasion and its critical form, not drugs,
and 57% of the rows are sea freight: :data:`CAVEAT` says so, and must stand wherever a figure
made of these files does. Labels never enter a manifest. They become inspection outcomes that
come later in event time.

Nothing is lost: each row of a file comes out as a declaration, a repeat or a refusal.

References
----------
"Customs Import Declaration Datasets", arXiv 2208.02484.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from haechi.engine.errors import BadInput
from haechi.rpc.v1.event_pb2 import Event
from haechi.rpc.v1.officers_pb2 import (
    FINDING_FOUND,
    FINDING_NOTHING,
    OFFENCE_CLASS_CRITICAL_DUTY_EVASION,
    OFFENCE_CLASS_DUTY_EVASION,
    OFFENCE_CLASS_UNSPECIFIED,
)
from haechi.rpc.v1.parcel_pb2 import CLEARANCE_ROUTE_GENERAL
from haechi.streams.adapters.kcs_row import KcsRow, RowFault, parse_header, parse_row, split_line

CAVEAT: Final = (
    "KCS labels mean duty evasion (and its critical form), not drugs; 57% of the rows are sea "
    "freight."
)
"""What must stand beside every figure of these files."""

LABEL_DELAY_DAYS: Final = 30.0
_DAY_US: Final = 86_400_000_000
_SPREAD: Final = 1000
_MOST_LINE_BYTES: Final = 1 << 16
_SOURCE: Final = "kcs"


@dataclass(frozen=True, slots=True)
class Declaration:
    """A row that can be decided.

    Parameters
    ----------
    row
        Its line in the file; the header is line 1.
    declaration_id
        As in the file.
    event
        The manifest, without any label.
    fraud, critical
        The labels, or None in a file that has none.
    """

    row: int
    declaration_id: str
    event: Event
    fraud: bool | None
    critical: bool


@dataclass(frozen=True, slots=True)
class LaterOutcome:
    """The inspection outcome of an earlier row.

    Parameters
    ----------
    row
        Line of the declaration.
    declaration_id
        As in the file.
    event
        The outcome. It names the parcel; let it name the decision too, because the core
        learns from the decision as it was made.
    """

    row: int
    declaration_id: str
    event: Event

    def naming(self, decision_id: str) -> Event:
        """Return the outcome with the decision that it labels, 32 hexadecimal characters."""
        event = Event()
        event.CopyFrom(self.event)
        event.inspection_outcome.decision_id = decision_id
        return event


@dataclass(frozen=True, slots=True)
class RowRefused:
    """A row that cannot be read. It goes to the dead letters.

    Parameters
    ----------
    row
        Its line in the file.
    column
        The column at fault, or empty for the whole line.
    value
        What stands there, shortened.
    remedy
        What to do.
    raw
        The line's bytes, at most 64 KiB.
    """

    row: int
    column: str
    value: str
    remedy: str
    raw: bytes

    def __str__(self) -> str:
        where = f"line {self.row}, {self.column}" if self.column else f"line {self.row}"
        return f"{where}: {self.value!r}; {self.remedy}"


@dataclass(frozen=True, slots=True)
class RowRepeated:
    """A row that says again, word for word, what an earlier one said.

    Parameters
    ----------
    row
        Its line in the file.
    declaration_id
        As in the file.
    first_row
        Line of the earlier one.
    """

    row: int
    declaration_id: str
    first_row: int


Row = Declaration | RowRepeated | RowRefused


def read_rows(path: Path) -> Iterator[Row]:
    """Read a file row by row, in its order.

    Parameters
    ----------
    path
        A CSV with a header; a byte order mark and CRLF are fine, columns may stand in any
        order, and the two labels may be missing together.

    Yields
    ------
    One object for each line after the header that is not blank.

    Raises
    ------
    BadInput
        ``UNREADABLE_FILE``, ``EMPTY_FILE``, ``NOT_UTF8`` or ``MISSING_COLUMNS``: nothing of
        the file can be used.
    """
    try:
        with path.open("rb") as file:
            header = parse_header(file.readline(_MOST_LINE_BYTES), path.name)
            seen: dict[str, tuple[int, int]] = {}
            in_day: dict[int, int] = {}
            number = 1
            rows = 0
            while line := file.readline(_MOST_LINE_BYTES):
                number += 1
                whole = line.endswith(b"\n") or len(line) < _MOST_LINE_BYTES
                rest = line
                while not whole and rest and not rest.endswith(b"\n"):
                    rest = file.readline(_MOST_LINE_BYTES)
                if not line.strip():
                    continue
                rows += 1
                if whole:
                    yield _row(number, line, header, seen, in_day)
                else:
                    remedy = f"the line is longer than {_MOST_LINE_BYTES} bytes; cut the file anew"
                    yield RowRefused(number, "", "...", remedy, line)
    except OSError as error:
        raise BadInput("UNREADABLE_FILE", f"{path}: {error.strerror}; name a readable file") from (
            error
        )
    if rows == 0:
        raise BadInput("EMPTY_FILE", f"{path.name} has a header but no rows; give the whole file")


def _row(
    number: int,
    line: bytes,
    header: dict[str, int],
    seen: dict[str, tuple[int, int]],
    in_day: dict[int, int],
) -> Row:
    try:
        cells = split_line(line)
        row = parse_row(cells, header)
    except RowFault as fault:
        return RowRefused(number, fault.column, fault.value[:80], fault.remedy, line)
    content = hash(tuple(cells))
    first = seen.setdefault(row.declaration_id, (number, content))
    if first[0] != number:
        if first[1] == content:
            return RowRepeated(number, row.declaration_id, first[0])
        remedy = f"line {first[0]} has this id with other values; give each declaration its own"
        return RowRefused(number, "Declaration ID", row.declaration_id, remedy, line)
    place = in_day.get(row.day_us, 0)
    in_day[row.day_us] = place + 1
    # Rows of a day follow one another in the file's order and never leave the day, however
    # many there are: place / (place + 1000) of it.
    event_us = row.day_us + _DAY_US * place // (place + _SPREAD)
    return declaration_of(row, number, event_us)


def declaration_of(row: KcsRow, number: int, event_us: int) -> Declaration:
    """Make the declaration of a row that was read.

    Parameters
    ----------
    row
        The row.
    number
        Its line in the file.
    event_us
        When it was declared: within its day, microseconds since the epoch, UTC.
    """
    return Declaration(
        number, row.declaration_id, _manifest(row, number, event_us), row.fraud, row.critical
    )


def _event(row_id: str, number: int, event_us: int, suffix: str = "") -> Event:
    event = Event()
    envelope = event.envelope
    envelope.event_id = f"kcs:{row_id}{suffix}"
    envelope.schema_version = 1
    envelope.source = _SOURCE
    envelope.source_seq = number
    envelope.source_message_id = row_id
    envelope.event_time_us = event_us
    envelope.historical = True
    envelope.subjects.add().parcel_id = f"kcs:{row_id}"
    return event


def _manifest(row: KcsRow, number: int, event_us: int) -> Event:
    """Make the manifest of a row: its 20 declared columns and nothing else."""
    event = _event(row.declaration_id, number, event_us)
    manifest = event.parcel_manifest
    manifest.route = CLEARANCE_ROUTE_GENERAL
    manifest.declaration_id = row.declaration_id
    manifest.declaration_date = row.date
    for field, text in row.texts.items():
        if text:
            setattr(manifest, field, text)
    for field, value in row.numbers.items():
        setattr(manifest, field, value)
    return event


def outcome_of(declaration: Declaration, label_delay_days: float) -> LaterOutcome | None:
    """Make the inspection outcome of a declaration; None if the file has no labels.

    Parameters
    ----------
    declaration
        The row.
    label_delay_days
        How much later than the manifest it comes, in event time, days.
    """
    if declaration.fraud is None:
        return None
    event_us = declaration.event.envelope.event_time_us + round(label_delay_days * _DAY_US)
    event = _event(declaration.declaration_id, declaration.row, event_us, ":outcome")
    outcome = event.inspection_outcome
    outcome.finding = FINDING_FOUND if declaration.fraud else FINDING_NOTHING
    outcome.finished_us = event_us
    if declaration.critical:
        outcome.offence_class = OFFENCE_CLASS_CRITICAL_DUTY_EVASION
    elif declaration.fraud:
        outcome.offence_class = OFFENCE_CLASS_DUTY_EVASION
    else:
        outcome.offence_class = OFFENCE_CLASS_UNSPECIFIED
    return LaterOutcome(declaration.row, declaration.declaration_id, event)


def feed(path: Path, label_delay_days: float = LABEL_DELAY_DAYS) -> Iterator[Row | LaterOutcome]:
    """Read a file as a feed: each outcome after every row that is older than it.

    Parameters
    ----------
    path
        See :func:`read_rows`, which raises what this raises.
    label_delay_days
        How much later than its manifest an outcome comes, in event time, days, >= 0.
    """
    if not label_delay_days >= 0.0:
        raise ValueError(f"label_delay_days is {label_delay_days}; it must not be negative")
    waiting: list[tuple[int, int, LaterOutcome]] = []
    for row in read_rows(path):
        if isinstance(row, Declaration):
            now_us = row.event.envelope.event_time_us
            while waiting and waiting[0][0] <= now_us:
                yield heapq.heappop(waiting)[2]
            outcome = outcome_of(row, label_delay_days)
            if outcome is not None:
                due_us = outcome.event.envelope.event_time_us
                heapq.heappush(waiting, (due_us, row.row, outcome))
        yield row
    while waiting:
        yield heapq.heappop(waiting)[2]
