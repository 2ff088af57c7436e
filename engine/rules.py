"""Rules over the feature vector, evaluated by the core for every decision.

A rule set is compiled (:mod:`haechi.configs.rules`) into flat arrays: a rule has clauses of which
one must hold, a clause has tests that must all hold, a test compares a feature, or a number that
is computed from several, with constants. Tests with a missing value never hold.
"""

from __future__ import annotations

from enum import IntEnum
from typing import Final, NamedTuple

import numpy as np

from haechi.engine import exactmath
from haechi.engine.kernel import Array, Flag, Int, Real, Row, kernel


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
"""Computations that a rule set may have."""

MOST_RULES: Final = 2000
MOST_PACKS: Final = 64
RULE: Final = np.dtype(
    [
        ("uplift", "<f8"),
        ("from_us", "<i8"),
        ("until_us", "<i8"),
        ("first_clause", "<i4"),
        ("end_clause", "<i4"),
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

CLAUSE: Final = np.dtype([("first", "<i4"), ("end", "<i4")])
"""Tests from ``first`` up to ``end``."""

TEST: Final = np.dtype([("of", "<i4"), ("kind", "<i4"), ("low", "<f8"), ("high", "<f8")])
"""One test. ``of`` is a feature's place, or -1 - t for computation t. Every comparison with one
constant asks whether the value lies from ``low`` to ``high``, both included (``kind`` 0), or
outside (``OTHER``); for ``ONE_OF`` and ``NONE_OF`` they are first and end place of constants."""

GUARDS: Final = 3
GUARD: Final = np.dtype([("of", "<i8"), ("low", "<f8"), ("high", "<f8")])
"""What a rule cannot hold without: a feature from ``low`` to ``high``. These are some of its tests,
one told again where it has fewer, ``of`` -1 where it has none. Most rules fail there, and looked
at together they cost no mispredicted branch."""

STEP: Final = np.dtype([("operation", "<i8"), ("value", "<f8")])
"""One step of a computation."""

PACK: Final = np.dtype([("quota", "<i8"), ("used", "<i8"), ("day", "<i8"), ("until_us", "<i8")])
"""One campaign: how many answers a day (UTC) its rules may change, how many they did on ``day``."""


class RuleTables(NamedTuple):
    """A compiled rule set.

    ``rules`` by priority, snoozing rules first; ``guards``, shape (rules, GUARDS); ``clauses``,
    ``tests``, ``constants``, ``terms`` (first and end step of each computation, shape
    (terms + 1,)), ``steps``, ``snoozed`` (places of rules), ``packs``; ``scratch`` holds what the
    computations gave, ``silent`` which rules are silenced, ``matched`` which matched (places), of
    which there are at most as many as rules.
    """

    rules: Array
    guards: Array
    clauses: Array
    tests: Array
    constants: Array
    terms: Array
    steps: Array
    snoozed: Array
    packs: Array
    scratch: Array
    silent: Array
    matched: Array


def no_rules() -> RuleTables:
    """A rule set without rules."""
    return RuleTables(
        rules=np.zeros(0, RULE),
        guards=np.zeros((0, GUARDS), GUARD),
        clauses=np.zeros(0, CLAUSE),
        tests=np.zeros(0, TEST),
        constants=np.zeros(0),
        terms=np.zeros(1, np.int64),
        steps=np.zeros(0, STEP),
        snoozed=np.zeros(0, np.int64),
        packs=np.zeros(0, PACK),
        scratch=np.zeros(MOST_DEPTH),
        silent=np.zeros(0, np.uint8),
        matched=np.zeros(0, np.int64),
    )


WITHIN: Final = 0
"""The kind of test that most are: any order, equality or presence as an interval."""

_OTHER: Final = int(Test.OTHER)
_ONE_OF: Final = int(Test.ONE_OF)
_NONE_OF: Final = int(Test.NONE_OF)
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


@kernel
def _holds(test: Row, value: Real, constants: Array) -> Flag:
    """Whether a test of another kind than ``WITHIN`` holds."""
    kind = test.kind
    if kind == _OTHER:
        return value < test.low or value > test.high
    if kind in (_ONE_OF, _NONE_OF):
        inside = False
        for k in range(int(test.low), int(test.high)):
            inside = inside or constants[k] == value
        return inside if kind == _ONE_OF else not inside and value == value
    return value != value


@kernel
def _is_met(r: RuleTables, rule: Row, vector: Array) -> Flag:
    for c in range(rule.first_clause, rule.end_clause):
        clause = r.clauses[c]
        met = True
        for t in range(clause.first, clause.end):
            test = r.tests[t]
            of = test.of
            value = vector[of] if of >= 0 else r.scratch[MOST_DEPTH - 1 - of]
            if test.kind == WITHIN:
                met = test.low <= value <= test.high
            else:
                met = _holds(test, value, r.constants)
            if not met:
                break
        if met:
            return True
    return False


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
    if r.rules.shape[0] == 0:
        return 0
    for t in range(r.terms.shape[0] - 1):
        r.scratch[MOST_DEPTH + t] = compute(r.steps, r.terms[t], r.terms[t + 1], vector, r.scratch)
    if r.snoozed.shape[0] > 0:
        r.silent[:] = 0
    found = 0
    here = np.uint32(1) << np.uint32(lane)
    for i in range(r.rules.shape[0]):
        one, two, three = r.guards[i, 0], r.guards[i, 1], r.guards[i, 2]
        if one.of >= 0:
            a, b, c = vector[one.of], vector[two.of], vector[three.of]
            may = (a >= one.low) & (a <= one.high) & (b >= two.low) & (b <= two.high)
            if not (may & (c >= three.low) & (c <= three.high)):
                continue
        rule = r.rules[i]
        if rule.node != node or (rule.lanes & here) == 0 or (rule.stages >> stage) & 1 == 0:
            continue
        if now_us < rule.from_us or now_us >= rule.until_us or r.silent[i] == 1:
            continue
        if not _is_met(r, rule, vector):
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
