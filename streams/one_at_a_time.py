"""One process at a time: a lock on a file, let go when its holder ends, however it ends."""

from __future__ import annotations

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from haechi.engine.errors import LogError


@contextmanager
def one_at_a_time(path: Path, refusal: str) -> Iterator[None]:
    """Hold the lock on a file as long as the block runs.

    Parameters
    ----------
    path
        The file; made if it is not there.
    refusal
        What to say if another process holds it.

    Raises
    ------
    LogError
        If another process holds it.
    """
    with path.open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise LogError(refusal) from error
        yield
