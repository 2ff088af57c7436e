"""Reasons by source field, which add up."""

from __future__ import annotations

import math
import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from haechi.engine.features import FEATURES, FIELDS, PLACE
from haechi.rpc.reasons import MOST, reasons_of, would_release

HANGUL = re.compile("[가-힣]")
N = len(FEATURES)
SPARSE = st.dictionaries(st.integers(0, N - 1), st.floats(-5, 5), max_size=40)
NOTHING = [math.nan] * N


def vector(given):
    made = [0.0] * N
    for i, value in given.items():
        made[i] = value
    return made


def by_field(contributions):
    sums = {}
    for feature, added in zip(FEATURES, contributions, strict=True):
        if added:
            sums.setdefault(feature.field, []).append(added)
    return {field: math.fsum(added) for field, added in sums.items()}


@given(SPARSE, st.floats(-10, 10))
def test_reasons_and_their_parts_add_up(given, base):
    added = vector(given)
    log_odds = base + math.fsum(added)
    reasons = reasons_of(NOTHING, added)
    told = math.fsum([base, *(r.contribution for r in reasons)])
    assert told == pytest.approx(log_odds, abs=1e-9)
    for reason in reasons:
        parts = math.fsum(part.contribution for part in reason.parts)
        assert parts == pytest.approx(reason.contribution, abs=1e-9)
    shown = {part.feature: part.contribution for r in reasons for part in r.parts}
    assert shown == {FEATURES[i].name: value for i, value in given.items() if value}


@given(SPARSE)
def test_few_are_told_the_weightiest_first(given):
    added = vector(given)
    sums = by_field(added)
    reasons = reasons_of(NOTHING, added)
    assert len(reasons) == min(len(sums), MOST)
    alone = [r for r in reasons if r.code != "OTHER"]
    assert (len(alone) == len(reasons)) == (len(sums) <= MOST)
    sizes = [abs(r.contribution) for r in alone]
    assert sizes == sorted(sizes, reverse=True)
    for reason in alone:
        assert reason.contribution == pytest.approx(sums.pop(reason.field), abs=1e-12)
    if len(alone) < len(reasons):
        assert reasons[-1].code == "OTHER"
        assert max(map(abs, sums.values())) <= sizes[-1] + 1e-12


@given(SPARSE, st.floats())
def test_both_languages_are_told(given, value):
    for reason in reasons_of([value] * N, vector(given)):
        assert HANGUL.search(reason.text_ko)
        assert reason.text
        assert not HANGUL.search(reason.text)
        assert not re.search("[{}]", reason.text + reason.text_ko)


def test_a_broken_model_is_still_rendered():
    added = [math.nan, math.inf, -math.inf, *[1.0] * (N - 3)]
    assert len(reasons_of(NOTHING, added)) == MOST


def test_what_is_said():
    x, added = np.full(N, math.nan), np.zeros(N)
    for name, value, contribution in (
        ("price_ratio", -3.2, 0.9),
        ("price", 5.3, 0.4),
        ("paid_gap", 1.0, 0.1),
        ("price_deviation", -2.5, -0.3),
        ("origin", math.nan, -1.5),
        ("hs6", 12345.0, 0.5),
        ("mass", 1.0, 0.25),
        ("office", math.nan, 0.125),
        ("tax_rate", 8.0, 0.0625),
        ("trusted", 1.0, -0.03125),
    ):
        x[PLACE[name]], added[PLACE[name]] = value, contribution
    reasons = reasons_of(x.tolist(), added.tolist())
    assert [(r.code, r.contribution) for r in reasons] == [
        ("ORIGIN", -1.5),
        ("DECLARED_PRICE", pytest.approx(1.1)),
        ("HS_CODE", 0.5),
        ("MASS", 0.25),
        ("OTHER", 0.15625),
    ]
    origin, price, *_, rest = reasons
    assert origin.text == "Origin: country of origin not known"
    # The deviation speaks louder than nothing, but against its field; the rest hardly speaks.
    assert price.text == (
        "Declared price: price per kg about a ninth of what is usual for the HS code; "
        "declared value about 39 USD"
    )
    assert price.text_ko == (
        "신고가격: HS 부호 통상 가격 대비 kg당 가격 약 9분의 1; 신고금액 약 39달러"
    )
    assert (price.field, price.feature, price.value) == ("declared price", "price_ratio", -3.2)
    assert [p.feature for p in price.parts] == ["price_ratio", "price", "price_deviation",
                                                "paid_gap"]  # fmt: skip
    assert rest.text == "Everything else: clearance, duty and 1 more"
    assert rest.text_ko == "그 밖의 사항: 통관 구분·관세 외 1개"
    assert (rest.field, rest.feature) == ("other", "")


def test_five_fields_are_told_by_themselves():
    first = {feature.field: i for i, feature in reversed(list(enumerate(FEATURES)))}
    for count in (4, 5, 6):
        added = vector({first[field]: 1.0 for field in FIELDS[:count]})
        codes = [r.code for r in reasons_of(NOTHING, added)]
        assert len(codes) == min(count, 5)
        assert ("OTHER" in codes) == (count > 5)


def test_what_would_have_released_is_told_by_field_in_both_languages() -> None:
    places = [FIELDS.index("declared price") + 1, FIELDS.index("document") + 1, 0]
    told = would_release(places, -2.5)
    assert told is not None
    assert list(told.fields) == ["declared price", "document"]
    assert told.log_odds == -2.5
    assert "declared price and document" in told.text
    assert told.text_ko
    assert not told.text_ko.isascii()
    assert would_release([0, 0, 0], math.nan) is None
