"""Lists of people and things to watch for, as CSV, made into intelligence entries.

One line is one entry. A line that cannot be used is told with its number and does not disturb the
others.
"""

from __future__ import annotations

import csv
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from datetime import time as clock
from pathlib import Path
from typing import Final

from haechi.engine.errors import BadInput
from haechi.rpc.v1.event_pb2 import Event
from haechi.rpc.v1.links_pb2 import Intelligence, Watched

COLUMNS: Final = ("list", "entry", "watched", "value", "weight", "legal_basis", "expires")
"""Columns that a file must have."""

OPTIONAL: Final = ("birth_year", "authority", "withdrawn")

_PREFIX: Final = "WATCHED_"
_KINDS: Final = tuple(
    name.removeprefix(_PREFIX).lower() for name, number in Watched.items() if number
)
_YES: Final = frozenset({"1", "yes", "true"})
_NO: Final = frozenset({"", "0", "no", "false"})


@dataclass(frozen=True, slots=True)
class Line:
    """One line: an entry, or why it is none.

    Parameters
    ----------
    number
        Its number in the file, from 1; the header is the first.
    event
        The entry, or None.
    fault
        What is wrong with it, or empty.
    """

    number: int
    event: Event | None
    fault: str = ""


def read_list(path: Path) -> Iterator[Line]:
    """Read a list.

    Parameters
    ----------
    path
        A CSV file in UTF-8 with :data:`COLUMNS`, and :data:`OPTIONAL` ones if need be.

    Raises
    ------
    BadInput
        ``UNREADABLE``, ``EMPTY_FILE`` or ``MISSING_COLUMN``.
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = csv.DictReader(file)
            lacking = [name for name in COLUMNS if name not in (rows.fieldnames or ())]
            if not rows.fieldnames:
                raise BadInput("EMPTY_FILE", f"{path} is empty; its first line names its columns")
            if lacking:
                raise BadInput(
                    "MISSING_COLUMN",
                    f"{path} lacks {', '.join(lacking)}; it must have {', '.join(COLUMNS)} and may "
                    f"have {', '.join(OPTIONAL)}",
                )
            for row in rows:
                try:
                    yield Line(rows.line_num, _entry(row, f"{path.name}:{rows.line_num}"))
                except ValueError as error:
                    yield Line(rows.line_num, None, str(error))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise BadInput("UNREADABLE", f"{path} cannot be read: {error}") from None


def _entry(row: Mapping[str | None, str | None], source: str) -> Event:
    if None in row or None in row.values():
        raise ValueError("it has more or fewer fields than the header; quote what holds a comma")
    said = {str(name): (text or "").strip() for name, text in row.items()}
    now_us = time.time_ns() // 1000
    made = Event()
    made.envelope.event_id = f"{source}:{now_us}"
    made.envelope.schema_version = 1
    made.envelope.source = source
    made.envelope.event_time_us = now_us
    kind = said["watched"].lower()
    if kind not in _KINDS:
        raise ValueError(f"watched is {kind!r}; it must be one of {', '.join(_KINDS)}")
    withdrawn = said.get("withdrawn", "").lower()
    if withdrawn not in _YES | _NO:
        raise ValueError(f"withdrawn is {withdrawn!r}; write yes, or leave it empty")
    if not (said["list"] and said["entry"]):
        raise ValueError("list or entry is empty; nothing could be changed or withdrawn later")
    entry = Intelligence(
        list_name=said["list"],
        entry_id=said["entry"],
        watched=_PREFIX + kind.upper(),
        value=said["value"],
        birth_year=int(_number(said.get("birth_year") or "0", "birth_year", whole=True)),
        weight=_number(said["weight"], "weight"),
        legal_basis=said["legal_basis"],
        authority=said.get("authority", ""),
        expires_us=_until_us(said["expires"]),
        withdrawn=withdrawn in _YES,
    )
    made.intelligence.CopyFrom(entry)
    return made


def _number(text: str, name: str, *, whole: bool = False) -> float:
    try:
        return int(text) if whole else float(text)
    except ValueError:
        kind = "a whole number" if whole else "a number"
        raise ValueError(f"{name} is {text!r}; it must be {kind}") from None


def _until_us(text: str) -> int:
    """End of a day, or a moment; without a zone it is UTC."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise ValueError(f"expires is {text!r}; write a day such as 2027-12-31") from None
    if moment.time() == clock() and len(text) <= len("2027-12-31"):
        moment = datetime.combine(moment, clock.max)
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return int(moment.timestamp() * 1e6)
