"""Holds a face against one person, against all of a site, and against the watchlist."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from haechi.configs.faces import Faces
from haechi.engine.codes import FaceOutcome
from haechi.rpc.v1.envelope_pb2 import SubjectReference
from haechi.rpc.v1.sensors_pb2 import FaceCandidate
from haechi.streams.faces.roster import Roster
from haechi.streams.faces.templates import Vector
from haechi.streams.faces.thresholds import (
    open_threshold,
    outcome_of_pair,
    outcome_of_search,
    walking_penalty,
)

_CANDIDATES: Final = 3
"""Who came close, as far as an officer is told."""

_LOOKED_AT: Final = 8
"""Who is alike enough to be worth asking when the desk saw them. The walk can only make a person
less likely, and whoever is not among these is less alike than all of them."""


@dataclass(frozen=True, slots=True)
class Found:
    """How a comparison ended.

    Parameters
    ----------
    outcome
        Its outcome.
    person
        Token of whom it is about; None for nobody in particular.
    subjects
        Names of that person for the engine.
    candidates
        Who came close, best first.
    gallery_size
        Templates that were searched.
    """

    outcome: FaceOutcome
    person: int | None = None
    subjects: Sequence[SubjectReference] = ()
    candidates: Sequence[FaceCandidate] = ()
    gallery_size: int = 0

    def about(self, subjects: Sequence[SubjectReference]) -> Found:
        """The same about somebody who showed papers."""
        return replace(self, subjects=subjects)


class Comparison:
    """Compares.

    Parameters
    ----------
    config
        Thresholds and the usual walk.
    roster
        The galleries.
    """

    def __init__(self, config: Faces, roster: Roster) -> None:
        self._config: Final = config
        self._roster: Final = roster

    def with_one(self, site: str, person: int, vector: Vector) -> Found | None:
        """Compare with the person that it is said to be; None if that one is not enrolled."""
        if not self._roster.has(site, person):
            return None
        similarity = self._roster.gallery(site).one_to_one(person, vector)
        assert similarity is not None
        known = self._roster.person(person)
        return Found(
            outcome_of_pair(similarity, self._config.thresholds(site)),
            person,
            known.subjects,
            [FaceCandidate(traveler_id=name_of(known.subjects), similarity=_cosine(similarity))],
            1,
        )

    def with_all(self, site: str, vector: Vector, captured_us: int) -> Found:
        """Search all who are enrolled at a site, less likely ones at a handicap."""
        gallery = self._roster.gallery(site)
        thresholds = self._config.thresholds(site)
        likely: list[tuple[float, int]] = []
        for hit in gallery.search(vector, _LOOKED_AT):
            walked_us = captured_us - self._roster.person(hit.person).captured_us
            likely.append(
                (hit.similarity - walking_penalty(self._config.walk, walked_us), hit.person)
            )
        likely.sort(key=lambda one: -one[0])
        if not likely:
            return Found(FaceOutcome.UNKNOWN)
        similarity, person = likely[0]
        open_at = open_threshold(thresholds, len(gallery))
        margin = similarity - likely[1][0] if len(likely) > 1 else math.inf
        outcome = outcome_of_search(similarity, margin, thresholds, open_at)
        if outcome is FaceOutcome.UNKNOWN:
            # Whom it resembles least badly is nobody's business.
            return Found(outcome, gallery_size=len(gallery))
        known = self._roster.person(person)
        return Found(outcome, person, known.subjects, self._named(likely), len(gallery))

    def with_watchlist(self, vector: Vector) -> Found:
        """Search the watchlist."""
        watchlist, limits = self._roster.watchlist, self._config.watchlist
        hits = watchlist.search(vector, 1)
        if not hits:
            return Found(FaceOutcome.UNKNOWN)
        hit = hits[0]
        outcome = outcome_of_search(hit.similarity, math.inf, limits, limits.same)
        entry = FaceCandidate(
            traveler_id=self._roster.entry(hit.person), similarity=_cosine(hit.similarity)
        )
        return Found(outcome, hit.person, (), [entry], len(watchlist))

    def _named(self, likely: Sequence[tuple[float, int]]) -> list[FaceCandidate]:
        candidates = []
        for place, (similarity, person) in enumerate(likely[:_CANDIDATES]):
            following = likely[place + 1][0] if place + 1 < len(likely) else similarity
            candidates.append(
                FaceCandidate(
                    traveler_id=name_of(self._roster.person(person).subjects),
                    similarity=_cosine(similarity),
                    margin=max(0.0, similarity - following),
                )
            )
        return candidates


def name_of(subjects: Sequence[SubjectReference]) -> str:
    """A traveler's id, where the references give one; a document's number is nobody's business."""
    return next((reference.traveler_id for reference in subjects if reference.traveler_id), "")


def _cosine(similarity: float) -> float:
    """Rounding takes a template's likeness with itself beyond 1."""
    return min(1.0, max(-1.0, similarity))
