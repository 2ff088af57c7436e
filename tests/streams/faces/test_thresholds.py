from __future__ import annotations

import dataclasses
import math
from statistics import NormalDist

import pytest
from hypothesis import given
from hypothesis import strategies as st

from haechi.configs.faces import Faces
from haechi.engine.codes import FaceOutcome
from haechi.streams.faces.thresholds import (
    open_threshold,
    outcome_of_pair,
    outcome_of_search,
    walking_penalty,
)

FACES = Faces.load()
SITE = dataclasses.replace(FACES.thresholds("ICN-T1"), same=0.41, review=0.36)


def with_budget(budget: float) -> float:
    return open_threshold(dataclasses.replace(SITE, false_matches_per_flight=budget), 1000)


def test_the_budget_of_a_flight_is_what_different_people_then_bring() -> None:
    opens = open_threshold(SITE, 1000)
    rate = 1 - NormalDist(SITE.impostor_mean, SITE.impostor_sd).cdf(opens)
    assert rate * 1000 * SITE.travelers_per_flight == pytest.approx(
        SITE.false_matches_per_flight, rel=1e-6
    )


@given(st.integers(0, 10**7), st.integers(0, 10**7))
def test_the_more_are_enrolled_the_more_alike_a_face_must_be(one: int, other: int) -> None:
    fewer, more = sorted((one, other))
    assert SITE.same <= open_threshold(SITE, fewer) <= open_threshold(SITE, more) <= 1.0


@given(st.floats(1e-6, 1000.0), st.floats(1e-6, 1000.0))
def test_the_fewer_wrong_names_are_allowed_the_more_alike_a_face_must_be(
    one: float, other: float
) -> None:
    small, large = sorted((one, other))
    assert with_budget(small) >= with_budget(large)


def test_a_gallery_of_thousands_asks_for_more_than_a_pair() -> None:
    assert open_threshold(SITE, 0) == SITE.same
    assert open_threshold(SITE, 1000) > SITE.same + 0.05


def test_the_likeliest_time_costs_nothing() -> None:
    mode_us = round(FACES.walk.median_us * math.exp(-(FACES.walk.spread**2)))
    assert walking_penalty(FACES.walk, mode_us) == pytest.approx(0.0, abs=1e-12)


@given(st.integers(-(10**12), 10**12))
def test_the_penalty_is_bounded(elapsed_us: int) -> None:
    assert 0.0 <= walking_penalty(FACES.walk, elapsed_us) <= FACES.walk.penalty


def test_the_penalty_grows_away_from_the_likeliest_time() -> None:
    minutes = (20, 40, 80, 160, 320)
    later = [walking_penalty(FACES.walk, minute * 60_000_000) for minute in minutes]
    earlier = [walking_penalty(FACES.walk, us) for us in (900_000_000, 60_000_000, 1, 0, -1)]
    assert later == sorted(later)
    assert earlier == sorted(earlier)
    assert later[-1] == pytest.approx(FACES.walk.penalty, rel=0.01)
    assert earlier[-1] == FACES.walk.penalty


@pytest.mark.parametrize(
    ("similarity", "outcome"),
    [
        (0.41, FaceOutcome.SAME),
        (0.40, FaceOutcome.REVIEW),
        (0.36, FaceOutcome.REVIEW),
        (0.35, FaceOutcome.DIFFERENT),
        (math.nan, FaceOutcome.DIFFERENT),
    ],
)
def test_a_pair_has_three_outcomes(similarity: float, outcome: FaceOutcome) -> None:
    assert outcome_of_pair(similarity, SITE) == outcome


@pytest.mark.parametrize(
    ("similarity", "margin", "outcome"),
    [
        (0.60, math.inf, FaceOutcome.SAME),
        (0.60, 0.06, FaceOutcome.SAME),
        (0.60, 0.04, FaceOutcome.REVIEW),
        (0.58, 0.30, FaceOutcome.REVIEW),
        (0.54, 0.30, FaceOutcome.UNKNOWN),
        (math.nan, 0.30, FaceOutcome.UNKNOWN),
    ],
)
def test_the_best_of_a_gallery_has_three_outcomes(
    similarity: float, margin: float, outcome: FaceOutcome
) -> None:
    assert outcome_of_search(similarity, margin, SITE, 0.60) == outcome
