"""Estimates from selected labels, against brute force and against worlds whose truth is known."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from haechi.streams.monitor.estimates import (
    Estimate,
    Stratum,
    Tally,
    found_at_random,
    lift,
    precision,
    prevalence,
    recall,
    wilson,
)

LABEL = st.tuples(st.sampled_from(["chosen", "drawn", "other"]), st.booleans(), st.floats(0.01, 1))
WORLDS = 600


def tally_of(labels: list[tuple[str, bool, float]]) -> Tally:
    tally = Tally()
    for how, found, propensity in labels:
        add(tally, how, found, propensity, 1)
    return tally


def add(tally: Tally, how: str, found: bool, propensity: float, times: int) -> None:
    if how == "drawn":
        tally.drawn.add(found, propensity, times)
    else:
        (tally.chosen if how == "chosen" else tally.other).add(found, times=times)


def strata(tally: Tally) -> tuple[Stratum, ...]:
    return tally.chosen, tally.drawn, tally.other


@given(st.lists(LABEL, max_size=60))
def test_ratios_are_hajeks(labels: list[tuple[str, bool, float]]) -> None:
    known = [(how, y, 1.0 if how == "chosen" else p) for how, y, p in labels if how != "other"]
    tally = tally_of(labels)
    drawn = [y for how, y, _ in known if how == "drawn"]
    weighted = sum(y / p for _, y, p in known)
    if drawn:
        everybody = sum(1 / p for _, _, p in known)
        assert prevalence(tally).value == pytest.approx(weighted / everybody)
        assert found_at_random(tally).value == pytest.approx(sum(drawn) / len(drawn))
    if drawn and weighted:
        mine = sum(y for how, y, _ in known if how == "chosen")
        assert recall(tally).value == pytest.approx(mine / weighted)
    if not drawn:
        assert math.isnan(prevalence(tally).value)
        assert math.isnan(recall(tally).value)
    chosen = [y for how, y, _ in known if how == "chosen"]
    if chosen:
        assert precision(tally).value == pytest.approx(sum(chosen) / len(chosen))
    if drawn and any(chosen):
        assert lift(tally).value == pytest.approx(precision(tally).value / prevalence(tally).value)
    assert tally.labels == len(labels)


@given(st.lists(LABEL, max_size=60))
def test_a_value_lies_in_its_interval(labels: list[tuple[str, bool, float]]) -> None:
    tally = tally_of(labels)
    for estimate in (precision, found_at_random, prevalence, recall, lift):
        said = estimate(tally)
        if not math.isnan(said.value):
            assert said.low <= said.value + 1e-9, estimate
            assert said.value <= said.high + 1e-9, estimate


@given(st.lists(LABEL, max_size=40), st.lists(LABEL, max_size=40))
def test_what_is_taken_back_is_gone(
    kept: list[tuple[str, bool, float]], gone: list[tuple[str, bool, float]]
) -> None:
    tally = tally_of(kept).plus(tally_of(gone))
    for label in gone:
        add(tally, *label, -1)
    again = tally_of(kept)
    for one, same in zip(strata(tally), strata(again), strict=True):
        assert (one.n, one.found) == (same.n, same.found)
        assert one.weight == pytest.approx(same.weight, abs=1e-6)
    if again.drawn.n:
        assert prevalence(tally).value == pytest.approx(prevalence(again).value, abs=1e-6)


@pytest.mark.parametrize(
    ("selected", "guilty_selected", "guilty_rest", "rate", "people"),
    [
        (0.10, 0.30, 0.02, 0.05, 20_000),
        (0.05, 0.20, 0.005, 0.02, 20_000),
        (0.02, 0.50, 0.10, 0.10, 5_000),
        (0.10, 0.10, 0.0005, 0.02, 10_000),
    ],
)
def test_intervals_cover(
    selected: float, guilty_selected: float, guilty_rest: float, rate: float, people: int
) -> None:
    """Worlds with a model that selects, random checks of the rest, and a known truth."""
    random = np.random.default_rng(11)
    truth = {
        "precision": guilty_selected,
        "prevalence": selected * guilty_selected + (1 - selected) * guilty_rest,
        "found_at_random": guilty_rest,
    }
    truth["recall"] = selected * guilty_selected / truth["prevalence"]
    truth["lift"] = guilty_selected / truth["prevalence"]
    said = {
        "precision": precision,
        "prevalence": prevalence,
        "found_at_random": found_at_random,
        "recall": recall,
        "lift": lift,
    }
    covered = dict.fromkeys(truth, 0)
    middle: dict[str, list[float]] = {name: [] for name in truth}
    for _ in range(WORLDS):
        chosen = int(random.binomial(people, selected))
        drawn = int(random.binomial(people - chosen, rate))
        tally = Tally()
        for found, times in _split(random, chosen, guilty_selected):
            tally.chosen.add(found, times=times)
        for found, times in _split(random, drawn, guilty_rest):
            tally.drawn.add(found, rate, times)
        for name, estimate in said.items():
            one = estimate(tally)
            covered[name] += one.low <= truth[name] <= one.high
            middle[name].append(one.value)
    # Of a handful of finds Wilson's interval covers 95% on average only.
    for name, count in covered.items():
        assert count / WORLDS >= 0.9, (name, count / WORLDS)
    assert np.mean(middle["prevalence"]) == pytest.approx(truth["prevalence"], rel=0.02)


def _split(random: np.random.Generator, n: int, share: float) -> tuple[tuple[bool, int], ...]:
    found = int(random.binomial(n, share))
    return (True, found), (False, n - found)


def test_nothing_found_is_not_certainty() -> None:
    tally = Tally()
    tally.chosen.add(True, times=20)
    tally.chosen.add(False, times=80)
    tally.drawn.add(False, 0.01, 50)
    said = prevalence(tally)
    assert said.value == pytest.approx(20 / 5100)
    # Fifty clean checks allow for up to seven in a hundred; a linearised variance would not.
    assert said.high > 0.05
    caught = recall(tally)
    assert caught.value == 1.0
    assert caught.low < 0.2


def test_without_labels_nothing_is_known() -> None:
    assert wilson(0.0, 0) == (0.0, 1.0)
    for estimate in (precision, found_at_random, prevalence, recall, lift):
        said = estimate(Tally())
        assert math.isnan(said.value)
        assert said.n == 0


def test_of_two_rates_each_counts_for_its_own() -> None:
    tally = Tally()
    tally.drawn.add(True, 0.5, 1)
    tally.drawn.add(False, 0.1, 1)
    assert prevalence(tally) == Estimate(
        pytest.approx(2 / 12), pytest.approx(0, abs=0.2), pytest.approx(1, abs=0.2), 2
    )
