"""Who a camera's track is said to be, and what was told of it already."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from haechi.engine.codes import FaceOutcome
from haechi.rpc.v1.envelope_pb2 import SubjectReference
from haechi.rpc.v1.face_service_pb2 import FaceSeen, SubjectPresented

CLAIM_US: Final = 60_000_000
"""How long after papers were shown a new track is taken for their bearer, and after its last frame
a track is still the same one."""

_MOST: Final = 1 << 16


@dataclass(slots=True)
class Track:
    """One person before one camera.

    Parameters
    ----------
    subjects
        Whom the desk or the gate says that it is; empty where nobody said.
    seen_us
        When it was seen last.
    told
        Outcome that was told last, by person; ``None`` stands for nobody in particular.
    """

    subjects: Sequence[SubjectReference] = ()
    seen_us: int = 0
    told: dict[int | None, FaceOutcome] = field(default_factory=dict)

    def is_news(self, person: int | None, outcome: FaceOutcome) -> bool:
        """Whether this was not told yet; a clearer word of the same person is news."""
        if self.told.get(person) == outcome:
            return False
        self.told[person] = outcome
        return True


class Tracks:
    """The tracks of all cameras, the newest ones."""

    def __init__(self) -> None:
        self._tracks: Final[OrderedDict[tuple[str, str], Track]] = OrderedDict()
        self._presented: Final[dict[str, SubjectPresented]] = {}
        self._spoken: Final[OrderedDict[tuple[str, int], int]] = OrderedDict()

    def present(self, presented: SubjectPresented) -> None:
        """Note that somebody showed papers: the camera's next track is this person's."""
        self._presented[presented.camera] = presented

    def of(self, seen: FaceSeen) -> Track:
        """The track that a usable face belongs to; a new one takes the papers shown before."""
        # Without a name of its own every frame is a track.
        key = (seen.camera, seen.track_id or seen.frame_id)
        track = self._tracks.get(key)
        if track is None or abs(seen.captured_us - track.seen_us) > CLAIM_US:
            track = self._tracks[key] = Track(self.claimed(seen))
            self._tracks.move_to_end(key)
            if track.subjects and not seen.subjects:
                del self._presented[seen.camera]
            if len(self._tracks) > _MOST:
                self._tracks.popitem(last=False)
        track.seen_us = seen.captured_us
        if seen.subjects:
            track.subjects = seen.subjects
        return track

    def claimed(self, seen: FaceSeen) -> Sequence[SubjectReference]:
        """Who stands there, by the message itself or by the papers that were shown."""
        if seen.subjects:
            return seen.subjects
        presented = self._presented.get(seen.camera)
        if presented is None or not 0 <= seen.captured_us - presented.presented_us <= CLAIM_US:
            return ()
        return presented.subjects

    def speaks_of(self, camera: str, person: int, at_us: int) -> bool:
        """Note that something is told of a person at a camera; whether that was a while ago.

        A poor frame among good ones takes nothing back.
        """
        key = (camera, person)
        before_us = self._spoken.get(key)
        self._spoken[key] = at_us
        self._spoken.move_to_end(key)
        if len(self._spoken) > _MOST:
            self._spoken.popitem(last=False)
        return before_us is None or abs(at_us - before_us) > CLAIM_US

    def forget_papers(self) -> None:
        """Forget whom tracks are said to be: somebody is to be erased, and tracks are short."""
        self._presented.clear()
        self._tracks.clear()
        self._spoken.clear()
