"""The index finds what the comparison accepts, keeps its books, and survives any text."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.made_names import in_passport, korean, some_name
from haechi.streams.screening import THRESHOLD, NameIndex, similarity

names = st.text(max_size=300) | st.text(
    "PARKJIMNHOSUEG -'박지성김민준محمدЮлия张伟たろう", max_size=60
)

SLIP = 0.86


def test_it_finds_what_the_comparison_accepts_and_nothing_else() -> None:
    """Keys may miss what only a slip explains, never a spelling."""
    random = Random(11)
    people = [korean(random) for _ in range(150)]
    index = NameIndex()
    for key, person in enumerate(people):
        index.add(key, person.family + person.given)
    for person in people:
        written = in_passport(random, person)
        found = {match.key for match in index.screen(written)}
        alike = {
            key: similarity(written, other.family + other.given) for key, other in enumerate(people)
        }
        assert all(alike[key] >= THRESHOLD for key in found)
        assert found >= {key for key in alike if alike[key] > SLIP}


def test_a_list_entry_finds_travelers_as_a_traveler_finds_entries() -> None:
    travelers, entries = NameIndex(), NameIndex()
    travelers.add(1, "PARK JI-SUNG", 1981)
    entries.add(2, "박지성", 1981)
    assert [one.key for one in travelers.screen("박지성", 1981)] == [1]
    assert [one.key for one in entries.screen("PARK JI-SUNG", 1981)] == [2]


@pytest.mark.parametrize("slip", ["PAKR JISUNG", "PARK JSIUNG", "PARK JISUMG", "PRAK JI SUNG"])
def test_a_slip_is_found_among_many(slip: str) -> None:
    index = NameIndex()
    random = Random(3)
    for key in range(500):
        index.add(key, some_name(random))
    index.add(1000, "박지성")
    assert 1000 in [match.key for match in index.screen(slip)]


def test_matches_come_best_first_and_then_by_key() -> None:
    index = NameIndex()
    for key, name in ((5, "KIM MIN H"), (9, "KIM MINHO"), (4, "KIM MINHO")):
        index.add(key, name)
    found = index.screen("KIM MINHO")
    assert [match.key for match in found] == [4, 9, 5]
    assert found[0].similarity == 1.0 > found[2].similarity


def test_a_name_that_is_removed_or_replaced_is_not_found() -> None:
    index = NameIndex()
    index.add(1, "PARK JISUNG")
    index.add(1, "KIM MINHO")
    assert index.screen("박지성") == []
    assert len(index) == 1
    assert 1 in index
    assert index.remove(1)
    assert not index.remove(1)
    assert index.screen("KIM MINHO") == []
    assert not index._filed, "nothing of it may stay behind"


def test_a_name_that_is_refused_changes_nothing() -> None:
    index = NameIndex()
    index.add(1, "PARK JISUNG")
    with pytest.raises(ValueError, match="at most 256"):
        index.add(1, "x" * 10_000)
    with pytest.raises(ValueError, match="letter"):
        index.screen("12345")
    assert [match.key for match in index.screen("PARK JISUNG")] == [1]


def test_birth_years_far_apart_are_other_people() -> None:
    index = NameIndex()
    index.add(1, "PARK JISUNG", 1981)
    assert index.screen("PARK JISUNG", 1950) == []
    assert index.screen("PARK JISUNG", None)


@settings(max_examples=150, deadline=None)
@given(names, names)
def test_any_text_is_a_name_or_refused_and_likeness_is_mutual(one: str, other: str) -> None:
    try:
        alike = similarity(one, other)
    except ValueError:
        return
    assert 0.0 <= alike <= 1.0
    assert alike == pytest.approx(similarity(other, one))
    assert similarity(one, one) == 1.0


@pytest.mark.parametrize(
    "name",
    ["A" * 256, "GA" * 128, "OU" * 128, "가" * 256, "张" * 256, "あ" * 256, "A " * 128, "م" * 256],
)
def test_the_longest_names_are_not_slow(name: str) -> None:
    index = NameIndex()
    began = time.process_time()
    index.add(1, name)
    assert [match.key for match in index.screen(name)] == [1]
    assert time.process_time() - began < 0.5


def test_matches_are_the_same_in_every_process() -> None:
    program = (
        "from random import Random; from benchmarks.made_names import some_name;"
        "from haechi.streams.screening import NameIndex;"
        "names = ['박지성', 'PARK JISUNG', 'JI-SUNG PAK']; draws = Random(5);"
        "index = NameIndex(0.3);"
        "[index.add(key, some_name(draws)) for key in range(400)];"
        "[index.add(500 + key, name) for key, name in enumerate(names)];"
        "print(index.screen('PAK CHI SONG'), index.screen('KIM MIN JUN'))"
    )
    told = {
        subprocess.run(
            [sys.executable, "-c", program],
            env={**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": "."},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    }
    assert len(told) == 1
    assert told.pop().count("similarity") >= 3
