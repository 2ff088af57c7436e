"""A gallery: the templates of persons who are looked for, each kept no longer than it may be.

Rows of one matrix hold the templates; the last row moves into the gap of a removed one, so that
adding and removing take the same time in a gallery of any size. What a removed template leaves
in memory is overwritten with zeros.
"""

from __future__ import annotations

import heapq
from collections.abc import KeysView
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import ArrayLike

from haechi.engine.errors import BadInput
from haechi.streams.faces.search import FloatMatrix, FloatVector, room, top_k

_FIRST_ROWS: Final = 1024
_TEMPLATES_A_PERSON: Final = 4
"""How many templates of each hit are looked for at first, to be sure of as many persons."""

_STALE_LEAST: Final = 1024


@dataclass(frozen=True, slots=True)
class Hit:
    """A person who is alike.

    Parameters
    ----------
    person
        Who.
    template_id
        The person's template that is most alike.
    similarity
        Its cosine similarity, -1 to 1.
    """

    person: int
    template_id: int
    similarity: float


class Gallery:
    """Templates of persons, searched exactly. Not safe for several threads at once.

    Parameters
    ----------
    dimension
        Numbers of a template.
    most
        Most templates; when it is full, the one that would expire first makes room.
    """

    def __init__(self, dimension: int, most: int) -> None:
        self._dimension = dimension
        self._most = most
        self._matrix: FloatMatrix = room(min(_FIRST_ROWS, most), dimension)
        # By row: its template and when that expires.
        self._templates: list[int] = []
        self._until_us: list[int] = []
        self._rows: dict[int, int] = {}
        self._person_of: dict[int, int] = {}
        self._templates_of: dict[int, list[int]] = {}
        # What expires first; templates that were removed stay in it until it is swept.
        self._expiring: list[tuple[int, int]] = []

    def __len__(self) -> int:
        """How many templates there are."""
        return len(self._templates)

    def __contains__(self, template_id: int) -> bool:
        return template_id in self._rows

    @property
    def persons(self) -> KeysView[int]:
        """Everybody with a template."""
        return self._templates_of.keys()

    def templates(self, person: int) -> tuple[int, ...]:
        """A person's templates, the oldest first; none if nobody knows the person."""
        return tuple(self._templates_of.get(person, ()))

    def add(self, person: int, template_id: int, vector: ArrayLike, until_us: int) -> int | None:
        """Keep a template, instead of the one of the same id if there is one.

        Parameters
        ----------
        person
            Whose it is.
        template_id
            Its id.
        vector
            Its numbers, of any length above 0, shape (dimension,).
        until_us
            When it expires, microseconds since the epoch.

        Returns
        -------
        The template that had to make room, if any.

        Raises
        ------
        BadInput
            If the vector has another dimension or no direction.
        """
        vector = self._unit(vector)
        self.remove(template_id)
        displaced = self._first_to_expire() if len(self) == self._most else None
        if displaced is not None:
            self.remove(displaced)
        row = len(self)
        if row == len(self._matrix):
            self._grow()
        self._matrix[row] = vector
        self._templates.append(template_id)
        self._until_us.append(until_us)
        self._rows[template_id] = row
        self._person_of[template_id] = person
        self._templates_of.setdefault(person, []).append(template_id)
        heapq.heappush(self._expiring, (until_us, template_id))
        return displaced

    def remove(self, template_id: int) -> bool:
        """Remove a template; tells whether it was there."""
        row = self._rows.pop(template_id, None)
        if row is None:
            return False
        person = self._person_of.pop(template_id)
        self._templates_of[person].remove(template_id)
        if not self._templates_of[person]:
            del self._templates_of[person]
        last = len(self) - 1
        self._matrix[row] = self._matrix[last]
        self._matrix[last] = 0.0
        moved, until_us = self._templates.pop(), self._until_us.pop()
        if row != last:
            self._templates[row] = moved
            self._until_us[row] = until_us
            self._rows[moved] = row
        self._sweep()
        return True

    def remove_person(self, person: int) -> list[int]:
        """Remove all templates of a person; tells which."""
        removed = list(self.templates(person))
        for template_id in removed:
            self.remove(template_id)
        return removed

    def expire(self, now_us: int) -> list[int]:
        """Remove what may be kept no longer; tells which.

        Parameters
        ----------
        now_us
            Microseconds since the epoch; what expires at this instant goes, too.
        """
        expired = []
        while self._expiring and self._expiring[0][0] <= now_us:
            until_us, template_id = heapq.heappop(self._expiring)
            if self._is_due(until_us, template_id):
                self.remove(template_id)
                expired.append(template_id)
        return expired

    def search(self, vector: ArrayLike, k: int) -> list[Hit]:
        """Find who is most alike, each person once.

        Parameters
        ----------
        vector
            The probe, shape (dimension,).
        k
            How many persons at most.

        Returns
        -------
        The best first; fewer than k only if there are fewer persons.

        Raises
        ------
        BadInput
            If the vector has another dimension or no direction.
        """
        probe = self._unit(vector)
        k = min(k, len(self.persons))
        wanted = k * _TEMPLATES_A_PERSON
        hits: dict[int, Hit] = {}
        while len(hits) < k:
            wanted = min(wanted, len(self))
            rows, similarities = np.empty(wanted, np.int64), np.empty(wanted, np.float32)
            top_k(self._matrix, len(self), probe, rows, similarities)
            for row, similarity in zip(rows.tolist(), similarities.tolist(), strict=True):
                template_id = self._templates[row]
                person = self._person_of[template_id]
                if person not in hits:
                    hits[person] = Hit(person, template_id, similarity)
            # Where a few persons have all of the best templates, it looks further.
            wanted *= 2
        return list(hits.values())[:k]

    def one_to_one(self, person: int, vector: ArrayLike) -> float | None:
        """Compare with one person.

        Parameters
        ----------
        person
            Who it is said to be.
        vector
            The probe, shape (dimension,).

        Returns
        -------
        Cosine similarity of the person's template that is most alike; None if there is none.

        Raises
        ------
        BadInput
            If the vector has another dimension or no direction.
        """
        probe = self._unit(vector)
        # Row by row: a copy of several rows would stay in memory after them.
        rows = (self._matrix[self._rows[template_id]] for template_id in self.templates(person))
        return max((float(row @ probe) for row in rows), default=None)

    def _unit(self, vector: ArrayLike) -> FloatVector:
        given = np.asarray(vector, np.float64)
        if given.shape != (self._dimension,):
            raise BadInput(
                "WRONG_DIMENSION",
                f"a template of shape {given.shape}; the gallery's have {self._dimension} numbers: "
                "send what its model makes",
            )
        length = float(np.sqrt(given @ given))
        if not (np.isfinite(length) and length > 0.0):
            raise BadInput(
                "NO_DIRECTION",
                f"a template of length {length:g}; it must be finite and above 0: embed it anew",
            )
        unit: FloatVector = (given / length).astype(np.float32)
        return unit

    def _grow(self) -> None:
        smaller = self._matrix
        self._matrix = room(min(2 * len(smaller), self._most), self._dimension)
        self._matrix[: len(smaller)] = smaller
        smaller[:] = 0.0

    def _is_due(self, until_us: int, template_id: int) -> bool:
        """Whether this entry is the template's present one."""
        row = self._rows.get(template_id)
        return row is not None and self._until_us[row] == until_us

    def _first_to_expire(self) -> int:
        while True:
            until_us, template_id = heapq.heappop(self._expiring)
            if self._is_due(until_us, template_id):
                return template_id

    def _sweep(self) -> None:
        """Forget removed templates once they are most of what expires."""
        if len(self._expiring) > 2 * len(self) + _STALE_LEAST:
            self._expiring = list(zip(self._until_us, self._templates, strict=True))
            heapq.heapify(self._expiring)
