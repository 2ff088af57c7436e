"""Many rules over many cases: the core finds those that a plain reading of them finds."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from rule_files import parsed, rule

from haechi.configs.condition import Check
from haechi.configs.rule_tables import compile_rules
from haechi.engine.codes import NodeKind
from haechi.engine.features import FEATURES, PLACE
from haechi.engine.rules import MOST_DEPTH, STEP, compute, match_batch, match_rules
from haechi.engine.rules import Test as Asked

NUMBERS = ("price", "mass", "xray_score", "price_ratio", "mass_gap", "hs2")
OPERATORS = ("<", "<=", ">", ">=", "==", "!=")
EXTREMES = (math.nan, math.inf, -math.inf, 0.0, -0.0, 5e-324, 1e308)
LANES, STAGES = (5, 6), (5, 6, 7)


def condition(draws: np.random.Generator, names: tuple[str, ...] = NUMBERS) -> str:
    def one() -> str:
        name = str(draws.choice(names))
        kind = draws.random()
        if kind < 0.1:
            return f"{draws.choice(('known', 'missing'))}({name})"
        if kind < 0.3:
            few = ", ".join(str(int(n)) for n in draws.integers(-2, 3, size=3))
            return f"{name} {draws.choice(('in', 'not in'))} ({few})"
        if kind < 0.4 and "price" in names:
            return f"price - mass {draws.choice(OPERATORS)} {draws.integers(-2, 3)}"
        return f"{name} {draws.choice(OPERATORS)} {draws.integers(-2, 3)}"

    parts = [one() for _ in range(int(draws.integers(1, 5)))]
    return " or ".join(parts) if draws.random() < 0.3 else " and ".join(parts)


def holds(check: Check, vector: Any) -> bool:
    """Read one comparison as Python would; what is missing meets nothing."""
    if isinstance(check.of, int):
        value = float(vector[check.of])
    else:
        steps = np.array([(one.operation, one.value) for one in check.of], STEP)
        value = compute(steps, 0, len(steps), vector, np.zeros(MOST_DEPTH))
    if math.isnan(value) or check.test in (Asked.KNOWN, Asked.MISSING):
        return math.isnan(value) == (check.test == Asked.MISSING)
    if check.test in (Asked.ONE_OF, Asked.NONE_OF):
        return (value in check.values) == (check.test == Asked.ONE_OF)
    (other,) = check.values
    return {
        Asked.LESS: value < other,
        Asked.AT_MOST: value <= other,
        Asked.MORE: value > other,
        Asked.AT_LEAST: value >= other,
        Asked.EQUAL: value == other,
        Asked.OTHER: value != other,
    }[check.test]


def plainly(rules: Any, vector: Any, node: int, lane: int, stage: int, now_us: int) -> list[int]:
    silent: set[str] = set()
    found = []
    for place, one in enumerate(rules):
        here = one.node == node and lane in one.lanes and stage in one.stages
        if not here or not one.from_us <= now_us < one.until_us or one.id in silent:
            continue
        clauses = one.condition.clauses
        if any(all(holds(check, vector) for check in clause) for clause in clauses):
            found.append(place)
            silent |= set(one.snooze)
    return found


def vectors(draws: np.random.Generator, n: int) -> Any:
    given = np.full((n, len(FEATURES)), np.nan)
    places = [PLACE[name] for name in (*NUMBERS, "one_way", "bag_weight")]
    values = np.where(
        draws.random((n, len(places))) < 0.2,
        draws.choice(EXTREMES, (n, len(places))),
        draws.integers(-3, 4, (n, len(places))),
    )
    given[:, places] = values
    return given


@pytest.mark.parametrize("seed", range(4))
def test_a_set_of_rules_finds_what_each_of_them_says(seed: int) -> None:
    draws = np.random.default_rng(seed)
    files = []
    for number in range(int(draws.choice((1, 63, 64, 150)))):
        given: dict[str, Any] = {"priority": int(draws.integers(3))}
        if draws.random() < 0.2:
            given["until"] = "2023-01-01T00:00:00Z"
        if draws.random() < 0.2:
            given["lanes"] = ["express"]
        files.append(rule(f"r{number}", condition(draws), "parcel", **given))
    files.append(rule("light", "bag_weight < 1 or one_way"))
    files.append(rule("hush", "mass > 0", "parcel", snooze=["r0"]))
    compiled = compile_rules(parsed(*files))
    cases = vectors(draws, 300)
    nodes = draws.choice([NodeKind.PARCEL, NodeKind.TRAVELER], len(cases))
    lanes, stages = draws.choice(LANES, len(cases)), draws.choice(STAGES, len(cases))
    now_us = draws.choice([1_600_000_000_000_000, 1_700_000_000_000_000], len(cases))
    counts = np.zeros(len(cases), np.int64)
    firsts = np.zeros((len(cases), 3), np.int64)
    match_batch(compiled.tables, cases, nodes, lanes, stages, now_us, counts, firsts)
    met = 0
    for i, vector in enumerate(cases):
        case = int(nodes[i]), int(lanes[i]), int(stages[i]), int(now_us[i])
        wanted = plainly(compiled.rules, vector, *case)
        found = match_rules(compiled.tables, vector, *case)
        assert compiled.tables.matched[:found].tolist() == wanted
        assert counts[i] == found
        assert [place for place in firsts[i].tolist() if place >= 0] == wanted[:3]
        met += found
    assert met > 50
