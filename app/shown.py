"""Words, times and ages as people read them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any


def enum_word(enum: Any, number: int) -> str:
    """Word of an enum of the contract without its prefix; empty for UNSPECIFIED."""
    name = str(enum.Name(number))
    prefix = str(enum.Name(0)).removesuffix("UNSPECIFIED")
    word = name.removeprefix(prefix)
    return "" if word == "UNSPECIFIED" else word


def moment(time_us: int) -> str:
    """A time in UTC; a dash for none."""
    if not time_us:
        return "-"
    at = datetime.fromtimestamp(time_us / 1e6, UTC)
    return at.strftime("%Y-%m-%d %H:%M:%S.%f")[:-3] + "Z"


def age(age_us: int) -> str:
    """How long ago, in the unit that fits."""
    seconds = age_us / 1e6
    for size, unit in ((86400, "d"), (3600, "h"), (60, "min"), (1, "s")):
        if abs(seconds) >= size:
            return f"{seconds / size:.1f} {unit}"
    return f"{seconds * 1000:.1f} ms"
