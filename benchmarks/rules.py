"""What officers' rules cost a decision, alone and in batches, beside zen-engine on the same rules.

Seeded parcels, of which one value in four is missing, against seeded rules of two to five
comparisons, of which a parcel meets a few. Before anything is timed, zen-engine must find the same
rules for a thousand parcels.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import math
import time
from collections.abc import Callable
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from benchmarks.alternate import alternate
from benchmarks.report import Report
from benchmarks.rivals_linear import MORE
from haechi.configs.rule_set import RuleSet
from haechi.configs.rule_tables import compile_rules
from haechi.engine.codes import NodeKind, Stage
from haechi.engine.features import FEATURES, PLACE
from haechi.engine.kernel import bound
from haechi.engine.records import code, code_text
from haechi.engine.rules import RuleTables, match_batch, match_rules

_NUMBERS: Final = ("xray_score", "price_ratio", "price", "mass", "mass_gap", "pccc_week")
_CODES: Final = ("origin", "departure")
_COUNTRIES: Final = ("CN", "HK", "US", "JP", "VN", "DE", "GB", "AU")
_LANES: Final = {"express": 5, "general": 6}
_NODE, _LANE, _STAGE, _NOW_US = int(NodeKind.PARCEL), 5, int(Stage.SORTER), 1
_MISSING: Final = 0.25
_BLOCK: Final = 100
"""Calls in a row between two looks at the clock, which costs more than a call."""

_ZEN: Final = "zen-engine, alone"

_BATCH_GOAL_US: Final = 5.0
_ALONE_GOAL_US: Final = 20.0


def add_options(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("--rules", type=int, default=500, help="(default %(default)s)")
    parser.add_argument("--cases", type=int, default=20_000, help="(default %(default)s)")
    parser.add_argument("--rounds", type=int, default=200, help="(default %(default)s)")


def run(given: argparse.Namespace, report: Report) -> None:
    """Measure."""
    draws = np.random.default_rng(report.seed)
    vectors = _vectors(draws, given.cases)
    conditions = [_condition(draws) for _ in range(given.rules)]
    began = time.perf_counter()
    rule_set = RuleSet.parse(_file(conditions), _LANES)
    parsed_ms = (time.perf_counter() - began) * 1e3
    began = time.perf_counter()
    tables = compile_rules(rule_set).tables
    compiled_ms = (time.perf_counter() - began) * 1e3
    report.note(f"{given.rules} rules read in {parsed_ms:.0f} ms, laid out in {compiled_ms:.1f} ms")
    report.note(_met(tables, vectors))
    alone = bound(match_rules, tables, vectors[0], _NODE, _LANE, _STAGE, _NOW_US)
    batch = _Batch(tables, vectors)
    batch()
    blocks = [list(vectors[at * _BLOCK :][:_BLOCK]) for at in range(100)]
    calls: dict[str, Callable[[int], Any]] = {
        "ours, alone": lambda n: [
            alone(tables, vector, _NODE, _LANE, _STAGE, _NOW_US) for vector in blocks[n % 100]
        ],
        "ours, batch": lambda _: batch(),
    }
    divisors = {"ours, alone": _BLOCK, "ours, batch": len(vectors)}
    if importlib.util.find_spec("zen") is None:
        report.note(f"zen-engine is missing; {MORE}")
    else:
        zen, facts = _zen(conditions), _facts(vectors[:1000])
        _check(tables, vectors[:1000], zen, facts)
        report.note("checked: zen-engine finds the same rules for 1,000 parcels")
        calls[_ZEN] = lambda n: [zen.evaluate(fact) for fact in facts[n % 100 * 10 :][:10]]
        divisors[_ZEN] = 10
    times = alternate(calls, range(given.rounds), report.seed, "rules", time.thread_time_ns)
    medians = {name: float(np.median(one)) / divisors[name] for name, one in times.items()}
    for name, one in times.items():
        report.keep(name, one / divisors[name], "us a decision")
    ours = medians["ours, alone"]
    report.table(
        "rules",
        ["engine", "us_decision", "times_ours_alone"],
        [[name, round(value, 3), round(value / ours, 1)] for name, value in medians.items()],
    )
    report.note("processor time; alone is a call from Python for one decision, medians of rounds")
    report.goal("us a decision in batches", round(medians["ours, batch"], 3), _BATCH_GOAL_US)
    rivals = {name: round(one, 3) for name, one in medians.items() if name == _ZEN}
    report.goal("us a decision alone", round(ours, 3), _ALONE_GOAL_US, rivals=rivals)


class _Batch:
    def __init__(self, tables: RuleTables, vectors: NDArray[np.float64]) -> None:
        n = len(vectors)
        fill = (np.full(n, value) for value in (_NODE, _LANE, _STAGE, _NOW_US))
        self._arguments = (tables, vectors, *fill)
        self.counts = np.zeros(n, np.int64)
        self._firsts = np.zeros((n, 6), np.int64)

    def __call__(self) -> None:
        match_batch(*self._arguments, self.counts, self._firsts)


def _vectors(draws: np.random.Generator, n: int) -> NDArray[np.float64]:
    vectors = np.full((n, len(FEATURES)), np.nan)
    for name in _NUMBERS:
        vectors[:, PLACE[name]] = np.round(draws.normal(size=n), 3)
    countries = np.array([code(one) for one in _COUNTRIES], float)
    for name in _CODES:
        vectors[:, PLACE[name]] = countries[draws.integers(len(countries), size=n)]
    places = [PLACE[name] for name in (*_NUMBERS, *_CODES)]
    missing = draws.random((n, len(places))) < _MISSING
    vectors[:, places] = np.where(missing, np.nan, vectors[:, places])
    return vectors


def _condition(draws: np.random.Generator) -> str:
    names = draws.choice(_NUMBERS, size=int(draws.integers(2, 5)), replace=False)
    parts = []
    for name in names:
        limit = draws.choice((-2.5, 2.5)) + draws.normal()
        parts.append(f"{name} {draws.choice(('>', '<='))} {limit:.2f}")
    if draws.random() < 0.5:
        few = draws.choice(_COUNTRIES, size=2, replace=False)
        parts.insert(0, f'{draws.choice(_CODES)} in ("{few[0]}", "{few[1]}")')
    return " and ".join(parts)


def _file(conditions: list[str]) -> str:
    rules = "".join(
        f'[[rule]]\nid = "rule-{n}"\nof = "parcel"\nwhen = \'{text}\'\nverdict = "REFER"\n'
        'reason = { en = "seeded", ko = "seeded" }\nowner = "benchmark"\nlegal_basis = "none"\n'
        "until = 2100-01-01T00:00:00Z\n"
        for n, text in enumerate(conditions)
    )
    return f'name = "benchmark"\n{rules}'


def _met(tables: RuleTables, vectors: NDArray[np.float64]) -> str:
    batch = _Batch(tables, vectors)
    batch()
    return f"a parcel meets {batch.counts.mean():.1f} of them"


def _facts(vectors: NDArray[np.float64]) -> list[dict[str, Any]]:
    """Parcels as zen-engine takes them; what is missing is null."""
    rows = []
    for vector in vectors:
        fact: dict[str, Any] = {name: _number(vector[PLACE[name]]) for name in _NUMBERS}
        fact |= {name: code_text(vector[PLACE[name]]) or None for name in _CODES}
        rows.append(fact)
    return rows


def _number(value: float) -> float | None:
    return None if math.isnan(value) else float(value)


def _zen(conditions: list[str]) -> Any:
    """The same rules as a decision table, of which all that hold are collected."""
    import zen

    rules = [{"_id": str(n), "c": _guarded(text), "o": str(n)} for n, text in enumerate(conditions)]
    table = {
        "hitPolicy": "collect",
        "inputs": [{"id": "c", "name": "condition"}],
        "outputs": [{"id": "o", "name": "rule", "field": "rule"}],
        "rules": rules,
    }
    node = {"position": {"x": 0, "y": 0}}
    graph = {
        "contentType": "application/vnd.gorules.decision",
        "nodes": [
            {**node, "id": "in", "type": "inputNode", "name": "in"},
            {**node, "id": "t", "type": "decisionTableNode", "name": "t", "content": table},
            {**node, "id": "out", "type": "outputNode", "name": "out"},
        ],
        "edges": [
            {"id": "a", "type": "edge", "sourceId": "in", "targetId": "t"},
            {"id": "b", "type": "edge", "sourceId": "t", "targetId": "out"},
        ],
    }
    return zen.ZenEngine().create_decision(json.dumps(graph))


def _guarded(text: str) -> str:
    """A condition in zen's words: there, what is missing must be asked for first."""
    parts = []
    for part in text.split(" and "):
        name = part.split(" ", 1)[0]
        parts.append(f"{name} != null and {part.replace('(', '[').replace(')', ']')}")
    return " and ".join(parts)


def _check(
    tables: RuleTables, vectors: NDArray[np.float64], zen: Any, facts: list[dict[str, Any]]
) -> None:
    for vector, fact in zip(vectors, facts, strict=True):
        found = match_rules(tables, vector, _NODE, _LANE, _STAGE, _NOW_US)
        ours = sorted(tables.matched[:found].tolist())
        theirs = sorted(int(one["rule"]) for one in zen.evaluate(fact)["result"] or ())
        if ours != theirs:
            raise AssertionError(f"{fact}: we find {ours}, zen-engine {theirs}")
