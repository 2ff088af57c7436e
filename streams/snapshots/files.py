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
from typing import Any, Final

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
    header = io.BytesIO()
    npy.write_array_header_2_0(header, npy.header_data_from_array_1_0(array))
    path = folder / f"{name}{_SUFFIX}"
    with path.open("xb") as file:
        for piece in (header.getbuffer(), *_pieces(_bytes_of(array))):
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


def read_arrays(
    folder: Path,
    hashes: Mapping[str, str],
    places: Mapping[str, int],
    layout: Mapping[str, Array],
    progress: Progress | None = None,
) -> dict[str, Array]:
    """Read arrays, several at a time, and see that each file is what was written.

    Parameters
    ----------
    folder
        Where the files lie.
    hashes
        SHA-256 of each file, hex, by the array's name.
    places
        Rows that each array is to have room for; those behind what was written are zeros.
    layout
        What sort of array each name stands for.
    progress
        Called now and then, on other threads.

    Raises
    ------
    Damaged
        If one is gone, cut, changed, or of another sort.
    """
    if hashes.keys() != layout.keys() or places.keys() != layout.keys():
        raise Damaged("it does not hold the arrays that it should")
    paths = {name: folder / f"{name}{_SUFFIX}" for name in layout}
    try:
        sizes = {name: path.stat().st_size for name, path in paths.items()}
    except OSError as error:
        raise Damaged(f"{error.filename} cannot be read: {error.strerror}") from None
    count = _Count(sum(sizes.values()), progress)
    # The largest first, so that no thread is left with it in the end.
    largest_first = sorted(layout, key=lambda name: -sizes[name])
    with ThreadPoolExecutor(_READERS) as readers:
        read = readers.map(
            lambda name: _read(paths[name], hashes[name], places[name], layout[name], count),
            largest_first,
        )
        return dict(zip(largest_first, read, strict=True))


class _Count:
    """Adds up what several threads have read."""

    def __init__(self, total: int, progress: Progress | None) -> None:
        self._total = total
        self._done = 0
        self._progress = progress

    def add(self, size: int) -> None:
        self._done += size
        if self._progress is not None:
            self._progress(self._done, self._total)


def _read(path: Path, sha256: str, places: int, like: Array, count: _Count) -> Array:
    total = hashlib.sha256()
    try:
        with path.open("rb", buffering=0) as file:
            shape, dtype = _header(file)
            if dtype != like.dtype or shape[1:] != like.shape[1:] or shape[0] > places:
                raise Damaged(f"{path.name} holds {shape} of {dtype.itemsize} bytes each")
            begin = file.tell()
            file.seek(0)
            total.update(file.read(begin))
            count.add(begin)
            array = np.zeros((places, *shape[1:]), dtype)
            for piece in _pieces(_bytes_of(array[: shape[0]])):
                if file.readinto(piece) != len(piece):
                    raise Damaged(f"{path.name} was cut")
                total.update(piece)
                count.add(len(piece))
            at_end = not file.read(1)
    except (OSError, ValueError, EOFError) as error:
        raise Damaged(f"{path.name} cannot be read: {error}") from None
    if not at_end or total.hexdigest() != sha256:
        raise Damaged(f"{path.name} was changed")
    return array


def _header(file: Any) -> tuple[tuple[int, ...], np.dtype[Any]]:
    if npy.read_magic(file) != (2, 0):
        raise ValueError("not NumPy's format")
    shape, fortran, dtype = npy.read_array_header_2_0(file)
    if fortran or not shape:
        raise ValueError("not rows in order")
    return shape, dtype


def _bytes_of(array: Array) -> memoryview:
    return memoryview(array.reshape(-1).view(np.uint8))


def _pieces(content: memoryview) -> list[memoryview]:
    return [content[at : at + _PIECE] for at in range(0, len(content), _PIECE)]
