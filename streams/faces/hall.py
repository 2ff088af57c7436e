"""The way from the desk to the exit: who is enrolled, who is recognised, and who is forgotten.

A face of the desk waits in memory. Only when the engine stops its traveler for a risk is it
enrolled; when the engine releases the traveler it is taken out again. At the exit a face is held
against the one person that it is said to be, and against all who are enrolled at this site.
"""

from __future__ import annotations

from collections import Counter, OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from haechi.configs.faces import Faces
from haechi.configs.port import Camera, Port
from haechi.engine.codes import CameraRole, CodeClass, DecisionKind, Stage, Verdict
from haechi.engine.errors import BadInput
from haechi.rpc.v1.envelope_pb2 import SubjectReference
from haechi.rpc.v1.face_service_pb2 import (
    CameraStatus,
    EnrolWatchedRequest,
    FaceSeen,
    SubjectPresented,
)
from haechi.streams.decode import parties
from haechi.streams.decode.checks import shown
from haechi.streams.decode.places import Edge
from haechi.streams.decode.references import TRAVELER, Subject, subject_of
from haechi.streams.faces.events import Teller
from haechi.streams.faces.known_as import KnownAs
from haechi.streams.faces.lobby import Lobby
from haechi.streams.faces.probe import Probe, Sight, Taken
from haechi.streams.faces.roster import Roster
from haechi.streams.faces.sizes import MOST_CHARACTERS, check_references, check_sizes, fault_of
from haechi.streams.faces.templates import NOT_CAPTURED, check_capture, vector_of
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

_AHEAD_US: Final = 300_000_000
"""How far a camera's clock may be ahead."""

_FRAMES: Final = 1 << 16
"""Frames that are remembered, so that one that comes twice has one effect."""


@dataclass(frozen=True, slots=True)
class News:
    """What the engine decided about somebody.

    Parameters
    ----------
    person
        Token of the subject.
    kind, stage, verdict, code_class
        As in the decision.
    decided_us
        When it was made, microseconds since the epoch, UTC.
    """

    person: int
    kind: int
    stage: int
    verdict: int
    code_class: int
    decided_us: int


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
        self._teller: Final = Teller(edge.tokens)
        self._lobby: Final = Lobby(keeping.wait_us, keeping.photos, keeping.most)
        self._tracks: Final = Tracks()
        self._frames: Final[OrderedDict[tuple[str, str], list[str]]] = OrderedDict()
        self._known: Final = KnownAs(keeping.most)
        self.counts: Final[Counter[tuple[str, str]]] = Counter()
        self._probe: Final = Probe(config, self.roster, self._tracks, self._teller, self._count)
        for person, enrolled in self.roster.travelers():
            self._known.note(self.traveler(enrolled.subjects), person)

    @property
    def waiting(self) -> Counter[str]:
        """Faces that wait in memory, by site."""
        return Counter(self._site_of(seen) for seen in self._lobby.faces())

    def see(self, seen: FaceSeen, now_us: int) -> Taken:
        """Take what a camera saw."""
        taken = Taken()
        try:
            check_sizes(seen)
            camera = self._camera(seen.camera)
            key = (seen.camera, seen.frame_id)
            if key in self._frames:
                return Taken(event_ids=self._frames[key])
            self._see(camera, seen, taken, now_us)
        except BadInput as error:
            taken.refuse(error)
            self._count(seen.camera, error.code)
            return taken
        self._frames[key] = taken.event_ids
        if len(self._frames) > _FRAMES:
            self._frames.popitem(last=False)
        return taken

    def present(self, presented: SubjectPresented) -> Taken:
        """Take that somebody showed papers at a camera."""
        taken = Taken()
        try:
            check_references(presented.subjects)
            self._camera(presented.camera)
            self.traveler(presented.subjects)
        except BadInput as error:
            taken.refuse(error)
        else:
            self._tracks.present(presented)
        return taken

    def leave(self, subjects: Sequence[SubjectReference], may: Callable[[str], bool]) -> Taken:
        """Take that somebody left: no template is needed any longer.

        Parameters
        ----------
        subjects
            Who.
        may
            Whether whoever says so may speak for a site.
        """
        taken = Taken()
        try:
            check_references(subjects)
            subject = self.traveler(subjects)
            if not all(map(may, self._sites_of(subject))):
                raise BadInput(
                    "NOT_ALLOWED", "the traveler is at another site; let its gates say who left"
                )
        except BadInput as error:
            taken.refuse(error)
        else:
            self.forget(subject)
        return taken

    def status(self, status: CameraStatus) -> Taken:
        """Take that a camera's stream stopped or came back."""
        taken = Taken()
        try:
            camera = self._camera(status.camera)
        except BadInput as error:
            taken.refuse(error)
        else:
            self._count(camera.id, "UP" if status.up else "DOWN")
            taken.tell(self._teller.status(camera, status))
        return taken

    def hear(self, news: News, now_us: int) -> None:
        """Take what the engine decided about a traveler."""
        subject = Subject(news.person, TRAVELER, 0)
        released = news.verdict == Verdict.RELEASE
        if news.kind == DecisionKind.FOLLOW_UP or (released and news.stage == Stage.EXIT):
            # Through the exit, or about to be: there is no further camera.
            self.forget(subject)
        elif released:
            for name in self._known.names(subject):
                self.roster.unmark(name)
            if self._config.keeping.enrol == "at_risk":
                key = self._known.key(news.person)
                for seen in self.roster.withdraw(key):
                    self._lobby.add(key, seen)
        elif news.code_class in AT_RISK and self.roster.mark(news.person, news.decided_us, now_us):
            key = self._known.key(news.person)
            for seen in self._lobby.take(key):
                self._enrol(key, seen, now_us)

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
        if len(request.entry_id) > MOST_CHARACTERS:
            raise BadInput("OUT_OF_RANGE", f"entry_id is longer than {MOST_CHARACTERS} characters")
        if request.until_us <= now_us:
            raise BadInput("OUT_OF_RANGE", "until_us has passed; give a time to come")
        vector = vector_of(request.template, self._config.model)
        check_capture(request.template, self._config.capture)
        self.roster.watch_for(self._entry(request.entry_id), request, vector)
        return len(self.roster.watchlist)

    def erase(self, subject: Subject) -> tuple[int, list[bytes]]:
        """Erase all of a person.

        Returns
        -------
        How many templates were erased, in memory and on disk, and the digests of the latter.
        """
        erased, digests = 0, []
        for person in self._known.names(subject):
            erased += len(self._lobby.take(person))
            digests += self.roster.erase(person)
        self._tracks.forget_papers()
        return erased + len(digests), digests

    def traveler(self, subjects: Sequence[SubjectReference]) -> Subject:
        """Find the traveler that references name; raises BadInput."""
        return subject_of(self._edge, subjects, (TRAVELER,))

    def entry(self, entry_id: str) -> Subject:
        """Find an entry of the watchlist."""
        return Subject(self._entry(entry_id), TRAVELER, 0)

    def forget(self, subject: Subject) -> None:
        """Let go of all that is kept of a traveler, whose purpose is over."""
        for person in self._known.names(subject):
            self._lobby.take(person)
            self.roster.unmark(person)
            self.roster.withdraw(person)

    def pass_time(self, now_us: int) -> None:
        """Forget what has expired."""
        self._lobby.expire(now_us)
        self.roster.expire(now_us)

    def _sites_of(self, subject: Subject) -> set[str]:
        """Where a traveler is enrolled or waits."""
        names = self._known.names(subject)
        sites = {self._site_of(seen) for name in names for seen in self._lobby.of(name)}
        return sites | {site for name in names if (site := self.roster.site_of(name))}

    def _see(self, camera: Camera, seen: FaceSeen, taken: Taken, now_us: int) -> None:
        if not seen.frame_id:
            raise BadInput("MISSING_FIELD", "frame_id is empty; number the camera's frames")
        if not now_us - self._config.keeping.keep_us <= seen.captured_us <= now_us + _AHEAD_US:
            raise BadInput(
                "OUT_OF_RANGE",
                f"captured_us is {seen.captured_us}, now is {now_us}; set the camera's clock",
            )
        if not seen.HasField("template"):
            self._count(camera.id, fault_of(seen))
            self._miss(camera, seen, taken)
            return
        vector = vector_of(seen.template, self._config.model)
        self.roster.check_model(seen.template.model_id)
        try:
            check_capture(seen.template, self._config.capture)
        except BadInput as error:
            if error.code in NOT_CAPTURED:
                self._miss(camera, seen, taken)
            raise
        track = self._tracks.of(seen)
        whom = self._named(track.subjects)
        sight = Sight(camera, seen, track, whom, taken)
        self._probe.against_watchlist(sight, vector)
        if camera.role is CameraRole.EXIT:
            self._probe.at_exit(sight, vector)
        elif whom is None:
            self._count(camera.id, "NOBODY_PRESENTED")
        else:
            self._at_desk(sight, whom, now_us)

    def _miss(self, camera: Camera, seen: FaceSeen, taken: Taken) -> None:
        """Take that somebody came who was not captured; the papers still wait for a good frame."""
        subjects = self._tracks.claimed(seen)
        whom = self._named(subjects)
        exits = camera.role is CameraRole.EXIT
        if exits and whom is not None and self._tracks.speaks_of(camera.id, whom, seen.captured_us):
            self._probe.miss(Sight(camera, seen, Track(subjects), whom, taken))

    def _named(self, subjects: Sequence[SubjectReference]) -> int | None:
        """Under which name somebody is kept whom references name; None if they name nobody."""
        return self._known.key(self.traveler(subjects).ref) if subjects else None

    def _at_desk(self, sight: Sight, whom: int, now_us: int) -> None:
        named = FaceSeen()
        named.CopyFrom(sight.seen)
        del named.subjects[:]
        named.subjects.extend(sight.track.subjects)
        subject = self.traveler(named.subjects)
        key = self._known.note(subject)
        at_risk = any(map(self.roster.is_marked, self._known.names(subject)))
        if self._config.keeping.enrol == "all" or at_risk:
            self._enrol(key, named, now_us)
        else:
            self._lobby.add(key, named)
            self._count(sight.camera.id, "WAITING")

    def _enrol(self, person: int, seen: FaceSeen, now_us: int) -> None:
        try:
            self.roster.enrol(person, seen, now_us)
        except BadInput as error:
            # It waited while others of another model were enrolled.
            self._count(seen.camera, error.code)
        else:
            self._count(seen.camera, "ENROLLED")

    def _camera(self, name: str) -> Camera:
        camera = self._cameras.get(name)
        if camera is None:
            raise BadInput(
                "UNKNOWN_CAMERA",
                f"camera {shown(name)} is not among the port's {len(self._cameras)}; correct it, "
                "or add it to port.toml",
            )
        return camera

    def count_refused(self, code: str) -> None:
        """Note that the engine refused a match."""
        self._count("", f"ENGINE_{code}")

    def _site_of(self, seen: FaceSeen) -> str:
        camera = self._cameras.get(seen.camera)
        return camera.site if camera is not None else ""

    def _entry(self, entry_id: str) -> int:
        return self._edge.token(parties.FACE_ENTRY, entry_id)

    def _count(self, camera: str, what: str) -> None:
        # A name that the port does not know could be anything, and would fill the memory.
        self.counts[camera if camera in self._cameras else "", what] += 1
