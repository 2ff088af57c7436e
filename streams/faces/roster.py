"""Who is enrolled: a gallery a site and the watchlist, in memory and, encrypted, in the vault."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final

from haechi.configs.faces import Faces
from haechi.engine.errors import BadInput
from haechi.rpc.v1.decision_pb2 import LogPosition
from haechi.rpc.v1.envelope_pb2 import SubjectReference
from haechi.rpc.v1.face_service_pb2 import EnrolWatchedRequest, FaceSeen
from haechi.streams.faces.gallery import Gallery
from haechi.streams.faces.templates import Vector, vector_of
from haechi.streams.faces.vault import Vault

_LOG: Final = logging.getLogger(__name__)

_MARK_US: Final = 3 * 86_400_000_000
"""How long the engine's word counts that somebody is at risk: a flight may take a day, and the
engine says nothing twice. It is a token and no template."""

_MARK_EVERY_US: Final = 60_000_000
"""A mark costs a commit; one that is a minute younger says the same."""


@dataclass(slots=True)
class Enrolled:
    """A traveler in a gallery.

    Parameters
    ----------
    site
        Where.
    subjects
        Names by which the engine knows the traveler.
    captured_us
        When the desk saw the traveler last, microseconds since the epoch, UTC.
    faces
        The messages that the templates came as, by their numbers in the vault.
    """

    site: str
    subjects: Sequence[SubjectReference]
    captured_us: int
    faces: dict[int, FaceSeen] = field(default_factory=dict)


class Roster:
    """All galleries.

    Parameters
    ----------
    config
        How faces are kept.
    vault
        Where they lie on disk; what lies there is read at once.
    site_of
        Site of the camera that saw a face.

    Attributes
    ----------
    watchlist
        The gallery apart.
    unfit
        Faces on the disk that did not fit the configuration any more.
    """

    def __init__(self, config: Faces, vault: Vault, site_of: Callable[[FaceSeen], str]) -> None:
        self._config: Final = config
        self._vault: Final = vault
        self._site_of: Final = site_of
        self._sites: Final[dict[str, Gallery]] = {}
        self._people: Final[dict[int, Enrolled]] = {}
        self._person_of: Final[dict[int, int]] = {}
        self._entries: Final[dict[int, str]] = {}
        self._at_risk: Final = vault.marked()
        self._model_id = ""
        self.unfit = 0
        self.watchlist: Final = Gallery(config.model.dimension, config.watchlist.most)
        self._restore()

    @property
    def model_id(self) -> str:
        """Model of the enrolled templates; empty while there are none."""
        return self._model_id

    @property
    def sites(self) -> dict[str, Gallery]:
        """The gallery of each site that has one."""
        return self._sites

    def gallery(self, site: str) -> Gallery:
        """The gallery of a site, made if need be."""
        keeping = self._config.keeping
        return self._sites.setdefault(site, Gallery(self._config.model.dimension, keeping.most))

    def travelers(self) -> Iterable[tuple[int, Enrolled]]:
        """Everybody who is enrolled, by token."""
        return self._people.items()

    def person(self, person: int) -> Enrolled:
        """Somebody who is enrolled."""
        return self._people[person]

    def entry(self, person: int) -> str:
        """Name of an entry of the watchlist."""
        return self._entries[person]

    def has(self, site: str, person: int) -> bool:
        """Whether a traveler is enrolled at a site."""
        known = self._people.get(person)
        return known is not None and known.site == site

    def site_of(self, person: int) -> str:
        """Where a traveler is enrolled; empty for nobody."""
        known = self._people.get(person)
        return known.site if known is not None else ""

    def check_model(self, model_id: str) -> None:
        """Refuse templates of another model than the enrolled ones.

        Raises
        ------
        BadInput
            ``WRONG_MODEL``.
        """
        if self._model_id and model_id != self._model_id:
            raise BadInput(
                "WRONG_MODEL",
                f"template.model_id is {model_id[:64]!r}, the enrolled faces are of "
                f"{self._model_id}; give all cameras the same weights, or let the galleries run "
                "empty first",
            )

    def follow(self, cursor: LogPosition) -> None:
        """Note how far the engine's decisions are known."""
        self._vault.follow(cursor)

    def is_marked(self, person: int) -> bool:
        """Whether a traveler is at risk."""
        return person in self._at_risk

    def mark(self, person: int, decided_us: int, now_us: int) -> bool:
        """Note that a traveler is at risk; whether the engine's word still counts."""
        until_us = decided_us + _MARK_US
        if until_us <= now_us:
            return False
        if until_us - self._at_risk.get(person, 0) > _MARK_EVERY_US:
            self._at_risk[person] = until_us
            self._vault.mark(person, until_us)
        return True

    def unmark(self, person: int) -> None:
        """Note that a traveler is at risk no longer."""
        if self._at_risk.pop(person, None) is not None:
            self._vault.unmark(person)

    def enrol(self, person: int, seen: FaceSeen, now_us: int) -> None:
        """Enrol a traveler's face; of too many, the worst goes.

        Raises
        ------
        BadInput
            ``WRONG_MODEL``.
        """
        self.check_model(seen.template.model_id)
        vector = vector_of(seen.template, self._config.model)
        until_us = now_us + self._config.keeping.keep_us
        number = self._vault.add(person, seen.SerializeToString(), until_us)
        self._place(number, person, seen, vector, until_us)
        faces = self._people[person].faces
        if len(faces) > self._config.keeping.photos:
            worst = min(faces, key=lambda known: faces[known].template.quality)
            self._remove([worst])

    def watch_for(self, person: int, request: EnrolWatchedRequest, vector: Vector) -> None:
        """Put an entry on the watchlist."""
        self.check_model(request.template.model_id)
        number = self._vault.add(
            person, request.SerializeToString(), request.until_us, watched=True
        )
        self._list(number, person, request, vector)

    def withdraw(self, person: int) -> list[FaceSeen]:
        """Take a traveler out of the gallery, and off the disk; what was enrolled."""
        known = self._people.get(person)
        if known is None:
            return []
        faces = list(known.faces.values())
        self._remove(list(known.faces))
        return faces

    def erase(self, person: int) -> list[bytes]:
        """Erase a traveler or an entry; SHA-256 of each ciphertext that was on the disk."""
        self._at_risk.pop(person, None)
        known = self._people.get(person)
        if known is not None:
            self._displace(list(known.faces))
        self.watchlist.remove_person(person)
        self._settle_model()
        return self._vault.erase(person)

    def expire(self, now_us: int) -> None:
        """Forget what may be kept no longer."""
        gone = [number for gallery in self._sites.values() for number in gallery.expire(now_us)]
        gone += self.watchlist.expire(now_us)
        if gone:
            self._remove(gone)
        for person in [p for p, until_us in self._at_risk.items() if until_us <= now_us]:
            self.unmark(person)

    def _restore(self) -> None:
        """Read the vault; what no longer fits the configuration is erased."""
        for kept in list(self._vault.load()):
            try:
                if kept.watched:
                    request = EnrolWatchedRequest.FromString(kept.payload)
                    self.check_model(request.template.model_id)
                    vector = vector_of(request.template, self._config.model)
                    self._list(kept.id, kept.person, request, vector)
                else:
                    seen = FaceSeen.FromString(kept.payload)
                    self.check_model(seen.template.model_id)
                    vector = vector_of(seen.template, self._config.model)
                    self._check_site(seen)
                    self._place(kept.id, kept.person, seen, vector, kept.until_us)
            except BadInput as error:
                self.unfit += 1
                _LOG.warning("an enrolled face is erased: %s", error)
                self._vault.remove([kept.id])

    def _check_site(self, seen: FaceSeen) -> None:
        if not self._site_of(seen):
            raise BadInput("UNKNOWN_CAMERA", f"port.toml has no camera {seen.camera!r} any more")

    def _place(
        self, number: int, person: int, seen: FaceSeen, vector: Vector, until_us: int
    ) -> None:
        site = self._site_of(seen)
        known = self._people.get(person)
        if known is not None and known.site != site and known.captured_us < seen.captured_us:
            # Who arrives at another terminal left this one.
            self._remove([one for one in known.faces if one != number])
            known = None
        if known is None:
            known = self._people[person] = Enrolled(site, seen.subjects, seen.captured_us)
        known.faces[number] = seen
        self._person_of[number] = person
        known.captured_us = max(known.captured_us, seen.captured_us)
        displaced = self.gallery(known.site).add(person, number, vector, until_us)
        self._model_id = seen.template.model_id
        if displaced is not None:
            self._remove([displaced])

    def _list(self, number: int, person: int, request: EnrolWatchedRequest, vector: Vector) -> None:
        self._entries[person] = request.entry_id
        self._model_id = request.template.model_id
        displaced = self.watchlist.add(person, number, vector, request.until_us)
        if displaced is not None:
            self._remove([displaced])

    def _remove(self, numbers: Sequence[int]) -> None:
        self._displace(numbers)
        self._vault.remove(numbers)

    def _displace(self, numbers: Sequence[int]) -> None:
        """Take templates out of memory."""
        for number in numbers:
            person = self._person_of.pop(number, None)
            if person is None:
                continue
            known = self._people[person]
            del known.faces[number]
            self.gallery(known.site).remove(number)
            if not known.faces:
                del self._people[person]
        self._settle_model()

    def _settle_model(self) -> None:
        """Forget entries that are gone, and the model once nobody is left."""
        if len(self._entries) != len(self.watchlist.persons):
            for person in self._entries.keys() - self.watchlist.persons:
                del self._entries[person]
        if not self._people and not self._entries:
            self._model_id = ""
