"""Words for every feature and field, in both languages."""

from __future__ import annotations

import math
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from haechi.engine.baseline import MOST_DAYS
from haechi.engine.codes import CodeClass, Party
from haechi.engine.features import FEATURES, FIELDS, PLACE, RUNS, reason_code
from haechi.engine.parts import Feature
from haechi.engine.records import code
from haechi.engine.run import RUN, describe
from haechi.rpc import spoken as numbers
from haechi.rpc.spoken import spoken
from haechi.rpc.wording import (
    CODE_CLASSES,
    FIELD_NAMES,
    NO_BLAME,
    PARTIES,
    PHRASES,
    field_name,
    told,
)

HANGUL = re.compile("[가-힣]")
LEFT = re.compile(r"[{}]|\bnan\b|\binf\b|2\^", re.IGNORECASE)
LATIN_WORD = re.compile(r"[A-Za-z]{3,}")
VALUES = [math.nan, 0.0, 1.0, -3.2, 0.5, 6.0, 59.9, 1e6, 1e18, -1e18, 1e300, math.inf, -math.inf]


def assert_plain(both):
    assert both.en
    assert not LEFT.search(both.en), both
    assert not HANGUL.search(both.en), both
    assert HANGUL.search(both.ko), both
    assert not LEFT.search(both.ko), both
    assert not LATIN_WORD.search(both.ko), both
    assert max(map(len, both)) < 200


@pytest.mark.parametrize("feature", FEATURES, ids=lambda feature: feature.name)
def test_every_feature_has_words_for_every_value(feature):
    assert feature.name in PHRASES, "add it to grpc/wording.py"
    for value in VALUES:
        assert_plain(told(feature, value))


@pytest.mark.parametrize("feature", FEATURES, ids=lambda feature: feature.name)
@given(value=st.floats())
def test_no_value_fails(feature, value):
    assert all(told(feature, value))


def test_no_words_are_left_over():
    assert not PHRASES.keys() - PLACE.keys()
    assert not FIELD_NAMES.keys() - set(FIELDS)


@pytest.mark.parametrize("field", FIELDS)
def test_every_field_has_a_name_and_a_code(field):
    assert field in FIELD_NAMES, "add it to grpc/wording.py"
    assert HANGUL.search(field_name(field).ko)
    assert re.fullmatch("[A-Z][A-Z0-9_]*[A-Z0-9]", reason_code(field))


def test_codes_are_unique_and_none_is_other():
    codes = {reason_code(field) for field in FIELDS}
    assert len(codes) == len(FIELDS)
    assert "OTHER" not in codes


def test_parties_and_code_classes_have_words():
    assert set(PARTIES) == set(Party)
    assert set(CODE_CLASSES) == set(CodeClass)
    for both in (*PARTIES.values(), *CODE_CLASSES.values()):
        assert HANGUL.search(both.ko)


def test_a_feature_without_words_is_told_in_english():
    ceiling = Feature("ceiling", "parcel", "number", "parsecs", "goods", "history", "-",
                      "ceiling 2^{value:+.1f}")  # fmt: skip
    assert told(ceiling, 3.25) == ("ceiling 2^3.25",) * 2
    assert told(ceiling, math.nan) == ("ceiling not known", "ceiling 알 수 없음")
    for value in VALUES:
        assert all(told(ceiling, value))
    assert field_name("new field") == ("New field", "new field")


@pytest.mark.parametrize(
    ("name", "value", "en", "ko"),
    [
        ("price_ratio", -3.2, "price per kg about a ninth of what is usual for the HS code",
         "HS 부호 통상 가격 대비 kg당 가격 약 9분의 1"),
        ("price_ratio", 0.0, "price per kg about the same as what is usual for the HS code",
         "HS 부호 통상 가격 대비 kg당 가격 비슷한 수준"),
        ("paid_gap", 0.4, "paid about 30% above the declared value",
         "신고금액 대비 실제 결제 금액 약 30% 높음"),
        ("price", 5.3, "declared value about 39 USD", "신고금액 약 39달러"),
        ("declared_cash", 0.0, "declared cash 0 USD", "신고한 현금 0달러"),
        ("mass_gap", 1.6, "measured mass differs from the declared by a factor of about 3",
         "실측 중량과 신고 중량의 차이 약 3배"),
        ("xray_score", 0.87, "X-ray score 87%", "X선 위험 점수 87%"),
        ("bag_alarms", 1.0, "one bag with an X-ray alarm", "X선 경보가 울린 수하물 1개"),
        ("bags_elsewhere", 1.0, "one bag left with somebody else",
         "다른 사람이 가지고 나간 수하물 1개"),
        ("foreign_bags", 2.0, "carried out 2 bags of another traveler",
         "가지고 나간 타인의 수하물 2개"),
        ("importer_seen", 5.0, "31 parcels of this importer so far",
         "지금까지 이 수입자의 화물 31건"),
        ("importer_found", 2.0, "past findings of this importer are far more than usual",
         "이 수입자의 과거 적발 통상보다 훨씬 많음"),
        ("consignee_price_calm", 12.3,
         "last unusually high price of this consignee about 12 days ago",
         "이 수취인의 이례적으로 높은 가격, 마지막 시점 약 12일 전"),
        ("hs6", 12345.0, "HS code 012345", "HS 부호 012345"),
        ("origin", float(code("CN")), "country of origin CN", "원산지 CN"),
        ("origin", math.nan, "country of origin not known", "원산지 알 수 없음"),
        ("booked_ahead", 7.0, "booked about 5 days before arrival", "도착 약 5일 전에 예약"),
        ("cash_payment", 0.0, "the ticket was not paid in cash", "항공권을 현금으로 결제하지 않음"),
        ("pccc_hour", 2.4, "about 2 parcels of this customs code within an hour",
         "이 통관고유부호의 최근 1시간 화물 약 2건"),
    ],
)  # fmt: skip
def test_values_are_told_in_words(name, value, en, ko):
    assert told(FEATURES[PLACE[name]], value) == (en, ko)


@pytest.mark.parametrize(
    ("unit", "value", "en"),
    [
        ("log2 ratio", -1.0, "about half of"),
        ("log2 ratio", -5.0, "about 1/32 of"),
        ("log2 ratio", -20.0, "less than a thousandth of"),
        ("log2 ratio", 1.32, "about 2.5 times"),
        ("log2 kg", 11.0, "about 2,000 kg"),
        ("share", 0.0031, "0.31%"),
        ("share", 0.9991, "over 99%"),
        ("days", 60.0, "60 or more days ago, if ever"),
        ("days", 0.3, "within a day"),
        ("inspections", 0.3, "hardly any inspections"),
        ("inspections", 0.5, "about one inspection"),
        ("standard deviations", -2.4, "far below"),
        ("something new", 2.0, "2"),
    ],
)
def test_units(unit, value, en):
    assert spoken(unit, value).en == en


@given(st.floats(-30, 30), st.floats(-30, 30))
def test_a_higher_ratio_is_never_told_as_a_lower_one(a, b):
    """Fractions, percents and times follow each other without a gap."""

    def rank(value):
        said = spoken("log2 ratio", value).en
        for k, sign in enumerate((" of", " below", "the same as", " above", " times")):
            if sign in said:
                return k
        raise AssertionError(said)

    low, high = sorted((a, b))
    assert rank(low) <= rank(high)


def test_limits_are_those_of_the_histories():
    import numpy as np

    out = np.zeros(4)
    describe(np.zeros(1, RUN)[0], 0, out)
    assert out[3] == NO_BLAME
    assert numbers.CALM_DAYS == MOST_DAYS
    blame = FEATURES[PLACE[f"{RUNS[0].name}_blame"]]
    assert "not known" in told(blame, NO_BLAME).en
