"""Any number of subjects from the records of a few: each has names and parties of its own.

To make a million subjects by simulator and decoder takes minutes. Here the manifests and what
followed them are taken from a log of the port's mix, and every token that belongs to one subject
alone (its names, bags, document, address, telephone) is mixed with the new subject's number. What
many share (flights, senders, goods, brokers) stays, so there are as many of those as in the log.
Travelers come alone, and nobody's decision is named.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import numpy as np
from numpy.typing import NDArray

from benchmarks.popularity import Numbers
from haechi.engine.codes import EventKind, NodeKind
from haechi.engine.kernel import Array

_OWN: Final = (
    "ref", "alias", "other", "subject", "pccc", "consignee", "address", "phone", "contact",
)  # fmt: skip
_TIMES: Final = ("event_us", "until_us", "booked_us", "arrival_us")
_FOLLOWS: Final = (
    EventKind.FACE_MATCH,
    EventKind.SCANNER_RESULT,
    EventKind.TRAVELER_DECLARATION,
    EventKind.GATE_EVENT,
)
_NODES: Final = (NodeKind.PARCEL, NodeKind.TRAVELER)
_MANIFESTS: Final = (EventKind.PARCEL_MANIFEST, EventKind.TRAVELER_MANIFEST)
_LASTS_US: Final = 3_600_000_000
_GAP_US: Final = 20_000
"""How long it takes until all have arrived, and between two events after that."""

_PIECE: Final = 4096


class Crowd:
    """Subjects, and what happens to them.

    Parameters
    ----------
    events
        ``EVENT`` records of a log.
    subjects
        How many.
    seed
        Seed of what happens to whom.
    """

    def __init__(self, events: Array, subjects: int, seed: int) -> None:
        self._events = events
        self._subjects = subjects
        self._draws = np.random.default_rng(seed)
        self._begins = np.flatnonzero(events["first"] == 1)
        self._counts = np.diff(np.append(self._begins, len(events)))
        heads = events[self._begins]
        ties = (events["kind"] == EventKind.LINK) & (events["node"] != NodeKind.BAG)
        alone = ~np.logical_or.reduceat(ties, self._begins)
        self._arrivals = [np.flatnonzero(alone & (heads["kind"] == kind)) for kind in _MANIFESTS]
        follows = np.isin(heads["kind"], _FOLLOWS)
        self._later = [np.flatnonzero(follows & (heads["node"] == node)) for node in _NODES]
        self._parcels = len(self._arrivals[0]) / sum(map(len, self._arrivals))
        self._made = 0
        self._now_us = int(events["stamp_us"].max())

    def arrive(self) -> Iterator[Array]:
        """Everybody's manifest, with bags, piece by piece."""
        gap_us = max(_LASTS_US // self._subjects, 1)
        for begin in range(0, self._subjects, _PIECE):
            numbers = np.arange(begin, min(begin + _PIECE, self._subjects))
            yield self._make(numbers, self._arrivals, gap_us)

    def go_on(self, numbers: Numbers) -> Array:
        """What cameras, scanners, declarations and gates say of them, in the log's proportions."""
        return self._make(numbers, self._later, _GAP_US)

    def _make(self, numbers: Numbers, templates: list[NDArray[np.int64]], gap_us: int) -> Array:
        marks = _token(numbers)
        parcels, travelers = (self._draws.choice(one, len(numbers)) for one in templates)
        is_parcel = (marks >> np.uint64(11)).astype(float) / (1 << 53) < self._parcels
        picked = np.where(is_parcel, parcels, travelers)
        counts = self._counts[picked]
        ends = np.cumsum(counts)
        within = np.arange(ends[-1]) - np.repeat(ends - counts, counts)
        made = self._events[np.repeat(self._begins[picked], counts) + within]
        heads = np.repeat(self._events["ref"][self._begins[picked]], counts)
        marks = np.repeat(marks, counts)
        for name in _OWN:
            # The template's own name gives way, so that all of a subject's events meet in a case.
            given = made[name]
            made[name] = np.where(given == heads, marks, np.where(given == 0, 0, given ^ marks))
        order = np.repeat(np.arange(len(numbers)), counts)
        stamps = self._now_us + (order + 1) * gap_us
        later = stamps - made["stamp_us"]
        for name in _TIMES:
            made[name] = np.where(made[name] == 0, 0, made[name] + later)
        made["stamp_us"] = stamps
        made["id_hi"] = made["offset"] = self._made + order + 1
        self._now_us = int(stamps[-1])
        self._made += len(numbers)
        return made


def _token(numbers: Numbers) -> NDArray[np.uint64]:
    """A token of each number, never 0."""
    token = (numbers.astype(np.uint64) + np.uint64(1)) * np.uint64(0x9E3779B97F4A7C15)
    token = (token ^ (token >> np.uint64(29))) * np.uint64(0xBF58476D1CE4E5B9)
    return token ^ (token >> np.uint64(32)) | np.uint64(1)
