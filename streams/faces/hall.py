"""The way from the desk to the exit: who is enrolled, who is recognised, and who is forgotten.

A face of the desk waits in memory. Only when the engine stops its traveler for a risk is it
enrolled; when the engine releases the traveler it is taken out again. At the exit a face is held
against the one person that it is said to be, and against all who are enrolled at this site.
"""

from __future__ import annotations

from collections import Counter, OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from haechi.configs.faces import Faces
from haechi.configs.port import Camera, Port
from haechi.engine.codes import CameraRole, CodeClass, DecisionKind, FaceOutcome, Verdict
from haechi.engine.errors import BadInput
from haechi.rpc.v1.envelope_pb2 import SubjectReference
from haechi.rpc.v1.event_pb2 import Event
from haechi.rpc.v1.face_service_pb2 import (
    CameraStatus,
    CaptureFault,
    EnrolWatchedRequest,
    FaceSeen,
    SubjectPresented,
)
from haechi.streams.decode import parties
from haechi.streams.decode.checks import shown
from haechi.streams.decode.places import Edge
from haechi.streams.decode.references import TRAVELER, Subject, subject_of
from haechi.streams.faces.comparison import Comparison, Found
from haechi.streams.faces.events import Teller
from haechi.streams.faces.lobby import Lobby
from haechi.streams.faces.roster import Roster
from haechi.streams.faces.templates import NOT_CAPTURED, Vector, vector_of
from haechi.streams.faces.tracks import Track, Tracks
from haechi.streams.faces.vault import Vault

AT_RISK: Final = frozenset(
    {
        CodeClass.RISK,
        CodeClass.INTELLIGENCE,
        CodeClass.SENSOR_ALARM,
        CodeClass.POLICY,
        CodeClass.CAPACITY,
        CodeClass.OFFICER,
    }
)
"""Reasons of a HOLD or REFER that put a traveler at risk; others, such as missing evidence or a
random check, say nothing of the person."""

_FRAMES: Final = 1 << 16
"""Frames that are remembered, so that one that comes twice has one effect."""


@dataclass(frozen=True, slots=True)
class News:
    """What the engine decided about somebody.

    Parameters
    ----------
    person
        Token of the subject.
    kind, verdict, code_class
        As in the decision.
    """

    person: int
    kind: int
    verdict: int
    code_class: int


@dataclass(slots=True)
class Taken:
    """What became of one thing that came in.

    Parameters
    ----------
    events
        What the engine is told.
    refusal
        Why it was not used, if it was not.
    """

    events: list[Event] = field(default_factory=list)
    refusal: BadInput | None = None


class Hall:
    """The state of the face service.

    Parameters
    ----------
    config
        How faces are compared and kept.
    port
        The port's cameras.
    edge
        Makes tokens of travelers, as the engine does.
    vault
        Enrolled faces on disk.

    Attributes
    ----------
    counts
        How often each thing happened, by camera and its name.
    """

    def __init__(self, config: Faces, port: Port, edge: Edge, vault: Vault) -> None:
        keeping = config.keeping
        self._config: Final = config
        self._cameras: Final = port.cameras
        self._edge: Final = edge
        self.roster: Final = Roster(config, vault, self._site_of)
        self._comparison: Final = Comparison(config, self.roster)
        self._teller: Final = Teller(edge.tokens)
        self._lobby: Final = Lobby(keeping.wait_us, keeping.photos, keeping.most)
        self._tracks: Final = Tracks()
        self._frames: Final[OrderedDict[tuple[str, str], Taken]] = OrderedDict()
        self.counts: Final[Counter[tuple[str, str]]] = Counter()

    @property
    def waiting(self) -> Counter[str]:
        """Faces that wait in memory, by site."""
        return Counter(self._site_of(seen) for seen in self._lobby.faces())

    def see(self, seen: FaceSeen, now_us: int) -> Taken:
        """Take what a camera saw."""
        key = (seen.camera, seen.frame_id)
        known = self._frames.get(key)
        if known is not None:
            return known
        taken = Taken()
        try:
            self._see(seen, taken, now_us)
        except BadInput as error:
            taken.refusal = error
            self._count(seen.camera, error.code)
        self._frames[key] = taken
        if len(self._frames) > _FRAMES:
            self._frames.popitem(last=False)
        return taken

    def present(self, presented: SubjectPresented) -> Taken:
        """Take that somebody showed papers at a camera."""
        try:
            self._camera(presented.camera)
            subject_of(self._edge, presented.subjects, (TRAVELER,))
        except BadInput as error:
            return Taken(refusal=error)
        self._tracks.present(presented)
        return Taken()

    def leave(self, subjects: Sequence[SubjectReference]) -> Taken:
        """Take that somebody left: no template is needed any longer."""
        try:
            self.forget(subject_of(self._edge, subjects, (TRAVELER,)))
        except BadInput as error:
            return Taken(refusal=error)
        return Taken()

    def status(self, status: CameraStatus) -> Taken:
        """Take that a camera's stream stopped or came back."""
        try:
            camera = self._camera(status.camera)
        except BadInput as error:
            return Taken(refusal=error)
        self._count(camera.id, "UP" if status.up else "DOWN")
        return Taken([self._teller.status(camera, status)])

    def hear(self, news: News, now_us: int) -> None:
        """Take what the engine decided about somebody."""
        if news.kind == DecisionKind.FOLLOW_UP:
            self.forget(Subject(news.person, TRAVELER, 0))
        elif news.verdict == Verdict.RELEASE:
            if self.roster.unmark(news.person) and self._config.keeping.enrol == "at_risk":
                for seen in self.roster.withdraw(news.person):
                    self._lobby.add(news.person, seen)
        elif news.code_class in AT_RISK:
            self.roster.mark(news.person, now_us)
            for seen in self._lobby.take(news.person):
                self._enrol(news.person, seen, now_us)

    def watch_for(self, request: EnrolWatchedRequest, now_us: int) -> int:
        """Put somebody on the watchlist; entries on it now.

        Raises
        ------
        BadInput
            If the request cannot be used.
        """
        if not request.entry_id.strip() or not request.legal_basis.strip():
            raise BadInput(
                "MISSING_FIELD", "entry_id or legal_basis is empty; name the entry and the law"
            )
        if request.until_us <= now_us:
            raise BadInput("OUT_OF_RANGE", "until_us has passed; give a time to come")
        vector = vector_of(request.template, self._config)
        self.roster.watch_for(self._entry(request.entry_id), request, vector)
        return len(self.roster.watchlist)

    def erase(self, subject: Subject) -> tuple[int, list[bytes]]:
        """Erase all of a person.

        Returns
        -------
        How many templates were erased, in memory and on disk, and the digests of the latter.
        """
        waiting = len(self._lobby.take(subject.ref)) + len(self._lobby.take(subject.alias))
        digests = self.roster.erase(subject.ref)
        if subject.alias:
            digests += self.roster.erase(subject.alias)
        return waiting + len(digests), digests

    def traveler(self, subjects: Sequence[SubjectReference]) -> Subject:
        """Find the traveler that references name; raises BadInput."""
        return subject_of(self._edge, subjects, (TRAVELER,))

    def entry(self, entry_id: str) -> Subject:
        """Find an entry of the watchlist."""
        return Subject(self._entry(entry_id), TRAVELER, 0)

    def forget(self, subject: Subject) -> None:
        """Let go of all that is kept of a traveler, whose purpose is over."""
        for person in filter(None, (subject.ref, subject.alias)):
            self._lobby.take(person)
            self.roster.unmark(person)
            self.roster.withdraw(person)

    def pass_time(self, now_us: int) -> None:
        """Forget what has expired."""
        self._lobby.expire(now_us)
        self.roster.expire(now_us)

    def _see(self, seen: FaceSeen, taken: Taken, now_us: int) -> None:
        camera = self._camera(seen.camera)
        if not seen.frame_id:
            raise BadInput("MISSING_FIELD", "frame_id is empty; number the camera's frames")
        track = self._tracks.of(seen)
        whom = subject_of(self._edge, track.subjects, (TRAVELER,)) if track.subjects else None
        if not seen.HasField("template"):
            self._count(camera.id, CaptureFault.Name(seen.fault).removeprefix("CAPTURE_FAULT_"))
            self._miss(camera, seen, track, whom, taken)
            return
        try:
            vector = vector_of(seen.template, self._config)
            self.roster.check_model(seen.template.model_id)
        except BadInput as error:
            if error.code in NOT_CAPTURED:
                self._miss(camera, seen, track, whom, taken)
            raise
        self._against_watchlist(camera, seen, track, vector, taken)
        if camera.role is CameraRole.EXIT:
            self._at_exit(camera, seen, track, whom, vector, taken)
        elif whom is None:
            self._count(camera.id, "NOBODY_PRESENTED")
        else:
            self._at_desk(seen, whom, now_us)

    def _at_desk(self, seen: FaceSeen, whom: Subject, now_us: int) -> None:
        named = FaceSeen()
        named.CopyFrom(seen)
        if not named.subjects:
            named.subjects.extend(self._tracks.of(seen).subjects)
        if self._config.keeping.enrol == "all" or self.roster.is_marked(whom.ref):
            self._enrol(whom.ref, named, now_us)
        else:
            self._lobby.add(whom.ref, named)
            self._count(seen.camera, "WAITING")

    def _enrol(self, person: int, seen: FaceSeen, now_us: int) -> None:
        self.roster.enrol(person, seen, vector_of(seen.template, self._config), now_us)
        self._count(seen.camera, "ENROLLED")

    def _at_exit(
        self,
        camera: Camera,
        seen: FaceSeen,
        track: Track,
        whom: Subject | None,
        vector: Vector,
        taken: Taken,
    ) -> None:
        claimed = None if whom is None else self._comparison.with_one(camera.site, whom.ref, vector)
        if claimed is not None:
            self._tell(camera, seen, track, claimed, "claim", taken)
        found = self._comparison.with_all(camera.site, vector, seen.captured_us)
        if found.outcome is FaceOutcome.UNKNOWN:
            if claimed is None:
                self._tell(camera, seen, track, found, camera.site, taken)
        elif claimed is None or claimed.person != found.person:
            self._tell(camera, seen, track, found, camera.site, taken)

    def _against_watchlist(
        self, camera: Camera, seen: FaceSeen, track: Track, vector: Vector, taken: Taken
    ) -> None:
        found = self._comparison.with_watchlist(vector)
        if found.outcome is not FaceOutcome.UNKNOWN:
            # Papers say whose case it is; without any, the entry's name stands for the person.
            found = found.about(track.subjects)
            self._tell(camera, seen, track, found, found.scope, taken)

    def _miss(
        self, camera: Camera, seen: FaceSeen, track: Track, whom: Subject | None, taken: Taken
    ) -> None:
        """Tell that somebody who was to be compared was not captured."""
        if camera.role is not CameraRole.EXIT or whom is None:
            return
        expected = self._config.keeping.enrol == "all" or self.roster.has(camera.site, whom.ref)
        if expected:
            missed = Found(FaceOutcome.NOT_CAPTURED, whom.ref, tuple(track.subjects))
            self._tell(camera, seen, track, missed, "claim", taken)

    def _tell(
        self,
        camera: Camera,
        seen: FaceSeen,
        track: Track,
        found: Found,
        scope: str,
        taken: Taken,
    ) -> None:
        self._count(camera.id, found.outcome.name)
        if track.is_news(found.person, found.outcome):
            taken.events.append(
                self._teller.match(
                    camera,
                    seen,
                    found.outcome,
                    scope,
                    subjects=found.subjects,
                    candidates=found.candidates,
                    threshold_version=self._config.thresholds(camera.site).version,
                    gallery_size=found.gallery_size,
                )
            )

    def _camera(self, name: str) -> Camera:
        camera = self._cameras.get(name)
        if camera is None:
            raise BadInput(
                "UNKNOWN_CAMERA",
                f"camera {shown(name)} is not among the port's {len(self._cameras)}; correct it, "
                "or add it to port.toml",
            )
        return camera

    def _site_of(self, seen: FaceSeen) -> str:
        return self._cameras[seen.camera].site

    def _entry(self, entry_id: str) -> int:
        return self._edge.token(parties.FACE_ENTRY, entry_id)

    def _count(self, camera: str, what: str) -> None:
        # A name that the port does not know could be anything, and would fill the memory.
        self.counts[camera if camera in self._cameras else "", what] += 1
