"""Photos of known people: what each gave, and how alike those are that may be compared."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from haechi.streams.faces.rates import (
    FloatArray,
    Rate,
    rate_over_pairs_of_persons,
    rate_over_persons,
    tally,
)
from haechi.streams.faces.search import FloatVector


@dataclass(frozen=True, slots=True)
class Captured:
    """What a photo gave.

    Parameters
    ----------
    vector
        Its template of length 1, shape (dimension,); None if there is none.
    face_px
        Width of the face, pixels; 0 if none was found.
    fault
        Why there is no template, UPPER_SNAKE; empty if there is one.
    """

    vector: FloatVector | None
    face_px: int
    fault: str


@dataclass(frozen=True, slots=True)
class Labelled:
    """Photos of known people.

    Parameters
    ----------
    photos
        Shape (n,).
    persons
        Whose they are, shape (n,).
    listed
        Which photos to compare, by their places; None compares each with each.
    """

    photos: Sequence[Captured]
    persons: Sequence[str]
    listed: Sequence[tuple[int, int]] | None = None


@dataclass(frozen=True, slots=True)
class Templates:
    """Photos that gave a template.

    Parameters
    ----------
    vectors
        Of length 1, shape (n, dimension).
    persons
        Whose they are, by number from 0, shape (n,).
    places
        Which photos these are, shape (n,).
    """

    vectors: FloatArray
    persons: NDArray[np.int64]
    places: NDArray[np.int64]

    @property
    def people(self) -> int:
        """How many persons there are."""
        return int(self.persons.max(initial=-1)) + 1


@dataclass(frozen=True, slots=True)
class Pairs:
    """Compared photos, all arrays of shape (n,).

    Parameters
    ----------
    similarity
        Cosine similarity.
    first, second
        Persons, by number from 0.
    people
        How many persons there are.
    """

    similarity: FloatArray
    first: NDArray[np.int64]
    second: NDArray[np.int64]
    people: int

    def genuine(self) -> FloatArray:
        """Similarities of one person's photos."""
        same: FloatArray = self.similarity[self.first == self.second]
        return same

    def impostor(self) -> FloatArray:
        """Similarities of different people's photos."""
        apart: FloatArray = self.similarity[self.first != self.second]
        return apart

    def false_non_matches(self, threshold: float) -> Rate:
        """FNMR: one person's photos that are less alike than this."""
        owners = self.first[self.first == self.second]
        wrong = tally(owners, self.genuine() < threshold, self.people)
        return rate_over_persons(wrong, tally(owners, 1.0, self.people))

    def false_matches(self, threshold: float) -> Rate:
        """FMR: different people's photos that are at least as alike as this."""
        apart = self.first != self.second
        first, second = self.first[apart], self.second[apart]
        both = np.minimum(first, second) * self.people + np.maximum(first, second)
        shape = (self.people, self.people)
        wrong = tally(both, self.impostor() >= threshold, self.people**2).reshape(shape)
        return rate_over_pairs_of_persons(wrong, tally(both, 1.0, self.people**2).reshape(shape))


def templates_of(given: Labelled) -> Templates:
    """Leave out the photos without a template."""
    found = [(at, one.vector) for at, one in enumerate(given.photos) if one.vector is not None]
    numbers: dict[str, int] = {}
    persons = [numbers.setdefault(given.persons[at], len(numbers)) for at, _ in found]
    vectors = np.array([vector for _, vector in found], np.float64) if found else np.zeros((0, 1))
    return Templates(
        vectors,
        np.array(persons, np.int64),
        np.array([at for at, _ in found], np.int64),
    )


def pairs_of(given: Labelled, templates: Templates) -> Pairs:
    """Compare what may be compared."""
    vectors, persons = templates.vectors, templates.persons
    if given.listed is None:
        first, second = np.triu_indices(len(vectors), 1)
        similarity = (vectors @ vectors.T)[first, second]
    else:
        place = {int(photo): at for at, photo in enumerate(templates.places)}
        kept = [(place[a], place[b]) for a, b in given.listed if a in place and b in place]
        first, second = np.array(kept, np.int64).reshape(-1, 2).T
        similarity = np.einsum("ij,ij->i", vectors[first], vectors[second])
    return Pairs(similarity, persons[first], persons[second], templates.people)
