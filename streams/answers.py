"""What gates were answered, out of ClickHouse: a copy laid out for backtests, and its reading.

``decisions`` keeps features as a map, which a batch of few rows takes quickly and a scan of
millions of rows does not: looking one feature up costs as much as reading all. ``answers`` has a
column for each. Whoever reads it has what is missing copied first, so that inserts and an idle
store pay nothing for it; what it holds can be made again from ``decisions`` at any time.
"""

from __future__ import annotations

import queue
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from typing import Any, Final, NamedTuple

import numpy as np
from clickhouse_connect.driver.client import Client
from numpy.typing import NDArray

from haechi.configs.schema import Target
from haechi.engine.codes import NodeKind, Stage, Verdict
from haechi.engine.errors import StoreError
from haechi.engine.features import FEATURES
from haechi.streams.fixed_width import read_blocks

_AHEAD: Final = 4
"""Blocks that are read while one is worked on."""

_ATTEMPTS: Final = 2
_DECIDED_US: Final = "toUnixTimestamp64Micro(decided_at)"
_NUMBERS: Final = {
    "shard": "shard",
    "offset": "offset",
    "ordinal": "ordinal",
    "decided_us": _DECIDED_US,
    "id_hi": "reinterpretAsUInt64(unhex(substring(decision_id, 1, 16)))",
    "id_lo": "reinterpretAsUInt64(unhex(substring(decision_id, 17, 16)))",
    "case_key": "case_key",
    "routed": "routed != '' OR code_class = 'OFFICER' OR NOT isNaN(bar) OR isNaN(log_odds)",
    "promised": "promised > 0",
    "withheld": "arrayExists(stream -> NOT has(excused, stream), missing)",
    "crowded": "is_crowded",
    "log_odds": "log_odds - uplift",
    "selection": "selection - uplift",
    "hold_at": "hold_at",
    "refer_at": "refer_at",
    "draw": "draw",
    "explore": "explore",
    "face": "face",
    "propensity": "propensity",
}
"""Columns of ``answers`` and what they are of ``decisions``; codes and features come beside."""

_CODES: Final[dict[str, tuple[str, Mapping[str, int]]]] = {
    "node": ("subject_kind", {one.name: one.value for one in NodeKind}),
    "stage": ("stage", {one.name: one.value for one in Stage}),
    "verdict": ("verdict", {one.name: one.value for one in Verdict}),
}
_ON_RECORD: Final = {
    "decided_us": "<i8", "id_hi": "<u8", "id_lo": "<u8", "case_key": "<u8",
    "lane": "u1", "stage": "u1", "verdict": "u1",
    "routed": "u1", "promised": "u1", "withheld": "u1", "crowded": "u1",
    "log_odds": "<f8", "selection": "<f8", "hold_at": "<f8", "refer_at": "<f8",
    "draw": "<f8", "explore": "<f8", "face": "<f8",
}  # fmt: skip
"""What is read of every answer."""


_OWN: Final = tuple(f"f_{feature.name}" for feature in FEATURES)
_NAMES: Final = ", ".join(f"'{feature.name}'" for feature in FEATURES)
_PLACES: Final = ", ".join(map(str, range(1, len(FEATURES) + 1)))
_BLANK: Final = (
    f"mapFromArrays([{_PLACES}]::Array(UInt16), arrayWithConstant({len(FEATURES)}, nan))"
)
# What this version has no feature for comes behind all others.
_PLACED: Final = f"arrayMap(name -> transform(name, [{_NAMES}], [{_PLACES}], 65535)::UInt16, "
_DENSE: Final = (
    f"mapUpdate({_BLANK}, mapFromArrays({_PLACED}mapKeys(features)), mapValues(features))) AS m, "
    "arraySort((value, place) -> place, mapValues(m), mapKeys(m)) AS v"
)
"""SQL for the features as an array with a value for each: a look-up of one by its name would walk
through the map, a hundred times a row."""

_LABELS: Final = """
WITH
    fromUnixTimestamp64Micro({since:Int64}) AS since,
    o AS
    (
        SELECT shard, offset, case_key, result, propensity FROM {database}.outcomes
        WHERE stamped_at >= since AND result IN ('FOUND', 'NOTHING')
    )
SELECT o.case_key, o.result = 'FOUND', if(isNaN(o.propensity), d.last, o.propensity)
FROM o ASOF LEFT JOIN
(
    SELECT shard, case_key, offset, toNullable(argMax(propensity, ordinal)) AS last
    FROM {database}.decisions
    WHERE NOT isNaN(propensity) AND decided_at >= since AND case_key IN (SELECT case_key FROM o)
    GROUP BY shard, case_key, offset
) AS d ON o.shard = d.shard AND o.case_key = d.case_key AND o.offset > d.offset
ORDER BY o.shard, o.offset
"""
"""Who was inspected, with the propensity that is stated, or else the case's last one before."""


class Piece(NamedTuple):
    """Some answers.

    Parameters
    ----------
    told
        Columns by name, shape (n,) each.
    features
        Values of the features that were asked for, shape (k, n).
    """

    told: dict[str, NDArray[Any]]
    features: NDArray[np.float64]


class Answers:
    """The copy.

    Parameters
    ----------
    client
        Connected as one who may write.
    target
        Where the tables stand.
    lanes
        Numbers of the lanes, by name.
    """

    def __init__(self, client: Client, target: Target, lanes: Mapping[str, int]) -> None:
        self._client = client
        self._target = target
        # A shipper without the port's configuration writes lanes by number.
        self._lanes = {**lanes, **{str(number): number for number in lanes.values()}}

    def complete(self) -> int:
        """Copy what came since the last time; returns how many answers there are.

        Raises
        ------
        StoreError
            If the copy and ``decisions`` do not come to agree, as while two complete it at once.
        """
        self._add_features()
        for _ in range(_ATTEMPTS):
            wanted = self._counts("{database}.decisions", "kind = 'ANSWER'")
            there = self._counts("{database}.answers", "1")
            for shard, (last, _) in wanted.items():
                self._copy(shard, there.get(shard, (-1, 0))[0], last)
            there = self._counts("{database}.answers", "1")
            if there == wanted:
                return sum(count for _, count in wanted.values())
            # Rows came late, or a copy was broken off: it is made anew.
            self._client.command(self._target.fill("TRUNCATE TABLE {database}.answers{on_cluster}"))
        raise StoreError(
            f"{self._target.database}.answers does not come to agree with decisions; see that "
            "nobody else backtests, and begin again"
        )

    def _rows(self, query: str, **parameters: Any) -> Sequence[Sequence[Any]]:
        return self._client.query(self._target.fill(query), parameters=parameters).result_rows

    def _counts(self, table: str, which: str) -> dict[int, tuple[int, int]]:
        """Last offset and number of answers, by shard."""
        query = " ".join(("SELECT shard, max(offset), count() FROM", table, "WHERE", which))
        rows = self._rows(f"{query} GROUP BY shard")
        return {int(shard): (int(last), int(count)) for shard, last, count in rows}

    def _add_features(self) -> None:
        """Give features that are new since the last time a column; old answers had none of them."""
        added = ", ".join(f"ADD COLUMN IF NOT EXISTS {name} Float64 DEFAULT nan" for name in _OWN)
        table = self._target.fill("{database}.answers{on_cluster}")
        self._client.command(f"ALTER TABLE {table} {added}")

    def _copy(self, shard: int, after: int, last: int) -> None:
        if after >= last:
            return
        columns = {
            **_NUMBERS,
            **{name: _numbered(*given) for name, given in _CODES.items()},
            "lane": _numbered("lane", self._lanes),
            **{name: f"v[{place}]" for place, name in enumerate(_OWN, 1)},
        }
        words = (
            *("INSERT INTO {database}.answers", f"({', '.join(columns)})"),
            *("WITH", _DENSE, "SELECT", ", ".join(columns.values())),
            "FROM {database}.decisions WHERE kind = 'ANSWER'",
            f"AND shard = {shard} AND offset > {after} AND offset <= {last}",
        )
        self._client.command(self._target.fill(" ".join(words)))

    def read(
        self, node: NodeKind, places: Sequence[int], from_us: int, until_us: int
    ) -> Iterator[Piece]:
        """Read answers in no order, some blocks ahead of whoever works on them.

        Parameters
        ----------
        node
            Kind of case: features of the other kind need not be read.
        places
            Features that are wanted.
        from_us, until_us
            Range of the core's clock.
        """
        kinds = [*_ON_RECORD.items(), *((_OWN[place], "<f8") for place in places)]
        columns = ", ".join(name for name, _ in kinds)
        within = "decided_us >= {from:Int64} AND decided_us < {until:Int64}"
        words = ("SELECT", columns, "FROM {database}.answers WHERE node = {node:UInt8} AND", within)
        query = self._target.fill(" ".join(words))
        between = {"node": int(node), "from": from_us, "until": until_us}
        read: queue.Queue[Piece | BaseException | None] = queue.Queue(_AHEAD)
        stop = threading.Event()

        def put(what: Piece | BaseException | None) -> None:
            while not stop.is_set():
                try:
                    read.put(what, timeout=0.1)
                except queue.Full:
                    continue
                return

        def work() -> None:
            try:
                stream: Any = self._client.raw_stream(query, between, fmt="Native")
                with closing(stream) as source:
                    for block in read_blocks(source, kinds):
                        put(_piece(block))
                        if stop.is_set():
                            return
                put(None)
            except BaseException as error:
                put(error)

        thread = threading.Thread(target=work, name="answers", daemon=True)
        thread.start()
        try:
            while (piece := read.get()) is not None:
                if isinstance(piece, BaseException):
                    raise piece
                yield piece
        finally:
            stop.set()
            thread.join()

    def labels(self, from_us: int) -> Iterator[tuple[int, bool, float]]:
        """Cases that were inspected, in order: case, whether something was found, propensity.

        Where an outcome does not state the propensity it is that of the case's last decision
        before it which had one, NaN if none had.
        """
        rows = self._rows(_LABELS, since=from_us)
        for case, found, propensity in rows:
            yield int(case), bool(found), np.nan if propensity is None else float(propensity)


def _numbered(column: str, numbers: Mapping[str, int]) -> str:
    """SQL for the number of a code; 0 for none that is known."""
    words = ", ".join("'" + word.replace("'", "''") + "'" for word in numbers)
    return f"transform({column}, [{words}], {[*numbers.values()]}, 0)"


def _piece(block: Sequence[NDArray[Any]]) -> Piece:
    told = dict(zip(_ON_RECORD, block, strict=False))
    features = np.array(block[len(_ON_RECORD) :])
    return Piece(told, features.reshape(-1, len(told["verdict"])))
