"""What the value of a number leaves possible of a rule set: the bits that the core lays over.

A test of one number changes its answer at one or two values, its edges. For every range between
the edges of all tests of a number each test is asked once, here; the core only looks up the range.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from haechi.configs.condition import Check, Clause, Step
from haechi.engine.codes import NodeKind
from haechi.engine.rules import COLUMN, STEP, WORD, Test

_Numbers = NDArray[np.float64]
_Asked = Callable[[_Numbers, tuple[float, ...]], NDArray[np.bool_]]
_Of = int | tuple[Step, ...]


def _among(x: _Numbers, listed: tuple[float, ...]) -> NDArray[np.bool_]:
    same: NDArray[np.bool_] = np.equal.outer(x, np.array(listed)).any(axis=1)
    return same


_ASKED: Final[dict[Test, _Asked]] = {
    Test.LESS: lambda x, to: x < to[0],
    Test.AT_MOST: lambda x, to: x <= to[0],
    Test.MORE: lambda x, to: x > to[0],
    Test.AT_LEAST: lambda x, to: x >= to[0],
    Test.EQUAL: lambda x, to: x == to[0],
    Test.OTHER: lambda x, to: (x < to[0]) | (x > to[0]),
    Test.ONE_OF: _among,
    Test.NONE_OF: lambda x, to: ~_among(x, to) & (x == x),
    Test.KNOWN: lambda x, _: x == x,
    Test.MISSING: lambda x, _: x != x,
}
"""What each test says of numbers; what is missing is NaN."""

_AT: Final = (Test.LESS, Test.AT_LEAST)
_PAST: Final = (Test.AT_MOST, Test.MORE)


def _edges(check: Check) -> Iterator[float]:
    """Where the answer of a test may be another one than just below."""
    for value in check.values:
        if check.test not in _PAST:
            yield value
        if check.test not in _AT:
            yield math.nextafter(value, math.inf)


def index(clauses: Sequence[tuple[NodeKind, int, Clause]]) -> dict[str, NDArray[Any]]:
    """Lay clauses out.

    Parameters
    ----------
    clauses
        Kind of case, place of the rule and comparisons of each, by place.

    Returns
    -------
    Arrays of ``RuleTables`` by name.
    """
    kinds = np.zeros((1 + max(NodeKind), 2), np.int64)
    owned = {node: [place for kind, place, _ in clauses if kind == node] for node in NodeKind}
    words = -(-max(map(len, owned.values())) // WORD)
    owners = np.zeros((len(kinds), WORD * words), np.int64)
    terms: dict[tuple[Step, ...], int] = {}
    columns: list[tuple[int, int, int, int]] = []
    edges: list[_Numbers] = []
    rows: list[NDArray[np.uint64]] = []
    at_edge = at_row = 0
    for node in NodeKind:
        owners[node, : len(owned[node])] = owned[node]
        asked: defaultdict[_Of, list[tuple[int, Check]]] = defaultdict(list)
        for number, clause in enumerate(one for kind, _, one in clauses if kind == node):
            for check in clause:
                asked[check.of].append((number, check))
        kinds[node] = len(columns), len(columns) + len(asked)
        for of, checks in asked.items():
            own = np.unique([edge for _, check in checks for edge in _edges(check)])
            place = of if isinstance(of, int) else -1 - terms.setdefault(of, len(terms))
            columns.append((place, at_edge, len(own), at_row))
            edges.append(own)
            rows.append(_possible(own, checks, len(owned[node]), words))
            at_edge += len(own)
            at_row += len(rows[-1])
    steps = [(step.operation, step.value) for term in terms for step in term]
    return {
        "kinds": kinds,
        "columns": np.array(columns, COLUMN),
        "edges": np.concatenate([np.zeros(0), *edges]),
        "possible": np.concatenate([np.zeros((0, words), np.uint64), *rows]),
        "owners": owners,
        "terms": np.cumsum([0, *map(len, terms)], dtype=np.int64),
        "steps": np.array(steps, STEP),
        "left": np.zeros(words, np.uint64),
    }


def _possible(
    edges: _Numbers, checks: Sequence[tuple[int, Check]], clauses: int, words: int
) -> NDArray[np.uint64]:
    """Bits of the clauses that are possible where a number is missing, and in each range."""
    ranges = np.concatenate(([np.nan, -np.inf], edges))
    possible = np.zeros((WORD * words, len(ranges)), bool)
    possible[:clauses] = True
    for number, check in checks:
        possible[number] &= _ASKED[check.test](ranges, check.values)
    octets = np.packbits(possible, axis=0, bitorder="little")
    return np.ascontiguousarray(octets.T).view("<u8")
