"""Customs declarations of several files as one run of records, every row accounted for."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from haechi.configs.port import Port
from haechi.engine.errors import BadInput
from haechi.engine.kernel import Array
from haechi.engine.records import EVENT
from haechi.streams.adapters.kcs import Declaration, RowRefused, RowRepeated, read_rows
from haechi.streams.decode.decoder import Decoder
from haechi.streams.evaluation.prequential import DAY_US
from haechi.streams.tokens import KEY_BYTES, Tokens

TOKENS: Final = Tokens(bytes(KEY_BYTES))
"""Tokens of data that name nobody, so that every run has the same."""

_SPREAD: Final = 1000
_REFUSED: Final = -1
_BLOCK: Final = ("hs6", "departure", "origin", "tax_rate", "tax_type", "mass_kg", "price")


@dataclass(frozen=True, slots=True)
class KcsRows:
    """Declarations in order of time.

    Parameters
    ----------
    events
        Their manifests, ``EVENT`` records, shape (n,).
    days
        Days since the epoch, ascending, shape (n,).
    files
        Number of the file of each, shape (n,).
    labelled, found, critical
        Whether its label is known, is fraud, and is critical fraud, shape (n,).
    places
        Of each row of the files its place here: of a repeat that of what it repeats, of a
        refused row -1, shape (rows,).
    repeated
        How many rows repeat another.
    refused
        What is wrong with each row that cannot be used.
    """

    events: Array
    days: NDArray[np.int64]
    files: NDArray[np.int64]
    labelled: NDArray[np.bool_]
    found: NDArray[np.bool_]
    critical: NDArray[np.bool_]
    places: NDArray[np.int64]
    repeated: int
    refused: tuple[str, ...]

    def unseen(self, window: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """Tell which rows of a window are of blocks that are absent before it.

        Parameters
        ----------
        window
            Rows of the window, shape (n,).

        Returns
        -------
        For each row of the window, shape (rows of the window,).
        """
        blocks = [row.tobytes() for row in _packed(self.events)]
        places = np.flatnonzero(window).tolist()
        before = set(blocks[: places[0]]) if places else set()
        return np.array([blocks[place] not in before for place in places], bool)


def _packed(events: Array) -> Array:
    """The fields of a block: goods, route, duty, mass and price."""
    packed = np.zeros(len(events), [(name, events.dtype[name]) for name in _BLOCK])
    for name in _BLOCK:
        packed[name] = events[name]
    return packed


def day_text(day: int) -> str:
    """A day since the epoch as YYYY-MM-DD."""
    return datetime.fromtimestamp(day * 86_400, UTC).date().isoformat()


def read_declarations(
    paths: Sequence[Path], port: Port, progress: Callable[[int], None] = lambda _: None
) -> KcsRows:
    """Read files in the order given.

    Parameters
    ----------
    paths
        CSV files; each continues where the one before ends.
    port
        What the decoder knows of places.
    progress
        Called with the number of rows read.

    Raises
    ------
    BadInput
        If a file cannot be used at all, or rows are not in order of time.
    """
    decoder = Decoder(TOKENS, port)
    records: list[bytes] = []
    files: list[int] = []
    labels: list[tuple[bool | None, bool]] = []
    places: list[int] = []
    refused: list[str] = []
    seen: dict[str, tuple[int, bytes]] = {}
    repeated = 0
    day = 0
    for number, path in enumerate(paths):
        for row in read_rows(path):
            if len(places) % 1000 == 0:
                progress(len(places))
            if isinstance(row, RowRefused):
                refused.append(f"{path.name}, {row}")
                places.append(_REFUSED)
                continue
            if isinstance(row, RowRepeated):
                repeated += 1
                places.append(seen[row.declaration_id][0])
                continue
            content = _content(row)
            first = seen.get(row.declaration_id)
            if first is not None:
                if first[1] == content:
                    repeated += 1
                    places.append(first[0])
                else:
                    refused.append(f"{path.name}, line {row.row}: an earlier file has "
                                   f"{row.declaration_id} with other values; give each "
                                   "declaration its own id")  # fmt: skip
                    places.append(_REFUSED)
                continue
            try:
                made = decoder.decode(row.event.SerializeToString())
            except BadInput as error:
                refused.append(f"{path.name}, line {row.row}: {error}")
                places.append(_REFUSED)
                continue
            if made.event_us // DAY_US < day:
                raise BadInput(
                    "NOT_IN_ORDER",
                    f"{path.name}, line {row.row}: {day_text(made.event_us // DAY_US)} comes "
                    f"after {day_text(day)}; sort the rows by Date and give the files in order "
                    "of time",
                )
            day = made.event_us // DAY_US
            seen[row.declaration_id] = (len(records), content)
            places.append(len(records))
            records.append(made.records)
            files.append(number)
            labels.append((row.fraud, row.critical))
    if not records:
        raise BadInput("EMPTY_FILE", f"no row can be used; the first: {refused[0]}")
    events = np.frombuffer(b"".join(records), EVENT).copy()
    days = events["event_us"] // DAY_US
    _spread(events, days)
    return KcsRows(
        events,
        days,
        np.array(files, np.int64),
        np.array([fraud is not None for fraud, _ in labels], bool),
        np.array([fraud is True for fraud, _ in labels], bool),
        np.array([critical for _, critical in labels], bool),
        np.array(places, np.int64),
        repeated,
        tuple(refused),
    )


def _content(row: Declaration) -> bytes:
    """What a declaration says, wherever it stands."""
    said = row.event.parcel_manifest.SerializeToString(deterministic=True)
    return said + bytes((row.fraud is not False, row.fraud is None, row.critical))


def _spread(events: Array, days: NDArray[np.int64]) -> None:
    """Let rows of a day follow one another also where a day goes on in the next file."""
    for part in np.split(np.arange(len(days)), np.flatnonzero(np.diff(days)) + 1):
        place = np.arange(len(part))
        events["event_us"][part] = days[part] * DAY_US + DAY_US * place // (place + _SPREAD)
