"""HdrHistogram of an open loop's times: percentiles that do not fade with the tail."""

from __future__ import annotations

import importlib.util
from collections.abc import Iterable
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

_LONGEST_US: Final = 3_600_000_000
_DIGITS: Final = 3
_PERCENTS: Final = (50.0, 90.0, 99.0, 99.9)
_RAREST: Final = 99.99
_RAREST_CALLS: Final = 1_000_000
"""Of fewer calls, less than a hundred lie beyond, and those are the machine's."""


def need_library() -> None:
    """Make sure that times can be recorded, before they are measured.

    Raises
    ------
    SystemExit
        If they cannot.
    """
    if importlib.util.find_spec("hdrh") is None:
        raise SystemExit("HdrHistogram is missing; install it with `make extra-bench`")


def histogram(times_us: Iterable[NDArray[np.int64]]) -> Any:
    """Record times, microseconds, to three significant digits."""
    from hdrh.histogram import HdrHistogram

    made = HdrHistogram(1, _LONGEST_US, _DIGITS)
    for times in times_us:
        for value, count in zip(*np.unique(np.maximum(times, 1), return_counts=True), strict=True):
            made.record_value(int(value), int(count))
    return made


def told(made: Any) -> dict[str, int]:
    """Percentiles in microseconds, the longest, and how many; p99.99 of a million calls only."""
    count = int(made.get_total_count())
    percents = (*_PERCENTS, *((_RAREST,) if count >= _RAREST_CALLS else ()))
    found = {f"p{percent:g}_us": int(made.get_value_at_percentile(percent)) for percent in percents}
    return {**found, "max_us": int(made.get_max_value()), "calls": count}


def encoded(made: Any) -> str:
    """Write a histogram as HdrHistogram's other tools read it."""
    return str(made.encode().decode("ascii"))
