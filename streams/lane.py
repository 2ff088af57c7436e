"""The lower lane: events that can wait, taken while no gate does.

What comes by Kafka lies there safely for days; a gate has milliseconds. So the dataflow's thread
takes from the intake first, and from here in small pieces, between which a gate gets its turn. It
also decodes here what it takes: on a thread of its own that would hold the interpreter against
the gates.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, Protocol

from haechi.operators.admission import Batch
from haechi.operators.intake import Entry, Refusal
from haechi.streams.burial import bury

PIECE: Final = 8
"""Events taken at once while no gate has asked for a while; chosen by the kafka benchmark."""

PIECE_BESIDE_GATES: Final = 2
"""Events taken at once while gates ask: for so many one of them waits."""


class Lane(Protocol):
    """A lower lane."""

    def waiting(self) -> bool:
        """Whether there is something to take."""

    def take(self, most: int) -> list[Entry]:
        """Take up to so many entries without waiting."""


class EmptyLane:
    """Where nothing comes but by the intake."""

    def waiting(self) -> bool:
        """Never."""
        return False

    def take(self, most: int) -> list[Entry]:
        """Nothing."""
        return []


@dataclass(slots=True)
class SourcedEntry(Entry):
    """An entry that has a place in its source; the place is committed with it.

    The entry's ``source`` names the stream, such as ``haechi.events/3``.

    Parameters
    ----------
    offset
        Its place.
    """

    offset: int = 0


def positions_of(batch: Batch) -> Iterable[tuple[str, int]]:
    """Tell where each source is to be read on once a batch is committed.

    Events that came before count too: they need not come a third time.
    """
    positions: dict[str, int] = {}
    entries = [event.entry for event in batch.admitted]
    entries += [entry for entry, _ in batch.duplicates]
    for entry in entries:
        if isinstance(entry, SourcedEntry):
            after = entry.offset + 1
            positions[entry.source] = max(after, positions.get(entry.source, 0))
    return positions.items()


def bury_sourced(entry: Entry, refusal: Refusal) -> bytes:
    """Make the message of a dead letter, with its place in its source."""
    return bury(entry, refusal, entry.offset if isinstance(entry, SourcedEntry) else 0)
