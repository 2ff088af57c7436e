"""Checks of single values; each failure names the field, the value and what is allowed."""

from __future__ import annotations

import sys
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Final

from haechi.engine.errors import BadInput
from haechi.engine.records import code

MOST: Final = sys.float_info.max
"""Upper limit of numbers that only need to be finite."""

NAN: Final = float("nan")

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_SHOWN: Final = 40
_BIRTH_YEARS: Final = range(1850, 2151)
_INT64_MOST: Final = 2**63 - 1
_MOST_ITEMS: Final = 1000
"""Zones, goods or candidates of one event; more is a fault, not a scan."""


def shown(value: object) -> str:
    """Quote a value for an error message: short, whatever came."""
    text = repr(value)
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}..."


def number(value: float, field: str, least: float = 0.0, most: float = MOST) -> float:
    """Take a number that is finite and within its range.

    Raises
    ------
    BadInput
        ``NOT_FINITE`` or ``OUT_OF_RANGE``.
    """
    if least <= value <= most:
        return value
    if value - value != 0.0:
        raise BadInput("NOT_FINITE", f"{field} is {value}; send a finite number or leave it out")
    limit = f"at least {least:g}" if most == MOST else f"between {least:g} and {most:g}"
    raise BadInput("OUT_OF_RANGE", f"{field} is {value:g}; it must be {limit}")


def version(value: int, field: str) -> int:
    """Take a version or time that fits a signed 64-bit integer and is not negative."""
    if 0 <= value <= _INT64_MOST:
        return value
    raise BadInput("OUT_OF_RANGE", f"{field} is {value}; it must be between 0 and 2**63 - 1")


def few(items: int, field: str, most: int = _MOST_ITEMS) -> int:
    """Take a count of repeated parts that one event may have."""
    if items > most:
        raise BadInput("OUT_OF_RANGE", f"{field} has {items} entries; at most {most} are taken")
    return items


def birth_year(value: int, field: str) -> int:
    """Take a year of birth, 0 for none: one that nobody can have would clear everybody.

    Raises
    ------
    BadInput
        ``OUT_OF_RANGE``.
    """
    if value == 0 or value in _BIRTH_YEARS:
        return value
    raise BadInput(
        "OUT_OF_RANGE",
        f"{field} is {value}; it must be {_BIRTH_YEARS.start} to {_BIRTH_YEARS.stop - 1}, or 0 if "
        "it is not known",
    )


def known(value: int, allowed: range, field: str) -> int:
    """Take an enum's number that the contract has.

    Parameters
    ----------
    value
        As it came; proto3 keeps numbers that the enum does not have.
    allowed
        Numbers that are taken; it starts at 1 where the value must be given.
    field
        Its name, for the message.

    Raises
    ------
    BadInput
        ``BAD_ENUM``.
    """
    if value in allowed:
        return value
    given = "not given" if value == 0 else str(value)
    raise BadInput(
        "BAD_ENUM", f"{field} is {given}; it must be {allowed.start} to {allowed.stop - 1}"
    )


@lru_cache(maxsize=4096)
def _packed(text: str) -> int:
    text = text.strip().upper()
    if not text.isprintable():
        raise ValueError(text)
    return code(text)


def packed(text: str, field: str) -> int:
    """Pack a short code, upper-cased, into an integer; 0 where none was given.

    Raises
    ------
    BadInput
        ``BAD_CODE`` if it is longer than six characters or not printable ASCII.
    """
    if not text:
        return 0
    try:
        return _packed(text)
    except ValueError:
        raise BadInput(
            "BAD_CODE", f"{field} is {shown(text)}; codes have at most 6 ASCII characters"
        ) from None


def hs6(text: str, field: str) -> int:
    """Read a six-digit HS code as an integer; 0 where none was given.

    Raises
    ------
    BadInput
        ``BAD_HS``.
    """
    if not text:
        return 0
    if len(text) <= 6 and text.isascii() and text.isdigit() and (value := int(text)):
        return value
    raise BadInput("BAD_HS", f"{field} is {shown(text)}; it must be six digits, 000001 to 999999")


@lru_cache(maxsize=4096)
def _day_us(day: int) -> int:
    moment = datetime(day // 10000, day // 100 % 100, day % 100, tzinfo=UTC)
    return (moment - _EPOCH) // timedelta(microseconds=1)


def day_us(day: int, field: str) -> int:
    """Start of a day given as YYYYMMDD, microseconds since the epoch, UTC.

    Raises
    ------
    BadInput
        ``BAD_DATE`` if there is no such day.
    """
    try:
        return _day_us(day)
    except ValueError:
        raise BadInput(
            "BAD_DATE", f"{field} is {day}; dates are numbers YYYYMMDD, such as 20260131"
        ) from None


def decision_id(text: str, field: str = "decision_id") -> bytes:
    """Read the 16 bytes of a decision's id.

    Raises
    ------
    BadInput
        ``BAD_DECISION_ID``.
    """
    if len(text) == 32:
        try:
            raw = bytes.fromhex(text)
        except ValueError:
            raw = b""
        # Blanks are skipped by fromhex, and an id of zeros would mean "none".
        if len(raw) == 16 and any(raw):
            return raw
    raise BadInput(
        "BAD_DECISION_ID",
        f"{field} is {shown(text)}; it must be the 32 hexadecimal characters of a decision",
    )
