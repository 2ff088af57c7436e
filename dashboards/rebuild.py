"""Makes what materialized views filled anew from the base tables, and tells whether it was right.

A view fills its table as rows come. What it missed (a decision that came after its outcome) or
holds twice (an insert that was sent again) shows here: the table is made aside by the view's own
statement, compared row by row, and put in the old one's place.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

VIEWS: Final = {"labelled_now": "labelled"}
"""Materialized views, and the tables that they fill."""

_FILLS: Final = """
SELECT as_select FROM system.tables WHERE concat(database, '.', name) = '{view}' FORMAT TSVRaw
"""
_MEANWHILE: Final = """
INSERT INTO {now} SELECT DISTINCT * FROM {anew}
WHERE (shard, offset, event_id) NOT IN (SELECT shard, offset, event_id FROM {now})
    AND event_id IN (SELECT event_id FROM {database}.outcomes)
"""
# Rows as text, because NaN equals nothing, not even itself.
_ONLY_IN: Final = """
SELECT count() FROM (SELECT DISTINCT cityHash64(toString(tuple(*))) AS row FROM {one})
WHERE row NOT IN (SELECT cityHash64(toString(tuple(*))) FROM {other})
"""


@dataclass(frozen=True, slots=True)
class Rebuilt:
    """What came of one table.

    Parameters
    ----------
    table
        Its name.
    rows
        Rows that it has now.
    missed, stale
        Rows that it lacked, and rows that the base tables do not give.
    """

    table: str
    rows: int
    missed: int
    stale: int


def rebuild(ask: Callable[[str], list[str]], database: str) -> list[Rebuilt]:
    """Make every such table anew.

    Parameters
    ----------
    ask
        Runs a statement as one who may write; its rows as tab-separated lines.
    database
        Where the tables stand.
    """
    return [_rebuild(ask, database, *pair) for pair in VIEWS.items()]


def _rebuild(ask: Callable[[str], list[str]], database: str, view: str, table: str) -> Rebuilt:
    now, anew = f"{database}.{table}", f"{database}.{table}_anew"
    (select,) = ask(_FILLS.replace("{view}", f"{database}.{view}"))
    ask(f"DROP TABLE IF EXISTS {anew} SYNC")
    ask(f"CREATE TABLE {anew} AS {now}")
    ask(" ".join(("INSERT INTO", anew, select)))
    missed, stale = _only_in(ask, anew, now), _only_in(ask, now, anew)
    ask(f"EXCHANGE TABLES {now} AND {anew}")
    # What came meanwhile went to the old one.
    ask(_MEANWHILE.replace("{now}", now).replace("{anew}", anew).replace("{database}", database))
    ask(f"DROP TABLE {anew} SYNC")
    (rows,) = ask(" ".join(("SELECT count() FROM", now)))
    return Rebuilt(table, int(rows), missed, stale)


def _only_in(ask: Callable[[str], list[str]], one: str, other: str) -> int:
    """Rows of one table that the other has not; a NaN is like another."""
    (count,) = ask(_ONLY_IN.replace("{one}", one).replace("{other}", other))
    return int(count)
