"""What is inserted at once: rows of one table, and how each of them is known again."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from typing import Final

from haechi.streams.shipper.native import Block

KEYS: Final = {
    "decisions": "offset, ordinal",
    "events": "offset",
    "outcomes": "offset",
    "actions": "offset",
    "dead_letters": "offset",
    # A decision can be delivered again, to a gate that asked twice.
    "deliveries": "decision_id, toInt64(ifNotFinite(committed_us, 0)), "
    "toInt64(ifNotFinite(returned_us, 0))",
}
"""What tells rows of a table apart within a shard, by table."""


def select(columns: str, *conditions: str) -> str:
    """Write a query on a shard's rows; its parameters are database, table and shard."""
    conditions = ("shard = {shard:UInt32}", *conditions)
    words = ("SELECT", columns, "FROM {database:Identifier}.{table:Identifier} WHERE")
    return " ".join((*words, " AND ".join(conditions)))


@dataclass(frozen=True, slots=True)
class Batch:
    """Rows of one table.

    Parameters
    ----------
    table
        Its name.
    token
        Deduplication token; the same positions always get the same one.
    keys
        Key of each row, as :data:`KEYS` selects it.
    low, high
        Smallest and largest offset among them.
    block
        Encodes the rows at some places.
    """

    table: str
    token: str
    keys: Sequence[Hashable]
    low: int
    high: int
    block: Callable[[Sequence[int]], Block]

    def whole(self) -> Block:
        """All rows."""
        return self.block(range(len(self.keys)))


def token_of(shard: int, epoch: int, table: str, first: int, last: int) -> str:
    """Name a batch after the positions that it covers."""
    return f"{shard}:{epoch}:{table}:{first}:{last}"
