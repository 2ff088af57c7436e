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
"""How long after papers were shown a new track is still taken for their bearer."""

_MOST: Final = 1 << 16


@dataclass(slots=True)
class Track:
    """One person before one camera.

    Parameters
    ----------
    subjects
        Whom the desk or the gate says that it is; empty where nobody said.
    told
        Outcome that was told last, by person; ``None`` stands for nobody in particular.
    """

    subjects: Sequence[SubjectReference]
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

    def present(self, presented: SubjectPresented) -> None:
        """Note that somebody showed papers: the camera's next track is this person's."""
        self._presented[presented.camera] = presented

    def of(self, seen: FaceSeen) -> Track:
        """The track that a face belongs to."""
        # Without a name of its own every frame is a track.
        key = (seen.camera, seen.track_id or seen.frame_id)
        track = self._tracks.get(key)
        if track is None:
            track = self._tracks[key] = Track(self._claimed(seen))
            if len(self._tracks) > _MOST:
                self._tracks.popitem(last=False)
        if seen.subjects:
            track.subjects = seen.subjects
        return track

    def _claimed(self, seen: FaceSeen) -> Sequence[SubjectReference]:
        presented = self._presented.get(seen.camera)
        if presented is None or not 0 <= seen.captured_us - presented.presented_us <= CLAIM_US:
            return ()
        del self._presented[seen.camera]
        return presented.subjects
