"""One row of a KCS file: its columns, their types, and what is wrong with it if anything.

Each line is one row: a stray quote spoils its own row and not the rest of the file.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Final

from haechi.engine.errors import BadInput

ID: Final = "Declaration ID"
DATE: Final = "Date"
FRAUD: Final = "Fraud"
CRITICAL: Final = "Critical Fraud"

CODES: Final[Mapping[str, str]] = {
    "Office ID": "office",
    "Process Type": "process_type",
    "Import Type": "import_type",
    "Import Use": "import_use",
    "Payment Type": "payment_type",
    "Mode of Transport": "transport_mode",
    "Country of Departure": "departure_country",
    "Country of Origin": "origin_country",
    "Tax Type": "tax_type",
    "Country of Origin Indicator": "origin_indicator",
}
"""Columns of short codes, and the manifest's fields."""

NAMES: Final[Mapping[str, str]] = {
    "Declarant ID": "declarant",
    "Importer ID": "importer",
    "Seller ID": "seller",
    "Courier ID": "courier",
}
"""Columns of names; a seller or courier may be unknown and is then empty."""

HS6: Final = "HS6 Code"

NUMBERS: Final[Mapping[str, str]] = {
    "Tax Rate": "tax_rate_percent",
    "Net Mass": "net_mass_kg",
    "Item Price": "item_price_krw",
}
"""Columns of numbers: percent, kilograms, Korean won."""

COLUMNS: Final = (ID, DATE, *CODES, *NAMES, HS6, *NUMBERS)
"""The 20 declared columns; a file must have all of them."""

_MOST_NAME: Final = 64
_NUMBER: Final = re.compile(r"[0-9]{1,18}(\.[0-9]{0,18})?([eE][+-]?[0-9]{1,2})?")
_DATE: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_HS6: Final = re.compile(r"[0-9]{6}")
_UTF16: Final = (b"\xff\xfe", b"\xfe\xff")


class RowFault(Exception):
    """A row cannot be read.

    Parameters
    ----------
    column
        The column at fault, or empty for the whole line.
    value
        What stands there.
    remedy
        What to do.
    """

    def __init__(self, column: str, value: str, remedy: str) -> None:
        super().__init__(f"{column}: {value!r}; {remedy}")
        self.column = column
        self.value = value
        self.remedy = remedy


@dataclass(frozen=True, slots=True)
class KcsRow:
    """One declaration as its file has it.

    Parameters
    ----------
    declaration_id
        As in the file.
    day_us
        Start of its day, microseconds since the epoch, UTC.
    date
        The day as YYYYMMDD.
    texts, numbers
        Values by the manifest's fields.
    fraud
        Duty evasion was found; None in a file without labels.
    critical
        In its critical form.
    """

    declaration_id: str
    day_us: int
    date: int
    texts: Mapping[str, str]
    numbers: Mapping[str, float]
    fraud: bool | None
    critical: bool


def split_line(line: bytes) -> list[str]:
    """Split one line into its cells.

    Raises
    ------
    RowFault
        If it is not UTF-8 or its quotes are not closed.
    """
    try:
        text = line.decode("utf-8").rstrip("\r\n")
    except UnicodeDecodeError as error:
        raise RowFault(
            "", repr(line[error.start : error.end]), "the line is not UTF-8; convert the file"
        ) from None
    try:
        cells = next(csv.reader([text], strict=True))
    except csv.Error as error:
        raise RowFault("", text, f"the line is not CSV ({error}); close its quotes") from None
    return cells


def parse_header(line: bytes, name: str) -> dict[str, int]:
    """Find the columns.

    Parameters
    ----------
    line
        The file's first line.
    name
        The file's name, for messages.

    Returns
    -------
    Place of each column by its name.

    Raises
    ------
    BadInput
        ``EMPTY_FILE``, ``NOT_UTF8`` or ``MISSING_COLUMNS``.
    """
    if line.startswith(_UTF16):
        raise BadInput("NOT_UTF8", f"{name} is UTF-16; save it as UTF-8")
    line = line.removeprefix(b"\xef\xbb\xbf")
    if not line.strip():
        raise BadInput(
            "EMPTY_FILE", f"{name} is empty or begins with a blank line; give its header"
        )
    try:
        names = [cell.strip() for cell in split_line(line)]
    except RowFault as fault:
        raise BadInput("NOT_UTF8", f"{name}, line 1: {fault.remedy}") from None
    missing = [column for column in COLUMNS if column not in names]
    # A file to be decided may have no labels, but half of them would be misread.
    if (FRAUD in names) != (CRITICAL in names):
        missing.append(CRITICAL if FRAUD in names else FRAUD)
    if missing:
        raise BadInput(
            "MISSING_COLUMNS",
            f"{name} has no column {', '.join(missing)}; the header needs {', '.join(COLUMNS)}",
        )
    wanted = (*COLUMNS, FRAUD, CRITICAL)
    if twice := [column for column in wanted if names.count(column) > 1]:
        raise BadInput("MISSING_COLUMNS", f"{name} has {', '.join(twice)} twice; keep one of each")
    places = {column: place for place, column in enumerate(names)}
    places[""] = len(names)
    return places


def parse_row(cells: Sequence[str], header: Mapping[str, int]) -> KcsRow:
    """Check and convert the cells of one row.

    Parameters
    ----------
    cells
        As the file has them.
    header
        What :func:`parse_header` returned.

    Raises
    ------
    RowFault
        Naming the column.
    """
    width = header[""]
    if len(cells) != width:
        names = {place: column for column, place in header.items()}
        column = names[len(cells)] if len(cells) < width else ""
        remedy = f"the line has {len(cells)} cells of {width}; was the file cut, or a comma lost?"
        raise RowFault(column, ",".join(cells[-3:]), remedy)

    def cell(column: str) -> str:
        return cells[header[column]].strip()

    row_id = cell(ID)
    if not row_id or len(row_id) > _MOST_NAME or not row_id.isascii() or not row_id.isprintable():
        raise RowFault(ID, row_id, f"give each declaration an ASCII id of 1 to {_MOST_NAME} signs")
    day = _day(cell(DATE))
    texts = {field: _code(column, cell(column)) for column, field in CODES.items()}
    for column, field in NAMES.items():
        texts[field] = name = cell(column)
        if len(name) > _MOST_NAME:
            raise RowFault(column, name, f"names have at most {_MOST_NAME} characters")
    texts["hs6"] = cell(HS6)
    if not _HS6.fullmatch(texts["hs6"]) or texts["hs6"] == "000000":
        raise RowFault(HS6, texts["hs6"], "six digits are needed; keep leading zeros")
    numbers = {field: _number(column, cell(column)) for column, field in NUMBERS.items()}
    fraud, critical = None, False
    if FRAUD in header:
        fraud, critical = _labels(cell(FRAUD), cell(CRITICAL))
    start = datetime(day.year, day.month, day.day, tzinfo=UTC)
    return KcsRow(
        row_id,
        int(start.timestamp()) * 1_000_000,
        day.year * 10000 + day.month * 100 + day.day,
        texts,
        numbers,
        fraud,
        critical,
    )


def _day(text: str) -> date:
    try:
        if _DATE.fullmatch(text):
            day = date.fromisoformat(text)
            # Event times are positive, and far years are typing errors.
            if 1971 <= day.year <= 2199:
                return day
    except ValueError:
        pass
    raise RowFault(DATE, text, "dates are YYYY-MM-DD, such as 2021-01-31")


def _code(column: str, text: str) -> str:
    if len(text) > 6 or not text.isascii() or not text.isprintable():
        raise RowFault(column, text, "codes have at most 6 ASCII characters")
    return text


def _number(column: str, text: str) -> float:
    if not _NUMBER.fullmatch(text):
        raise RowFault(column, text, "a plain number is needed, not negative, such as 12.5")
    return float(text)


def _labels(fraud: str, critical: str) -> tuple[bool, bool]:
    if fraud not in ("0", "1"):
        raise RowFault(FRAUD, fraud, "0 or 1 is needed")
    # In these files 0 is none, 1 duty evasion and 2 its critical form.
    if critical not in ("0", "1", "2"):
        raise RowFault(CRITICAL, critical, "0, 1 or 2 is needed")
    if (critical == "0") != (fraud == "0"):
        raise RowFault(CRITICAL, critical, f"it contradicts Fraud, {fraud}; correct one of them")
    return fraud == "1", critical == "2"
