"""ClickHouse's Native format, written straight from NumPy arrays.

A decision has sixty columns and maps of a hundred values. Encoding those value by value costs
as much as the insert itself; here a column is a ``tobytes`` or two behind a header made once.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]

TIME: Final = "DateTime64(6, 'UTC')"
"""Microseconds since the epoch, as int64."""

_U64: Final = struct.Struct("<Q")
_WORDS_VERSION: Final = _U64.pack(1)
_OWN_KEYS: Final = 1 << 9 | 1 << 10
"""Flags of a LowCardinality column that brings its dictionary along."""

_INDEX_TYPES: Final = ("<u1", "<u2", "<u4")
_HEX: Final = np.frombuffer(
    b"".join(f"{byte:02x}".encode() for byte in range(256)), np.uint8
).reshape(256, 2)


def varint(number: int) -> bytes:
    """Write a number in groups of seven bits, the lowest first."""
    out = bytearray()
    while number > 127:
        out.append(number & 127 | 128)
        number >>= 7
    out.append(number)
    return bytes(out)


def string(text: str) -> bytes:
    """Write one string with its length."""
    raw = text.encode("utf-8", "replace")
    return varint(len(raw)) + raw


@lru_cache(maxsize=1024)
def _header(name: str, kind: str) -> bytes:
    return string(name) + string(kind)


class Words:
    """A fixed dictionary of words, for columns of codes.

    Parameters
    ----------
    words
        Word of each code; codes beyond them become ``?``.
    """

    def __init__(self, words: Sequence[str]) -> None:
        self.count: Final = len(words)
        self.encoded: Final = b"".join(string(word) for word in (*words, "?"))

    def body(self, codes: Array) -> bytes:
        """Encode the dictionary and the codes, shape (n,); nothing where there are none."""
        if not len(codes):
            return b""
        indexes = np.minimum(codes, self.count)
        return _dictionary(self.encoded, self.count + 1, indexes)


def _dictionary(encoded: bytes, keys: int, indexes: Array) -> bytes:
    size = 0 if keys <= 0xFF else 1 if keys <= 0xFFFF else 2
    return b"".join(
        (
            _U64.pack(_OWN_KEYS | size),
            _U64.pack(keys),
            encoded,
            _U64.pack(len(indexes)),
            indexes.astype(_INDEX_TYPES[size]).tobytes(),
        )
    )


class Block:
    """Columns of one insert, in the order in which they are added.

    Parameters
    ----------
    rows
        How many rows every column has.
    """

    def __init__(self, rows: int) -> None:
        self.rows: Final = rows
        self.names: Final[list[str]] = []
        self._parts: Final[list[bytes]] = []

    def _begin(self, name: str, kind: str) -> None:
        self.names.append(name)
        self._parts.append(_header(name, kind))

    def numbers(self, name: str, kind: str, dtype: str, values: Any) -> None:
        """Add a column of fixed width; ``dtype`` is the NumPy type of ``kind``."""
        self._begin(name, kind)
        self._parts.append(np.ascontiguousarray(values, dtype).tobytes())

    def times_or_null(self, name: str, times_us: Array) -> None:
        """Add a nullable time; 0 is none."""
        self._begin(name, f"Nullable({TIME})")
        self._parts.append((times_us == 0).astype("u1").tobytes())
        self._parts.append(np.ascontiguousarray(times_us, "<i8").tobytes())

    def hexes(self, name: str, raw: Array, *, zero_is_none: bool = False) -> None:
        """Add a String column of bytes in hexadecimal.

        Parameters
        ----------
        name
            The column's.
        raw
            The bytes, shape (rows, k) with k < 64.
        zero_is_none
            Whether rows of zeros become empty strings.
        """
        self._begin(name, "String")
        width = 2 * raw.shape[1]
        cells = np.empty((self.rows, 1 + width), np.uint8)
        cells[:, 0] = width
        cells[:, 1:] = _HEX[raw].reshape(self.rows, width)
        if zero_is_none and not (there := raw.any(axis=1)).all():
            cells[~there, 0] = 0
            kept = np.ones(cells.shape, bool)
            kept[~there, 1:] = False
            cells = cells[kept]
        self._parts.append(cells.tobytes())

    def texts(self, name: str, values: Iterable[str]) -> None:
        """Add a String column."""
        self._begin(name, "String")
        self._parts.append(b"".join(map(string, values)))

    def codes(self, name: str, words: Words, codes: Array) -> None:
        """Add a LowCardinality(String) column from codes."""
        self._begin(name, "LowCardinality(String)")
        self._parts.extend((_WORDS_VERSION, words.body(codes)))

    def words(self, name: str, values: Sequence[str]) -> None:
        """Add a LowCardinality(String) column from few different strings."""
        places: dict[str, int] = {}
        indexes = [places.setdefault(value, len(places)) for value in values]
        self._begin(name, "LowCardinality(String)")
        encoded = b"".join(map(string, places))
        self._parts.append(_WORDS_VERSION)
        self._parts.append(_dictionary(encoded, len(places), np.array(indexes)))

    def code_lists(self, name: str, words: Words, counts: Array, codes: Array) -> None:
        """Add an Array(LowCardinality(String)) column: ``counts`` a row, ``codes`` of all."""
        self._begin(name, "Array(LowCardinality(String))")
        self._parts.append(_WORDS_VERSION)
        self._parts.append(np.cumsum(counts).astype("<u8").tobytes())
        self._parts.append(words.body(codes))

    def number_lists(self, name: str, counts: Array, values: Array) -> None:
        """Add an Array(Float64) column: ``counts`` a row, ``values`` of all."""
        self._begin(name, "Array(Float64)")
        self._parts.append(np.cumsum(counts).astype("<u8").tobytes())
        self._parts.append(values.astype("<f8").tobytes())

    def number_maps(self, name: str, keys: Words, values: Array, kept: Array) -> None:
        """Add a Map(LowCardinality(String), Float64) column.

        Parameters
        ----------
        name
            The column's.
        keys
            Name of each column of ``values``.
        values
            Shape (rows, k).
        kept
            Which of them the maps hold, shape (rows, k).
        """
        self._begin(name, "Map(LowCardinality(String), Float64)")
        self._map(kept, keys)
        self._parts.append(np.ascontiguousarray(values[kept], "<f8").tobytes())

    def code_maps(self, name: str, keys: Words, words: Words, codes: Array, kept: Array) -> None:
        """Add a Map(LowCardinality(String), LowCardinality(String)) column, likewise."""
        self._begin(name, "Map(LowCardinality(String), LowCardinality(String))")
        self._parts.append(_WORDS_VERSION)
        self._map(kept, keys)
        self._parts.append(words.body(codes[kept]))

    def _map(self, kept: Array, keys: Words) -> None:
        self._parts.append(_WORDS_VERSION)
        self._parts.append(np.cumsum(kept.sum(axis=1)).astype("<u8").tobytes())
        self._parts.append(keys.body(np.nonzero(kept)[1]))

    def encode(self) -> bytes:
        """Give the block in the Native format."""
        return b"".join((varint(len(self.names)), varint(self.rows), *self._parts))
