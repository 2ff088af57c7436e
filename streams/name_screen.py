"""Names are held against lists at the edge; what the core gets is which tokens sound alike.

That two names sound alike is a fact about the names: it stays true whatever becomes of the
entries, of the traveler, or of the event that said it. So nothing here is ever taken back, an
event that admission refuses leaves nothing behind that counts, and a replay needs no names:
likenesses stand in the log, as records before the one that they bear on.
"""

from __future__ import annotations

import threading
import time
from typing import Final

import numpy as np

from haechi.engine.codes import EventKind, Watched
from haechi.engine.errors import BadInput
from haechi.engine.kernel import Array
from haechi.engine.records import EVENT, pack_event
from haechi.operators.intake import Decoded
from haechi.rpc.v1.event_pb2 import Event
from haechi.streams.screening import Hearing, Match

MOST_ALIKE: Final = 1024
"""Likenesses of one event. A name that sounds like more travelers than that names nobody; a
traveler's are told from the most similar on."""

_MANIFEST: Final = EventKind.TRAVELER_MANIFEST
_ENTRY: Final = EventKind.INTELLIGENCE
_FIRST_AT: Final = EVENT.fields["first"][1] if EVENT.fields else 0
_HEADER: Final = (
    "id_hi", "id_lo", "subject", "ref", "node", "site", "event_us", "schema_version", "historical",
)  # fmt: skip
"""What every record of an event says, and what readers of the log take from the first one."""


class NameScreen:
    """Adds to an event which names in it sound like known ones. Safe between threads.

    Parameters
    ----------
    ready
        Whether all names are known that should be. If not, :meth:`listed_ready` and
        :meth:`travelers_ready` say when they are; until then whoever needs them waits.
    """

    def __init__(self, *, ready: bool = True) -> None:
        self.hearing: Final = Hearing()
        self._listed_known: Final = threading.Event()
        self._travelers_known: Final = threading.Event()
        self._keeping = False
        self._given_up = False
        if ready:
            self.listed_ready()
            self.travelers_ready()

    def listed_ready(self) -> None:
        """All names of lists are known."""
        self._listed_known.set()

    def travelers_ready(self) -> None:
        """All travelers' names are known."""
        self._travelers_known.set()

    def give_up(self) -> None:
        """Not all names will be known: refuse those who wait, rather than pass them unscreened."""
        self._given_up = not self.ready
        self._listed_known.set()
        self._travelers_known.set()

    def _wait(self, known: threading.Event) -> None:
        known.wait()
        if self._given_up:
            raise BadInput(
                "NOT_READY", "the engine stops before all names on lists are known; send it again"
            )

    @property
    def ready(self) -> bool:
        """Whether all names are known."""
        return self._listed_known.is_set() and self._travelers_known.is_set()

    @property
    def crowded(self) -> bool:
        """Whether :meth:`keep_only` is due."""
        return self.hearing.crowded and self.ready and not self._keeping

    def keep_only(self, travelers: Array) -> None:
        """Forget the names of travelers who are gone, bit by bit on a thread of its own.

        Parameters
        ----------
        travelers
            Tokens of the names that are needed, shape (n,).
        """
        self._keeping = True
        threading.Thread(target=self._keep, args=(travelers,), name="names", daemon=True).start()

    def _keep(self, travelers: Array) -> None:
        try:
            self.hearing.keep(set(travelers.tolist()), lambda: time.sleep(0.0))
        finally:
            self._keeping = False

    def screen(self, decoded: Decoded, raw: bytes) -> Decoded:
        """Screen the name in an event, if it has one.

        Parameters
        ----------
        decoded
            The event in the core's terms, by someone who may send it.
        raw
            Its bytes.

        Raises
        ------
        BadInput
            ``TOO_COMMON`` for an entry that sounds like too many travelers.
        """
        if decoded.kind is not _MANIFEST and decoded.kind is not _ENTRY:
            return decoded
        record = np.frombuffer(decoded.records, EVENT, 1)[0]
        token = _token_of(record)
        if not token or (decoded.kind is _ENTRY and record["weight"] == 0.0):
            # An entry is withdrawn whatever it sounds like.
            return decoded
        name, birth_year = person_in(raw)
        if decoded.kind is _MANIFEST:
            self._wait(self._listed_known)
            alike = self.hearing.traveler(token, name, birth_year)
            pairs = [(token, one.key, one.similarity) for one in alike[:MOST_ALIKE]]
        else:
            self._wait(self._travelers_known)
            alike = self.hearing.listed(token, name, birth_year)
            pairs = [(one.key, token, one.similarity) for one in _bounded(alike)]
        # Two tokens that are the same need nobody to say that they sound alike.
        pairs = [pair for pair in pairs if pair[0] != pair[1]]
        return decoded._replace(records=_before(decoded.records, record, pairs))


def _token_of(record: Array) -> int:
    """Token of the name in a traveler's manifest or in a list entry; 0 if it has none."""
    if record["kind"] == _MANIFEST:
        return int(record["consignee"])
    return int(record["token"]) if record["mode"] == Watched.NAME else 0


def person_in(raw: bytes) -> tuple[str, int | None]:
    """Name and year of birth in the bytes of a traveler's manifest or of a list entry."""
    event = Event.FromString(raw)
    if event.WhichOneof("kind") == "intelligence":
        entry = event.intelligence
        return entry.value, entry.birth_year or None
    manifest = event.traveler_manifest
    return manifest.name, manifest.birth_year or None


def _bounded(alike: list[Match]) -> list[Match]:
    if len(alike) > MOST_ALIKE:
        raise BadInput(
            "TOO_COMMON",
            f"the name sounds like those of {len(alike)} travelers; at most {MOST_ALIKE} are told "
            "apart by nothing else: give it whole, with a year of birth, or watch the document",
        )
    return alike


def _before(records: bytes, first: Array, pairs: list[tuple[int, int, float]]) -> bytes:
    """Put likenesses in front of an event's records: known when it is scored."""
    if not pairs:
        return records
    header = {name: first[name].item() for name in _HEADER}
    rest = bytearray(records)
    rest[_FIRST_AT] = 0
    told = [
        pack_event(
            kind=_ENTRY,
            mode=Watched.NAME,
            token=traveler,
            alias=listed,
            similarity=similarity,
            first=number == 0,
            **header,
        )
        for number, (traveler, listed, similarity) in enumerate(pairs)
    ]
    return b"".join([*told, bytes(rest)])
