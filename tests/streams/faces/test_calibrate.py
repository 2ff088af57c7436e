from __future__ import annotations

import dataclasses
import math
from statistics import NormalDist

import numpy as np
import pytest

from haechi.configs.faces import Faces
from haechi.engine.errors import BadInput
from haechi.streams.faces.calibrate import FMR_SAME, Calibration, calibrate
from haechi.streams.faces.identification import identify
from haechi.streams.faces.labelled import Captured, Labelled, Pairs, pairs_of, templates_of
from haechi.streams.faces.rates import rate_over_pairs_of_persons, rate_over_persons

THRESHOLDS = Faces.load().thresholds("")
DIMENSION = 32


def seen(vector: np.ndarray, face_px: int = 90) -> Captured:
    return Captured((vector / np.linalg.norm(vector)).astype(np.float32), face_px, "")


def people(persons: int, photos: int, noise: float, seed: int = 1) -> Labelled:
    """Persons in random directions, each with photos around that."""
    draws = np.random.default_rng(seed)
    centres = draws.normal(size=(persons, DIMENSION))
    found = [seen(centre + noise * draws.normal(size=DIMENSION)) for centre in centres
             for _ in range(photos)]  # fmt: skip
    return Labelled(found, [f"p{one}" for one in range(persons) for _ in range(photos)])


def compared(given: Labelled) -> Pairs:
    return pairs_of(given, templates_of(given))


def calibrated(given: Labelled, fpir: float = 0.05, gallery: int | None = None) -> Calibration:
    return calibrate(given, THRESHOLDS, fpir, gallery)


def cautious(found: Calibration, word: str) -> bool:
    return any(word in caution for caution in found.cautions)


def test_rates_are_those_of_looking_at_every_pair() -> None:
    given = people(8, 3, noise=1.0)
    pairs, threshold = compared(given), 0.35
    wrong = {True: [0, 0], False: [0, 0]}
    for a in range(24):
        for b in range(a):
            same = given.persons[a] == given.persons[b]
            similarity = float(np.dot(given.photos[a].vector, given.photos[b].vector))
            wrong[same][0] += (similarity < threshold) == same
            wrong[same][1] += 1
    fnmr, fmr = pairs.false_non_matches(threshold), pairs.false_matches(threshold)
    assert (fnmr.errors, fnmr.n) == tuple(wrong[True])
    assert (fmr.errors, fmr.n) == tuple(wrong[False])
    assert 0 < fnmr.low < fnmr.value < fnmr.high < 1


def test_intervals_know_that_photos_share_people() -> None:
    draws = np.random.default_rng(5)
    share, covered = 0.2, 0
    for _ in range(200):
        # A person's ten pairs go wrong together.
        odd = draws.random(40) < share
        rate = rate_over_persons(10.0 * odd, np.full(40, 10.0))
        covered += rate.low <= share <= rate.high
    assert covered >= 176


def test_one_odd_face_widens_the_interval_of_false_matches() -> None:
    counts = np.triu(np.ones((30, 30)), 1)
    odd = np.zeros((30, 30))
    odd[0, 1:15] = 1
    spread = np.zeros((30, 30))
    spread[np.arange(0, 28, 2), np.arange(1, 29, 2)] = 1
    one, many = (rate_over_pairs_of_persons(wrong, counts) for wrong in (odd, spread))
    assert one.value == many.value
    assert one.high > 1.5 * many.high


def test_no_error_at_all_is_not_a_rate_of_zero() -> None:
    pairs = compared(people(10, 4, noise=0.1))
    fmr = pairs.false_matches(0.99)
    assert (fmr.errors, fmr.n) == (0, 720)
    assert fmr.interval == "Wilson over 45 pairs of persons"
    assert fmr.high > 3 / 45


def test_a_stranger_is_searched_without_the_own_person() -> None:
    axes = np.eye(4)
    given = Labelled(
        [seen(axes[0]), seen(axes[0]), seen(axes[1]), seen(axes[1] + 0.1 * axes[0])],
        ["a", "a", "b", "b"],
    )
    found = identify(templates_of(given), 0.3, 2, NormalDist(0.0, 0.1))
    # One in four may be named: the most alike stranger is b's second photo, 0.0995 like a's first.
    assert found.threshold == pytest.approx(0.0, abs=1e-6)
    assert (found.fnir.errors, found.fnir.n, found.strangers) == (0, 2, 4)


@pytest.mark.parametrize("fpir", [0.01, 0.05, 0.2])
def test_no_more_strangers_are_named_than_allowed(fpir: float) -> None:
    given = people(60, 3, noise=1.2)
    templates = templates_of(given)
    found = identify(templates, fpir, 60, NormalDist(0.0, 0.2))
    enrolled = templates.vectors[::3]
    similarity = templates.vectors @ enrolled.T
    own = templates.persons
    mate = similarity[np.arange(180), own].copy()
    similarity[np.arange(180), own] = -1.0
    best = similarity.max(axis=1)
    # Two enrolled photos may be the best of each other, with the last bits differing.
    assert fpir - 2 / 180 < np.mean(best > found.threshold + 1e-9) <= fpir
    probes = np.arange(180) % 3 != 0
    missed = (mate < found.threshold) | (mate <= best)
    assert found.fnir.errors == missed[probes].sum() > 0
    assert found.fnir.n == 120
    assert found.fnir.low < found.fnir.value < found.fnir.high


def test_the_fewer_strangers_may_be_named_the_more_persons_are_missed() -> None:
    templates = templates_of(people(60, 3, noise=1.2))
    strict, lax = (identify(templates, fpir, 60, NormalDist(0.0, 0.2)) for fpir in (0.01, 0.2))
    assert strict.threshold > lax.threshold
    assert strict.fnir.errors > lax.fnir.errors


def test_in_a_smaller_gallery_the_others_are_strangers() -> None:
    templates = templates_of(people(60, 3, noise=1.2))
    few, all_ = (identify(templates, 0.05, count, NormalDist(0.0, 0.2)) for count in (10, 60))
    assert (few.fnir.n, few.strangers) == (20, 180)
    assert few.threshold < all_.threshold


def test_a_larger_gallery_than_there_are_people_is_extrapolated_and_says_so() -> None:
    given = people(20, 3, noise=0.5)
    counted, small, large = (calibrated(given, 0.01, n).identification for n in (None, 500, 50_000))
    assert counted is not None
    assert small is not None
    assert large is not None
    assert "normal" not in counted.threshold_by
    assert "normal" in small.threshold_by
    assert counted.threshold < small.threshold < large.threshold


def test_thresholds_follow_from_the_normal_distribution_where_pairs_are_few() -> None:
    found = calibrated(people(20, 3, noise=0.5))
    expected = found.impostors.inv_cdf(1 - FMR_SAME)
    assert expected <= found.same < expected + 0.001
    assert found.review < found.same
    assert cautious(found, "rule of three")


def test_many_people_who_are_alike_raise_the_thresholds_above_the_normal_distribution() -> None:
    draws = np.random.default_rng(3)
    given = people(500, 1, noise=0.0)
    alike = np.ones(DIMENSION)
    family = [seen(alike + 0.3 * draws.normal(size=DIMENSION)) for _ in range(40)]
    twice = seen(alike)
    found = calibrated(Labelled(
        [*given.photos, *family, twice, twice],
        [*given.persons, *(f"f{n}" for n in range(40)), "t", "t"],
    ))  # fmt: skip
    assert found.same > found.impostors.inv_cdf(1 - FMR_SAME) + 0.05
    assert not cautious(found, "rule of three")
    assert cautious(found, "deviations")


def test_capture_is_told_by_the_width_of_the_face() -> None:
    given = people(5, 3, noise=0.5)
    photos = list(given.photos)
    for at, (px, fault) in enumerate(
        [(19, "TOO_SMALL"), (20, "TOO_SMALL"), (40, ""), (55, "LOW_QUALITY"), (0, "NO_FACE")]
    ):
        vector = None if fault else photos[at].vector
        photos[at] = dataclasses.replace(photos[at], face_px=px, fault=fault, vector=vector)
    found = calibrated(dataclasses.replace(given, photos=photos))
    told = {band.from_px: (band.captured.errors, band.captured.n) for band in found.bands}
    assert told == {0: (0, 1), 20: (0, 1), 28: (0, 0), 40: (1, 2), 56: (0, 0), 80: (10, 10)}
    assert (found.captured.errors, found.captured.n) == (11, 15)
    assert found.faults == {"TOO_SMALL": 2, "LOW_QUALITY": 1, "NO_FACE": 1}


def test_of_listed_pairs_only_those_are_compared() -> None:
    given = people(4, 2, noise=0.2)
    found = calibrated(dataclasses.replace(given, listed=[(0, 1), (2, 3), (0, 2), (5, 7), (4, 6)]))
    assert (len(found.pairs.genuine()), len(found.pairs.impostor())) == (2, 3)
    assert found.identification is None


def test_two_people_are_one_pair_of_persons_in_either_order() -> None:
    given = dataclasses.replace(people(2, 2, noise=0.1), listed=[(0, 2), (3, 1)])
    assert compared(given).false_matches(0.99).interval == "Wilson over 1 pairs of persons"


@pytest.mark.parametrize(
    "given",
    [
        Labelled([], []),
        Labelled([Captured(None, 0, "NO_FACE")] * 3, ["a", "a", "b"]),
        people(5, 1, noise=0.1),
        people(1, 5, noise=0.1),
        dataclasses.replace(people(2, 2, noise=0.1), listed=[]),
    ],
    ids=["nothing", "no face", "one photo each", "one person", "no pair"],
)
def test_what_cannot_be_compared_is_refused(given: Labelled) -> None:
    with pytest.raises(BadInput) as refused:
        calibrated(given)
    assert refused.value.code == "TOO_FEW_FACES"


def test_a_person_with_a_single_photo_has_no_mated_search() -> None:
    given = people(6, 1, noise=0.1)
    found = identify(templates_of(given), 0.1, 6, NormalDist(0.0, 0.2))
    assert found.fnir.n == 0
    assert math.isnan(found.fnir.value)
