"""A log as the core takes it: records in order, and what each of them is given to decide with."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from benchmarks.installation import Installation
from haechi.engine.codes import EventKind
from haechi.engine.kernel import Array
from haechi.engine.records import DECISION, EVENT
from haechi.operators.shard import Shard, ShardSettings
from haechi.streams.log.artefacts import Artefacts
from haechi.streams.start import read_start, settings_of

Piece = tuple[Array, Array | None]
"""Records, and the decisions that they name."""


@dataclass(frozen=True, slots=True)
class Recorded:
    """What a log holds after its start.

    Parameters
    ----------
    settings
        What the start put in force.
    kinds
        Kind of each event, shape (n,).
    events
        ``EVENT`` records of all events, shape (>= n,).
    recalled
        ``DECISION`` records that they name, in order.
    decisions
        Bodies on record, in order.
    """

    settings: ShardSettings
    kinds: NDArray[np.int64]
    events: Array
    recalled: Array
    decisions: bytes

    def __len__(self) -> int:
        return len(self.kinds)

    def shard(self, capacity: int) -> Shard:
        """Make a shard that has seen the start and nothing else."""
        shard = Shard(capacity)
        shard.configure(self.settings)
        return shard

    def pieces(self, size: int) -> Iterator[Piece]:
        """Cut everything into pieces of so many events."""
        begins = np.flatnonzero(self.events["first"] == 1)
        cuts = np.append(begins[::size], len(self.events))
        named = np.append(0, np.cumsum(self.events["recall"] >= 0))
        for begin, end in zip(cuts[:-1].tolist(), cuts[1:].tolist(), strict=True):
            recalled = self.recalled[named[begin] : named[end]]
            yield self.events[begin:end], recalled if len(recalled) else None


def read_recorded(installation: Installation) -> Recorded:
    """Read a log that began with its one start, whole."""
    with closing(installation.reader()) as reader:
        rows = [row for page in reader.replay_pages() for row in page]
        first = reader.event(rows[0][0])
        if first is None or [row[1] for row in rows].count(EventKind.ENGINE_STARTED) != 1:
            raise ValueError("the log holds more than one start; make a new one")
        settings = settings_of(
            read_start(reader.payload(first)), Artefacts(installation.places.artefacts)
        )
        rows = rows[1:]
        events = np.frombuffer(b"".join([row[5] for row in rows]), EVENT)
        positions: Final[list[int]] = events["recall"][events["recall"] >= 0].tolist()
        bodies = [reader.decision_at(position) or b"" for position in positions]
    return Recorded(
        settings,
        np.array([row[1] for row in rows]),
        events,
        np.frombuffer(b"".join(bodies), DECISION),
        b"".join([row[6] for row in rows]),
    )
