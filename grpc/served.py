"""What the server asks of the engine: a small protocol, so that tests can stand in for it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from haechi.operators.intake import Attend, Decoded, Entry
from haechi.rpc.v1.standby_service_pb2 import FollowOpening
from haechi.streams.standby.replica import Replica
from haechi.streams.standby.shipments import Shipments
from haechi.streams.standby.standing import Standing
from haechi.streams.standing import StandingReleases
from haechi.streams.task_book import TaskBook


class EventDecoder(Protocol):
    """Turns bytes into the core's terms."""

    def decode(self, raw: bytes) -> Decoded:
        """Decode an event, journal events too; raises ``BadInput``."""

    def screen(self, decoded: Decoded, raw: bytes) -> Decoded:
        """Hold the name in an event, by someone who may send it, against lists."""


class EventIntake(Protocol):
    """Takes entries for the one writer.

    Attributes
    ----------
    attend
        Set by the server: reads calls on the thread that waits here for entries.
    """

    attend: Attend | None

    def put(self, entry: Entry, until_ns: int | None = None) -> None:
        """Queue an entry that must be answered by then; raises ``Overloaded``."""

    def turns_away(self, until_ns: int) -> bool:
        """Whether an entry that must be answered by then would neither be let in nor kept."""

    def put_fact(self, entry: Entry) -> None:
        """Queue an entry whose sender can wait; raises ``Overloaded``."""

    def put_late(self, entry: Entry) -> None:
        """Queue an entry that was turned away, so that it is kept; raises ``Overloaded``."""

    def put_record(self, entry: Entry) -> None:
        """Queue the record of an answer that was given."""


class CommitHub(Protocol):
    """Tells when something was committed."""

    @property
    def version(self) -> int:
        """Grows with each commit."""

    @property
    def bound(self) -> int:
        """Offset of the last event of which watchers may be told."""

    def wait(self, seen: int, timeout_s: float) -> int:
        """Wait until something newer than ``seen`` was committed; the version then."""


class CommittedPlace(Protocol):
    """A place in the log."""

    @property
    def offset(self) -> int:
        """Offset of an event."""


class DecisionReader(Protocol):
    """Reads committed decisions beside the writer; for one thread."""

    def head(self) -> CommittedPlace | None:
        """Where the log ends; None if it is empty."""

    def decisions_after(self, offset: int, ordinal: int, limit: int) -> list[bytes]:
        """Bodies of up to ``limit`` decisions after a place, in the log's order."""

    def decision(self, decision_id: bytes) -> bytes | None:
        """Body of one decision by its 16 bytes."""

    def close(self) -> None:
        """Let go of the log."""


class Followed(Protocol):
    """The engine, as a standby sees it."""

    @property
    def shard(self) -> int:
        """Number of the shard."""

    @property
    def epoch(self) -> int:
        """Number of this start, from 1."""

    @property
    def replica(self) -> Replica:
        """What is known of the standby."""

    def link_before(self, offset: int) -> bytes | None:
        """The chain's link before an event; None if the log does not reach it."""

    def shipments(self, opening: FollowOpening) -> Shipments:
        """What a standby lacks of the log, for one thread."""

    def supersede(self, peer: str, epoch: int) -> None:
        """Decide nothing any more: another copy of the log was promoted."""


class ServedEngine(Followed, Protocol):
    """The engine, as the server sees it."""

    @property
    def standing_of_log(self) -> Standing:
        """Since when this copy of the log is the one that counts."""

    @property
    def first_offset(self) -> int:
        """Offset at which this start began to write."""

    @property
    def decoder(self) -> EventDecoder:
        """The decoder."""

    @property
    def intake(self) -> EventIntake:
        """The intake."""

    @property
    def hub(self) -> CommitHub:
        """The hub."""

    @property
    def core(self) -> int | None:
        """Core that the threads of an answer's way share; None for no matter."""

    def open_reader(self) -> DecisionReader:
        """Open a reader of the log."""

    def healthy(self) -> bool:
        """Whether the dataflow lives and the log can be written."""

    @property
    def tasks(self) -> TaskBook:
        """What waits for officers."""

    @property
    def standing(self) -> StandingReleases:
        """Releases that may stand in where the core does not answer in time."""

    def officer_at(self, offset: int) -> str:
        """Name of the officer who acted in the event at an offset."""

    def took_effect(self, offset: int) -> bool:
        """Whether what one approver said at an offset is in force."""

    def keep_rules(self, text: str) -> bytes:
        """Keep a rule set's text beside the log; its artefact's SHA-256. Raises ConfigError."""

    def lay_out_rules(self, sha256: bytes, *, shadow: bool) -> None:
        """Prepare what may come into force next; leaves to admission what cannot be used."""

    def observe_returned(self, decision_id: bytes, received_ns: int, committed_ns: int = 0) -> None:
        """Note that a decision's reply was handed to the transport, and when it was durable."""

    def observations(self, decision_id: bytes) -> Mapping[str, float] | None:
        """Microseconds by stage that were kept of a decision (``queue_us``, ``total_us``, ...)."""
