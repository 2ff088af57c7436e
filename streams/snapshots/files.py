"""Arrays in files: NumPy's own format, hashed while they are written and while they are read.

A file is written once, made durable and read-only. What is read is what was written, or it is
said which file is not.
"""

from __future__ import annotations

import hashlib
import io
import os
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Lock
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.lib import format as npy

from haechi.engine.kernel import Array

_PIECE: Final = 1 << 22
_READ_ONLY: Final = 0o400
_READERS: Final = 4
_SUFFIX: Final = ".npy"

Progress = Callable[[int, int], None]
"""Called with bytes done and bytes in all."""


class Damaged(Exception):
    """A file is not what was written; the message says which, and in what."""


def write_bytes(path: Path, content: bytes) -> None:
    """Write a small file, durably and read-only."""
    with path.open("xb") as file:
        file.write(content)
        _settle(file, path)


def write_array(folder: Path, name: str, array: Array) -> str:
    """Write an array, durably and read-only; returns the SHA-256 of its file, hex."""
    total = hashlib.sha256()
    path = folder / f"{name}{_SUFFIX}"
    with path.open("xb") as file:
        for piece in (memoryview(_header(array)), *_pieces(array)):
            total.update(piece)
            file.write(piece)
        _settle(file, path)
    return total.hexdigest()


def _settle(file: Any, path: Path) -> None:
    file.flush()
    os.fsync(file.fileno())
    path.chmod(_READ_ONLY)


def sync_folder(folder: Path) -> None:
    """Make durable which files a folder holds."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


class Stored(NamedTuple):
    """One array's file: its SHA-256 (hex), the rows in it, and for how many there is to be room."""

    sha256: str
    rows: int
    places: int


def read_arrays(
    folder: Path,
    stored: Mapping[str, Stored],
    layout: Mapping[str, Array],
    progress: Progress | None = None,
) -> dict[str, Array]:
    """Read arrays, several at a time, and see that each file is what was written.

    Parameters
    ----------
    folder
        Where the files lie.
    stored
        What lies there, by the array's name; rows behind those that were written are zeros.
    layout
        What sort of array each name stands for.
    progress
        Called now and then, on one thread or another, never on two at once.

    Raises
    ------
    Damaged
        If one is gone, cut, changed, or of another sort.
    """
    if stored.keys() != layout.keys():
        raise Damaged("it does not hold the arrays that it should")
    # The largest first, so that no thread is left with it in the end.
    largest_first = sorted(layout, key=lambda name: -stored[name].rows * layout[name].itemsize)
    arrays = {
        name: np.zeros((stored[name].places, *layout[name].shape[1:]), layout[name].dtype)
        for name in largest_first
    }
    count = _Count(sum(arrays[name][: stored[name].rows].nbytes for name in arrays), progress)
    with ThreadPoolExecutor(_READERS) as readers:
        read = [
            readers.submit(_read, folder / f"{name}{_SUFFIX}", stored[name], array, count)
            for name, array in arrays.items()
        ]
        for one in read:
            one.result()
    return arrays


class _Count:
    """Adds up what several threads have read."""

    def __init__(self, total: int, progress: Progress | None) -> None:
        self._total = total
        self._done = 0
        self._progress = progress
        self._lock = Lock()

    def add(self, size: int) -> None:
        with self._lock:
            self._done += size
            if self._progress is not None:
                self._progress(self._done, self._total)


def _read(path: Path, stored: Stored, array: Array, count: _Count) -> None:
    """Fill the rows that were stored."""
    rows = array[: stored.rows]
    total = hashlib.sha256()
    try:
        with path.open("rb", buffering=0) as file:
            # It is known, and so nothing has to be made of what a file says.
            header = _header(rows)
            if file.read(len(header)) != header:
                raise Damaged(f"{path.name} was changed, or holds another array")
            total.update(header)
            for piece in _pieces(rows):
                if file.readinto(piece) != len(piece):
                    raise Damaged(f"{path.name} was cut")
                total.update(piece)
                count.add(len(piece))
            at_end = not file.read(1)
    except OSError as error:
        raise Damaged(f"{path.name} cannot be read: {error.strerror}") from None
    if not at_end or total.hexdigest() != stored.sha256:
        raise Damaged(f"{path.name} was changed")


def _header(rows: Array) -> bytes:
    header = io.BytesIO()
    npy.write_array_header_2_0(header, npy.header_data_from_array_1_0(rows))
    return header.getvalue()


def _pieces(rows: Array) -> list[memoryview]:
    content = memoryview(rows.reshape(-1).view(np.uint8))
    return [content[at : at + _PIECE] for at in range(0, len(content), _PIECE)]
