"""The way from the desk to the exit: who is enrolled, who is recognised, and who is forgotten.

A face of the desk waits in memory. Only when the engine stops its traveler for a risk is it
enrolled; when the engine releases the traveler it is taken out again. At the exit a face is held
against the one person that it is said to be, and against all who are enrolled at this site.
"""

from __future__ import annotations

from collections import Counter, OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from haechi.configs.faces import Faces
from haechi.configs.port import Camera, Port
from haechi.engine.codes import CameraRole, CodeClass, DecisionKind, Stage, Verdict
from haechi.engine.errors import BadInput
from haechi.rpc.v1.envelope_pb2 import SubjectReference
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
from haechi.streams.faces.events import Teller
from haechi.streams.faces.lobby import Lobby
from haechi.streams.faces.probe import Probe, Sight, Taken
from haechi.streams.faces.roster import Roster
from haechi.streams.faces.templates import NOT_CAPTURED, vector_of
from haechi.streams.faces.tracks import Tracks
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
    """

    person: int
    kind: int
    stage: int
    verdict: int
    code_class: int


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
        self._frames: Final[OrderedDict[tuple[str, str], Taken]] = OrderedDict()
        self._aliases: Final[OrderedDict[int, int]] = OrderedDict()
        self.counts: Final[Counter[tuple[str, str]]] = Counter()
        self._probe: Final = Probe(config, self.roster, self._teller, self._count)
        for enrolled in self.roster.travelers():
            self._note_alias(self.traveler(enrolled.subjects))

    @property
    def waiting(self) -> Counter[str]:
        """Faces that wait in memory, by site."""
        return Counter(self._site_of(seen) for seen in self._lobby.faces())

    def see(self, seen: FaceSeen, now_us: int) -> Taken:
        """Take what a camera saw."""
        key = (seen.camera, seen.frame_id)
        if key in self._frames:
            return self._frames[key]
        taken = Taken()
        try:
            self._see(seen, taken, now_us)
        except BadInput as error:
            taken.refusal = error
            self._count(seen.camera, error.code)
        self._frames[key] = Taken(event_ids=taken.event_ids, refusal=taken.refusal)
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
        taken = Taken()
        taken.tell(self._teller.status(camera, status))
        return taken

    def hear(self, news: News, now_us: int) -> None:
        """Take what the engine decided about a traveler."""
        person = self._aliases.get(news.person, news.person)
        released = news.verdict == Verdict.RELEASE
        answered = released and news.kind == DecisionKind.ANSWER and news.stage == Stage.EXIT
        if answered or news.kind == DecisionKind.FOLLOW_UP:
            # Through the exit, or seen to be: there is no further camera.
            self.forget(Subject(person, TRAVELER, 0))
        elif released:
            if self.roster.unmark(person) and self._config.keeping.enrol == "at_risk":
                for seen in self.roster.withdraw(person):
                    self._lobby.add(person, seen)
        elif news.code_class in AT_RISK:
            self.roster.mark(person, now_us)
            for seen in self._lobby.take(person):
                self._enrol(person, seen, now_us)

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
        erased, digests = 0, []
        for person in self._persons(subject):
            erased += len(self._lobby.take(person))
            digests += self.roster.erase(person)
        return erased + len(digests), digests

    def traveler(self, subjects: Sequence[SubjectReference]) -> Subject:
        """Find the traveler that references name; raises BadInput."""
        return subject_of(self._edge, subjects, (TRAVELER,))

    def entry(self, entry_id: str) -> Subject:
        """Find an entry of the watchlist."""
        return Subject(self._entry(entry_id), TRAVELER, 0)

    def forget(self, subject: Subject) -> None:
        """Let go of all that is kept of a traveler, whose purpose is over."""
        for person in self._persons(subject):
            self._lobby.take(person)
            self.roster.unmark(person)
            self.roster.withdraw(person)

    def pass_time(self, now_us: int) -> None:
        """Forget what has expired."""
        self._lobby.expire(now_us)
        self.roster.expire(now_us)

    def _persons(self, subject: Subject) -> set[int]:
        """Under which tokens somebody may be known here."""
        names = {subject.ref, subject.alias} - {0}
        return names | {self._aliases.get(name, name) for name in names}

    def _note_alias(self, subject: Subject) -> None:
        if subject.alias:
            self._aliases[subject.alias] = subject.ref
            if len(self._aliases) > self._config.keeping.most:
                self._aliases.popitem(last=False)

    def _see(self, seen: FaceSeen, taken: Taken, now_us: int) -> None:
        camera = self._camera(seen.camera)
        if not seen.frame_id:
            raise BadInput("MISSING_FIELD", "frame_id is empty; number the camera's frames")
        if not now_us - self._config.keeping.keep_us <= seen.captured_us <= now_us + _AHEAD_US:
            raise BadInput(
                "OUT_OF_RANGE",
                f"captured_us is {seen.captured_us}, now is {now_us}; set the camera's clock",
            )
        track = self._tracks.of(seen)
        whom = self.traveler(track.subjects) if track.subjects else None
        sight = Sight(camera, seen, track, whom, taken)
        if not seen.HasField("template"):
            self._count(camera.id, CaptureFault.Name(seen.fault).removeprefix("CAPTURE_FAULT_"))
            self._probe.miss(sight)
            return
        try:
            vector = vector_of(seen.template, self._config)
            self.roster.check_model(seen.template.model_id)
        except BadInput as error:
            if error.code in NOT_CAPTURED:
                self._probe.miss(sight)
            raise
        self._probe.against_watchlist(sight, vector)
        if camera.role is CameraRole.EXIT:
            self._probe.at_exit(sight, vector)
        elif whom is None:
            self._count(camera.id, "NOBODY_PRESENTED")
        else:
            self._at_desk(sight, whom, now_us)

    def _at_desk(self, sight: Sight, whom: Subject, now_us: int) -> None:
        named = FaceSeen()
        named.CopyFrom(sight.seen)
        del named.subjects[:]
        named.subjects.extend(sight.track.subjects)
        self._note_alias(whom)
        at_risk = self.roster.is_marked(whom.ref) or self.roster.is_marked(whom.alias)
        if self._config.keeping.enrol == "all" or at_risk:
            self._enrol(whom.ref, named, now_us)
        else:
            self._lobby.add(whom.ref, named)
            self._count(sight.camera.id, "WAITING")

    def _enrol(self, person: int, seen: FaceSeen, now_us: int) -> None:
        self.roster.enrol(person, seen, vector_of(seen.template, self._config), now_us)
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

    def _site_of(self, seen: FaceSeen) -> str:
        return self._cameras[seen.camera].site

    def _entry(self, entry_id: str) -> int:
        return self._edge.token(parties.FACE_ENTRY, entry_id)

    def _count(self, camera: str, what: str) -> None:
        # A name that the port does not know could be anything, and would fill the memory.
        self.counts[camera if camera in self._cameras else "", what] += 1
