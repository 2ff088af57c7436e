"""Every row's score as it was when the row came, for whoever wants to compute figures themselves.

``row`` counts from 0 over the files in the order given. A row that was refused keeps its number
and has no score; one that repeats an earlier row word for word has that row's.
"""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from haechi.engine.errors import ConfigError
from haechi.streams.evaluation.figures import probabilities


def check_writable(path: Path) -> None:
    """Insist that a file can be made there, before anything is computed.

    Raises
    ------
    ConfigError
        If not.
    """
    folder = path.resolve().parent
    if path.is_dir() or not folder.is_dir() or not os.access(folder, os.W_OK):
        raise ConfigError(f"--scores {path}: no file can be made there; name one in a folder "
                          "that exists and can be written")  # fmt: skip


def write_scores(
    path: Path, log_odds: NDArray[np.float64], places: NDArray[np.int64] | None = None
) -> None:
    """Write probabilities, digit by digit as they are.

    Parameters
    ----------
    path
        The file; it is replaced whole.
    log_odds
        Of each row that was scored, shape (n,).
    places
        Of each row of the files, its place in ``log_odds`` or -1, shape (rows,); None if they
        are the same.
    """
    texts = [repr(one) for one in probabilities(log_odds).tolist()]
    texts.append("")
    order = range(len(log_odds)) if places is None else places.tolist()
    beside = path.with_name(path.name + ".part")
    try:
        with beside.open("w", encoding="ascii", newline="\n") as file:
            file.write("row,score\n")
            file.writelines(f"{row},{texts[place]}\n" for row, place in enumerate(order))
        beside.replace(path)
    except OSError as error:
        raise ConfigError(f"--scores {path}: {error.strerror}; name another file") from error
