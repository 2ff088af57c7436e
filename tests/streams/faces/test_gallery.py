from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from haechi.engine.errors import BadInput
from haechi.streams.faces.gallery import Gallery

DIMENSION = 8
MOST = 12
FAR_US = 10**15


def face(number: int) -> np.ndarray:
    return np.random.default_rng(number).normal(size=DIMENSION)


def unit(vector: np.ndarray) -> np.ndarray:
    return vector / np.linalg.norm(vector)


def gallery_of(*templates: tuple[int, int, np.ndarray]) -> Gallery:
    gallery = Gallery(DIMENSION, 100)
    for person, template_id, vector in templates:
        gallery.add(person, template_id, vector, FAR_US)
    return gallery


@dataclass
class Kept:
    person: int
    vector: np.ndarray
    until_us: int


@dataclass
class Model:
    kept: dict[int, Kept] = field(default_factory=dict)

    def best(self, probe: np.ndarray) -> list[tuple[int, float]]:
        best: dict[int, float] = {}
        for one in self.kept.values():
            similarity = float(one.vector @ probe)
            best[one.person] = max(similarity, best.get(one.person, -2.0))
        return sorted(best.items(), key=lambda item: -item[1])


class GalleryAgainstADict(RuleBasedStateMachine):
    """A gallery does what a dict of vectors does, and never holds what it was told to forget."""

    def __init__(self) -> None:
        super().__init__()
        self.gallery = Gallery(DIMENSION, MOST)
        self.model = Model()
        self.now_us = 0

    @rule(person=st.integers(1, 5), template_id=st.integers(1, 20), seed=st.integers(0, 10**6))
    def add(self, person: int, template_id: int, seed: int) -> None:
        # Each expires at another instant, so that who makes room is never a tie.
        until_us = self.now_us + 1 + (seed * 20 + template_id) % 997
        while any(one.until_us == until_us for one in self.model.kept.values()):
            until_us += 1
        self.model.kept.pop(template_id, None)
        displaced = None
        if len(self.model.kept) == MOST:
            displaced = min(self.model.kept, key=lambda one: self.model.kept[one].until_us)
            del self.model.kept[displaced]
        self.model.kept[template_id] = Kept(person, unit(face(seed)), until_us)
        assert self.gallery.add(person, template_id, 3.0 * face(seed), until_us) == displaced

    @rule(template_id=st.integers(1, 20))
    def remove(self, template_id: int) -> None:
        was_there = self.model.kept.pop(template_id, None) is not None
        assert self.gallery.remove(template_id) == was_there

    @rule(person=st.integers(1, 5))
    def remove_person(self, person: int) -> None:
        gone = {key for key, one in self.model.kept.items() if one.person == person}
        for key in gone:
            del self.model.kept[key]
        assert set(self.gallery.remove_person(person)) == gone

    @rule(passed_us=st.integers(0, 300))
    def expire(self, passed_us: int) -> None:
        self.now_us += passed_us
        gone = {key for key, one in self.model.kept.items() if one.until_us <= self.now_us}
        for key in gone:
            del self.model.kept[key]
        assert set(self.gallery.expire(self.now_us)) == gone

    @rule(seed=st.integers(0, 10**6), k=st.integers(1, 7))
    def search(self, seed: int, k: int) -> None:
        probe = unit(face(seed))
        expected = self.model.best(probe)
        hits = self.gallery.search(probe, k)
        assert len(hits) == min(k, len(expected))
        assert [hit.similarity for hit in hits] == pytest.approx(
            [similarity for _, similarity in expected[:k]], abs=1e-6
        )
        for hit in hits:
            kept = self.model.kept[hit.template_id]
            assert kept.person == hit.person
            assert hit.similarity == pytest.approx(float(kept.vector @ probe), abs=1e-6)
        for person in range(1, 6):
            found = self.gallery.one_to_one(person, probe)
            assert found == (
                None if person not in dict(expected)
                else pytest.approx(dict(expected)[person], abs=1e-6)
            )  # fmt: skip

    @invariant()
    def holds_what_the_dict_holds(self) -> None:
        assert len(self.gallery) == len(self.model.kept)
        assert self.gallery.persons == {one.person for one in self.model.kept.values()}
        for key, one in self.model.kept.items():
            assert key in self.gallery
            assert key in self.gallery.templates(one.person)

    @invariant()
    def rows_not_in_use_are_zero(self) -> None:
        assert not self.gallery._matrix[len(self.gallery) :].any()


TestGalleryAgainstADict = GalleryAgainstADict.TestCase


def test_nobody_is_found_in_an_empty_gallery() -> None:
    assert Gallery(DIMENSION, 4).search(face(1), 3) == []
    assert Gallery(DIMENSION, 4).one_to_one(7, face(1)) is None


def test_a_person_with_all_of_the_best_templates_is_one_hit() -> None:
    alike = [(1, number, face(1) + 0.001 * face(number)) for number in range(10, 40)]
    gallery = gallery_of(*alike, (2, 2, face(2)), (3, 3, -face(1)))
    assert [hit.person for hit in gallery.search(face(1), 3)] == [1, 2, 3]


def test_a_gallery_that_grows_keeps_everybody_and_clears_the_smaller_matrix() -> None:
    gallery = Gallery(DIMENSION, 3000)
    first = gallery._matrix
    for number in range(2500):
        gallery.add(number, number, face(number), FAR_US)
    assert not first.any()
    for number in range(0, 2500, 100):
        assert gallery.search(face(number), 1)[0].person == number


def test_what_expires_first_makes_room() -> None:
    gallery = Gallery(DIMENSION, 2)
    assert gallery.add(1, 10, face(1), 300) is None
    assert gallery.add(2, 20, face(2), 100) is None
    assert gallery.add(3, 30, face(3), 200) == 20
    assert gallery.persons == {1, 3}


def test_a_template_that_was_renewed_expires_only_anew() -> None:
    gallery = Gallery(DIMENSION, 4)
    gallery.add(1, 10, face(1), 100)
    gallery.add(1, 10, face(1), 200)
    assert gallery.expire(150) == []
    assert gallery.expire(200) == [10]


def test_removed_templates_do_not_pile_up_among_what_expires() -> None:
    gallery = Gallery(DIMENSION, 4)
    for number in range(10_000):
        gallery.add(1, number, face(1), FAR_US)
        gallery.remove(number)
    assert len(gallery._expiring) < 2_000


@pytest.mark.parametrize(
    ("vector", "code"),
    [
        ([1.0, 2.0], "WRONG_DIMENSION"),
        (np.ones((1, DIMENSION)), "WRONG_DIMENSION"),
        ([0.0] * DIMENSION, "NO_DIRECTION"),
        ([np.nan] * DIMENSION, "NO_DIRECTION"),
        ([np.inf] * DIMENSION, "NO_DIRECTION"),
    ],
)
def test_what_is_no_template_is_refused_and_changes_nothing(vector: object, code: str) -> None:
    gallery = gallery_of((1, 10, face(1)))
    for attempt in (
        lambda: gallery.add(2, 10, vector, FAR_US),
        lambda: gallery.search(vector, 1),
        lambda: gallery.one_to_one(1, vector),
    ):
        with pytest.raises(BadInput) as refused:
            attempt()
        assert refused.value.code == code
    assert gallery.search(face(1), 1)[0].person == 1
