"""A face before a camera is compared, and the engine told how it ended."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from haechi.configs.faces import Faces
from haechi.configs.port import Camera
from haechi.engine.codes import FaceOutcome
from haechi.engine.errors import BadInput
from haechi.rpc.v1.event_pb2 import Event
from haechi.rpc.v1.face_service_pb2 import FaceSeen
from haechi.streams.faces.comparison import Comparison, Found
from haechi.streams.faces.events import WATCHLIST, Teller
from haechi.streams.faces.roster import Roster
from haechi.streams.faces.templates import Vector
from haechi.streams.faces.tracks import Track, Tracks

_CLAIM: Final = "claim"
"""Scope of a comparison with the one person that it is said to be."""


@dataclass(slots=True)
class Taken:
    """What became of one thing that came in.

    Parameters
    ----------
    events
        What the engine is told now.
    event_ids
        Ids of all that it is told, or was told when the same came before.
    refusal_code, refusal_reason
        Why it was not used, if it was not. As text: an error would keep the face alive that it
        was raised for.
    """

    events: list[Event] = field(default_factory=list)
    event_ids: list[str] = field(default_factory=list)
    refusal_code: str = ""
    refusal_reason: str = ""

    def tell(self, event: Event) -> None:
        """Tell the engine something."""
        self.events.append(event)
        self.event_ids.append(event.envelope.event_id)

    def refuse(self, error: BadInput) -> None:
        """Note why it was not used."""
        self.refusal_code, self.refusal_reason = error.code, str(error)


@dataclass(frozen=True, slots=True)
class Sight:
    """Somebody before a camera.

    Parameters
    ----------
    camera
        Which.
    seen
        What it handed in.
    track
        Of whom that is one frame.
    whom
        Token of who it is said to be; None where nobody said.
    taken
        Gets what the engine is told.
    """

    camera: Camera
    seen: FaceSeen
    track: Track
    whom: int | None
    taken: Taken


class Probe:
    """Compares and tells.

    Parameters
    ----------
    config
        How faces are compared.
    roster
        The galleries.
    tracks
        Who was spoken of lately.
    teller
        Writes the events.
    count
        Counts an outcome of a camera.
    """

    def __init__(
        self,
        config: Faces,
        roster: Roster,
        tracks: Tracks,
        teller: Teller,
        count: Callable[[str, str], None],
    ) -> None:
        self._config: Final = config
        self._roster: Final = roster
        self._tracks: Final = tracks
        self._comparison: Final = Comparison(config, roster)
        self._teller: Final = teller
        self._count: Final = count

    def at_exit(self, sight: Sight, vector: Vector) -> None:
        """Hold a face against the one person that it is said to be, and against all."""
        site = sight.camera.site
        claimed = None
        if sight.whom is not None:
            claimed = self._comparison.with_one(site, sight.whom, vector)
        if claimed is not None and claimed.person is not None:
            self._tracks.speaks_of(sight.camera.id, claimed.person, sight.seen.captured_us)
            self._tell(sight, claimed, _CLAIM)
        found = self._comparison.with_all(site, vector, sight.seen.captured_us)
        # With somebody else's papers both are told: whose they are, and who came.
        unknown = found.outcome is FaceOutcome.UNKNOWN
        if claimed is None or not (unknown or claimed.person == found.person):
            self._tell(sight, found, site)

    def against_watchlist(self, sight: Sight, vector: Vector) -> None:
        """Hold a face against the watchlist; only a likeness is told."""
        found = self._comparison.with_watchlist(vector)
        if found.outcome is not FaceOutcome.UNKNOWN:
            # Papers say whose case it is; without any, the entry's name stands for the person.
            self._tell(sight, found.about(sight.track.subjects), WATCHLIST)

    def miss(self, sight: Sight) -> None:
        """Tell that somebody who was to be compared was not captured."""
        everybody = self._config.keeping.enrol == "all"
        assert sight.whom is not None
        if everybody or self._roster.has(sight.camera.site, sight.whom):
            missed = Found(FaceOutcome.NOT_CAPTURED, sight.whom, tuple(sight.track.subjects))
            self._tell(sight, missed, _CLAIM)

    def _tell(self, sight: Sight, found: Found, scope: str) -> None:
        self._count(sight.camera.id, found.outcome.name)
        if not sight.track.is_news(found.person, found.outcome):
            return
        sight.taken.tell(
            self._teller.match(
                sight.camera,
                sight.seen,
                found.outcome,
                scope,
                person=found.person,
                subjects=found.subjects,
                candidates=found.candidates,
                threshold_version=self._config.thresholds(sight.camera.site).version,
                gallery_size=found.gallery_size,
            )
        )
