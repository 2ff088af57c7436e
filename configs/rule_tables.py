"""Compile rule sets into the flat arrays that the core evaluates."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from haechi.configs.condition import Check, Clause, Step
from haechi.configs.rule_set import Pack, Rule, RuleSet
from haechi.engine.errors import ConfigError
from haechi.engine.rules import (
    CLAUSE,
    GUARD,
    GUARDS,
    MOST_DEPTH,
    MOST_RULES,
    MOST_TERMS,
    PACK,
    RULE,
    STEP,
    TEST,
    WITHIN,
    RuleTables,
    Test,
)

_SETS: Final = (Test.ONE_OF, Test.NONE_OF)
_NO_GUARD: Final = (Test.OTHER, Test.NONE_OF, Test.MISSING)


@dataclass(frozen=True, slots=True)
class CompiledRules:
    """Rules as the core has them.

    Parameters
    ----------
    rules
        By their places in the arrays.
    packs
        Which set (0: active, 1: shadow) and name of each campaign, by its place in the arrays.
    tables
        The arrays.
    """

    rules: tuple[Rule, ...]
    packs: tuple[tuple[int, str], ...]
    tables: RuleTables


def compile_rules(
    active: RuleSet | None, shadow: RuleSet | None = None, before: CompiledRules | None = None
) -> CompiledRules:
    """Lay one or two rule sets out as arrays.

    Parameters
    ----------
    active
        What decides, but for those of its rules that are marked as shadow.
    shadow
        What is only noted.
    before
        What was in force: what it used of its quotas stays used.

    Raises
    ------
    ConfigError
        If there is no room for them.
    """
    listed = [(rule, 0, rule.shadow) for rule in (active.rules if active else ())]
    listed += [(rule, 1, True) for rule in (shadow.rules if shadow else ())]
    # Who silences others comes first; then priority, then the order of the file.
    listed.sort(key=lambda one: (not one[0].snooze, one[0].priority))
    if len(listed) > MOST_RULES:
        raise ConfigError(f"both rule sets have {len(listed)} rules; at most {MOST_RULES} fit")
    layout = _Layout()
    packs = [(0, pack) for pack in (active.packs if active else ())]
    packs += [(1, pack) for pack in (shadow.packs if shadow else ())]
    place_of_pack = {(which, pack.id): at for at, (which, pack) in enumerate(packs)}
    place_of_rule = {(which, rule.id): at for at, (rule, which, _) in enumerate(listed)}
    rows = np.zeros(len(listed), RULE)
    snoozed: list[int] = []
    for row, (rule, which, shadowed) in zip(rows, listed, strict=True):
        first = len(snoozed)
        snoozed += [place_of_rule[which, other] for other in rule.snooze]
        row["first_snoozed"], row["end_snoozed"] = first, len(snoozed)
        row["first_clause"], row["end_clause"] = layout.add(rule.condition.clauses)
        row["pack"] = place_of_pack[which, rule.pack] if rule.pack else -1
        row["shadow"] = shadowed
        _fill(row, rule)
    tables = RuleTables(
        rules=rows,
        guards=_guards([rule for rule, *_ in listed]),
        clauses=_array(layout.clauses, CLAUSE),
        tests=_array(layout.tests, TEST),
        constants=np.array(layout.constants, float),
        terms=np.array(layout.ends, np.int64),
        steps=_array(layout.steps, STEP),
        snoozed=np.array(snoozed, np.int64),
        packs=_packs([pack for _, pack in packs]),
        scratch=np.zeros(MOST_DEPTH + len(layout.ends)),
        silent=np.zeros(len(listed), np.uint8),
        matched=np.zeros(len(listed), np.int64),
    )
    compiled = CompiledRules(tuple(rule for rule, *_ in listed), tuple(place_of_pack), tables)
    if before is not None:
        _carry_quotas(before, compiled)
    return compiled


def _carry_quotas(before: CompiledRules, after: CompiledRules) -> None:
    used = dict(zip(before.packs, before.tables.packs, strict=True))
    for pack, row in zip(after.packs, after.tables.packs, strict=True):
        if pack in used:
            row["used"], row["day"] = used[pack]["used"], used[pack]["day"]


def _guards(rules: list[Rule]) -> NDArray[Any]:
    """Some necessary tests a rule, the narrowest of those on one feature."""
    rows = np.zeros((len(rules), GUARDS), GUARD)
    rows["of"] = -1
    for row, rule in zip(rows, rules, strict=True):
        clauses = rule.condition.clauses
        found = []
        for check in clauses[0] if len(clauses) == 1 else ():
            if isinstance(check.of, int) and check.test not in _NO_GUARD:
                among = check.test == Test.ONE_OF
                low, high = (check.values[0], check.values[-1]) if among else _interval(check)
                found.append((high - low, check.of, low, high))
        found.sort()
        for at in range(GUARDS if found else 0):
            _, of, low, high = found[at % len(found)]
            row[at]["of"], row[at]["low"], row[at]["high"] = of, low, high
    return rows


def _interval(check: Check) -> tuple[float, float]:
    """Least and greatest value that passes, both included; any that is known if none is named."""
    value = check.values[0] if check.values else math.nan
    if check.test in (Test.LESS, Test.AT_MOST):
        return -math.inf, value if check.test == Test.AT_MOST else math.nextafter(value, -math.inf)
    if check.test in (Test.MORE, Test.AT_LEAST):
        return value if check.test == Test.AT_LEAST else math.nextafter(value, math.inf), math.inf
    if check.test in (Test.EQUAL, Test.OTHER):
        return value, value
    return -math.inf, math.inf


def _fill(row: Any, rule: Rule) -> None:
    row["node"] = rule.node
    row["uplift"] = rule.uplift
    row["from_us"], row["until_us"] = rule.from_us, rule.until_us
    row["lanes"] = sum(1 << lane for lane in rule.lanes)
    row["stages"] = sum(1 << stage for stage in rule.stages)
    row["verdict"] = rule.verdict or 0
    row["directive"] = rule.directive or 0
    row["lane"] = rule.lane
    row["four_eyes"] = rule.four_eyes


def _packs(packs: list[Pack]) -> NDArray[Any]:
    rows = np.zeros(len(packs), PACK)
    for row, pack in zip(rows, packs, strict=True):
        row["quota"], row["until_us"] = pack.quota, pack.until_us
    return rows


def _array(rows: list[tuple[Any, ...]], dtype: np.dtype[Any]) -> NDArray[Any]:
    return np.array(rows, dtype) if rows else np.zeros(0, dtype)


class _Layout:
    """Clauses, tests and computations, those that come twice laid out once."""

    def __init__(self) -> None:
        self.clauses: list[tuple[int, int]] = []
        self.tests: list[tuple[int, int, float, float]] = []
        self.constants: list[float] = []
        self.steps: list[tuple[int, float]] = []
        self.ends = [0]
        self._terms: dict[tuple[Step, ...], int] = {}

    def add(self, clauses: tuple[Clause, ...]) -> tuple[int, int]:
        """Add a rule's clauses; first and end place."""
        first = len(self.clauses)
        for clause in clauses:
            begin = len(self.tests)
            self.tests += [self._test(check) for check in clause]
            self.clauses.append((begin, len(self.tests)))
        return first, len(self.clauses)

    def _test(self, check: Check) -> tuple[int, int, float, float]:
        of = check.of if isinstance(check.of, int) else -1 - self._term(check.of)
        if check.test in _SETS:
            first = len(self.constants)
            self.constants += check.values
            return of, check.test, float(first), float(len(self.constants))
        kind = check.test if check.test in (Test.OTHER, Test.MISSING) else WITHIN
        return of, kind, *_interval(check)

    def _term(self, steps: tuple[Step, ...]) -> int:
        if steps not in self._terms:
            if len(self._terms) == MOST_TERMS:
                raise ConfigError(
                    f"the rules compute more than {MOST_TERMS} different numbers; simplify some"
                )
            self._terms[steps] = len(self._terms)
            self.steps += [(step.operation, step.value) for step in steps]
            self.ends.append(len(self.steps))
        return self._terms[steps]
