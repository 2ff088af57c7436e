"""The labelled pairs of names: their halves, their labels, their intervals."""

from __future__ import annotations

import pytest

from benchmarks.name_pairs import pairs
from haechi.streams.monitor.estimates import wilson


def test_intervals_are_those_of_the_textbook() -> None:
    assert wilson(0.9, 10) == pytest.approx((0.5958, 0.9821), abs=1e-4)
    assert wilson(0, 0) == (0.0, 1.0)
    low, high = wilson(1.0, 10)
    assert 0.7 < low < high <= 1.0


def test_pairs_are_the_same_every_time_and_no_person_is_in_both_halves() -> None:
    made = pairs(7, 60)
    assert made == pairs(7, 60)
    halves = [
        {one.one for one in made if one.held_out is held and one.category == "hangul and latin"}
        for held in (True, False)
    ]
    assert all(halves)
    assert not halves[0] & halves[1]


def test_no_pair_is_labelled_both_ways() -> None:
    labels: dict[tuple[str, str], set[bool]] = {}
    for pair in pairs(7, 200):
        labels.setdefault((pair.one, pair.other), set()).add(pair.same)
    assert not [names for names, told in labels.items() if len(told) > 1]
