"""Rules over the feature vector, evaluated by the core for every decision.

A rule set is compiled (:mod:`haechi.configs.rule_tables`) into flat arrays. A rule has clauses of
which one must hold; a clause asks single numbers, features or computed ones, and what it asks of
a number can change its answer only at a few values. So for each range between such values there
is a row of bits: the clauses that a number in it leaves possible. A case's clauses are what is
left when the rows of all its numbers are laid over each other, however many rules there are. What
is missing has a row of its own, and leaves only those possible that ask whether it is missing.
"""

from __future__ import annotations

from enum import IntEnum
from typing import Final, NamedTuple

import numpy as np

from haechi.engine import exactmath
from haechi.engine.codes import NodeKind
from haechi.engine.kernel import Array, Int, Real, Row, kernel


class Test(IntEnum):
    """What a value is asked."""

    LESS = 0
    AT_MOST = 1
    MORE = 2
    AT_LEAST = 3
    EQUAL = 4
    OTHER = 5
    ONE_OF = 6
    NONE_OF = 7
    KNOWN = 8
    MISSING = 9


class Operation(IntEnum):
    """One step of a computation on a stack."""

    FEATURE = 0
    CONSTANT = 1
    ADD = 2
    SUBTRACT = 3
    MULTIPLY = 4
    DIVIDE = 5
    MIN = 6
    MAX = 7
    NEGATE = 8
    ABS = 9
    LOG2 = 10

    @property
    def pushes(self) -> int:
        """By how much the stack grows."""
        if self <= Operation.CONSTANT:
            return 1
        return -1 if self <= Operation.MAX else 0


MOST_DEPTH: Final = 8
"""Numbers that a computation may hold at once."""

MOST_TERMS: Final = 256
"""Different computations that a rule set may have."""

MOST_RULES: Final = 2000
MOST_CLAUSES: Final = 4096
MOST_TESTS: Final = 16_384
MOST_PACKS: Final = 64
RULE: Final = np.dtype(
    [
        ("uplift", "<f8"),
        ("from_us", "<i8"),
        ("until_us", "<i8"),
        ("first_snoozed", "<i4"),
        ("end_snoozed", "<i4"),
        ("lanes", "<u4"),
        ("stages", "<u2"),
        ("pack", "<i2"),
        ("node", "u1"),
        ("shadow", "u1"),
        ("verdict", "u1"),
        ("directive", "u1"),
        ("lane", "u1"),
        ("four_eyes", "u1"),
        ("spare", "u1", (2,)),
    ]
)
"""One rule, by priority. ``uplift`` in log-odds; in force from ``from_us`` until ``until_us``, on
the core's clock; ``lanes`` and ``stages`` are bit masks; ``pack`` is the campaign whose quota it
uses, -1 for none; ``shadow`` rules are noted and change nothing; ``verdict`` is the least that is
answered, ``lane`` the one whose policy then holds, 0 for none each. ``first_snoozed`` to
``end_snoozed`` are places in the list of rules that it silences."""

COLUMN: Final = np.dtype([("of", "<i4"), ("first_edge", "<i4"), ("edges", "<i4"), ("range", "<i4")])
"""One number that rules ask about. ``of`` is a feature's place, or -1 - t for computation t. Its
``edges`` from ``first_edge`` on ascend; ``range`` is the row for where it is missing, the next one
for below the first edge, and so on."""

STEP: Final = np.dtype([("operation", "<i8"), ("value", "<f8")])
"""One step of a computation."""

PACK: Final = np.dtype([("quota", "<i8"), ("used", "<i8"), ("day", "<i8"), ("until_us", "<i8")])
"""One campaign: how many answers a day (UTC) its rules may change, how many they did on ``day``."""

WORD: Final = 64
"""Clauses to a word of bits."""


class RuleTables(NamedTuple):
    """A compiled rule set.

    ``rules`` by priority, snoozing rules first. By kind of case: ``kinds``, first and end place of
    its ``columns``, shape (kinds, 2), and ``owners``, the rule of each clause, shape (kinds,
    WORD * words). ``edges`` of all columns; ``possible``, a row of bits for each range, shape
    (ranges, words). ``terms`` (first and end step of each computation, shape (terms + 1,)),
    ``steps``, ``snoozed`` (places of rules), ``packs``. Scratch: ``stack`` for computations,
    ``left`` for the clauses that are left, ``silent`` for which rules are silenced, ``matched``
    for which matched (places), of which there are at most as many as rules.
    """

    rules: Array
    kinds: Array
    columns: Array
    edges: Array
    possible: Array
    owners: Array
    terms: Array
    steps: Array
    snoozed: Array
    packs: Array
    stack: Array
    left: Array
    silent: Array
    matched: Array


_KINDS: Final = 1 + max(NodeKind)


def no_rules() -> RuleTables:
    """A rule set without rules."""
    return RuleTables(
        rules=np.zeros(0, RULE),
        kinds=np.zeros((_KINDS, 2), np.int64),
        columns=np.zeros(0, COLUMN),
        edges=np.zeros(0),
        possible=np.zeros((0, 0), np.uint64),
        owners=np.zeros((_KINDS, 0), np.int64),
        terms=np.zeros(1, np.int64),
        steps=np.zeros(0, STEP),
        snoozed=np.zeros(0, np.int64),
        packs=np.zeros(0, PACK),
        stack=np.zeros(MOST_DEPTH),
        left=np.zeros(0, np.uint64),
        silent=np.zeros(0, np.uint8),
        matched=np.zeros(0, np.int64),
    )


_FEATURE: Final = int(Operation.FEATURE)
_CONSTANT: Final = int(Operation.CONSTANT)
_ADD: Final = int(Operation.ADD)
_SUBTRACT: Final = int(Operation.SUBTRACT)
_MULTIPLY: Final = int(Operation.MULTIPLY)
_DIVIDE: Final = int(Operation.DIVIDE)
_MIN: Final = int(Operation.MIN)
_MAX: Final = int(Operation.MAX)
_NEGATE: Final = int(Operation.NEGATE)
_ABS: Final = int(Operation.ABS)


@kernel
def _two(operation: Int, a: Real, b: Real) -> Real:
    if operation == _ADD:
        return a + b
    if operation == _SUBTRACT:
        return a - b
    if operation == _MULTIPLY:
        return a * b
    if operation == _DIVIDE:
        return a / b if b != 0.0 else np.nan
    if a != a or b != b:
        return np.nan
    return min(a, b) if operation == _MIN else max(a, b)


@kernel
def _one(operation: Int, a: Real) -> Real:
    if operation == _NEGATE:
        return -a
    if operation == _ABS:
        return abs(a)
    return exactmath.log2(a) if a > 0.0 else np.nan


@kernel
def compute(steps: Array, first: Int, end: Int, vector: Array, stack: Array) -> Real:
    """Compute one number; what is missing, divided by zero or of no logarithm is NaN.

    Parameters
    ----------
    steps
        ``STEP`` records.
    first, end
        Which of them.
    vector
        Features, shape (features,).
    stack
        Scratch, shape (>= MOST_DEPTH,).
    """
    top = -1
    for i in range(first, end):
        operation = steps[i].operation
        if operation == _FEATURE:
            top += 1
            stack[top] = vector[int(steps[i].value)]
        elif operation == _CONSTANT:
            top += 1
            stack[top] = steps[i].value
        elif operation <= _MAX:
            top -= 1
            stack[top] = _two(operation, stack[top], stack[top + 1])
        else:
            stack[top] = _one(operation, stack[top])
    return stack[0]


_SPREAD: Final = np.uint64(0x03F79D71B4CB0A89)
"""De Bruijn's sequence: times a power of two it begins with another six bits for each."""

_BIT_OF: Final = np.zeros(WORD, np.int64)
for _bit in range(WORD):
    _BIT_OF[(int(_SPREAD) << _bit & (1 << WORD) - 1) >> WORD - 6] = _bit

_ALL: Final = np.uint64((1 << WORD) - 1)
_NONE: Final = np.uint64(0)
_ONE: Final = np.uint64(1)
_TOP: Final = np.uint64(WORD - 6)


@kernel
def _range_of(column: Row, edges: Array, value: Real) -> Int:
    """The row of the range that a number lies in. No branch but the loop's can be mispredicted."""
    at = column.first_edge
    left = column.edges
    while left > 1:
        half = left >> 1
        at += half if edges[at + half - 1] <= value else 0
        left -= half
    below = at - column.first_edge
    if left == 1:
        below += 1 if edges[at] <= value else 0
    # Nothing is below what is missing, so it takes the row before the first.
    return column.range + below + (1 if value == value else 0)


@kernel
def _lay_over(r: RuleTables, vector: Array, node: Int) -> None:
    """Leave in ``r.left`` the clauses that hold."""
    r.left[:] = _ALL
    for c in range(r.kinds[node, 0], r.kinds[node, 1]):
        column = r.columns[c]
        of = column.of
        if of >= 0:
            value = vector[of]
        else:
            value = compute(r.steps, r.terms[-1 - of], r.terms[-of], vector, r.stack)
        row = r.possible[_range_of(column, r.edges, value)]
        for w in range(row.shape[0]):
            r.left[w] &= row[w]


@kernel
def match_rules(r: RuleTables, vector: Array, node: Int, lane: Int, stage: Int, now_us: Int) -> Int:
    """Find the rules that a case meets.

    Parameters
    ----------
    r
        The rule set; its scratch is overwritten, and ``matched`` gets the places of the rules.
    vector
        Features, shape (features,).
    node, lane, stage
        Of the case.
    now_us
        The core's clock.

    Returns
    -------
    How many rules matched, shadow rules too.
    """
    if r.kinds[node, 0] == r.kinds[node, 1]:
        return 0
    _lay_over(r, vector, node)
    if r.snoozed.shape[0] > 0:
        r.silent[:] = 0
    found = 0
    here = np.uint32(1) << np.uint32(lane)
    seen = -1
    for w in range(r.left.shape[0]):
        left = r.left[w]
        while left != _NONE:
            lowest = left & (~left + _ONE)
            left ^= lowest
            i = r.owners[node, WORD * w + _BIT_OF[(lowest * _SPREAD) >> _TOP]]
            if i == seen:
                continue
            seen = i
            rule = r.rules[i]
            if (rule.lanes & here) == 0 or (rule.stages >> stage) & 1 == 0:
                continue
            if now_us < rule.from_us or now_us >= rule.until_us or r.silent[i] == 1:
                continue
            r.matched[found] = i
            found += 1
            for k in range(rule.first_snoozed, rule.end_snoozed):
                if rule.shadow == 0 or r.rules[r.snoozed[k]].shadow == 1:
                    r.silent[r.snoozed[k]] = 1
    return found


@kernel
def match_batch(r: RuleTables, vectors: Array, nodes: Array, lanes: Array, stages: Array,
                now_us: Array, counts: Array, firsts: Array) -> None:  # fmt: skip
    """Match many cases, as :func:`match_rules` does one.

    Parameters
    ----------
    r
        The rule set.
    vectors
        Features, shape (n, features).
    nodes, lanes, stages, now_us
        Of the cases, shape (n,).
    counts
        Filled: how many rules each meets, shape (n,).
    firsts
        Filled: places of the first of them, -1 where there are fewer, shape (n, m).
    """
    for i in range(vectors.shape[0]):
        found = match_rules(r, vectors[i], nodes[i], lanes[i], stages[i], now_us[i])
        counts[i] = found
        for k in range(firsts.shape[1]):
            firsts[i, k] = r.matched[k] if k < found else -1
