"""One against many on labelled photos: who is missed when few strangers may be named.

One photo of each person is enrolled; the person's others must find it. A stranger is anybody
searched while not enrolled: each photo is searched once more with its own person left out.
For the interval, persons are drawn anew with all that is searched of them; who is enrolled stays.

References
----------
NIST IR 8271 (FRVT part 2): FNIR at FPIR, rank one.
"""

from __future__ import annotations

from dataclasses import dataclass
from statistics import NormalDist
from typing import Final

import numpy as np

from haechi.streams.faces.labelled import Templates
from haechi.streams.faces.rates import FloatArray, Rate, drawn_rate, tally

_BY_COUNT: Final = "counted"
_BY_NORMAL: Final = "from the normal distribution of different people's similarity"


@dataclass(frozen=True, slots=True)
class Identification:
    """What a gallery misses.

    Parameters
    ----------
    enrolled
        Persons in the gallery.
    fpir
        Share of strangers that may be named.
    threshold
        Similarity from which the best of the gallery counts as the person.
    threshold_by
        How the threshold was found, in words.
    fnir
        Share of enrolled persons' photos that do not find them, by this threshold, as the best.
    strangers
        Searches of people who were not enrolled.
    """

    enrolled: int
    fpir: float
    threshold: float
    threshold_by: str
    fnir: Rate
    strangers: int


@dataclass(frozen=True, slots=True)
class _Probes:
    """Every photo searched: with its person enrolled, and with the person left out."""

    stranger: FloatArray
    """Similarity of the best of other people, shape (n,)."""

    mate: FloatArray
    """Similarity of the person's own enrolled photo, NaN for that photo itself and for those whose
    person is not enrolled, shape (n,)."""


def identify(
    templates: Templates, fpir: float, gallery: int, impostors: NormalDist
) -> Identification:
    """Search everybody in a gallery.

    Parameters
    ----------
    templates
        Of two persons at least.
    fpir
        Share of strangers that may be named, in (0, 1).
    gallery
        Persons to enrol, >= 2; the first ones. Where there are fewer, all are, and the threshold
        for this many follows from ``impostors``.
    impostors
        Distribution of different people's similarity.
    """
    persons, everybody = templates.persons, templates.people
    probes = _search(templates, min(gallery, everybody))
    if gallery > everybody:
        # Each of so many may be the stranger's best: 1 - (1 - rate)^gallery = fpir.
        rate = -np.expm1(np.log1p(-fpir) / gallery)
        threshold = impostors.inv_cdf(1.0 - float(rate))
        by = _BY_NORMAL
    else:
        threshold = _threshold(probes.stranger, np.ones(len(persons)), fpir)
        by = _BY_COUNT
    mated = np.flatnonzero(~np.isnan(probes.mate))

    def missed(limit: float) -> FloatArray:
        mate = probes.mate[mated]
        return ((mate < limit) | (mate <= probes.stranger[mated])).astype(np.float64)

    def by_person(values: FloatArray) -> FloatArray:
        return tally(persons[mated], values, everybody)

    def drawn(weights: FloatArray) -> tuple[FloatArray, FloatArray]:
        wrong = np.empty(len(weights))
        for at, one in enumerate(weights):
            limit = threshold
            if by == _BY_COUNT:
                limit = _threshold(probes.stranger, one[persons], fpir)
            wrong[at] = one[persons[mated]] @ missed(limit)
        return wrong, weights @ by_person(np.ones(len(mated)))

    fnir = drawn_rate(
        by_person(missed(threshold)), by_person(np.ones(len(mated))), "persons", drawn
    )
    return Identification(gallery, fpir, threshold, by, fnir, len(persons))


def _search(templates: Templates, enrolled: int) -> _Probes:
    vectors, persons = templates.vectors, templates.persons
    firsts = np.array([np.flatnonzero(persons == one)[0] for one in range(enrolled)])
    similarity = vectors @ vectors[firsts].T
    known = np.flatnonzero(persons < enrolled)
    mate = np.full(len(persons), np.nan)
    mate[known] = similarity[known, persons[known]]
    mate[firsts] = np.nan
    similarity[known, persons[known]] = -np.inf
    return _Probes(similarity.max(axis=1), mate)


def _threshold(scores: FloatArray, weights: FloatArray, share: float) -> float:
    """The least similarity that no more than this share of the scores reaches."""
    order = np.argsort(-scores)
    reached = np.cumsum(weights[order])
    first_too_many = int(np.searchsorted(reached, share * reached[-1], side="right"))
    return float(np.nextafter(scores[order[min(first_too_many, len(order) - 1)]], np.inf))
