"""Blocks of numbers in ClickHouse's Native format, read straight into NumPy arrays.

The client's own reader costs as much as deciding anew what it reads; numbers need no reading.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Final, Protocol

import numpy as np
from numpy.typing import NDArray

from haechi.engine.errors import StoreError

_SAID: Final = 1000
"""Characters that are quoted of what came instead of numbers."""


class Source(Protocol):
    """Where bytes come from."""

    def read(self, most: int, /) -> bytes:
        """Read some; nothing at the end."""


def read_blocks(source: Source, columns: Sequence[tuple[str, str]]) -> Iterator[list[NDArray[Any]]]:
    """Read the columns of each block.

    Parameters
    ----------
    source
        A result in the Native format.
    columns
        Name and NumPy type of each.

    Raises
    ------
    StoreError
        If something else comes: the store tells in the middle of a result what went wrong.
    """
    while first := source.read(1):
        count, rows = _number(source, first), _number(source, _exactly(source, 1))
        if count != len(columns):
            raise _unexpected(source, first)
        block = []
        for name, kind in columns:
            told = _text(source)
            if told != name.encode():
                raise _unexpected(source, told)
            _text(source)
            raw = _exactly(source, rows * np.dtype(kind).itemsize)
            block.append(np.frombuffer(raw, kind))
        if rows:
            yield block


def _exactly(source: Source, count: int) -> bytes:
    parts = []
    while count:
        part = source.read(count)
        if not part:
            raise StoreError("the store's answer ends in the middle; ask again, or see its log")
        parts.append(part)
        count -= len(part)
    return parts[0] if len(parts) == 1 else b"".join(parts)


def _number(source: Source, octet: bytes) -> int:
    """A number in groups of seven bits, the lowest first."""
    number = shift = 0
    while octet[0] > 127:
        number |= (octet[0] & 127) << shift
        shift += 7
        octet = _exactly(source, 1)
    return number | octet[0] << shift


def _text(source: Source) -> bytes:
    return _exactly(source, min(_number(source, _exactly(source, 1)), _SAID))


def _unexpected(source: Source, begun: bytes) -> StoreError:
    said = (begun + source.read(_SAID)).decode("utf-8", "replace")
    return StoreError(f"the store broke off: {said}")
