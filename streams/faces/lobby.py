"""Faces of the desk that wait in memory for the engine's word, and are never written down."""

from __future__ import annotations

from collections import OrderedDict
from typing import Final

from haechi.rpc.v1.face_service_pb2 import FaceSeen


class Lobby:
    """The newest faces of those who may yet turn out to be at risk.

    Parameters
    ----------
    wait_us
        How long a person waits, microseconds.
    photos
        Faces of one person that are kept, the best ones.
    most
        Most persons; beyond it those who came first go.
    """

    def __init__(self, wait_us: int, photos: int, most: int) -> None:
        self._wait_us: Final = wait_us
        self._photos: Final = photos
        self._most: Final = most
        self._waiting: Final[OrderedDict[int, list[FaceSeen]]] = OrderedDict()

    def __len__(self) -> int:
        return sum(len(faces) for faces in self._waiting.values())

    def faces(self) -> list[FaceSeen]:
        """All that wait, by person, in the order of their coming."""
        return [seen for faces in self._waiting.values() for seen in faces]

    def of(self, person: int) -> list[FaceSeen]:
        """Faces of a person that wait."""
        return self._waiting.get(person, [])

    def add(self, person: int, seen: FaceSeen) -> None:
        """Let a face wait."""
        faces = self._waiting.setdefault(person, [])
        faces.append(seen)
        if len(faces) > self._photos:
            faces.remove(min(faces, key=lambda face: face.template.quality))
        while len(self._waiting) > self._most:
            self._waiting.popitem(last=False)

    def take(self, person: int) -> list[FaceSeen]:
        """Take a person's faces out; they wait no longer."""
        return self._waiting.pop(person, [])

    def expire(self, now_us: int) -> None:
        """Forget who waited too long."""
        for person, faces in list(self._waiting.items()):
            faces[:] = [face for face in faces if face.captured_us + self._wait_us > now_us]
            if not faces:
                del self._waiting[person]
