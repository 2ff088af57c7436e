"""Conditions: what may be written, what is refused and why, and that they mean what they say."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from rule_files import parsed, rule

from haechi.configs.condition import ConditionError
from haechi.configs.condition_reader import parse_condition
from haechi.configs.rule_tables import compile_rules
from haechi.engine.codes import NodeKind
from haechi.engine.features import FEATURES, PLACE
from haechi.engine.records import code
from haechi.engine.rules import match_rules

REFUSED = {
    "": "empty",
    "xray_scor > 1": "did you mean xray_score",
    "face_similarity > 0.5": "other kind of subject",
    'origin > "CN"': "no order",
    "origin == 3": "write the code in quotes",
    'origin == "TOOLONG"': "at most 6",
    "xray_alarm > 1": "yes or no",
    "seller == 3": "intelligence",
    "price / 0 > 1": "division by zero",
    "price / (2 - 2) > 1": "division by zero",
    "1 > 2": "two constants",
    "price": "compare it",
    "not price": "compare it",
    'price == "A"': "only codes",
    '"A" == "B"': "two texts",
    "hs6 + 1 > 2": "cannot be computed",
    "price > 1 is 2": "is and is not",
    "price in ()": "list of constants",
    'price in (1, "a")': "only codes",
    "price in mass": "list of constants",
    "price > 1e999": "finite",
    "log2(0) > price": "finite",
    "log2(price, mass) > 1": "takes 1",
    "exp(price) > 1": "there is no function exp",
    "known(2)": "name of one feature",
    "price > True": "neither a number nor a code",
    "price.real > 1": "no number",
    '__import__("os")': "neither holds nor fails",
    "lambda: 1": "neither holds nor fails",
    "[x for x in (1,)]": "neither holds nor fails",
    "(price := 1) > 0": "no number",
    "price > 1) or (mass > 1": "unmatched",
    "price > 1 and": "cannot be read",
    "price >": "cannot be read",
    "-" * 1900 + "price > 1": "nested too deeply",
    "price > 1 or " * 500 + "mass > 1": "characters",
    " and ".join(["(price > 1 or mass > 1)"] * 7): "alternatives",
    "abs(" * 3 + "price" + " + (price" * 9 + ")" * 12 + " > 1": "numbers at once",
}


@pytest.mark.parametrize("text", REFUSED, ids=lambda text: text[:24])
def test_what_cannot_be_used_is_refused_with_the_reason(text: str) -> None:
    with pytest.raises(ConditionError, match=REFUSED[text]):
        parse_condition(text, "parcel")


def test_the_line_of_a_fault_is_told() -> None:
    with pytest.raises(ConditionError) as caught:
        parse_condition("price > 1\nand mass > 2\nand wrong > 3", "parcel")
    assert caught.value.line == 2


def met(text: str, **values: float) -> bool:
    """Whether a parcel with these features, and no others, meets a condition."""
    vector = np.full(len(FEATURES), np.nan)
    for name, value in values.items():
        vector[PLACE[name]] = value
    tables = compile_rules(parsed(rule("r", text, "parcel"))).tables
    return bool(match_rules(tables, vector, int(NodeKind.PARCEL), 5, 6, 1))


@pytest.mark.parametrize(
    ("text", "values", "holds"),
    [
        ('origin in ("CN", "HK")', {"origin": code("HK")}, True),
        ('origin not in ("CN", "HK")', {"origin": code("HK")}, False),
        ('origin != "CN"', {"origin": code("HK")}, True),
        ('origin != "CN"', {}, False),
        ("not xray_score > 0.5", {}, False),
        ("xray_score > 0.5 or missing(xray_score)", {}, True),
        ("known(xray_score)", {}, False),
        ("xray_alarm", {"xray_alarm": 1.0}, True),
        ("not xray_alarm", {"xray_alarm": 0.0}, True),
        ("0.2 < xray_score <= 0.8", {"xray_score": 0.8}, True),
        ("not 0.2 < xray_score <= 0.8", {"xray_score": 0.9}, True),
        ("3 > price", {"price": 2.0}, True),
        ("price - mass > log2(8)", {"price": 9.0, "mass": 5.0}, True),
        ("price / mass > 1", {"price": 2.0, "mass": 0.0}, False),
        ("not price / mass > 1", {"price": 2.0, "mass": 0.0}, False),
        ("max(price, mass) == 5", {"price": 2.0, "mass": 5.0}, True),
        ("max(price, mass) == 5", {"mass": 5.0}, False),
        ("log2(price_ratio) < 1", {"price_ratio": -1.0}, False),
        ("abs(-price) >= 2", {"price": -2.0}, True),
        ("hs6 == 210690", {"hs6": 210690.0}, True),
        ("hs2 in (84, 85)", {"hs2": 85.0}, True),
        ("tax_rate * 2 == 16", {"tax_rate": 8.0}, True),
        ("price\n  > 1", {"price": 2.0}, True),
    ],
)
def test_a_condition_means_what_it_says(text: str, values: dict[str, float], holds: bool) -> None:
    assert met(text, **values) is holds


NAMES = ("price", "mass", "xray_score")
comparisons = st.builds(
    lambda name, op, value: f"{name} {op} {value}",
    st.sampled_from([*NAMES, "price - mass", "price / mass", "min(price, xray_score)"]),
    st.sampled_from(["<", "<=", ">", ">=", "==", "!="]),
    st.sampled_from([-1, 0, 1, 2]),
)
trees = st.recursive(
    comparisons,
    lambda inner: st.one_of(
        st.builds(lambda a, b: f"({a} and {b})", inner, inner),
        st.builds(lambda a, b: f"({a} or {b})", inner, inner),
        st.builds(lambda a: f"(not {a})", inner),
    ),
    max_leaves=6,
)
values = st.dictionaries(
    st.sampled_from(NAMES), st.sampled_from([-1.0, 0.0, 1.0, 2.0, math.nan]), min_size=3
)


class Unknown(Exception):
    pass


def three_valued(node: Any, given: dict[str, float]) -> bool | None:
    """Kleene's logic over Python's own arithmetic: what is missing is unknown."""
    import ast

    if isinstance(node, ast.BoolOp):
        parts = [three_valued(one, given) for one in node.values]
        decisive = isinstance(node.op, ast.Or)
        if any(part is decisive for part in parts):
            return decisive
        return None if None in parts else not decisive
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
        inner = three_valued(node.operand, given)
        return None if inner is None else not inner
    try:
        numbers = {name: given[name] for name in NAMES}
        read = {one.id for one in ast.walk(node) if isinstance(one, ast.Name)} & set(NAMES)
        if any(math.isnan(numbers[name]) for name in read):
            return None
        return bool(eval(compile(ast.Expression(node), "", "eval"), {"min": min}, numbers))
    except ZeroDivisionError:
        return None


@given(trees, values)
def test_every_condition_agrees_with_three_valued_logic(text: str, given: dict[str, float]) -> None:
    import ast

    if len(given) < 3:
        given = {name: given.get(name, math.nan) for name in NAMES}
    wanted = three_valued(ast.parse(text, mode="eval").body, given)
    known = {name: value for name, value in given.items() if not math.isnan(value)}
    assert met(text, **known) is (wanted is True)
