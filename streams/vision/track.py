"""One person over many frames: the first usable face at once, and better ones as they come."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

Box = tuple[float, float, float, float]
"""Left, top, width and height, pixels."""

_OVERLAP: Final = 0.2
_BETTER: Final = 0.1
_MOST: Final = 4


@dataclass(frozen=True, slots=True)
class Face:
    """A usable face of one frame.

    Parameters
    ----------
    box
        Where it is.
    template
        Its template, of length 1, shape (n,).
    quality
        From 0 to 1.
    traveler
        Whom the frame is said to show; empty where nobody said.
    """

    box: Box
    template: NDArray[np.float32]
    quality: float
    traveler: str


class Track:
    """One person, seen again and again.

    Parameters
    ----------
    id
        Its name at this camera.
    """

    def __init__(self, id: str) -> None:  # noqa: A002
        self.id: Final = id
        self.last: Face | None = None
        self.last_us = 0
        self._sent = 0
        self._best = 0.0

    def is_news(self, face: Face) -> bool:
        """Whether to send a face: the first, and up to three that are clearly better."""
        if self._sent and (self._sent >= _MOST or face.quality < self._best + _BETTER):
            return False
        self._sent += 1
        self._best = face.quality
        return True


class Tracks:
    """Follows persons by where they are and by what they look like.

    Someone else in the same place starts a track of their own, so that two persons who change
    places in a crowd are not taken for one.

    Parameters
    ----------
    run
        Name of this run of the camera; tracks of different runs never share a name.
    gap_us
        A track ends when it was not seen for so long.
    alike
        Cosine similarity below which a face is someone else's.
    """

    def __init__(self, run: str, gap_us: int, alike: float) -> None:
        self._run = run
        self._gap_us = gap_us
        self._alike = alike
        self._count = 0
        self._open: list[Track] = []

    def new(self) -> Track:
        """A track that nothing continues."""
        self._count += 1
        return Track(f"{self._run}-{self._count}")

    def follow(self, faces: Sequence[Face], at_us: int) -> list[Track]:
        """Tell whose track each face of a frame continues.

        Parameters
        ----------
        faces
            The usable faces of one frame.
        at_us
            When it was captured, microseconds since the epoch.
        """
        self._open = [one for one in self._open if at_us - one.last_us <= self._gap_us]
        pairs = sorted(
            (
                (overlap(track.last.box, face.box), place, number)
                for place, track in enumerate(self._open)
                for number, face in enumerate(faces)
                if track.last is not None and self._same(track.last, face)
            ),
            reverse=True,
        )
        found: dict[int, Track] = {}
        taken: set[int] = set()
        for shared, place, number in pairs:
            if shared >= _OVERLAP and place not in taken and number not in found:
                found[number] = self._open[place]
                taken.add(place)
        followed = []
        for number, face in enumerate(faces):
            track = found.get(number)
            if track is None:
                track = self.new()
                self._open.append(track)
            track.last, track.last_us = face, at_us
            followed.append(track)
        return followed

    def _same(self, before: Face, now: Face) -> bool:
        alike = float(before.template @ now.template)
        return before.traveler == now.traveler and alike >= self._alike


def overlap(one: Box, other: Box) -> float:
    """Shared area of two boxes as a share of both together, 0 to 1."""
    width = min(one[0] + one[2], other[0] + other[2]) - max(one[0], other[0])
    height = min(one[1] + one[3], other[1] + other[3]) - max(one[1], other[1])
    if width <= 0 or height <= 0:
        return 0.0
    shared = width * height
    return shared / (one[2] * one[3] + other[2] * other[3] - shared)
