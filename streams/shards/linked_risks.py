"""What a shard tells other shards: how much at risk its subjects are that are tied to theirs.

It follows the log with the publisher. A tie (a link, or a manifest's companion) whose other side
another shard owns is noted; from then on each decision about this side tells that shard the risk
that the subject has by itself, and never what it got from those tied to it. What is noted are
tokens and places in the log; names are read from there when something is told, so that an erased
subject is told of no more.
"""

from __future__ import annotations

import hashlib
import math
import sqlite3
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final, NamedTuple

import numpy as np

from haechi.engine.codes import EventKind, IdentityChange, NodeKind
from haechi.engine.errors import BadInput
from haechi.engine.records import DECISION, EVENT
from haechi.rpc.v1.envelope_pb2 import SubjectReference
from haechi.rpc.v1.event_pb2 import Event
from haechi.streams.decode.decoder import SCHEMA_VERSION
from haechi.streams.decode.places import Edge
from haechi.streams.decode.references import subject_of
from haechi.streams.kafka.routing import subject_key
from haechi.streams.log.keys import Erased
from haechi.streams.log.reader import LoggedDecision, LoggedEvent, LogReader
from haechi.streams.shards.router import Router
from haechi.streams.shards.subject import traveler_of

_TIES: Final = (EventKind.LINK, EventKind.UNLINK, EventKind.TRAVELER_MANIFEST)
_NAMING: Final = (
    EventKind.TRAVELER_MANIFEST,
    EventKind.PARCEL_MANIFEST,
    EventKind.IDENTITY_LINK,
)
_AT_RISK: Final = (int(NodeKind.TRAVELER), int(NodeKind.PARCEL))
_SCHEMA: Final = """
PRAGMA journal_mode = WAL;
PRAGMA synchronous = NORMAL;
CREATE TABLE IF NOT EXISTS own (
    subject TEXT PRIMARY KEY, log_odds REAL, stamp_us INTEGER, decision BLOB
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS tie (
    subject TEXT, key TEXT, offset INTEGER, number INTEGER, version INTEGER, active INTEGER,
    stamp_us INTEGER, told REAL, PRIMARY KEY (subject, key)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS name (
    name TEXT PRIMARY KEY, subject TEXT, stamp_us INTEGER
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS name_of ON name (subject);
"""
_TABLES: Final = ("own", "tie", "name")
_PRUNED_EVERY_US: Final = 3_600_000_000


class Tie(NamedTuple):
    """One direction of a tie: whose risk is told, to whose shard.

    Parameters
    ----------
    mine, theirs
        Names of both sides.
    version
        The highest stands.
    active
        Whether they are tied, or no longer.
    """

    mine: Sequence[SubjectReference]
    theirs: Sequence[SubjectReference]
    version: int
    active: bool


class Told(NamedTuple):
    """One message for another shard: the key that leads there, and the event."""

    key: bytes
    event: bytes


def ties_of(event: Event) -> Iterator[Tie]:
    """Tell both directions of every tie that an event makes or takes away, in a fixed order."""
    which = event.WhichOneof("kind")
    sides: list[tuple[Sequence[SubjectReference], SubjectReference]] = []
    version, active = event.envelope.event_time_us, which != "unlink"
    if which in ("link", "unlink"):
        message = getattr(event, which)
        version = message.link_version or version
        sides.append((event.envelope.subjects, message.other))
    elif which == "traveler_manifest":
        for name in event.traveler_manifest.companion_traveler_ids:
            sides.append(((traveler_of(event),), SubjectReference(traveler_id=name)))
    for one, other in sides:
        yield Tie(one, (other,), version, active)
        yield Tie((other,), one, version, active)


class LinkedRisks:
    """Notes ties and own risks in a file of its own, and says what is to be told.

    Nothing that was noted lasts before :meth:`settle`; whoever fails goes back by :meth:`begin`.

    Parameters
    ----------
    path
        The file; made if it is not there.
    router
        Finds the shard of a subject.
    shard
        This one's number.
    edge
        Makes the log's tokens.
    reader
        The log, with keys.
    keep_us
        How long what was noted is told on without news, microseconds.
    """

    def __init__(
        self,
        path: Path,
        router: Router,
        shard: int,
        edge: Edge,
        reader: LogReader,
        keep_us: int,
    ) -> None:
        self._router = router
        self._shard = shard
        self._edge = edge
        self._reader = reader
        self._keep_us = keep_us
        self._pruned_us = 0
        self._newest_us = 0
        self._touched: set[str] = set()
        self._db: Final = sqlite3.connect(path, isolation_level=None)
        self._db.executescript(_SCHEMA)
        self._db.execute("BEGIN")

    def begin(self, *, anew: bool) -> None:
        """Go back to what was settled last, or with ``anew`` to a log of which nothing is told."""
        self._db.execute("ROLLBACK")
        self._db.execute("BEGIN")
        self._touched.clear()
        for table in _TABLES if anew else ():
            self._db.execute(f"DELETE FROM {table}")  # noqa: S608 - fixed names

    def take_event(self, event: LoggedEvent) -> None:
        """Note which names are one subject's, and which subjects are tied."""
        if event.kind in _NAMING:
            self._note_name(event)
        if event.kind not in _TIES:
            return
        try:
            said = Event.FromString(self._reader.payload(event))
        except Erased:
            return
        for number, tie in enumerate(ties_of(said)):
            if self._is_told(tie):
                self._note_tie(event, number, tie)

    def take_decision(self, decision: LoggedDecision) -> None:
        """Note how much at risk a subject is by itself."""
        body = np.frombuffer(decision.body, DECISION)[0]
        log_odds = float(body["own_log_odds"])
        self._newest_us = max(self._newest_us, int(body["stamp_us"]))
        if math.isfinite(log_odds):
            subject = subject_key(int(body["subject"]))
            self._touched.add(subject)
            self._db.execute(
                "INSERT OR REPLACE INTO own VALUES (?, ?, ?, ?)",
                (subject, log_odds, int(body["stamp_us"]), decision.id),
            )

    def due(self) -> Iterator[Told]:
        """Tell what has changed since it was told last, and note that it is told."""
        for subject in sorted(self._touched):
            yield from self._due(subject)
        self._touched.clear()

    def _due(self, subject: str) -> Iterator[Told]:
        found = self._db.execute(
            "SELECT key, offset, number, log_odds, own.stamp_us, decision "
            "FROM tie JOIN own USING (subject) "
            "WHERE subject = ? AND active AND told IS NOT log_odds",
            (subject,),
        ).fetchall()
        for key, offset, number, log_odds, stamp_us, decision in found:
            names = self._names(offset, number)
            if names is None:
                self._db.execute("DELETE FROM tie WHERE subject = ? AND key = ?", (subject, key))
                continue
            self._db.execute(
                "UPDATE tie SET told = ?, stamp_us = ? WHERE subject = ? AND key = ?",
                (log_odds, stamp_us, subject, key),
            )
            yield Told(key.encode(), self._message(names, log_odds, stamp_us, decision))

    def settle(self) -> None:
        """Let what was noted last, once Kafka has all that was told."""
        if self._newest_us - self._pruned_us > _PRUNED_EVERY_US:
            self._pruned_us = self._newest_us
            for table in _TABLES:
                self._db.execute(
                    f"DELETE FROM {table} WHERE stamp_us < ?",  # noqa: S608 - fixed names
                    (self._newest_us - self._keep_us,),
                )
        self._db.execute("COMMIT")
        self._db.execute("BEGIN")

    def close(self) -> None:
        """Close the file, as it was settled last."""
        self._db.close()

    def _is_told(self, tie: Tie) -> bool:
        """Whether this side is here and the other elsewhere."""
        return self._is_here(tie.mine) and not self._is_here(tie.theirs)

    def _is_here(self, references: Sequence[SubjectReference]) -> bool:
        return self._router.owner_of(references).number == self._shard

    def _note_name(self, event: LoggedEvent) -> None:
        row = np.frombuffer(event.records, EVENT)[0]
        ref, name = int(row["ref"]), int(row["alias"])
        if event.kind == EventKind.IDENTITY_LINK:
            name = int(row["other"])
            if row["change"] == IdentityChange.SPLIT:
                self._db.execute("DELETE FROM name WHERE name = ?", (subject_key(name),))
                return
        if not ref or not name:
            return
        said = (subject_key(ref), event.stamp_us, subject_key(name))
        # What led to the name leads on, and what is tied to it is tied to the subject.
        self._db.execute("UPDATE name SET subject = ?, stamp_us = ? WHERE subject = ?", said)
        self._db.execute("UPDATE OR REPLACE tie SET subject = ? WHERE subject = ?", said[::2])
        self._touched.add(said[0])
        self._db.execute("INSERT OR REPLACE INTO name VALUES (?, ?, ?)", (said[2], *said[:2]))

    def _note_tie(self, event: LoggedEvent, number: int, tie: Tie) -> None:
        try:
            token = subject_key(subject_of(self._edge, tie.mine, _AT_RISK).ref)
        except BadInput:
            # A bag, which is at risk of nothing, or a blank in a list of companions.
            return
        found = self._db.execute("SELECT subject FROM name WHERE name = ?", (token,)).fetchone()
        subject = found[0] if found else token
        key = self._router.key_of(tie.theirs)
        self._touched.add(subject)
        self._db.execute(
            "INSERT INTO tie VALUES (?, ?, ?, ?, ?, ?, ?, NULL) ON CONFLICT DO UPDATE SET "
            "offset = excluded.offset, number = excluded.number, version = excluded.version, "
            "active = excluded.active, stamp_us = excluded.stamp_us "
            "WHERE excluded.version >= version",
            (subject, key, event.offset, number, tie.version, tie.active, event.stamp_us),
        )

    def _names(self, offset: int, number: int) -> Sequence[SubjectReference] | None:
        """Read a side's names from its tie; None if they are erased, or the log's part is gone."""
        event = self._reader.event(offset)
        if event is None:
            return None
        try:
            said = Event.FromString(self._reader.payload(event))
        except Erased:
            return None
        return list(ties_of(said))[number].mine

    def _message(
        self, names: Sequence[SubjectReference], log_odds: float, stamp_us: int, decision: bytes
    ) -> bytes:
        event: Any = Event(linked_risk={"own_log_odds": log_odds, "version": stamp_us})
        event.envelope.subjects.extend(names)
        named = b"".join(one.SerializeToString(deterministic=True) for one in names)
        identity = hashlib.blake2b(b"linked-risk" + decision + named, digest_size=16)
        event.envelope.event_id = identity.hexdigest()
        event.envelope.schema_version = SCHEMA_VERSION
        event.envelope.source = f"shard-{self._shard}"
        event.envelope.event_time_us = stamp_us
        return bytes(event.SerializeToString(deterministic=True))
